"""Chooses the images held out from training, by their class and their own pixels.

No random numbers: the same images give the same split on every machine, whatever their order or names.
"""

import hashlib

import numpy as np
from numpy.typing import NDArray

from mnistry.data.split import Split
from mnistry.errors import DataError

TENTH = 0.1


def fixed_share(images: NDArray[np.uint8], labels: NDArray[np.int64], share: float) -> NDArray[np.bool_]:
    """Choose exactly `share` of published images, stratified by class: a mask (n,).

    Within a class, the images with the lowest keys are chosen.
    """
    counts = np.bincount(labels)
    quotas = counts * share
    held = np.floor(quotas).astype(int)
    # Classes with the largest remainders get one image more, so that the total is exact.
    held[np.argsort(held - quotas, kind="stable")[: round(quotas.sum()) - held.sum()]] += 1
    order = np.argsort(keys(images), kind="stable")
    order = order[np.argsort(labels[order], kind="stable")]
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    chosen = np.zeros(len(labels), bool)
    for start, number in zip(starts, held, strict=True):
        chosen[order[start : start + number]] = True
    return chosen


def tenths(images: NDArray[np.uint8], labels: NDArray[np.int64], parts: tuple[str, ...]) -> NDArray[np.str_]:
    """Assign about a tenth of each class to each of `parts`, and the rest to "train": part names (n,).

    A picture's part depends only on its own pixels, so it does not change when others are added or
    removed; in return the tenths are not exact. The only exception is a class so small that a part
    would get none of its pictures: the picture with the nearest key is moved there. Copies of a
    picture stay together. Every class needs at least `len(parts) + 1` different pictures (`different`).
    """
    place = keys(images) / 2**64
    split = np.full(len(labels), "train", "<U10")
    for rank, part in enumerate(parts, start=1):
        split[(place >= 1 - rank * TENTH) & (place < 1 - (rank - 1) * TENTH)] = part
    for label in np.unique(labels):
        own = labels == label
        highest_first = np.unique(place[own])[::-1]
        for rank, part in enumerate(parts):
            if part not in split[own]:
                split[own & (place == highest_first[rank])] = part
        if "train" not in split[own]:
            split[own & (place == highest_first[-1])] = "train"
    return split


def tenths_of(split: Split, class_names: tuple[str, ...], parts: tuple[str, ...], where: str) -> dict[str, Split]:
    """Split images into `parts` of a tenth each and "train", as `tenths` assigns them.

    Raises `DataError`, which calls the data `where`, if a class has too few different images.
    """
    for label, name in enumerate(class_names):
        images = split.images[split.labels == label]
        if len(images) and (count := different(images)) <= len(parts):
            wanted = f"wanted {len(parts) + 1} or more"
            raise DataError(f"{where}: class {name} holds {count} different pictures: {wanted}")
    assigned = tenths(split.images, split.labels, parts)
    return {part: split.part(assigned == part) for part in ("train", *parts)}


def different(images: NDArray[np.uint8]) -> int:
    """Count the distinct images."""
    return len(np.unique(keys(images)))


def keys(images: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """Return one key per image (n,) that depends only on its pixels: the first 8 bytes of their SHA-256."""
    rows = np.ascontiguousarray(images).reshape(len(images), -1)
    digests = b"".join(hashlib.sha256(row.data).digest()[:8] for row in rows)
    return np.frombuffer(digests, ">u8").astype(np.uint64)
