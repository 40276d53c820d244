"""Signs, and the digits of a European hand, drawn with a pen from stroke templates of this benchmark's own."""

from functools import lru_cache

import cv2
import numpy as np

from everyday.faces import Glyph
from mnistry.training.synthetic.handwriting import curves

WOBBLE = 0.012

# As in `handwriting`: points "x,y" in hundredths of a digit's height, y downwards; "/" follows a corner, "|" lifts.
SIGNS: dict[str, tuple[str, ...]] = {
    ",": ("14,90 16,99 6,118", "12,92 14,102 4,116"),
    ".": ("8,97 10,98", "9,95 11,98"),
    "-": ("4,56 40,53", "2,52 46,54"),
    "/": ("44,-8 2,108", "50,-2 0,104", "36,-6 4,112"),
    ":": ("8,42 10,43 | 7,86 9,87",),
    "+": ("30,28 29,84 | 2,57 58,55", "28,32 30,80 | 4,54 56,57"),
    "×": ("6,36 50,82 | 50,34 4,84", "8,40 46,78 | 48,38 8,80"),
    "÷": ("4,56 56,55 | 29,34 31,35 | 29,77 31,78",),
    "=": ("4,46 56,44 | 3,66 57,65", "6,42 50,43 | 6,62 52,60"),
    "%": ("66,0 6,100 | 16,4 4,18 14,34 28,22 18,5 | 60,64 48,78 58,96 74,84 62,65",),
    "(": ("28,-10 8,20 4,56 10,90 28,112",),
    ")": ("4,-10 24,20 28,56 22,90 4,112",),
    "$": ("54,16 30,8 8,24 28,46 52,64 42,90 4,86 | 30,-8 30,108",),
    "€": ("60,14 38,2 14,24 8,56 20,90 44,98 60,86 | 0,42 46,42 | 0,60 42,60",),
    "'": ("6,-4 2,18", "4,-6 6,14"),
    "<": ("46,26 4,54 / 48,84",),
    ">": ("4,26 46,55 / 4,84",),
    "#": ("24,8 12,98 | 50,8 38,98 | 2,36 62,34 | 0,68 58,66",),
    "*": ("24,6 24,50 | 6,16 42,40 | 42,14 6,42",),
}
EUROPEAN: dict[str, tuple[str, ...]] = {
    "0": ("38,0 14,14 2,50 14,88 36,100 60,86 68,48 58,12 34,1", "30,2 6,34 6,72 30,100 54,70 54,28 32,1"),
    "1": (
        "0,54 42,0 / 39,100",
        "2,40 38,1 / 33,100",
        "0,66 22,36 46,0 / 44,100",
        "4,36 38,0 / 38,100 | 12,100 64,99",
        "8,28 32,1 / 30,100",
    ),
    "2": ("8,20 26,1 52,6 56,30 34,64 4,98 / 66,96", "6,24 28,0 56,10 50,44 22,88 6,95 12,80 40,92 70,97"),
    "3": ("8,4 58,2 / 30,38 / 58,56 54,88 26,100 2,90", "8,14 34,0 58,16 44,42 26,46 / 52,52 62,76 40,99 4,90"),
    "4": ("28,0 2,60 / 66,60 | 46,30 44,100", "20,0 6,54 / 66,52 | 56,4 50,100", "40,0 0,64 / 68,62 | 50,36 48,100"),
    "5": ("20,2 14,42 / 44,36 62,62 46,96 4,94 | 20,3 64,0", "18,0 12,40 / 46,40 58,70 40,99 2,92 | 16,1 58,3"),
    "6": ("48,0 18,28 2,66 18,98 46,96 58,72 40,54 8,68", "40,0 10,36 4,76 24,100 52,88 50,62 28,54 6,74"),
    "7": (
        "4,4 62,2 / 24,100 | 12,52 58,46",
        "2,14 6,3 / 64,3 40,46 26,100 | 16,54 60,50",
        "0,2 60,4 / 44,46 36,100 | 20,48 62,50",
    ),
    "8": (
        "34,48 8,22 34,0 58,20 34,48 4,76 34,100 66,76 34,48",
        "58,14 32,0 10,18 34,46 60,76 34,100 6,78 34,48 57,16",
    ),
    "9": (
        "56,18 32,0 6,22 18,48 46,44 57,16 / 54,100",
        "56,20 34,0 6,18 14,46 44,46 57,18 / 58,66 42,98 8,92",
        "58,16 30,1 4,24 22,50 50,38 58,14 / 46,66 26,100",
    ),
}


@lru_cache(maxsize=64)
def _pen_px(height_px: int, stroke: float) -> int:
    return max(1, round(stroke * height_px))


def draw(template: str, height_px: float, stroke: float, slant: float, rng: np.random.Generator) -> Glyph:
    """Draw a template with a pen as wide as `stroke` digit heights, leaning to the right by `slant` radians."""
    pen = _pen_px(round(height_px), stroke)
    margin = 2 * pen + 2
    drawn = [curve * height_px for curve in curves(template, WOBBLE, rng)]
    lean = np.array([[1.0, 0.0], [-np.tan(slant), 1.0]])
    drawn = [(curve - (0, height_px)) @ lean + (0, height_px) for curve in drawn]
    points = np.concatenate(drawn)
    low = np.floor(points.min(axis=0)) - margin
    size = np.ceil(points.max(axis=0) - low).astype(int) + margin
    canvas = np.zeros((size[1], size[0]), np.uint8)
    for curve in drawn:
        at = np.round((curve - low) * 16).astype(np.int32)
        cv2.polylines(canvas, [at], False, 255, pen, cv2.LINE_AA, 4)
    smooth = cv2.GaussianBlur(canvas, (0, 0), max(0.3, pen / 7)).astype(np.float32)
    canvas = np.clip((smooth - 118) * max(1.3, pen / 6) + 128, 0, 255).astype(np.uint8)
    x, y, w, h = cv2.boundingRect(canvas)
    return Glyph(np.ascontiguousarray(canvas[y : y + h, x : x + w]), float(low[1] + y))
