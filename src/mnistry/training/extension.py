"""A few pictures of one's own, learned beside a data set: `mnistry train --extend digits/`.

Some of them are held apart, so that what they gave can be told; the data set's own test images tell what was lost.
"""

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from mnistry.classifier.classifier import Classifier
from mnistry.data import holdout, image_folder
from mnistry.data.dataset import Dataset
from mnistry.data.split import Split
from mnistry.errors import DataError

HELD = 1 / 4  # of each class that has several
MIN_PICTURES = 4  # pictures
WEIGHT = 0.05  # of what is learned in an epoch: few pictures are shown more than once
MAX_TIMES = 50


@dataclass(frozen=True)
class Extension:
    """Pictures of a folder: `learned` of them, and those `held` apart; each is learned `times` an epoch."""

    source: str
    sha256: str
    learned: Split
    held: Split
    times: int

    def mixed_into(self, data_set: Dataset) -> Dataset:
        """The data set with the learned pictures among its training images."""
        parts = [data_set.train, *[self.learned] * self.times]
        images, labels = (np.concatenate([getattr(part, key) for part in parts]) for key in ("images", "labels"))
        return replace(data_set, train=Split(images, labels))

    def scored(self, classifier: Classifier) -> dict[str, int]:
        """How many of the held pictures a model reads right; and how many the bundled one does, if it reads such.

        Empty if none is held.
        """
        if not len(self.held):
            return {}
        models, bundled = {"correct": classifier}, Classifier()
        if (bundled.class_names, bundled.image_shape) == (classifier.class_names, classifier.image_shape):
            models["correct_bundled"] = bundled
        right = {
            name: model.classify(self.held.images).argmax(axis=1) == self.held.labels for name, model in models.items()
        }
        return {**{name: int(each.sum()) for name, each in right.items()}, "total": len(self.held)}


def described(folder: str | Path | None, data_set: Dataset) -> dict[str, Any] | None:
    """What recipe.json says of a folder's pictures; None of none. Raises `DataError` as `load` does."""
    if folder is None:
        return None
    found = load(folder, data_set)
    sizes = {"learned": len(found.learned), "held": len(found.held), "times": found.times}
    return {"source": found.source, "sha256": found.sha256, **sizes}


def find(description: dict[str, Any] | None, data_set: Dataset) -> Extension | None:
    """The pictures that recipe.json tells of. Raises `DataError` if they are gone or others."""
    if not description:
        return None
    found = load(description["source"], data_set)
    if found.sha256 != description["sha256"]:
        raise DataError(f"{found.source}: not the pictures that this run was begun with (SHA-256 differs)")
    return found


def load(folder: str | Path, data_set: Dataset) -> Extension:
    """The pictures of a folder of class folders, named as the data set's classes; not all need be there.

    Raises `DataError` if it holds other classes, too few pictures, or the data set's images are of another size.
    """
    if not Path(folder).is_dir():
        raise DataError(f"--extend {folder}: no such folder")
    path = Path(folder).resolve()
    found = image_folder.read(path, min_classes=1)
    if strange := [name for name in found.class_names if name not in data_set.class_names]:
        raise DataError(f"--extend {folder}: holds a class {strange[0]}: wanted {', '.join(data_set.class_names)}")
    if found.images.shape[1:] != data_set.image_shape:
        size = "×".join(map(str, data_set.image_shape))
        raise DataError(f"--extend {folder}: gives images of 28×28×1, those of {data_set.source} are {size}")
    if (count := len(found.images)) < MIN_PICTURES:
        raise DataError(f"--extend {folder}: {count} pictures are too few: wanted {MIN_PICTURES} or more")
    labels = np.array([data_set.class_names.index(name) for name in found.class_names])[found.labels]
    held = np.bincount(labels)[labels] > 1  # the only one of a class is learned
    if held.any():
        held[held] = holdout.fixed_share(found.images[held], labels[held], HELD)
    times = int(np.clip(round(WEIGHT * len(data_set.train) / (~held).sum()), 1, MAX_TIMES))
    digest = hashlib.sha256(found.images.tobytes() + labels.tobytes()).hexdigest()
    learned, apart = (Split(found.images[part], labels[part]) for part in (~held, held))
    return Extension(str(path), digest, learned, apart, times)
