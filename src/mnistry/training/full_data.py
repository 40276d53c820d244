"""Training on the validation images too, with the calibration taken from a run that held them out.

This is for a recipe that is final: nothing is left to choose on the validation images, and they add an
eleventh to the training images.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from mnistry.classifier.classifier import Classifier
from mnistry.data.dataset import Dataset
from mnistry.data.split import Split, concatenated
from mnistry.errors import RunError
from mnistry.lineage import Calibration, RecipeSettings
from mnistry.run import folder as runs
from mnistry.safety import strict_json
from mnistry.safety.json_record import absent, as_json, from_json
from mnistry.safety.regular_file import why
from mnistry.training.recipes import Recipe


@dataclass(frozen=True, kw_only=True)
class DataHash:
    """What identifies a data set."""

    sha256: str


@dataclass(frozen=True, kw_only=True)
class TrainedModel:
    """What a model was trained by and on; `calibrated_from` is None if it held out its validation images."""

    recipe: RecipeSettings
    data: DataHash
    calibrated_from: Mapping[str, object] | None = absent()


@dataclass(frozen=True, kw_only=True)
class CalibratingModel(Calibration, TrainedModel):
    """What is needed of the metadata of a model that calibrates another."""


def calibration(given: str | Path | None, recipe: Recipe, data_set: Dataset) -> Calibration | None:
    """Return the given run's calibration, its seed and its number of parameters; None if `given` is None.

    `given` is a finished run's folder, or a JSON file of its model's metadata, as `metadata` returns it. Raises
    `RunError` if the run is of another recipe or other data, or was trained on its validation images itself.
    """
    if given is None:
        return None
    model = metadata(Path(given))
    if model.calibrated_from:
        raise RunError(
            f"--calibrate-from {given}: learned its validation images itself: wanted a run without --calibrate-from"
        )
    ours = as_json(recipe.record)
    plain = Recipe(name="", model="", epochs=1, batch_size=1, learning_rate=1.0)  # defaults that older recipes lack
    its = {**as_json(plain.record), **as_json(model.recipe)}
    if other := sorted(key for key, value in its.items() if ours.get(key) != value):
        theirs, wanted = (", ".join(f"`{key[:40]}` (={_short(of.get(key))})" for key in other) for of in (its, ours))
        raise RunError(f"--calibrate-from {given}: is of another recipe, {theirs}: wanted {wanted}")
    if model.data.sha256 != data_set.sha256:
        raise RunError(f"--calibrate-from {given}: was trained on other data (SHA-256 differs)")
    return Calibration(**{one.name: getattr(model, one.name) for one in fields(Calibration)})


def check_network(given: str | Path | None, calibration: Calibration | None, parameters: int) -> None:
    """Raise `RunError` if the given run's number of parameters is not that of the recipe's present network."""
    if calibration and calibration.parameters != parameters:
        its = f"its network has {calibration.parameters} parameters"
        raise RunError(f"--calibrate-from {given}: {its}: wanted {parameters}, as its recipe's has now")


def _short(value: Any) -> str:
    return value[:40] if isinstance(value, str) else strict_json.short(value)


def metadata(path: Path) -> CalibratingModel:
    """Return what the metadata of a finished run's model say, or a JSON file that holds exactly those.

    Raises `RunError` if it cannot be read, the run is unfinished, or the metadata lacks what is needed.
    """
    where = f"--calibrate-from {path}"
    if path.suffix == ".json":
        try:
            found = from_json(CalibratingModel, strict_json.read(path, object))
        except (OSError, ValueError) as error:
            reason = why(error) if isinstance(error, OSError) else error
            raise RunError(f"{where}: cannot be read ({reason}): wanted the metadata of a finished run") from error
    else:
        try:
            run = runs.open_finished(path)
        except RunError as error:
            raise RunError(f"--calibrate-from {error}") from error
        try:
            found = from_json(CalibratingModel, Classifier(run.model).metadata.to_json())
        except ValueError as error:
            raise RunError(f"{where}: its model.onnx lacks what is needed ({error})") from error
    check_calibration(found, where)
    return found


def check_calibration(calibration: Calibration, where: str) -> None:
    """Raise `RunError` for numbers that cannot calibrate a model."""
    temperature, threshold = calibration.temperature, calibration.rejection.threshold
    below = calibration.rejection.learned_below
    if not 0 < temperature < math.inf or not math.isfinite(threshold) or not 0 <= below <= 1:
        raise RunError(
            f"{where}: its temperature, threshold and share below it are {temperature:g}, {threshold:g}, {below:g}: "
            "wanted more than 0, a number, and 0 to 1"
        )


def merged(data_set: Dataset) -> Dataset:
    """Return the data set with its validation images moved to the training images."""
    train, held = data_set.train, data_set.validation
    whole = concatenated([train, held])
    return replace(data_set, train=whole, validation=Split(held.images[:0], held.labels[:0]))
