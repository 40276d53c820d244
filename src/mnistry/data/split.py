"""`Split`: one part of a data set, images with their labels; and checks of such arrays."""

import hashlib
from dataclasses import dataclass
from math import prod
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from mnistry.errors import DataError
from mnistry.safety.memory import check_room

PER_IMAGE = 200  # bytes per image in addition to its pixels: its label, its key, its place in a split


@dataclass(frozen=True)
class Split:
    """Images (n, h, w, c) uint8, 0–255, white ink on black, and labels (n,) int64, counted from 0."""

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.labels)

    def part(self, chosen: NDArray[np.bool_]) -> "Split":
        """Return the images that a mask (n,) chooses, with their labels."""
        return Split(self.images[chosen], self.labels[chosen])

    @property
    def sha256(self) -> str:
        """Hex digest of the images' bytes followed by the labels' (int64, little-endian)."""
        digest = hashlib.sha256(np.ascontiguousarray(self.images).data)
        digest.update(np.ascontiguousarray(self.labels, "<i8").data)
        return digest.hexdigest()


class Described(Protocol):
    """An array, or the header of one that is not loaded yet."""

    @property
    def shape(self) -> tuple[int, ...]:
        """The length of each axis."""
        ...

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of its elements."""
        ...


def from_arrays(images: NDArray[np.generic], labels: NDArray[np.generic], where: str) -> Split:
    """Raw arrays → `Split`. Raises `DataError`, which says what is wrong with them."""
    check_arrays(images, labels, where)
    return Split(images.reshape(*images.shape[:3], -1).astype(np.uint8, copy=False), labels.astype(np.int64))


def check_arrays(images: Described, labels: Described, where: str) -> None:
    """Raise `DataError` if type or shape are not those of images and labels, or if there are too many."""
    if images.dtype != np.uint8 or len(images.shape) not in (3, 4):
        found = f"{images.dtype} {images.shape}"
        raise DataError(f"{where}: images are {found}: wanted uint8 (n, h, w) or (n, h, w, c), 0–255")
    if len(labels.shape) != 1 or labels.dtype.kind not in "ui":
        raise DataError(f"{where}: labels are {labels.dtype} {labels.shape}: wanted whole numbers (n,), one per image")
    if 0 in images.shape[1:] or images.shape[3:] not in ((), (1,), (3,)):
        raise DataError(f"{where}: images are {images.shape}: wanted at least a pixel, and 1 or 3 channels")
    if images.shape[0] != labels.shape[0]:
        raise DataError(f"{where}: {images.shape[0]} images but {labels.shape[0]} labels: wanted one label per image")
    if not images.shape[0]:
        raise DataError(f"{where}: no images in it")
    check_room(prod(images.shape) + images.shape[0] * PER_IMAGE, where)


def check(split: Split, class_names: tuple[str, ...], where: str) -> None:
    """Raise `DataError` if a label has no class name, or if there is only one class."""
    outside = split.labels[(split.labels < 0) | (split.labels >= len(class_names))]
    if len(outside):
        raise DataError(f"{where}: label {outside[0]} is out of range: wanted 0 to {len(class_names) - 1}")
    if len(np.unique(split.labels)) < 2:
        raise DataError(f"{where}: one class only ({class_names[split.labels[0]]}): wanted two or more")


def check_size(split: Split, train: Split, where: str) -> None:
    """Raise `DataError` if size or channels of the images differ from those of the training images."""
    if split.images.shape[1:] != train.images.shape[1:]:
        found, wanted = ("×".join(map(str, part.images.shape[1:])) for part in (split, train))
        raise DataError(f"{where} are {found} px, training images {wanted} px: wanted one size")
