"""The classifier's image of one glyph: the detector's ink in its box, less what belongs to its neighbours."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mnistry.errors import NoInkError
from mnistry.ocr import geometry, neighbours
from mnistry.ocr.find_glyphs import Glyphs
from mnistry.ocr.peaks import STRIDE, Maps
from mnistry.ocr.views import View

RIM = 0.12  # of a glyph's longer side, around its box, that may hold ink of it
FAINT = 0.2  # probability of ink below which there is none
CLEAR = 0.75  # …and from which it is full
NEIGHBOUR = 0.75  # of the sum of two glyphs' sides: nearer than that, one may have ink in the other's box


@dataclass(frozen=True, eq=False)
class _Ink:
    """What one view says of ink: its maps, and where each cell's owner has its middle, `owner` (2, h/2, w/2) px."""

    maps: Maps
    owner: NDArray[np.float32]


def images(glyphs: Glyphs) -> NDArray[np.uint8]:
    """Return all glyphs' images in MNIST's geometry (n, 28, 28) uint8, each from the view that it was found in.

    An image is blank if the detector sees no ink there.
    """
    boxes = glyphs.candidates.boxes
    placed = np.zeros((len(boxes), geometry.SIDE_PX, geometry.SIDE_PX), np.uint8)
    starts, others = _neighbours(boxes)
    for number in np.unique(glyphs.candidates.view).tolist():
        middles, sizes = _located(boxes, glyphs.views[number])
        ink = _ink(glyphs.maps[number])
        for k in np.flatnonzero(glyphs.candidates.view == number).tolist():
            shade = _shade(ink, middles[k].tolist(), sizes[k].tolist(), middles[others[starts[k] : starts[k + 1]]])
            try:
                placed[k] = geometry.to_mnist(shade)
            except NoInkError:
                continue
    return placed


def _neighbours(boxes: NDArray[np.float32]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the boxes near each box as `neighbours.of_each` does."""
    middles, sizes = (boxes[:, :2] + boxes[:, 2:]) / 2, boxes[:, 2:] - boxes[:, :2]
    one, other = neighbours.pairs(middles, 2 * NEIGHBOUR * sizes.max(axis=1, initial=0))
    near = (np.abs(middles[one] - middles[other]) < NEIGHBOUR * (sizes[one] + sizes[other])).all(axis=1)
    return neighbours.of_each(len(boxes), (one[near], other[near]))


def _located(boxes: NDArray[np.float32], view: View) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    """Return middles (n, 2) and sizes (n, 2) of boxes of the picture in a view."""
    there = view.in_view(boxes)
    return (there[:, :2] + there[:, 2:]) / 2, there[:, 2:] - there[:, :2]


def _ink(maps: Maps) -> _Ink:
    rows, columns = (np.arange(side, dtype=np.float32) * STRIDE + (STRIDE - 1) / 2 for side in maps.heat.shape)
    return _Ink(maps, np.stack([maps.owner[0] + columns, maps.owner[1] + rows[:, None]]))


def _shade(ink: _Ink, middle: list[float], size: list[float], others: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Return the ink in a glyph's box and its rim (h, w), less what has its owner nearer to one of `others` (m, 2)."""
    (x, y), (wide, tall) = middle, size
    rim = RIM * max(tall, wide)
    height, width = ink.maps.ink.shape
    x0, y0 = max(0, int(x - wide / 2 - rim)), max(0, int(y - tall / 2 - rim))
    x1, y1 = min(width, math.ceil(x + wide / 2 + rim)), min(height, math.ceil(y + tall / 2 + rim))
    if x1 <= x0 or y1 <= y0:
        return np.zeros((1, 1), np.uint8)
    shade = (ink.maps.ink[y0:y1, x0:x1] - FAINT) * (255 / (CLEAR - FAINT))
    shade = np.minimum(np.maximum(shade, 0), 255)
    if len(others):
        row, column = y0 // STRIDE, x0 // STRIDE
        owner_x, owner_y = ink.owner[:, row : -(-y1 // STRIDE), column : -(-x1 // STRIDE)]
        apart = (owner_x - others[:, :1, None]) ** 2 + (owner_y - others[:, 1:, None]) ** 2
        mine = (owner_x - x) ** 2 + (owner_y - y) ** 2 <= apart.min(axis=0)
        mine = mine.repeat(STRIDE, axis=0).repeat(STRIDE, axis=1)
        shade *= mine[y0 - row * STRIDE : y1 - row * STRIDE, x0 - column * STRIDE : x1 - column * STRIDE]
    return shade.astype(np.uint8)
