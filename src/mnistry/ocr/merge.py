"""Candidates of all views → one for each glyph: the best scale's first, then what it covers is taken away."""

import numpy as np
from numpy.typing import NDArray

from mnistry.ocr.peaks import Candidates
from mnistry.ocr.views import WANTED_PX

PER_OCTAVE = 0.6  # by how much less a candidate counts for each doubling or halving of its digits' best height
VALID_PX = 12.0, 52.0  # digit heights in a view that it can be trusted on
APART = 0.2  # of a glyph's height: the least distance of the middles of two neighbours
COVERED = 0.6  # of the smaller box, in the larger one: they share their ink


def distinct(found: Candidates) -> NDArray[np.int64]:
    """Return which candidates stand, the best first: of those that share ink, one."""
    if not len(found):
        return np.zeros(0, np.int64)
    octaves = np.abs(np.log2(np.maximum(found.view_px, 1) / WANTED_PX))
    worth = found.heat * (1 - PER_OCTAVE * np.clip(octaves - 0.35, 0, 1.4))
    valid = (found.view_px >= VALID_PX[0]) & (found.view_px <= VALID_PX[1])
    order = np.argsort(-worth, kind="stable")
    order = order[valid[order]]
    boxes = found.boxes.astype(np.float64)
    middles = (boxes[:, :2] + boxes[:, 2:]) / 2
    sizes = np.maximum(boxes[:, 2:] - boxes[:, :2], 1e-3)
    cell = float(max(np.median(sizes) * 2, 1.0))
    buckets: dict[tuple[int, int], list[int]] = {}
    large: list[int] = []
    kept: list[int] = []
    for k in order.tolist():
        if _taken(k, _near(buckets, middles[k], cell) + large, middles, sizes, found):
            continue
        kept.append(k)
        if sizes[k].max() > 2 * cell:
            large.append(k)
        else:
            buckets.setdefault((int(middles[k, 0] // cell), int(middles[k, 1] // cell)), []).append(k)
    return np.array(kept, np.int64)


def _near(buckets: dict[tuple[int, int], list[int]], middle: NDArray[np.float64], cell: float) -> list[int]:
    column, row = int(middle[0] // cell), int(middle[1] // cell)
    return [k for x in range(column - 2, column + 3) for y in range(row - 2, row + 3) for k in buckets.get((x, y), ())]


def _taken(
    k: int, others: list[int], middles: NDArray[np.float64], sizes: NDArray[np.float64], found: Candidates
) -> bool:
    """Whether one of the others, which are better, has this candidate's ink."""
    if not others:
        return False
    at = np.array(others)
    apart = np.abs(middles[at] - middles[k])
    height = np.minimum(sizes[at, 1], sizes[k, 1])
    smaller, larger = np.minimum(sizes[at], sizes[k]), np.maximum(sizes[at], sizes[k])
    shared = np.clip((sizes[at] + sizes[k]) / 2 - apart, 0, smaller)
    covered = shared.prod(axis=1) / smaller.prod(axis=1)
    same_size = (smaller / larger).min(axis=1) > 0.6
    same_view = found.view[at] == found.view[k]
    wide = np.where(same_view, APART * height, 0.35 * np.minimum(sizes[at, 0], sizes[k, 0]) + 0.1 * height)
    same_place = (apart[:, 0] < wide) & (apart[:, 1] < 0.45 * height)
    return bool((same_place | ((covered > COVERED) & ~(same_size & same_view))).any())
