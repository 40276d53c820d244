"""Places ink in the network's 28×28 images: that of some segments, or all of a picture."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mnistry.errors import NoInkError
from mnistry.ocr import binarize, geometry, layout
from mnistry.ocr.binarize import Ink
from mnistry.ocr.decode import Picture
from mnistry.ocr.layout import Segment


def symbol(picture: Picture, name: str) -> NDArray[np.uint8]:
    """Place all ink of a picture of one symbol, as reading places a digit: (28, 28) uint8, white on black.

    The picture is one that `decode.decode` returns. Raises `NoInkError`, which calls it `name`, if it contains none.
    """
    ink = binarize.shrunk(binarize.find(picture.pixels, picture.upscale))
    segments = layout.pieces(ink)
    if not segments:
        raise NoInkError(f"{name}: no ink in it: wanted a picture of one symbol")
    return place(segments, ink)


def place(segments: Sequence[Segment], found: Ink) -> NDArray[np.uint8]:
    """Return the ink of these segments, and no other, in MNIST's geometry (28, 28)."""
    import cv2

    rim = max(1, round(found.stroke_px / 4))  # strokes have soft edges
    x0, y0 = min(s.x for s in segments) - rim, min(s.y for s in segments) - rim
    x1 = max(s.x + s.width for s in segments) + rim
    y1 = max(s.y + s.height for s in segments) + rim
    mask = np.zeros((y1 - y0, x1 - x0), np.uint8)
    for s in segments:
        mask[s.y - y0 : s.y - y0 + s.height, s.x - x0 : s.x - x0 + s.width] |= s.mask
    height, width = found.strength.shape
    top, left = max(0, -y0), max(0, -x0)
    bottom, right = min(y1, height) - y0, min(x1, width) - x0
    window = np.s_[y0 + top : y0 + bottom, x0 + left : x0 + right]
    inside = np.s_[top:bottom, left:right]
    near = cv2.dilate(mask, np.ones((2 * rim + 1, 2 * rim + 1), np.uint8))[inside] > 0
    own = mask[inside] > 0
    near &= own | ~found.strokes[window]
    strength = found.strength[window]
    inked = strength[own]
    full = max(1.0, float(np.partition(inked, 3 * len(inked) // 4)[3 * len(inked) // 4]))
    shades = np.where(near, np.minimum(strength * (255 / full), 255), 0)
    shades[shades < 48] = 0
    return geometry.to_mnist(shades.astype(np.uint8), found.stroke_px)
