"""What stands beside a glyph: in company of letters an O is no 0, in company of digits it is."""

import numpy as np
from numpy.typing import NDArray

from mnistry.ocr import neighbours
from mnistry.ocr.glyph_classes import DIGITS
from mnistry.ocr.peaks import Candidates

BESIDE = 0.8  # of the larger one's size: the widest gap between glyphs that keep company, and how far off its middle
ALIKE = 2.5  # times as large, at most


def company(found: Candidates) -> NDArray[np.float64]:
    """Return how much of a digit, and of a letter or drawing, the nearest glyphs left and right are (n, 2), 0 to 2.

    Each side counts with its largest probability, that a glyph is there and is of that kind.
    """
    kept = np.zeros((len(found), 2, 2))
    if not len(found):
        return kept.sum(axis=1)
    middles, sizes = (found.boxes[:, :2] + found.boxes[:, 2:]) / 2, found.boxes[:, 2:] - found.boxes[:, :2]
    larger = sizes.max(axis=1)
    one, other = neighbours.pairs(middles, (1 + BESIDE) * larger)
    one, other = np.concatenate([one, other]), np.concatenate([other, one])
    apart, most = np.abs(middles[one] - middles[other]), np.maximum(larger[one], larger[other])
    gap = apart[:, 0] - (sizes[one, 0] + sizes[other, 0]) / 2
    beside = (gap <= BESIDE * most) & (apart[:, 1] <= BESIDE * most / 2) & (apart[:, 0] > apart[:, 1])
    beside &= most <= ALIKE * np.minimum(larger[one], larger[other])
    one, other = one[beside], other[beside]
    shares = found.heat[:, None] * np.exp(found.glyph)
    kinds = np.stack([shares[:, : len(DIGITS)].sum(axis=1), shares[:, -1]], axis=1)
    side = (middles[other, 0] > middles[one, 0]).astype(np.int64)
    np.maximum.at(kept, (one, side), kinds[other])
    return kept.sum(axis=1)
