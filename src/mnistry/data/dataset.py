"""`Dataset`: labelled images in three splits, and how it is saved as one npz archive.

The test images are not opened until `Dataset.test` is accessed; training never accesses it.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from mnistry.data import diagnose
from mnistry.data.split import Split, check, check_size
from mnistry.lineage import Placement


@dataclass(frozen=True)
class Dataset:
    """A data set: `train` and `validation` are loaded, `test` is opened when it is first accessed.

    `load_dataset(source)` opens it again; `class_names[label]` is the name of a label. `placement` is how pictures
    were placed in the images; None if the source has images of their final size.
    """

    name: str
    source: str
    class_names: tuple[str, ...]
    train: Split
    validation: Split
    open_test: Callable[[], Split] = field(repr=False, compare=False)
    placement: Placement | None = None

    @cached_property
    def test(self) -> Split:
        """The test images and labels: for evaluating, showing or converting them, never for training."""
        split = self.open_test()
        check(split, self.class_names, f"{self.source}: test images")
        check_size(split, self.train, f"{self.source}: test images")
        diagnose.check_colours(split.images, f"{self.source}: test images")
        return split

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """(height, width, channels) of every image, in px."""
        _, height, width, channels = self.train.images.shape
        return height, width, channels

    @property
    def sha256(self) -> str:
        """Hex digest of the training and validation images and labels; identifies the training data."""
        return hashlib.sha256((self.train.sha256 + self.validation.sha256).encode()).hexdigest()


def save(dataset: Dataset, path: Path) -> None:
    """Write a data set, all three splits and its class names, as one npz that `load_dataset` can load."""
    arrays: dict[str, ArrayLike] = {"class_names": np.array(dataset.class_names)}
    for part, split in (("train", dataset.train), ("validation", dataset.validation), ("test", dataset.test)):
        arrays |= {f"x_{part}": split.images, f"y_{part}": split.labels}
    if dataset.placement:
        arrays["placement"] = np.array(dataset.placement)
    np.savez_compressed(path, allow_pickle=False, **arrays)
