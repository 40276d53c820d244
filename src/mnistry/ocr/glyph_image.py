"""The classifier's image of one glyph: the detector's ink in its box, less what belongs to its neighbours."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mnistry.errors import NoInkError
from mnistry.ocr import geometry
from mnistry.ocr.find_glyphs import Glyphs
from mnistry.ocr.peaks import STRIDE, Maps
from mnistry.ocr.views import View

RIM = 0.12  # of a glyph's height, around its box, that may hold ink of it
FAINT = 0.2  # probability of ink below which there is none
CLEAR = 0.75  # …and from which it is full


@dataclass(frozen=True, eq=False)
class Located:
    """Glyphs in one view: middles (n, 2) and sizes (n, 2) of their boxes in the view's px."""

    middles: NDArray[np.float32]
    sizes: NDArray[np.float32]


def located(boxes: NDArray[np.float32], view: View) -> Located:
    """Return where boxes (n, 4) of the picture are in a view."""
    scaled = boxes * view.scale - (view.left, view.top, view.left, view.top)
    return Located(
        ((scaled[:, :2] + scaled[:, 2:]) / 2).astype(np.float32), (scaled[:, 2:] - scaled[:, :2]).astype(np.float32)
    )


def images(glyphs: Glyphs) -> NDArray[np.uint8]:
    """Return all glyphs' images (n, 28, 28) uint8, each from the view that it was found in."""
    found = glyphs.candidates
    placed = np.zeros((len(found), geometry.SIDE_PX, geometry.SIDE_PX), np.uint8)
    for number in np.unique(found.view).tolist():
        among = located(found.boxes, glyphs.views[number])
        for k in np.flatnonzero(found.view == number).tolist():
            placed[k] = image(k, among, glyphs.maps[number])
    return placed


def image(k: int, among: Located, maps: Maps) -> NDArray[np.uint8]:
    """Return glyph `k` of a view in MNIST's geometry (28, 28) uint8; blank if the detector sees no ink there.

    A pixel of ink belongs to the glyph whose middle is nearest to where the detector says its owner's middle is.
    """
    height, width = maps.ink.shape
    x, y = among.middles[k]
    wide, tall = among.sizes[k]
    rim = RIM * max(tall, wide)
    x0, y0 = int(max(0, x - wide / 2 - rim)), int(max(0, y - tall / 2 - rim))
    x1, y1 = int(min(width, np.ceil(x + wide / 2 + rim))), int(min(height, np.ceil(y + tall / 2 + rim)))
    if x1 <= x0 or y1 <= y0:
        return np.zeros((geometry.SIDE_PX, geometry.SIDE_PX), np.uint8)
    ink = maps.ink[y0:y1, x0:x1]
    rows, columns = np.arange(y0, y1), np.arange(x0, x1)
    cells = np.ix_(rows // STRIDE, columns // STRIDE)
    at_x = maps.owner[0][cells] + (columns // STRIDE * STRIDE + 0.5)
    at_y = maps.owner[1][cells] + (rows // STRIDE * STRIDE + 0.5)[:, None]
    apart = np.abs(among.middles - among.middles[k])
    near = np.flatnonzero((apart < (among.sizes + among.sizes[k]) * 0.75).all(axis=1))
    distances = np.stack([(at_x - among.middles[j, 0]) ** 2 + (at_y - among.middles[j, 1]) ** 2 for j in near])
    mine = near[distances.argmin(axis=0)] == k
    shade = np.clip((ink - FAINT) / (CLEAR - FAINT), 0, 1) * mine
    try:
        return geometry.to_mnist((shade * 255).astype(np.uint8))
    except NoInkError:
        return np.zeros((geometry.SIDE_PX, geometry.SIDE_PX), np.uint8)
