"""Normalizes one piece of ink to 28×28 px, as MNIST's authors did."""

import math

import numpy as np
from numpy.typing import NDArray

from mnistry.errors import NoInkError

SIDE_PX = 28
BOX_PX = 20
# The target of the centre of mass: the middle of pixel 14, half a pixel below and right of the field's
# middle. In MNIST it is uniformly distributed within half a pixel of that (`benchmarks/geometry.py`),
# and moving by whole pixels keeps it so.
CENTRE_PX = 14
MAX_THICKER_PX = 12  # on either side of a stroke, at its original size: more takes too long
THINNEST_PX = 2.0  # of MNIST's strokes, 19 in 20 are thicker than 1.7 px, half are thicker than 2.5


def to_mnist(ink: NDArray[np.uint8], stroke_px: float | None = None) -> NDArray[np.uint8]:
    """Normalize one digit to MNIST's geometry: (h, w) → (28, 28).

    Scales the ink's bounding box to fit 20×20 px, keeping its aspect ratio, with anti-aliasing. Then moves
    its centre of mass to the centre of the 28×28 field, by whole pixels. If the strokes' width `stroke_px`
    is given, strokes that would become thinner than 2 px are thickened first, so that a fine pen does not fade.

    `ink` is 0 for paper, 255 for full stroke. Raises `NoInkError` if it is blank, or so faint that nothing is left.

    Source: LeCun, Cortes & Burges, The MNIST Database of Handwritten Digits.
    """
    import cv2

    piece = cropped(ink)
    if stroke_px is not None:
        piece = _thickened(piece, stroke_px)
    scale = BOX_PX / max(piece.shape)
    height, width = (max(1, round(side * scale)) for side in piece.shape)
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    placed = piece if scale == 1 else cv2.resize(piece, (width, height), interpolation=how)
    weight = placed.sum(dtype=np.float64)
    if not weight:
        raise NoInkError(f"a piece of {ink.shape[0]}×{ink.shape[1]} px with too little ink: wanted a digit")
    top = CENTRE_PX - round(float(placed.sum(axis=1, dtype=np.float64) @ np.arange(height)) / weight)
    left = CENTRE_PX - round(float(placed.sum(axis=0, dtype=np.float64) @ np.arange(width)) / weight)
    field = np.zeros((SIDE_PX, SIDE_PX), np.uint8)
    top, left = (int(np.clip(at, 0, SIDE_PX - side)) for at, side in ((top, height), (left, width)))
    field[top : top + height, left : left + width] = placed
    return field


def cropped(ink: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the bounding box of the ink, all that is not 0: (h, w) → (rows, columns). Raises `NoInkError`."""
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    if not len(rows):
        raise NoInkError(f"a piece of {ink.shape[0]}×{ink.shape[1]} px without ink: wanted a digit")
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _thickened(piece: NDArray[np.uint8], stroke_px: float) -> NDArray[np.uint8]:
    """Thicken the strokes, if necessary, so that they are 2 px wide in the 20×20 box."""
    import cv2

    # The box grows with the strokes: they are s + 2r wide in a box of side + 2r.
    wanted = THINNEST_PX / BOX_PX
    radius = (wanted * max(piece.shape) - stroke_px) / (2 * (1 - wanted))
    if radius < 0.5:
        return piece
    if radius > MAX_THICKER_PX:
        times = math.ceil(radius / MAX_THICKER_PX)
        return _thickened(_smaller(piece, times), (stroke_px + times - 1) / times)
    r = max(1, round(radius))
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * r + 1, 2 * r + 1))
    return cv2.dilate(np.pad(piece, r), disc).astype(np.uint8)


def _smaller(piece: NDArray[np.uint8], times: int) -> NDArray[np.uint8]:
    """Downscale by max-pooling squares of `times`×`times` px: no line is lost, and each gets thicker."""
    rows, columns = (-(-side // times) for side in piece.shape)
    whole = np.zeros((rows * times, columns * times), np.uint8)
    whole[: piece.shape[0], : piece.shape[1]] = piece
    return whole.reshape(rows, times, columns, times).max(axis=(1, 3))
