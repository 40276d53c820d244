"""What a network comes from: its recipe, its data, and the other networks behind it.

The parts that recipe.json (`run.config`), evaluation.json (`run.evaluation`) and the metadata inside model.onnx
(`classifier.metadata`) have in common, as records (see `safety.json_record`). Paths are private, so that only
recipe.json gives a `source`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from mnistry.safety.json_record import absent, rest

Placement = Literal["mnist", "pad"]  # how pictures become images of 28×28 px: see `data.image_folder.read_picture`


@dataclass(frozen=True, kw_only=True)
class RecipeSettings:
    """A recipe as a file holds it: its name and its other fields. `training.recipe_file` makes a `Recipe` of it."""

    name: str
    fields: Mapping[str, object] = rest()


@dataclass(frozen=True, kw_only=True)
class EnsembleMember:
    """A network of an ensemble."""

    recipe: RecipeSettings
    seed: int | None


@dataclass(frozen=True, kw_only=True)
class RecipeRecord(RecipeSettings):
    """The recipe of a run; `members` is None unless it is an ensemble."""

    members: tuple[EnsembleMember, ...] | None = absent()

    @property
    def epochs(self) -> int | None:
        """The number of epochs; None for an ensemble."""
        return epochs if isinstance(epochs := self.fields.get("epochs"), int) else None

    @property
    def views(self) -> int:
        """The number of test-time augmentation views."""
        return views if isinstance(views := self.fields.get("views"), int) else 1


@dataclass(frozen=True, kw_only=True)
class DataIdentity:
    """The images a network learned from: the name and SHA-256 of the data set, and the number of images.

    `placement` is how pictures of class folders were placed; None for other data.
    """

    name: str
    source: str = absent("")
    sha256: str
    train: int | None = absent()
    validation: int | None = absent()
    placement: Placement | None = absent()


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Where a network comes from, in brief; None for what its file does not say."""

    recipe: str | None = None
    seed: int | None = None
    parameters: int | None = None
    epochs: int | None = None
    elapsed_s: float | None = None
    backend: str | None = None


@dataclass(frozen=True, kw_only=True)
class ModelFile:
    """A model.onnx and its SHA-256."""

    source: str = absent("")
    sha256: str


@dataclass(frozen=True, kw_only=True)
class Teacher(Origin, ModelFile):
    """A network that another one was distilled from. Its JSON begins with the fields of `ModelFile`."""


@dataclass(frozen=True, kw_only=True)
class Rejection:
    """The threshold of the rejection score, and the share of the training images whose score is below it."""

    score: str | None = absent()
    threshold: float
    learned_below: float


@dataclass(frozen=True, kw_only=True)
class ValidationScores:
    """What a network reached on its validation images; `loss` is the mean cross-entropy."""

    accuracy: float | None = absent()
    correct: int | None = absent()
    total: int | None = absent()
    loss: float | None = absent()


@dataclass(frozen=True, kw_only=True)
class PageScores:
    """What a detector reached on pages; each share is of its counts.

    `digits_right` is of the digits that are there or were found, whichever are more; `lines_exact` of the lines;
    `silence` of the `empty` pages, those without digits, on which nothing was found. `score` is their product.
    """

    score: float
    digits_right: float
    lines_exact: float
    silence: float
    true: int
    found: int
    right: int
    lines: int
    exact: int
    empty: int
    silent: int


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """What a run that held out its validation images gives to one that learns them too."""

    seed: int
    parameters: int
    temperature: float
    rejection: Rejection
    validation: ValidationScores


@dataclass(frozen=True, kw_only=True)
class ExtensionRecord:
    """The user's pictures that extended the data: how many were learned, `times` per epoch, and how many held out."""

    source: str = absent("")
    sha256: str
    learned: int
    held: int
    times: int
    placement: Placement | None = absent()


@dataclass(frozen=True, kw_only=True)
class Machine:
    """The computer that a network was trained on."""

    processor: str | None = absent()
    cores: int | None = absent()
    system: str | None = absent()
