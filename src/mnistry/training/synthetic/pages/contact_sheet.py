"""Many synthetic pages on one sheet, to look at: `mnistry data pages --out sheet.png` draws it."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from mnistry.ocr.glyph_classes import DIGITS, SIGNS
from mnistry.training.synthetic.pages.coco import Picture
from mnistry.training.synthetic.pages.scene import MIN_SEEN, Scene

GAP_PX = 4
GAP_GREY = 128
# Okabe & Ito's colours, which colour-blind people tell apart.
DIGIT, SIGN, OTHER, CUT_OFF = (0, 158, 115), (0, 114, 178), (230, 159, 0), (160, 160, 160)


def sheet(scenes: Sequence[Scene], file_name: str, *, boxes: bool = False) -> tuple[NDArray[np.uint8], Picture]:
    """Return scenes of one size on a sheet that is about square (h, w, 3), and where on it each is.

    With `boxes`, each glyph stands in one: green a digit, blue a sign, orange anything else, grey what is mostly
    hidden or cut off.
    """
    height, width = scenes[0].pixels.shape[:2]
    columns = max(1, min(len(scenes), round((len(scenes) * height / width) ** 0.5)))
    rows = -(-len(scenes) // columns)
    size = rows * (height + GAP_PX) - GAP_PX, columns * (width + GAP_PX) - GAP_PX
    pixels = np.full((*size, 3), GAP_GREY, np.uint8)
    placed: list[tuple[Scene, int, int]] = []
    for k, scene in enumerate(scenes):
        left, top = k % columns * (width + GAP_PX), k // columns * (height + GAP_PX)
        pixels[top : top + height, left : left + width] = boxed(scene) if boxes else scene.pixels
        placed.append((scene, left, top))
    return pixels, Picture(file_name, size[1], size[0], placed)


def boxed(scene: Scene) -> NDArray[np.uint8]:
    """Return a scene's picture with a box of one pixel around each glyph."""
    pixels = scene.pixels.copy()
    for glyph, box, seen in zip(scene.glyphs, scene.boxes, scene.seen, strict=True):
        left, top, right, bottom = np.floor(box).astype(int)
        if seen <= 0 or right <= left or bottom <= top:
            continue
        kind = DIGIT if glyph < len(DIGITS) else SIGN if glyph < len(DIGITS) + len(SIGNS) else OTHER
        cv2.rectangle(pixels, (left, top), (right, bottom), kind if seen >= MIN_SEEN else CUT_OFF)
    return pixels
