"""Where touching digits could be cut: paths from top to bottom that cross as little ink as possible.

Source: Burges, Matan, LeCun et al. 1992, Shortest path segmentation: a method for training a neural
network to recognize character strings.
"""

import numpy as np
from numpy.typing import NDArray

ROWS = 32  # of the small copy that paths are sought in
INK = 12.0  # what crossing a pixel of ink costs; of paper, 1
ASIDE = 0.4  # what a step aside costs on top
LEAN = 5  # columns to either side that a path may leave its start by
CLOSEST = 3  # columns between two cuts, at least
MOST = 8  # cuts of a piece


def propose(mask: NDArray[np.bool_]) -> list[NDArray[np.intp]]:
    """Cuts of a piece of ink (h, w), from left to right: for each the column of every row (h,).

    What lies left of a cut is `columns < cut[row]`. They do not cross.
    """
    import cv2

    height, width = mask.shape
    columns = max(2 * CLOSEST, round(width * ROWS / height))
    small = cv2.resize(mask.astype(np.float32), (columns, ROWS), interpolation=cv2.INTER_AREA)
    cost, paths = _shortest(1 + (INK - 1) * small)
    found = [x for x in np.argsort(cost, kind="stable") if CLOSEST <= x < columns - CLOSEST]
    chosen: list[int] = []
    for x in found:
        middle = paths[x].mean()
        least = cost[max(0, x - 2) : x + 3].min()
        if cost[x] <= least and all(abs(middle - paths[other].mean()) >= CLOSEST for other in chosen):
            chosen.append(int(x))
    chosen = sorted(chosen[:MOST], key=lambda x: float(paths[x].mean()))
    rows = np.minimum(np.arange(height) * ROWS // height, ROWS - 1)
    cuts = [np.round((paths[x][rows] + 0.5) * width / columns).astype(np.intp) for x in chosen]
    for i in range(1, len(cuts)):
        cuts[i] = np.maximum(cuts[i], cuts[i - 1])
    return cuts


def _shortest(price: NDArray[np.floating]) -> tuple[NDArray[np.floating], NDArray[np.intp]]:
    """From each column of the top row to the bottom: the cost (columns,) and the path (columns, rows)."""
    rows, columns = price.shape
    starts = np.arange(columns)[:, None]
    places = starts + np.arange(-LEAN, LEAN + 1)  # (start, offset) → column
    outside = (places < 0) | (places >= columns)
    places = np.clip(places, 0, columns - 1)
    cost = np.where(outside, np.inf, price[0][places])
    cost[:, :LEAN] = cost[:, LEAN + 1 :] = np.inf
    steps = np.zeros((rows, columns, 2 * LEAN + 1), np.int8)
    for row in range(1, rows):
        padded = np.pad(cost, ((0, 0), (1, 1)), constant_values=np.inf)
        ways = np.stack([padded[:, :-2] + ASIDE, padded[:, 1:-1], padded[:, 2:] + ASIDE])
        best = ways.argmin(axis=0)
        steps[row] = best - 1
        cost = np.take_along_axis(ways, best[None], 0)[0] + np.where(outside, np.inf, price[row][places])
    offset = cost.argmin(axis=1)
    total = cost[np.arange(columns), offset]
    paths = np.empty((columns, rows), np.intp)
    for row in range(rows - 1, -1, -1):
        paths[:, row] = places[np.arange(columns), offset]
        offset = offset + steps[row][np.arange(columns), offset]
    return total, paths
