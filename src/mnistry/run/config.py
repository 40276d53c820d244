"""recipe.json as a record: everything needed to repeat a run."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, Self

from mnistry.lineage import Calibration, DataIdentity, ExtensionRecord, Machine, RecipeRecord, Teacher
from mnistry.safety.json_record import Also, absent, as_json, from_json

# The keys of recipe.json in their order. An ensemble has no teachers, extension or precision of its own; a
# detector is trained on pages that it draws itself.
TRAINED = (
    *("versions", "commit", "machine", "recipe", "seed", "calibrated_from", "teachers", "extension"),
    *("backend", "parameters", "precision", "data", "class_names", "image_shape"),
)
DETECTOR = (
    *("kind", "versions", "commit", "machine", "recipe", "seed"),
    *("backend", "parameters", "precision", "data", "class_names"),
)
ENSEMBLE = (
    *("recipe", "seed", "calibrated_from", "data", "class_names", "image_shape", "backend", "parameters"),
    *("versions", "commit", "machine"),
)


@dataclass(frozen=True, kw_only=True)
class RunConfig:
    """Recipe, seed, data, class names, parameters, backend, versions, commit and machine of a run.

    `kind` is None for a classifier. `seed` is None for an ensemble, whose members have their own; so is `backend` if
    theirs differ. The fields with a default are missing in older files.
    """

    kind: Literal["detector"] | None = absent()
    recipe: RecipeRecord
    seed: int | None
    data: Annotated[DataIdentity, Also(source=str, train=int, validation=int)]
    class_names: tuple[str, ...]
    image_shape: tuple[int, int, int] | None = None
    parameters: int
    precision: str | None = None
    backend: str | None
    versions: Annotated[Mapping[str, str], Also(mnistry=str)]
    commit: str | None = None
    machine: Machine = field(default_factory=Machine)
    calibrated_from: Calibration | None = None
    teachers: tuple[Annotated[Teacher, Also(source=str)], ...] = ()
    extension: Annotated[ExtensionRecord, Also(source=str)] | None = None

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """Read the JSON object of the file. Raises `ValueError` if it is of another shape."""
        return from_json(cls, value)

    @property
    def sources(self) -> tuple[str, ...]:
        """Where the data, the teachers and the user's own pictures are."""
        extended = (self.extension,) if self.extension else ()
        return tuple(one.source for one in (self.data, *self.teachers, *extended))

    def to_json(self) -> dict[str, Any]:
        """Return the JSON object of the file."""
        found = as_json(self)
        keys = DETECTOR if self.kind else TRAINED if self.recipe.members is None else ENSEMBLE
        return {key: found[key] for key in keys}
