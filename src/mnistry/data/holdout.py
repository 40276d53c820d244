"""Which pictures are held out of training: by class, and by their own pixels alone.

No random numbers: the same pictures give the same split on every machine, in whatever order or
under whatever names they come.
"""

import hashlib

import numpy as np
from numpy.typing import NDArray

TENTH = 0.1


def fixed_share(images: NDArray[np.uint8], labels: NDArray[np.int64], share: float) -> NDArray[np.bool_]:
    """Choose exactly `share` of published images, stratified: a mask (n,).

    Within a class, the images whose keys are lowest.
    """
    counts = np.bincount(labels)
    quotas = counts * share
    held = np.floor(quotas).astype(int)
    # The largest remainders take what rounding down left, so that the total is exact.
    held[np.argsort(held - quotas, kind="stable")[: round(quotas.sum()) - held.sum()]] += 1
    order = np.argsort(keys(images), kind="stable")
    order = order[np.argsort(labels[order], kind="stable")]
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    chosen = np.zeros(len(labels), bool)
    for start, number in zip(starts, held, strict=True):
        chosen[order[start : start + number]] = True
    return chosen


def tenths(images: NDArray[np.uint8], labels: NDArray[np.int64], parts: tuple[str, ...]) -> NDArray[np.str_]:
    """Give each of `parts` about a tenth of each class, and "train" the rest: part names (n,).

    A picture's place depends on nothing but its own pixels, so it does not move when others are added
    or taken away, at the price of tenths that are not exact. Only where a class is so small that it
    would be left without a picture in some part is the one with the nearest key moved there; copies
    of a picture stay together. Every class needs `len(parts) + 1` different pictures or more
    (`different`).
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


def different(images: NDArray[np.uint8]) -> int:
    """How many of the images are not copies of another."""
    return len(np.unique(keys(images)))


def keys(images: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """A number per image that depends on its pixels alone: the first 8 bytes of their SHA-256."""
    rows = np.ascontiguousarray(images).reshape(len(images), -1)
    digests = b"".join(hashlib.sha256(row.data).digest()[:8] for row in rows)
    return np.frombuffer(digests, ">u8").astype(np.uint64)
