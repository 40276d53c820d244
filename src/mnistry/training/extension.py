"""Extends a data set with a few of the user's own pictures: `mnistry train --extend digits/`.

Some of the pictures are held out to measure the gain; the data set's own test images show what was lost.
"""

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from mnistry.classifier.classifier import Classifier
from mnistry.data import holdout, image_folder
from mnistry.data.dataset import Dataset
from mnistry.data.split import Split, concatenated
from mnistry.errors import DataError
from mnistry.lineage import ExtensionRecord, Placement
from mnistry.run.evaluation import ExtensionResult

HELD = 1 / 4  # share that is held out, of each class with several pictures
MIN_PICTURES = 4  # fewest in a folder
WEIGHT = 0.05  # share to reach, of the data set's training images: if there are few pictures, they are repeated
MAX_TIMES = 50  # most repetitions of a picture per epoch


@dataclass(frozen=True)
class Extension:
    """A folder's pictures: `learned` for training and `held` out; each learned one is shown `times` per epoch."""

    source: str
    sha256: str
    learned: Split
    held: Split
    times: int
    placement: Placement

    def mixed_into(self, data_set: Dataset) -> Dataset:
        """Return the data set with the learned pictures added to its training images."""
        return replace(data_set, train=concatenated([data_set.train, *[self.learned] * self.times]))

    @property
    def record(self) -> ExtensionRecord:
        """What recipe.json records of the pictures."""
        return ExtensionRecord(
            source=self.source,
            sha256=self.sha256,
            learned=len(self.learned),
            held=len(self.held),
            times=self.times,
            placement=self.placement,
        )

    def scored(self, classifier: Classifier) -> ExtensionResult | None:
        """Return how many held-out pictures the model reads correctly, and how many the bundled model does.

        The bundled model is left out if its classes or images differ. None if no picture is held out.
        """
        if not len(self.held):
            return None
        bundled = Classifier()
        alike = (bundled.class_names, bundled.image_shape) == (classifier.class_names, classifier.image_shape)
        return ExtensionResult(
            correct=self._correct(classifier),
            correct_bundled=self._correct(bundled) if alike else None,
            total=len(self.held),
        )

    def _correct(self, classifier: Classifier) -> int:
        probabilities = classifier.calibrated(classifier.logits(self.held.images))
        return int((probabilities.argmax(axis=1) == self.held.labels).sum())


def find(record: ExtensionRecord | None, data_set: Dataset) -> Extension | None:
    """Load the pictures recorded in recipe.json, if any. Raises `DataError` if they are missing or have changed."""
    if not record:
        return None
    found = load(record.source, data_set, record.placement or "pad")  # as all were before it was recorded
    if found.sha256 != record.sha256:
        raise DataError(f"{found.source}: not the pictures that this run was started with (SHA-256 differs)")
    return found


def load(folder: str | Path, data_set: Dataset, placement: Placement = "mnist") -> Extension:
    """Load a folder of class folders, named like the data set's classes; not all classes need be present.

    Raises `DataError` if there is no such folder, it holds other classes or too few pictures, or the data set's
    images have another size.
    """
    if not Path(folder).is_dir():
        raise DataError(f"--extend {folder}: no such folder")
    path = Path(folder).resolve()
    found = image_folder.read(path, min_classes=1, placement=placement)
    if strange := [name for name in found.class_names if name not in data_set.class_names]:
        raise DataError(f"--extend {folder}: holds a class {strange[0]}: wanted {', '.join(data_set.class_names)}")
    if found.images.shape[1:] != data_set.image_shape:
        size = "×".join(map(str, data_set.image_shape))
        raise DataError(f"--extend {folder}: gives images of 28×28×1, those of {data_set.source} are {size}")
    if (count := len(found.images)) < MIN_PICTURES:
        raise DataError(f"--extend {folder}: {count} pictures are too few: wanted {MIN_PICTURES} or more")
    labels = np.array([data_set.class_names.index(name) for name in found.class_names])[found.labels]
    held = np.bincount(labels)[labels] > 1  # the only picture of a class is used for training
    if held.any():
        held[held] = holdout.fixed_share(found.images[held], labels[held], HELD)
    times = int(np.clip(round(WEIGHT * len(data_set.train) / (~held).sum()), 1, MAX_TIMES))
    digest = hashlib.sha256(found.images.tobytes() + labels.tobytes()).hexdigest()
    learned, apart = (Split(found.images[part], labels[part]) for part in (~held, held))
    return Extension(str(path), digest, learned, apart, times, placement)
