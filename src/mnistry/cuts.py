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
SLANTS = (0.0, 0.3, 0.6)  # columns a row, of the writing: cuts are sought along each
LEAN = 20  # columns that the end may be aside of the start
APART = 0.04  # of the ink: what must lie between two cuts, and on either side of one
OFTEN = 25  # cuts in a width that is the height, at most
MOST = 40  # cuts of a piece


def propose(mask: NDArray[np.bool_]) -> list[NDArray[np.intp]]:
    """Cuts of a piece of ink (h, w), from left to right: for each the column of every row (h,).

    What lies left of a cut is `columns < cut[row]`. Those of other slants may cross.
    """
    height, width = mask.shape
    inner = max(4, round(width * ROWS / height))
    small, price = _priced(mask, inner)
    found = [_shortest_along(price, slant) for slant in SLANTS]
    cost, paths = (np.concatenate(each) for each in zip(*found, strict=True))
    rows = np.arange(ROWS)
    upto = np.cumsum(small, axis=1) - small / 2
    left = upto[rows, paths] / small.sum()  # (paths, rows): the share of all ink left of the path
    chosen = _diverse(cost, left, min(MOST, round(OFTEN * width / height)))
    finer = np.minimum(np.arange(height) * ROWS // height, ROWS - 1)
    return [np.round((paths[k][finer] - 1.5) * width / inner).clip(0, width).astype(np.intp) for k in chosen]


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
        open_to &= np.abs(left - left[k]).sum(axis=1) >= APART
    return sorted(chosen, key=lambda k: float(share[k]))


def _shortest_along(price: NDArray[np.floating], slant: float) -> tuple[NDArray[np.floating], NDArray[np.intp]]:
    """As `_shortest`, for writing of that slant: columns that the top lies to the right of the bottom, a row."""
    rows, columns = price.shape
    shift = np.round(slant * (rows / 2 - 0.5 - np.arange(rows))).astype(int)
    room = int(np.abs(shift).max())
    upright = np.ones((rows, columns + 2 * room))
    at = np.arange(columns) + (room - shift)[:, None]
    np.put_along_axis(upright, at, price, axis=1)
    cost, paths = _shortest(upright)
    return cost, np.clip(paths - room + shift, 0, columns - 1)


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
