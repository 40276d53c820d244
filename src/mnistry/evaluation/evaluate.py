"""Evaluates a model on one split of a data set: accuracy, errors and calibration.

    evaluation = evaluate(Classifier("model.onnx"), load_dataset())

No earlier step opens the test images.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from mnistry.classifier.classifier import Classifier
from mnistry.data.dataset import Dataset
from mnistry.data.split import Split
from mnistry.errors import DataError, needs_extra
from mnistry.evaluation.corruptions import CORRUPTIONS, corrupt
from mnistry.run.evaluation import ClassScores, EvaluatedData, EvaluationSummary, ReliabilityBin

ECE_BINS = 15

SplitName = Literal["test", "validation"]


@dataclass(frozen=True)
class Evaluation:
    """Predictions and the metrics computed from them. Row t, column p of a matrix: of class t, read as p.

    `labels` (n,) int64, `probabilities` (n, classes) float32, calibrated; `images_sha256` identifies
    the images. Every image has the same weight.
    """

    split: SplitName
    data_name: str
    images_sha256: str
    class_names: tuple[str, ...]
    labels: NDArray[np.int64]
    probabilities: NDArray[np.float32]

    @cached_property
    def predictions(self) -> NDArray[np.int64]:
        """The most probable class of each image (n,)."""
        return self.probabilities.argmax(axis=1)

    @cached_property
    def confidences(self) -> NDArray[np.float32]:
        """The probability of the predicted class (n,)."""
        return self.probabilities.max(axis=1)

    @property
    def total(self) -> int:
        """The number of images."""
        return len(self.labels)

    @cached_property
    def correct(self) -> int:
        """The number of images read correctly."""
        return int((self.predictions == self.labels).sum())

    @property
    def accuracy(self) -> float:
        """`correct` / `total`."""
        return self.correct / self.total

    @property
    def test_error(self) -> float:
        """1 - `accuracy`, as a fraction."""
        return (self.total - self.correct) / self.total

    @cached_property
    def interval(self) -> tuple[float, float]:
        """The 95 % confidence interval of the accuracy. Source: Wilson 1927, the score interval."""
        with needs_extra("report", "evaluation"):
            from scipy.stats import binomtest
        found = binomtest(self.correct, self.total).proportion_ci(0.95, method="wilson")
        return float(found.low), float(found.high)

    @cached_property
    def confusion(self) -> NDArray[np.int64]:
        """Counts (classes, classes): one row per true class, one column per predicted class."""
        with needs_extra("report", "evaluation"):
            from sklearn.metrics import confusion_matrix
        return confusion_matrix(self.labels, self.predictions, labels=range(len(self.class_names)))

    @cached_property
    def classes(self) -> tuple[ClassScores, ...]:
        """Precision, recall, F1 and number of images of each class; 0 where a ratio is undefined."""
        with needs_extra("report", "evaluation"):
            from sklearn.metrics import precision_recall_fscore_support
        columns = precision_recall_fscore_support(
            self.labels, self.predictions, labels=range(len(self.class_names)), zero_division=0.0
        )
        return tuple(
            ClassScores(name, float(p), float(r), float(f), int(s))
            for name, p, r, f, s in zip(self.class_names, *columns, strict=True)
        )

    @cached_property
    def reliability(self) -> tuple[ReliabilityBin, ...]:
        """Mean confidence and accuracy in 15 equal bins of confidence, without the empty ones."""
        bins = np.clip(np.ceil(self.confidences * ECE_BINS).astype(int) - 1, 0, ECE_BINS - 1)
        right = self.predictions == self.labels
        return tuple(
            ReliabilityBin(
                lower=i / ECE_BINS,
                upper=(i + 1) / ECE_BINS,
                count=int((bins == i).sum()),
                confidence=float(self.confidences[bins == i].mean(dtype=np.float64)),
                accuracy=float(right[bins == i].mean()),
            )
            for i in np.unique(bins).tolist()
        )

    @cached_property
    def ece(self) -> float:
        """Expected calibration error: |accuracy - confidence| of 15 equal bins, averaged over images.

        Source: Guo et al. 2017, On Calibration of Modern Neural Networks, eq. 3.
        """
        return sum(bin_.count * abs(bin_.accuracy - bin_.confidence) for bin_ in self.reliability) / self.total

    @cached_property
    def mistakes(self) -> NDArray[np.int64]:
        """Indices of the misread images, the most confident first."""
        wrong = np.flatnonzero(self.predictions != self.labels)
        return wrong[np.argsort(-self.confidences[wrong], kind="stable")]

    def summary(self) -> EvaluationSummary:
        """Everything except the individual predictions, as in evaluation.json."""
        return EvaluationSummary(
            accuracy=self.accuracy,
            test_error=self.test_error,
            correct=self.correct,
            total=self.total,
            accuracy_interval_95=self.interval,
            ece=self.ece,
            split=self.split,
            data=EvaluatedData(self.data_name, self.images_sha256),
            class_names=self.class_names,
            classes=self.classes,
            confusion=self.confusion.tolist(),
            reliability=self.reliability,
        )


def evaluate(classifier: Classifier, dataset: Dataset, split: SplitName = "test") -> Evaluation:
    """Classify every image of the split, and only of that split.

    Raises `DataError` if the data set's classes or image size differ from the model's.
    """
    part = _part(classifier, dataset, split)
    return Evaluation(
        split=split,
        data_name=dataset.name,
        images_sha256=part.sha256,
        class_names=classifier.class_names,
        labels=part.labels,
        probabilities=_probabilities(classifier, part.images),
    )


def _probabilities(classifier: Classifier, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """As `classify`, except that a data set of 0 and 1 is scored as it was learned."""
    return classifier.calibrated(classifier.logits(images))


def under_corruption(
    classifier: Classifier, dataset: Dataset, split: SplitName = "test", seed: int = 0
) -> dict[str, float]:
    """The accuracy, as a fraction, on every image of the split under each of MNIST-C's corruptions.

    `seed` is that of the corruptions. Raises `DataError` as `evaluate` does, and for images in colour.
    """
    part = _part(classifier, dataset, split)
    return {
        name: float((_probabilities(classifier, corrupt(part.images, name, seed)).argmax(axis=1) == part.labels).mean())
        for name in CORRUPTIONS
    }


def _part(classifier: Classifier, dataset: Dataset, split: SplitName) -> Split:
    if dataset.class_names != classifier.class_names:
        raise DataError(
            f"{dataset.source}: its classes are {', '.join(dataset.class_names)}, "
            f"the model's {', '.join(classifier.class_names)}: wanted the same"
        )
    if dataset.image_shape != classifier.image_shape:
        theirs, ours = ("×".join(map(str, shape)) for shape in (dataset.image_shape, classifier.image_shape))
        raise DataError(f"{dataset.source}: its images are {theirs} px, the model's {ours}: wanted the same")
    return dataset.test if split == "test" else dataset.validation


def has_learned_validation(classifier: Classifier, data_set: Dataset) -> bool:
    """Whether a model's metadata say that it learned these validation images too (`train --calibrate-from`)."""
    metadata = classifier.metadata
    same = metadata.data is not None and metadata.data.sha256 == data_set.sha256
    return metadata.calibrated_from is not None and same
