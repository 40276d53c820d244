"""Places the one symbol of a picture in MNIST's geometry, as pictures of data sets are: no detector is asked.

Source: Otsu 1979, A Threshold Selection Method from Gray-Level Histograms.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mnistry.errors import NoInkError
from mnistry.ocr import geometry
from mnistry.ocr.resize import resized

SIDE_PX = 160  # of the copy that is looked at: strokes of the finest pens are a pixel wide in it
MIN_CONTRAST = 14.0  # grey levels between paper and ink: less is a blank sheet
SOFT = 0.5  # of the threshold: from where on a pixel has some ink


@dataclass(frozen=True, eq=False)
class Symbol:
    """A picture's ink in MNIST's geometry, `image` (28, 28) uint8, white on black.

    `box` is its left, top, right and bottom in px of the picture; `pieces` counts what lies apart from left to right.
    """

    image: NDArray[np.uint8]
    box: tuple[float, float, float, float]
    pieces: int


def symbol(pixels: NDArray[np.uint8], name: str) -> Symbol:
    """Place all ink of a picture (h, w, 3) uint8 of one symbol.

    The paper is what the picture's edge shows, at most unevenly lit; ink is all that differs from it by more than
    Otsu's threshold. Raises `NoInkError`, which calls it `name`, if it contains none.
    """
    height, width = pixels.shape[:2]
    scale = min(1.0, SIDE_PX / max(height, width))
    small = resized(pixels, max(1, round(height * scale)), max(1, round(width * scale))).astype(np.float32)
    apart = np.abs(small - _paper(small, _edge(small))).max(axis=2)
    threshold = _otsu(apart)
    inked = apart > threshold
    if not inked.any() or float(apart[inked].mean()) < MIN_CONTRAST:
        raise NoInkError(f"{name}: no ink in it: wanted a picture of one symbol")
    full, low = float(np.median(apart[inked])), SOFT * threshold
    shade = np.clip((apart - low) / max(1.0, full - low), 0, 1)
    image = geometry.to_mnist((255 * _without_specks(shade, inked)).astype(np.uint8), stroke_px(inked))
    rows, columns = np.flatnonzero(inked.any(axis=1)), np.flatnonzero(inked.any(axis=0))
    box = columns[0] / scale, rows[0] / scale, (columns[-1] + 1) / scale, (rows[-1] + 1) / scale
    return Symbol(
        image, (float(box[0]), float(box[1]), float(box[2]), float(box[3])), 1 + int((np.diff(columns) > 1).sum())
    )


def _edge(pixels: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Return where the picture's rim is (h, w): a twentieth of its shorter side."""
    height, width = pixels.shape[:2]
    rim = max(1, min(height, width) // 20)
    edge = np.ones((height, width), bool)
    edge[rim:-rim, rim:-rim] = False
    return edge


def _paper(pixels: NDArray[np.float32], edge: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Return the paper's colour everywhere (h, w, 3): a plane through the colours of the picture's edge."""
    height, width = pixels.shape[:2]
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    at = np.stack([np.ones_like(rows), rows / max(1, height), columns / max(1, width)], axis=2)
    known, colours = at[edge], pixels[edge]
    paper = np.broadcast_to(np.median(colours, axis=0), pixels.shape)
    near = np.abs(colours - np.median(colours, axis=0)).max(axis=1)
    kept = near <= max(MIN_CONTRAST, float(np.quantile(near, 0.75)))
    if kept.sum() >= 12 and min(height, width) > 8:
        plane = np.linalg.lstsq(known[kept], colours[kept], rcond=None)[0]
        paper = at @ plane
    return paper.astype(np.float32)


def _otsu(values: NDArray[np.float32]) -> float:
    """Return the threshold between two groups of values with the largest variance between them."""
    if not np.ptp(values):
        return float(values.max())
    counts, edges = np.histogram(values, 128)
    middles = (edges[:-1] + edges[1:]) / 2
    below, sums = np.cumsum(counts), np.cumsum(counts * middles)
    above = below[-1] - below
    with np.errstate(divide="ignore", invalid="ignore"):
        between = below * above * (sums / below - (sums[-1] - sums) / above) ** 2
    return float(middles[int(np.nanargmax(between))])


def _without_specks(shade: NDArray[np.float32], inked: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Blank what lies outside the rows and columns that hold nearly all ink."""
    kept = shade.copy()
    for axis in (0, 1):
        along = np.cumsum(inked.sum(axis=axis))
        low, high = np.searchsorted(along, [0.002 * along[-1], 0.998 * along[-1]])
        blank = np.ones(len(along), bool)
        blank[max(0, low - 2) : high + 3] = False
        if axis == 0:
            kept[:, blank] = 0
        else:
            kept[blank] = 0
    return kept


def stroke_px(inked: NDArray[np.bool_]) -> float:
    """Return about how wide strokes are (h, w) in px: twice their area over the length of their outline."""
    inside = np.pad(inked, 1)
    outline = sum(
        int((inside[1:-1, 1:-1] & ~np.roll(inside, shift, axis)[1:-1, 1:-1]).sum())
        for axis in (0, 1)
        for shift in (-1, 1)
    )
    return 2 * float(inked.sum()) / max(1, outline)
