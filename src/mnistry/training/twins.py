"""A run that learns the validation images too, and takes its calibration from its twin, a run that did not.

Nothing is left to choose by then: the recipe is settled, and an eleventh more images are there to learn from.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from mnistry import run as runs
from mnistry import strict_json
from mnistry.dataset import Dataset
from mnistry.errors import RunError
from mnistry.files import why
from mnistry.reader import Reader
from mnistry.split import Split
from mnistry.training.recipes import Recipe

CALIBRATION = tuple(runs.CALIBRATION)  # of model.onnx' metadata: what validation images gave
TOLD = {
    "recipe": {"name": str},
    "seed": int,
    "parameters": int,
    "data": {"sha256": str},
    "twin?": (dict, None),
    **runs.CALIBRATION,
}


def calibration(given: str | Path | None, recipe: Recipe, data_set: Dataset) -> dict[str, Any] | None:
    """What the twin found on its validation images, its seed and its number of parameters; None of none.

    `given` is a finished run's folder, or a JSON file of what its model says of itself, as `metadata` gives it.
    Raises `RunError` if it is not of this recipe and these data, or learned its validation images itself.
    """
    if given is None:
        return None
    told = metadata(Path(given))
    if told.get("twin"):
        raise RunError(f"--twin {given}: learned its validation images itself: wanted a run without --twin")
    ours = _as_in_a_file(recipe)
    plain = Recipe(name="", model="", epochs=1, batch_size=1, learning_rate=1.0)  # what an older recipe does not say
    its = {**_as_in_a_file(plain), **told["recipe"]}
    if other := sorted(key for key, value in its.items() if ours.get(key) != value):
        theirs, wanted = (", ".join(f"`{key[:40]}` (={_short(of.get(key))})" for key in other) for of in (its, ours))
        raise RunError(f"--twin {given}: is of another recipe, {theirs}: wanted {wanted}")
    if told["data"]["sha256"] != data_set.sha256:
        raise RunError(f"--twin {given}: was trained on other data (SHA-256 differs)")
    return {key: told[key] for key in ("seed", "parameters", *CALIBRATION)}


def check_network(given: str | Path | None, calibration: dict[str, Any] | None, parameters: int) -> None:
    """Raise `RunError` if the twin's network is not that which the recipe has now."""
    if calibration and calibration["parameters"] != parameters:
        its = calibration["parameters"]
        raise RunError(
            f"--twin {given}: its network has {its} parameters: wanted {parameters}, as its recipe's has now"
        )


def _short(value: Any) -> str:
    return value[:40] if isinstance(value, str) else strict_json.short(value)


def _as_in_a_file(recipe: Recipe) -> dict[str, Any]:
    return json.loads(json.dumps(asdict(recipe)))  # lists, no tuples


def metadata(twin: Path) -> dict[str, Any]:
    """What a finished run's model says of itself; read from a JSON file, if it is one that holds just that."""
    if twin.suffix == ".json":
        try:
            told = strict_json.read(twin, TOLD)
        except (OSError, ValueError) as error:
            reason = why(error) if isinstance(error, OSError) else error
            raise RunError(f"--twin {twin}: cannot be read ({reason}): wanted what a finished run tells") from error
    else:
        run = runs.open_run(twin)
        if not run.finished:
            raise RunError(f"--twin {twin}: is not finished: go on with: mnistry train --resume {twin}")
        told = Reader(run.model).metadata
        if problem := strict_json.misfit(told, TOLD):
            raise RunError(f"--twin {twin}: its model.onnx does not tell what is needed of it ({problem})")
    check_calibration(told, f"--twin {twin}")
    return told


def check_calibration(told: Mapping[str, Any], where: str) -> None:
    """Raise `RunError` for numbers with which no model could be calibrated."""
    temperature, threshold = told["temperature"], told["rejection"]["threshold"]
    below = told["rejection"]["learned_below"]
    if not 0 < temperature < math.inf or not math.isfinite(threshold) or not 0 <= below <= 1:
        raise RunError(
            f"{where}: its temperature, threshold and share below it are {temperature:g}, {threshold:g}, {below:g}: "
            "wanted more than 0, a number, and 0 to 1"
        )


def merged(data_set: Dataset) -> Dataset:
    """The data set with its validation images among the training images, and none left."""
    train, held = data_set.train, data_set.validation
    whole = Split(np.concatenate([train.images, held.images]), np.concatenate([train.labels, held.labels]))
    return replace(data_set, train=whole, validation=Split(held.images[:0], held.labels[:0]))
