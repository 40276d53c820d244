"""Candidates of all views → one for each glyph: the best scale's first, then what it covers is taken away."""

import numpy as np
from numpy.typing import NDArray

from mnistry.ocr import neighbours
from mnistry.ocr.neighbours import Pairs
from mnistry.ocr.peaks import Candidates
from mnistry.ocr.views import WANTED_PX

PER_OCTAVE = 0.6  # by how much less a candidate counts for each doubling or halving of its digits' best height
VALID_PX = 12.0, 52.0  # digit heights in a view that it can be trusted on
APART, APART_WIDE = 0.2, 0.35  # of the smaller one's height and width: how far the middles of neighbours are apart
COVERED = 0.6  # of the smaller box, in the larger one: they share their ink
MAX_CANDIDATES = 20_000  # the hottest: no picture within the budget has room for as many glyphs


def distinct(found: Candidates) -> NDArray[np.int64]:
    """Return which candidates stand, the best first: of those that share ink, one."""
    octaves = np.abs(np.log2(np.maximum(found.view_px, 1) / WANTED_PX))
    worth = found.heat * np.exp(found.glyph.max(axis=1)) * (1 - PER_OCTAVE * np.clip(octaves - 0.35, 0, 1.4))
    valid = (found.view_px >= VALID_PX[0]) & (found.view_px <= VALID_PX[1])
    order = np.argsort(-worth, kind="stable")
    order = order[valid[order]][:MAX_CANDIDATES]
    starts, others = neighbours.of_each(len(order), _sharing(found.part(order)))
    stands = np.ones(len(order), bool)
    for k in range(len(order)):
        if stands[k]:
            worse = others[starts[k] : starts[k + 1]]
            stands[worse[worse > k]] = False
    return order[stands]


def _sharing(found: Candidates) -> Pairs:
    """Return the pairs of candidates that have the same ink."""
    boxes = found.boxes.astype(np.float64)
    middles, sizes = (boxes[:, :2] + boxes[:, 2:]) / 2, np.maximum(boxes[:, 2:] - boxes[:, :2], 1e-3)
    one, other = neighbours.pairs(middles, sizes.max(axis=1))
    apart = np.abs(middles[one] - middles[other])
    smaller, larger = np.minimum(sizes[one], sizes[other]), np.maximum(sizes[one], sizes[other])
    shared = np.clip((smaller + larger) / 2 - apart, 0, smaller)
    covered = shared.prod(axis=1) > COVERED * smaller.prod(axis=1)
    same_size = (smaller > 0.6 * larger).all(axis=1)
    same_view = found.view[one] == found.view[other]
    wide, tall = smaller.T
    near = np.where(same_view, np.maximum(APART * tall, APART_WIDE * wide), APART_WIDE * wide + 0.5 * APART * tall)
    same_place = (apart[:, 0] < near) & (apart[:, 1] < 0.45 * tall)
    same = same_place | (covered & ~(same_size & same_view))
    return one[same], other[same]
