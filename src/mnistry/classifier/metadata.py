"""The metadata of a model.onnx, JSON under our own keys; read strictly, since anyone may have written them."""

import math
from collections.abc import Mapping, Set
from dataclasses import dataclass, fields, replace
from typing import Annotated, Any, Self, TypeGuard

from mnistry.data import class_names
from mnistry.errors import ModelError
from mnistry.lineage import DataIdentity, ExtensionRecord, Origin, RecipeRecord, Rejection, Teacher, ValidationScores
from mnistry.safety import strict_json
from mnistry.safety.json_record import Also, absent, as_json, from_json, rest, shape_of
from mnistry.safety.limits import LIMITS
from mnistry.safety.strict_json import short

# The keys in their order, by the kind of network. Those in NULL are written even if there is nothing to say.
_START = ("mnistry", "commit", "recipe", "seed", "class_names", "data", "backend", "parameters", "epochs", "elapsed_s")
TRAINED = (*_START, "teachers", "extension", "temperature", "validation", "rejection")
CALIBRATED = (*_START, "teachers", "calibrated_from", "temperature", "rejection", "validation", "extension")
ENSEMBLE = (
    *("commit", "recipe", "seed", "class_names", "backend", "parameters", "mnistry", "calibrated_from", "data"),
    *("epochs", "elapsed_s", "temperature", "rejection", "validation"),
)
NULL = ("commit", "seed", "backend")
CHECKED = ("class_names", "temperature", "rejection")  # wrong ones are errors; any other wrong entry counts as missing


@dataclass(frozen=True)
class CalibratingRun:
    """The run whose calibration a network has."""

    seed: int


@dataclass(frozen=True, kw_only=True)
class ModelMetadata:
    """What a model.onnx says of itself; all None for a bare model.

    `class_names` name the columns of the logits, which `temperature` divides. `validation` are the scores on the
    validation images. An ensemble has no seed, and no backend if those of its members differ. `others` are entries
    that mnistry does not know, and those of `CHECKED` that are not as it writes them.
    """

    mnistry: str | None = absent()
    commit: str | None = absent()
    recipe: Annotated[RecipeRecord, Also(**{"epochs?": int, "views?": int})] | None = absent()
    seed: int | None = absent()
    class_names: tuple[str, ...] | None = absent()
    data: DataIdentity | None = absent()
    backend: str | None = absent()
    parameters: int | None = absent()
    epochs: int | None = absent()
    elapsed_s: float | None = absent()
    teachers: tuple[Annotated[Teacher, Also(recipe=(str, None), seed=(int, None))], ...] = absent(())
    calibrated_from: CalibratingRun | None = absent()
    extension: ExtensionRecord | None = absent()
    temperature: float | None = absent()
    rejection: Rejection | None = absent()
    validation: Annotated[ValidationScores, Also(accuracy=float, correct=int, total=int, loss=float)] | None = absent()
    others: Mapping[str, object] = rest()

    @classmethod
    def from_json(cls, values: Mapping[str, object]) -> Self:
        """Read the parsed entries. One of another shape, e.g. in a foreign model, counts as missing."""
        wrong = {key for key, value in values.items() if strict_json.misfit(value, SHAPE.get(key, object))}
        kept = {key: values[key] for key in CHECKED if key in values and (key in wrong or values[key] is None)}
        found = from_json(cls, {key: value for key, value in values.items() if key not in wrong | kept.keys()})
        return replace(found, others={**found.others, **kept})

    def to_json(self) -> dict[str, Any]:
        """Return the entries of the file."""
        found = as_json(self)
        order = CALIBRATED if self.calibrated_from else TRAINED
        if self.recipe and self.recipe.members is not None:
            order, found = ENSEMBLE, {"calibrated_from": None, **found}
        if self.mnistry is not None:  # not a foreign model, nor a bare one
            found = {**dict.fromkeys(NULL), **found}
        return {key: found[key] for key in (*order, *self.others) if key in found}

    @property
    def origin(self) -> Origin:
        """Where the network comes from, in brief."""
        own = {one.name: getattr(self, one.name) for one in fields(Origin) if one.name != "recipe"}
        return Origin(recipe=self.recipe.name if self.recipe else None, **own)


SHAPE = {key.removesuffix("?"): of for key, of in shape_of(ModelMetadata).items()}


def read(strings: Mapping[str, str], where: str) -> ModelMetadata:
    """Parse ONNX metadata, which are strings: JSON is parsed, other text is kept. Empty for a bare model.

    Raises `ModelError`, which calls the model `where`, if the metadata are too long.
    """
    return ModelMetadata.from_json(parsed(strings, where, SHAPE.keys() - set(CHECKED)))


def parsed(strings: Mapping[str, str], where: str, no_text: Set[str]) -> dict[str, object]:
    """Return the values of ONNX metadata; what is no JSON is kept as text, or left out under the keys `no_text`.

    Raises `ModelError`, which calls the model `where`, if the metadata are too long.
    """
    size = sum(len(text.encode("utf-8", "surrogatepass")) for pair in strings.items() for text in pair)
    if size > LIMITS.metadata_bytes:
        raise ModelError(
            f"{where}: has {size / 1e6:.1f} MB of metadata: wanted at most {LIMITS.metadata_bytes / 1e6:g} MB"
        )
    values: dict[str, object] = {}
    for key, string in strings.items():
        try:
            values[key] = strict_json.parse(string)
        except ValueError:
            if key not in no_text:
                values[key] = string
    return values


def temperature(metadata: ModelMetadata, where: str) -> float:
    """Return what logits are divided by; 1 if the metadata have none. Raises `ModelError`."""
    given = 1.0 if metadata.temperature is None else metadata.temperature
    value, highest = metadata.others.get("temperature", given), LIMITS.temperature
    if not _is_number(value) or not 1 / highest <= value <= highest:
        raise ModelError(f"{where}: its temperature is {short(value)}: wanted {1 / highest:g} to {highest:g}")
    return float(value)


def threshold(metadata: ModelMetadata, where: str) -> float:
    """Return the rejection score from which an image counts as a digit; -inf if none. Raises `ModelError`.

    It is fitted in `training.export.calibrate`.
    """
    rejection = metadata.others.get("rejection")
    if metadata.rejection or rejection is None:
        return float(metadata.rejection.threshold) if metadata.rejection else -math.inf
    value = rejection.get("threshold") if isinstance(rejection, dict) else rejection  # older versions wrote less
    if not _is_number(value):
        raise ModelError(f"{where}: its rejection threshold is {short(value)}: wanted a number")
    return float(value)


def names(metadata: ModelMetadata, classes: int, where: str) -> tuple[str, ...]:
    """Return the class names, by default their numbers. Raises `ModelError`."""
    given = list(metadata.class_names or map(str, range(classes)))
    found = metadata.others.get("class_names", given)
    if not isinstance(found, list) or len(found) != classes:
        raise ModelError(f"{where}: has {classes} logits but the class names {short(found)}: wanted a name for each")
    if wrong := strict_json.misfit(found, [(str, int)]) or class_names.problem(tuple(map(str, found))):
        raise ModelError(f"{where}: {wrong}")
    return tuple(map(str, found))


def _is_number(value: object) -> TypeGuard[float]:
    return not strict_json.misfit(value, float)
