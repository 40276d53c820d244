"""Where touching digits could be cut: paths from top to bottom that cross as little ink as possible.

Source: Burges, Matan, LeCun et al. 1992, Shortest path segmentation: a method for training a neural
network to recognize character strings.
"""

import numpy as np
from numpy.typing import NDArray

from mnistry.ocr.binarize import Ink
from mnistry.ocr.layout import Segment

LONGEST = 8.0  # width over height: a longer piece is a line, or more digits than are cut in reasonable time
WIDE = 0.35  # width over height from which a piece may be two digits that touch
THREE = 1.8  # …and three
WIDEST = 1.5  # …of a part that is looked at: a wider one is no digit
ROWS = 48  # of the small copy that paths are sought in
INK = 12.0  # what crossing a pixel in the middle of a stroke costs; of paper, 1
RIM = 0.9  # how much of that is owed to how deep in the ink it lies
MEETING = 0.95  # how much of that is spared where the ink is broader than a stroke, since two strokes meet there
ASIDE = 0.4  # what a step aside costs on top
SLANTS = (0.0, 0.3, 0.6)  # columns a row, of the writing: cuts are sought along each
LEAN = 30  # columns that a path may be aside of its start
APART = 0.04  # of the ink: what must lie between two cuts, and on either side of one
OFTEN = 40  # cuts in a width that is the height, at most
MAX_CUTS = 70  # cuts of a piece that is two digits at most
MAX_CUTS_OF_THREE = 40  # …and of a longer one, whose parts between any two of them are looked at too
MAX_PX = 100_000_000  # of all parts of a piece, about


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
    most = min(MAX_CUTS if width < THREE * height else MAX_CUTS_OF_THREE, MAX_PX // mask.size)
    chosen = _diverse(cost, left, min(most, round(OFTEN * width / height)))
    finer = np.minimum(np.arange(height) * ROWS // height, ROWS - 1)
    return [np.round((paths[k][finer] - 1.5) * width / inner).clip(0, width).astype(np.intp) for k in chosen]


def parts(piece: Segment, ink: Ink) -> list[tuple[int, int, Segment]]:
    """What lies between two cuts of a piece, each with their numbers: its left edge is 0, its right one the last."""
    small = piece.width < max(WIDE * piece.height, 2 * ink.stroke_px) or piece.height < 3 * ink.stroke_px
    if small or piece.width > LONGEST * piece.height:
        return []
    edges = np.array([np.full(piece.height, 0), *propose(piece.mask), np.full(piece.height, piece.width)])
    upto = np.pad(np.cumsum(piece.mask, axis=1), ((0, 0), (1, 0)))
    left = upto[np.arange(piece.height), edges]  # (edges, rows): the ink left of each edge in each row
    enough = 0.5 * ink.stroke_px**2  # less is not cut off
    last = len(edges) - 1
    found = []
    for i in range(last):
        between = left[i + 1 :] - left[i]  # where the edges cross, less than none
        cut_off = (np.maximum(between, 0).sum(axis=1) >= enough) & (np.maximum(-between, 0).sum(axis=1) <= enough)
        for j in (np.flatnonzero(cut_off) + i + 1).tolist():
            outer = (i == 0) + (j == last)
            if outer == 1 or (not outer and piece.width >= THREE * piece.height):
                part = _between(piece, edges[i], edges[j])
                if part.width <= WIDEST * piece.height:
                    found.append((i, j, part))
    return found


def _between(piece: Segment, left: NDArray[np.intp], right: NDArray[np.intp]) -> Segment:
    """The ink of a piece between two edges, which have a column for each row (h,)."""
    first = int(left.min())
    columns = np.arange(first, int(right.max()))
    mask = piece.mask[:, columns] & (columns >= left[:, None]) & (columns < right[:, None])
    rows, wide = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    inside = mask[rows[0] : rows[-1] + 1, wide[0] : wide[-1] + 1]
    return Segment(inside, piece.x + first + int(wide[0]), piece.y + int(rows[0]), piece.piece)


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
    order = np.argsort(cost, kind="stable")
    order = order[(share[order] > APART) & (share[order] < 1 - APART)]
    chosen: list[int] = []
    while len(order) and len(chosen) < most:
        chosen.append(int(order[0]))
        order = order[np.abs(left[order] - left[order[0]]).sum(axis=1) >= APART]
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
    rim = np.pad(price.astype(np.float32), ((0, 0), (LEAN, LEAN)), constant_values=np.inf)
    near = np.lib.stride_tricks.sliding_window_view(rim, 2 * LEAN + 1, axis=1)  # (row, start, columns near it)
    cost = np.full((columns, 2 * LEAN + 3), np.inf, np.float32)  # with a rim that nothing enters
    cost[:, LEAN + 1] = price[0]
    steps = np.zeros((rows, columns, 2 * LEAN + 1), np.int8)
    for row in range(1, rows):
        left, right = cost[:, :-2], cost[:, 2:]
        aside = np.minimum(left, right) + np.float32(ASIDE)
        steps[row] = (aside < cost[:, 1:-1]) * np.where(left <= right, np.int8(-1), np.int8(1))
        cost[:, 1:-1] = np.minimum(aside, cost[:, 1:-1]) + near[row]
    start, at = np.nonzero(np.isfinite(cost[:, 1:-1]))
    total = cost[start, at + 1]
    paths = np.empty((len(start), rows), np.intp)
    for row in range(rows - 1, -1, -1):
        paths[:, row] = start + at - LEAN
        at = at + steps[row][start, at]
    return total, paths
