"""evaluation.json as a record: what a classifier reached on a data set, or a detector on pages."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from mnistry.lineage import Origin, PageScores
from mnistry.safety.json_record import absent, as_json, from_json


@dataclass(frozen=True)
class ClassScores:
    """Precision, recall, F1 and number of images of a class; 0 where a ratio is undefined."""

    name: str
    precision: float
    recall: float
    f1: float
    support: int


@dataclass(frozen=True)
class ReliabilityBin:
    """The number of images whose confidence is in (`lower`, `upper`], their mean confidence and their accuracy."""

    lower: float
    upper: float
    count: int
    confidence: float
    accuracy: float


@dataclass(frozen=True)
class EvaluatedData:
    """The data set's name, and the SHA-256 of the split's images and labels."""

    name: str
    images_sha256: str


@dataclass(frozen=True, kw_only=True)
class ExtensionResult:
    """How many of the held-out pictures of `train --extend` are read correctly, and by the bundled model."""

    correct: int
    correct_bundled: int | None = absent()
    total: int


@dataclass(frozen=True, kw_only=True)
class EvaluationSummary:
    """All metrics of one split; the individual predictions are in predictions.npz."""

    accuracy: float
    test_error: float
    correct: int
    total: int
    accuracy_interval_95: tuple[float, float]
    ece: float
    split: str
    data: EvaluatedData
    class_names: tuple[str, ...]
    classes: tuple[ClassScores, ...]
    confusion: list[list[int]]
    reliability: tuple[ReliabilityBin, ...]


@dataclass(frozen=True, kw_only=True)
class EvaluationRecord(EvaluationSummary, Origin):
    """A model's origin and its metrics. Its JSON begins with the fields of `Origin`.

    `extension` is the result on the user's own pictures, `corruptions` the accuracy under each corruption.
    """

    extension: ExtensionResult | None = absent()
    corruptions: Mapping[str, float] | None = absent()

    @classmethod
    def of(
        cls,
        origin: Origin,
        summary: EvaluationSummary,
        extension: ExtensionResult | None = None,
        corruptions: Mapping[str, float] | None = None,
    ) -> Self:
        """Put together a model's origin and its metrics."""
        return cls(**vars(origin), **vars(summary), extension=extension, corruptions=corruptions)

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """Read the JSON object of the file. Raises `ValueError` if it is of another shape."""
        return from_json(cls, value)

    def to_json(self) -> dict[str, Any]:
        """Return the JSON object of the file, which `mnistry evaluate --json` prints too."""
        return as_json(self)


@dataclass(frozen=True, kw_only=True)
class PagesSummary(PageScores):
    """What a detector alone, without a classifier, finds on `pages` pages.

    `false_alarms` is the share of the pages without digits on which some were found. So that it can be read as any
    evaluation, `accuracy` is `digits_right`, of which `correct` and `total` are the numbers.
    """

    accuracy: float
    test_error: float
    correct: int
    total: int
    false_alarms: float
    pages: int
    split: str
    data: EvaluatedData


@dataclass(frozen=True, kw_only=True)
class PagesRecord(PagesSummary, Origin):
    """A detector's origin and its figures. Its JSON begins with the fields of `Origin`."""

    kind: str = "detector"

    @classmethod
    def of(cls, origin: Origin, summary: PagesSummary) -> Self:
        """Put together a detector's origin and its figures."""
        return cls(**vars(origin), **vars(summary))

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """Read the JSON object of the file. Raises `ValueError` if it is of another shape."""
        return from_json(cls, value)

    def to_json(self) -> dict[str, Any]:
        """Return the JSON object of the file, which `mnistry evaluate --json` prints too."""
        return as_json(self)
