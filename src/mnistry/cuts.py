"""Where touching digits could be cut: paths from top to bottom that cross as little ink as possible.

Source: Burges, Matan, LeCun et al. 1992, Shortest path segmentation: a method for training a neural
network to recognize character strings.
"""

import numpy as np
from numpy.typing import NDArray

ROWS = 32  # of the small copy that paths are sought in
INK = 12.0  # what crossing a pixel in the middle of a stroke costs; of paper, 1
RIM = 0.9  # how much of that is owed to how deep in the ink it lies
MEETING = 0.95  # how much of that is spared where the ink is broader than a stroke, since two strokes meet there
ASIDE = 0.4  # what a step aside costs on top
LEAN = 20  # columns that the end may be aside of the start
APART = 0.04  # of the ink: what must lie between two cuts, and on either side of one
CROSSED = 0.02  # of the ink: what may lie on the wrong side where two cuts cross
OFTEN = 8  # cuts in a width that is the height, at most
MOST = 16  # cuts of a piece


def propose(mask: NDArray[np.bool_]) -> list[NDArray[np.intp]]:
    """Cuts of a piece of ink (h, w), from left to right: for each the column of every row (h,).

    What lies left of a cut is `columns < cut[row]`. They do not cross.
    """
    height, width = mask.shape
    inner = max(4, round(width * ROWS / height))
    small, price = _priced(mask, inner)
    cost, paths = _shortest(price)
    rows = np.arange(ROWS)
    upto = np.cumsum(small, axis=1) - small / 2
    left = upto[rows, paths] / small.sum()  # (paths, rows): the share of all ink left of the path
    chosen = _diverse(cost, left, min(MOST, round(OFTEN * width / height)))
    finer = np.minimum(np.arange(height) * ROWS // height, ROWS - 1)
    cuts = [np.round((paths[k][finer] - 1.5) * width / inner).clip(0, width).astype(np.intp) for k in chosen]
    for i in range(1, len(cuts)):
        cuts[i] = np.maximum(cuts[i], cuts[i - 1])
    return cuts


def _priced(mask: NDArray[np.bool_], columns: int) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    """A small copy with a rim of paper on either side, (ROWS, columns + 4): each pixel's share of ink, its price."""
    import cv2

    def small(layer: NDArray[np.float32]) -> NDArray[np.float32]:
        resized = cv2.resize(layer, (columns, ROWS), interpolation=cv2.INTER_AREA)
        return np.pad(resized.astype(np.float32), ((0, 0), (2, 2)))

    depth = cv2.distanceTransform(np.pad(mask, 1).astype(np.uint8), cv2.DIST_L2, 5)[1:-1, 1:-1].astype(np.float32)
    ridge = depth[(depth >= cv2.dilate(depth, np.ones((3, 3)))) & (depth > 0)]
    half = float(np.percentile(ridge, 60))  # of a stroke's width
    broad = np.clip(2 * (depth / half - 1), 0, 1)
    broad = cv2.dilate(broad, np.ones((int(half) | 1,) * 2)).astype(np.float32)
    deepest = float(np.percentile(depth[mask], 90))
    ink = small(mask.astype(np.float32))
    across = (1 - RIM) * ink + RIM * small(np.minimum(depth / deepest, 1))
    return ink, 1 + (INK - 1) * across * (1 - MEETING * small(broad))


def _diverse(cost: NDArray[np.floating], left: NDArray[np.floating], most: int) -> list[int]:
    """The cheapest paths that part the ink each in another way, from left to right."""
    share = left.sum(axis=1)
    open_to = (share > APART) & (share < 1 - APART)
    order = np.argsort(cost, kind="stable")
    chosen: list[int] = []
    while open_to.any() and len(chosen) < most:
        k = int(order[open_to[order].argmax()])
        chosen.append(k)
        apart = left - left[k]
        right_of, left_of = np.maximum(apart, 0).sum(axis=1), np.maximum(-apart, 0).sum(axis=1)
        open_to &= (right_of + left_of >= APART) & (np.minimum(right_of, left_of) < CROSSED)
    return sorted(chosen, key=lambda k: float(share[k]))


def _shortest(price: NDArray[np.floating]) -> tuple[NDArray[np.floating], NDArray[np.intp]]:
    """From each column of the top row to each of the bottom row that is near: cost (paths,), columns (paths, rows)."""
    rows, columns = price.shape
    cost = np.where(np.eye(columns, dtype=bool), price[0], np.inf)  # (start, column)
    steps = np.zeros((rows, columns, columns), np.int8)
    for row in range(1, rows):
        padded = np.pad(cost, ((0, 0), (1, 1)), constant_values=np.inf)
        ways = np.stack([padded[:, :-2] + ASIDE, padded[:, 1:-1], padded[:, 2:] + ASIDE])
        best = ways.argmin(axis=0)
        steps[row] = best - 1
        cost = np.take_along_axis(ways, best[None], 0)[0] + price[row]
    aside = np.abs(np.subtract.outer(np.arange(columns), np.arange(columns)))
    start, column = np.nonzero(np.isfinite(cost) & (aside <= LEAN))
    total = cost[start, column]
    paths = np.empty((len(start), rows), np.intp)
    for row in range(rows - 1, -1, -1):
        paths[:, row] = column
        column = column + steps[row][start, column]
    return total, paths
