"""Glyphs → lines in reading order: each is linked to its right neighbour, along the slope of the writing."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class LineParameters:
    """What two neighbours of a line share; fitted on generated pages (benchmarks/situations.py --fit)."""

    overlap: float = 0.5  # least vertical overlap, as a share of the lower one's height
    ratio: float = 1.8  # most height of one over the other
    gap: float = 3.0  # most space between them, in heights
    comb: float = 1.5  # heights between middles: cells nearer than that are of one number
    space: float = 0.55  # heights: least space between words
    column: float = 4.0  # heights between blocks that are columns


PARAMETERS = LineParameters()


def linked(boxes: NDArray[np.float64], usual: LineParameters = PARAMETERS) -> list[list[int]]:
    """Return lines of places in `boxes` (n, 4), left, top, right, bottom; from top to bottom, left to right.

    Each box's right neighbour is the nearest one that continues its line; a box that two continue goes to the nearer.
    """
    n = len(boxes)
    if n == 0:
        return []
    left, top, right, bottom = boxes.T
    height, middle_x, middle_y = bottom - top, (left + right) / 2, (top + bottom) / 2
    follower, best = np.full(n, -1), np.full(n, np.inf)
    order = np.argsort(middle_x, kind="stable")
    for k in order.tolist():
        after = middle_x > middle_x[k]
        lower = np.minimum(height, height[k])
        shared = np.minimum(bottom, bottom[k]) - np.maximum(top, top[k])
        larger = np.maximum(height, height[k])
        gaps = left - right[k]
        fits = (
            after & (shared >= usual.overlap * lower) & (larger <= usual.ratio * lower) & (gaps <= usual.gap * larger)
        )
        if not fits.any():
            continue
        cost = (middle_x - middle_x[k]) + 2 * np.abs(middle_y - middle_y[k])
        cost[~fits] = np.inf
        for j in np.argsort(cost, kind="stable")[:4].tolist():
            if cost[j] < best[j]:
                follower[follower == j] = -1
                follower[k], best[j] = j, cost[j]
                break
    starts = set(range(n)) - {int(j) for j in follower if j >= 0}
    lines = []
    for start in sorted(starts, key=lambda k: (middle_y[k], left[k])):
        line, k = [start], start
        while follower[k] >= 0:
            k = int(follower[k])
            line.append(k)
        lines.append(line)
    return lines


def text(values: list[str], boxes: NDArray[np.float64], usual: LineParameters = PARAMETERS) -> str:
    """Return a line's values with a space wherever a gap is much wider than the writing's own."""
    if not values:
        return ""
    height = float(np.median(boxes[:, 3] - boxes[:, 1]))
    gaps = boxes[1:, 0] - boxes[:-1, 2]
    middles = np.diff((boxes[:, 0] + boxes[:, 2]) / 2)
    even = len(gaps) > 1 and float(np.ptp(middles)) < 0.5 * height and float(middles.max()) < usual.comb * height
    usually = float(np.median(np.clip(gaps, 0, None))) if len(gaps) > 2 else 0.0
    wide = (gaps > max(usual.space * height, 1.6 * usually)) & (not even)
    return values[0] + "".join((" " if w else "") + v for w, v in zip(wide, values[1:], strict=True))
