"""The lines of ruled and squared paper, told from what is written on them, and taken away."""

import numpy as np
from numpy.typing import NDArray

SHORTEST = 0.6  # of the picture's side: what a ruling spans at least
SLIMMEST = 25  # times as long as it is thick, at least
RUN = 0.04  # of the side: unbroken runs that a ruling is made of, even one that is a little askew


def without(strokes: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The strokes (h, w) without rulings: parallel thin lines, two or more, across most of the picture.

    Where a stroke crosses a ruling it stays whole.
    """
    rulings = _horizontal(strokes, 2, SHORTEST)
    # Digits that fill a strip have upright strokes as long as it is high: squares need more proof.
    rulings |= _horizontal(strokes.T, 4, 0.9).T
    return strokes & ~rulings if rulings.any() else strokes


def _horizontal(strokes: NDArray[np.bool_], fewest: int, shortest: float) -> NDArray[np.bool_]:
    import cv2

    height, width = strokes.shape
    ink = strokes.astype(np.uint8)
    run = max(9, int(RUN * width))
    runs = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((1, run), np.uint8))
    chained = cv2.dilate(runs, np.ones((3, 2 * run + 1), np.uint8))
    count, parts, stats, _ = cv2.connectedComponentsWithStats(chained, connectivity=8)
    long = [i for i in range(1, count) if stats[i, cv2.CC_STAT_WIDTH] >= shortest * width + 2 * run]
    long = [i for i in long if stats[i, cv2.CC_STAT_HEIGHT] < 0.2 * height]
    if len(long) < fewest:  # one such line may be the bar of a 7 that fills the picture
        return np.zeros(strokes.shape, bool)
    found = np.isin(parts, long) & (runs > 0)
    columns = found.sum(axis=0)
    thickness = float(np.median(columns[columns > 0])) / len(long)
    if SLIMMEST * thickness > shortest * width:
        return np.zeros(strokes.shape, bool)
    # A pixel is the ruling's own if the ink above and below it is no thicker than a ruling is.
    tall = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((int(2.5 * thickness) + 1, 1), np.uint8))
    return found & (tall == 0)
