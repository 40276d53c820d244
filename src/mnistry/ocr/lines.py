"""Glyphs → lines in reading order: each is linked to its right neighbour, along the slope of the writing."""

import numpy as np
from numpy.typing import NDArray

from mnistry.ocr import columns, neighbours
from mnistry.ocr.columns import Pieces
from mnistry.ocr.line_parameters import PARAMETERS, LineParameters

STEEP = 3.0  # times as near as across, neighbours are looked for up and down
FLAT = 0.75  # of its width: the size of a digit that is lower than that, written flat
OFF = 0.1  # heights: how far a digit's middle usually is from the middle of its line
BESIDE, ABOVE, BELOW = 1.6, 0.3, 0.35  # heights of a digit: how far from it the middle of a sign of its line may be
TILT, FAN, CURVED = 0.1, 0.05, 0.03  # slopes of a page, how much they change from its middle to its end, and of a line


def linked(boxes: NDArray[np.floating], usual: LineParameters = PARAMETERS) -> list[list[int]]:
    """Return lines of places in `boxes` (n, 4), left, top, right, bottom: each from left to right, in reading order.

    Each box's right neighbour is the nearest one that continues its line; a box that two continue goes to the nearer.
    What is further apart is one line only as a table's row: see `columns.in_order`.
    """
    if not len(boxes):
        return []
    glyphs = _Glyphs(boxes.astype(np.float64))
    pieces = _followed(glyphs.followers(np.zeros(len(boxes)), usual))
    if len(pieces) < len(boxes):
        page = _Page(pieces, glyphs)
        pieces = _followed(glyphs.followers(page.slopes, usual))
        glyphs.level(page)
    order = columns.in_order(_placed(pieces, glyphs), usual)
    return [[k for piece in line for k in pieces[piece]] for line in order]


def signs_of(lines: list[list[int]], signs: NDArray[np.int64], boxes: NDArray[np.floating]) -> list[list[int]]:
    """Return for each line, places in `boxes` (n, 4), those of `signs` that stand in it or at its ends, in order.

    A sign belongs to the digit that it stands nearest to: beside it, at most a little above or below.
    """
    found: list[list[int]] = [[] for _ in lines]
    if not lines or not len(signs):
        return found
    at, _, counts = _concatenated(lines)
    line_of = np.repeat(np.arange(len(lines)), counts)
    left, top, right, bottom = boxes[at].T.astype(np.float64)
    height = np.maximum(bottom - top, 1e-6)
    middles = (boxes[signs, :2] + boxes[signs, 2:]).astype(np.float64) / 2
    for k, (x, y) in sorted(zip(signs.tolist(), middles.tolist(), strict=True), key=lambda sign: sign[1][0]):
        across = np.maximum(np.maximum(left - x, x - right), 0) / height
        above, below = (top - y) / height, (y - bottom) / height
        near = (across <= BESIDE) & (above <= ABOVE) & (below <= BELOW)
        if near.any():
            apart = across + np.maximum(np.maximum(above, below), 0)
            found[line_of[np.where(near, apart, np.inf).argmin()]].append(k)
    return found


class _Glyphs:
    """Boxes of glyphs (n, 4), and the pairs of them that are near enough to be neighbours in a line."""

    def __init__(self, boxes: NDArray[np.float64]) -> None:
        self.left, self.top, self.right, self.bottom = boxes.T
        self.x, self.y = (self.left + self.right) / 2, (self.top + self.bottom) / 2
        self.height = np.maximum(self.bottom - self.top, 1e-6)
        self.size = np.maximum(self.height, FLAT * (self.right - self.left))

    def level(self, page: "_Page") -> None:
        """Move all to where they lie once the page is level."""
        lean = page.lean(self.y)
        self.left, self.right, self.y = self.left + lean, self.right + lean, page.level(self.x, self.y)

    def followers(self, slopes: NDArray[np.float64], usual: LineParameters) -> NDArray[np.int64]:
        """Return for each glyph the next one in its line, -1 for none, where lines rise by `slopes` (n,)."""
        reach = usual.gap * usual.ratio * self.height + self.right - self.left
        one, other = neighbours.pairs(np.stack([self.x, self.y * STEEP], axis=1), reach)
        first = np.where(self.x[one] <= self.x[other], one, other)
        after = one + other - first
        across = self.x[after] - self.x[first]
        off = np.abs(self.y[after] - self.y[first] - slopes[first] * across)
        lower, higher = (of(self.height[first], self.height[after]) for of in (np.minimum, np.maximum))
        gap = np.maximum(self.left[after] - self.right[first], 0) / (usual.gap * higher)
        room = (lower + higher) / 2 - usual.overlap * lower
        smaller, larger = (of(self.size[first], self.size[after]) for of in (np.minimum, np.maximum))
        fits = (off <= room * (1 - gap / 2)) & (larger <= usual.ratio * smaller) & (gap <= 1)
        first, after, cost = first[fits], after[fits], (across + 2 * off)[fits]
        order = np.argsort(cost, kind="stable")
        nearest = order[np.unique(first[order], return_index=True)[1]]  # of each glyph, what may follow it
        order = nearest[np.argsort(cost[nearest], kind="stable")]
        mutual = order[np.unique(after[order], return_index=True)[1]]
        found = np.full(len(self.x), -1)
        found[first[mutual]] = after[mutual]
        return found


def _followed(followers: NDArray[np.int64]) -> list[list[int]]:
    """Return the chains of followers, each from its first glyph on."""
    follower = followers.tolist()
    pieces = []
    for k in sorted(set(range(len(follower))) - set(follower)):
        piece = [k]
        while (k := follower[k]) >= 0:
            piece.append(k)
        pieces.append(piece)
    return pieces


class _Page:
    """How lines run: their slopes `slopes` (n,) at each glyph, and the page's, which may fan out as in a photo."""

    def __init__(self, pieces: list[list[int]], glyphs: _Glyphs) -> None:
        at, starts, counts = _concatenated(pieces)
        x, y = glyphs.x[at], glyphs.y[at]
        middle_x, middle_y = (np.add.reduceat(of, starts) / counts for of in (x, y))
        x, y = x - np.repeat(middle_x, counts), y - np.repeat(middle_y, counts)
        spread = np.add.reduceat(x * x, starts)
        own = np.add.reduceat(x * y, starts) / np.maximum(spread, 1e-9)
        known = spread / (OFF * float(np.median(glyphs.height))) ** 2  # the inverse of the variance of `own`
        self.x, self.y = float(np.average(middle_x, weights=counts)), float(np.average(middle_y, weights=counts))
        self._fit(middle_y - self.y, own, known)
        usual = self.tilt + self.fan * (middle_y - self.y)
        self.slopes = np.empty(len(at))
        self.slopes[at] = np.repeat((own * known + usual / CURVED**2) / (known + 1 / CURVED**2), counts)

    def _fit(self, y: NDArray[np.float64], own: NDArray[np.float64], known: NDArray[np.float64]) -> None:
        """Fit `tilt` + `fan`·y to the slopes of pieces: ridge regression, in which outliers count for less."""
        self.tilt = self.fan = 0.0
        prior = np.diag([TILT**-2, (FAN / max(float(np.abs(y).max()), 1.0)) ** -2])
        for _ in range(3):
            weights = known / (1 + ((own - self.tilt - self.fan * y) / TILT) ** 2)
            basis = np.stack([np.ones_like(y), y])
            self.tilt, self.fan = np.linalg.solve((basis * weights) @ basis.T + prior, basis @ (weights * own)).tolist()

    def level(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the heights at which places of the page lie once its lines are level."""
        x, y = x - self.x, y - self.y
        return (y - self.tilt * x) / np.maximum(1 + self.fan * x, 0.5)

    def lean(self, y: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return how far to the right places move then: what makes lines slope is mostly that the page is turned."""
        return self.tilt * (y - self.y)


def _concatenated(pieces: list[list[int]]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return all glyphs, piece by piece, where each piece starts among them, and how many it has."""
    counts = np.array([len(piece) for piece in pieces])
    return np.concatenate(pieces), np.cumsum(counts) - counts, counts


def _placed(pieces: list[list[int]], glyphs: _Glyphs) -> Pieces:
    at, starts, counts = _concatenated(pieces)
    return Pieces(
        np.minimum.reduceat(glyphs.left[at], starts),
        np.maximum.reduceat(glyphs.right[at], starts),
        np.add.reduceat(glyphs.y[at], starts) / counts,
        np.add.reduceat(glyphs.height[at], starts) / counts,
    )
