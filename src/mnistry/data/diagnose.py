"""Notices what is probably a mistake in images of their final size: colours, ranges, labels."""

import warnings

import numpy as np
from numpy.typing import NDArray

from mnistry.errors import DataError, DataWarning

LOOKED_AT = 2_000  # images, evenly spread, whose borders are looked at
LIGHT = 160  # a border brighter than this is paper
NAMED = 10  # classes that a message names


def check_colours(images: NDArray[np.uint8], where: str) -> None:
    """Warn of images (n, h, w, c) that look dark on light. Raises `DataError` if their pixels are 0 and 1 only."""
    if images.max(initial=0) == 1:
        raise DataError(f"{where} have pixels of 0 and 1: wanted 0 to 255: multiply them by 255")
    if _are_dark_on_light(images):
        wanted = "wanted white on black: invert them with 255 - images"
        _say(f"{where} look like dark ink on light paper: {wanted}")


def warn_of_missing(labels: NDArray[np.int64], class_names: tuple[str, ...], where: str) -> None:
    """Warn of classes without training images; also where labels begin at 1."""
    missing = [class_names[i] for i in np.flatnonzero(np.bincount(labels, minlength=len(class_names)) == 0)]
    if missing:
        named = ", ".join(missing[:NAMED]) + (", …" if len(missing) > NAMED else "")
        first = int(labels.min())
        begin = f"labels begin at {first}; " if first else ""
        classes = f"class{'es' if len(missing) > 1 else ''} {named}"
        _say(f"{where}: {begin}no training images of {classes}, which cannot be learned")


def _are_dark_on_light(images: NDArray[np.uint8]) -> bool:
    """Whether most images have a light border."""
    some = images[:: max(1, len(images) // LOOKED_AT)]
    if not len(some):
        return False
    rows, columns = some[:, [0, -1]].mean(axis=-1), some[:, :, [0, -1]].mean(axis=-1)
    borders = np.concatenate([rows.reshape(len(some), -1), columns.reshape(len(some), -1)], axis=1)
    return float((np.median(borders, axis=1) > LIGHT).mean()) > 0.5


def _say(message: str) -> None:
    warnings.warn(message, DataWarning, stacklevel=3)
