"""The metadata of a detector's model.onnx, JSON under our own keys; read strictly: anyone may have written them."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Self

from mnistry.classifier.metadata import parsed
from mnistry.errors import ModelError
from mnistry.lineage import DataIdentity, Origin, PageScores, RecipeRecord
from mnistry.ocr.confidence import Confidence
from mnistry.ocr.glyph_classes import GLYPHS
from mnistry.safety import strict_json
from mnistry.safety.json_record import absent, as_json, from_json, rest, shape_of
from mnistry.safety.strict_json import short

NULL = ("commit", "seed", "backend")  # written even if there is nothing to say
CHECKED = ("class_names",)  # wrong ones are errors; any other wrong entry counts as missing


@dataclass(frozen=True, kw_only=True)
class DetectorMetadata:
    """What a detector's model.onnx says of itself; all None for a bare model.

    `class_names` are its glyphs. Of the `epochs` it was trained for, the network is that after `best_epoch`, chosen by
    `validation`, its scores on the validation pages; `confidence` was fitted on them too. `weights` is how they are
    stored: "float32", "float16" or "int8"; `rounding`, the largest difference that float16 makes in each output.
    `others` are entries that mnistry does not know.
    """

    kind: str | None = absent()
    mnistry: str | None = absent()
    commit: str | None = absent()
    recipe: RecipeRecord | None = absent()
    seed: int | None = absent()
    class_names: tuple[str, ...] | None = absent()
    data: DataIdentity | None = absent()
    backend: str | None = absent()
    parameters: int | None = absent()
    epochs: int | None = absent()
    best_epoch: int | None = absent()
    elapsed_s: float | None = absent()
    validation: PageScores | None = absent()
    confidence: Confidence | None = absent()
    weights: str | None = absent()
    rounding: Mapping[str, float] | None = absent()
    others: Mapping[str, object] = rest()

    @classmethod
    def from_json(cls, values: Mapping[str, object]) -> Self:
        """Read the parsed entries. One of another shape, e.g. in a foreign model, counts as missing."""
        wrong = {key for key, value in values.items() if strict_json.misfit(value, SHAPE.get(key, object))}
        kept = {key: values[key] for key in CHECKED if key in wrong}
        found = from_json(cls, {key: value for key, value in values.items() if key not in wrong})
        return replace(found, others={**found.others, **kept})

    def to_json(self) -> dict[str, Any]:
        """Return the entries of the file."""
        found = as_json(self)
        if self.mnistry is not None:  # not a foreign model, nor a bare one
            found = {**dict.fromkeys(NULL), **found}
        order = [one.name for one in fields(self) if one.name in found]
        return {key: found[key] for key in (*order, *self.others)}

    @property
    def origin(self) -> Origin:
        """Where the network comes from, in brief."""
        own = {one.name: getattr(self, one.name) for one in fields(Origin) if one.name != "recipe"}
        return Origin(recipe=self.recipe.name if self.recipe else None, **own)


SHAPE = {key.removesuffix("?"): of for key, of in shape_of(DetectorMetadata).items()}


def read(strings: Mapping[str, str], where: str) -> DetectorMetadata:
    """Parse ONNX metadata, which are strings: JSON is parsed, other text is kept. Empty for a bare model.

    Raises `ModelError`, which calls the model `where`, if the metadata are too long.
    """
    return DetectorMetadata.from_json(parsed(strings, where, SHAPE.keys() - set(CHECKED)))


def check_names(metadata: DetectorMetadata, where: str) -> None:
    """Raise `ModelError` if the detector tells other glyphs apart than this version of mnistry reads by."""
    found = metadata.others.get("class_names", metadata.class_names)
    if found is not None and found != GLYPHS:
        named = short(list(found) if isinstance(found, tuple) else found)
        raise ModelError(
            f"{where}: tells the glyphs {named} apart: wanted those of this version of mnistry, "
            f"{len(GLYPHS)} from {GLYPHS[0]} to {GLYPHS[-1]}: train it again"
        )
