"""Ink → lines of segments in reading order.

It knows no digits: it proposes, and the classifier's scores decide what is one digit (see `transcribe`).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mnistry.ocr.binarize import Ink

MAX_PIECES = 5_000  # of a picture: more are no writing
BRIDGED = 0.8  # stroke widths: breaks that join
CRUMB = 3.2  # stroke widths: digits are taller
CRUMBS_BRIDGED = 3.0  # stroke widths, where there is nothing but crumbs
EDGE = 0.12  # of the picture's shorter side: how far from it what runs along its edge may reach
EDGE_LONG = 0.6  # of a side: how long that is, at least
LONGER = 1.25  # times the longest other ink: what runs along an edge and is no longer is a digit beside it
FLECK = 0.15  # of that length: other ink that is no writing, if there are but two of them
SPECK = 0.1  # of a digit's height: smaller ink is dust
SMALL = 0.35  # of a digit's height: too small to begin a line
STACKED = 0.2  # of the height of both: the gap between two parts of a digit, one above the other
TALLEST = 2.0  # times a usual piece's height: a digit of two pieces
REACH = 3.0  # digit heights: how far the next digit of a line may be, before its slant must tell
LEVEL = 3.0  # times its height: what a level line counts for, and no more, however long it is


@dataclass(frozen=True, eq=False)
class Segment:
    """Ink that is not taken apart any further: `mask` (h, w) bool, its corner at `x`, `y` in the picture.

    `piece` counts the connected pieces of ink: segments with the same one touch.
    """

    mask: NDArray[np.bool_]
    x: int
    y: int
    piece: int

    @property
    def height(self) -> int:
        """In px."""
        return self.mask.shape[0]

    @property
    def width(self) -> int:
        """In px."""
        return self.mask.shape[1]

    @property
    def middle(self) -> tuple[float, float]:
        """The middle of its box, (x, y)."""
        return self.x + self.width / 2, self.y + self.height / 2


@dataclass(frozen=True, eq=False)
class Layout:
    """`lines` from top to bottom, each with its pieces of ink from left to right; a digit's `height_px`, about."""

    lines: list[list[Segment]]
    height_px: float


def pieces(ink: Ink) -> list[Segment]:
    """The connected ink of a picture that could be digits or parts of them."""
    found = _pieces(ink, BRIDGED)
    if not found:
        return []
    typical = _typical_height(found)
    if len(found) >= 4 and typical < CRUMB * ink.stroke_px:  # a dotted print, or a pen that skipped
        found = _pieces(ink, CRUMBS_BRIDGED)
        typical = _typical_height(found)
    return [piece for piece in found if max(piece.mask.shape) >= SPECK * typical]


def stacks(pieces: list[Segment]) -> list[tuple[int, int]]:
    """Pairs of pieces, by index, one close above the other: they could be one digit, as a 5 whose bar is apart."""
    if len(pieces) < 2:
        return []
    left, top, right, bottom = _boxes(pieces).T
    wide, tall = right - left, bottom - top
    highest = TALLEST * _typical_height(pieces)
    found = []
    for i in range(len(pieces)):
        both = np.maximum(bottom, bottom[i]) - np.minimum(top, top[i])
        gap = top - bottom[i]
        shared = np.minimum(right, right[i]) - np.maximum(left, left[i])
        close = (gap <= STACKED * both) & (gap >= -0.5 * np.minimum(tall, tall[i])) & (both <= highest)
        below = (top + bottom > top[i] + bottom[i]) & (shared >= 0.5 * np.minimum(wide, wide[i]))
        found += [(i, int(j)) for j in np.flatnonzero(close & below)]
    return found


def joined(one: Segment, other: Segment) -> Segment:
    """The ink of two segments as that of one."""
    x, y = min(one.x, other.x), min(one.y, other.y)
    right, bottom = max(s.x + s.width for s in (one, other)), max(s.y + s.height for s in (one, other))
    mask = np.zeros((bottom - y, right - x), bool)
    for s in (one, other):
        mask[s.y - y : s.y - y + s.height, s.x - x : s.x - x + s.width] |= s.mask
    return Segment(mask, x, y, one.piece)


def in_lines(pieces: list[Segment]) -> Layout:
    """The lines of pieces, each in reading order."""
    if not pieces:
        return Layout([], 0.0)
    typical = _typical_height(pieces)
    return Layout(_lines(pieces, typical), typical)


def _pieces(ink: Ink, bridged: float) -> list[Segment]:
    """Connected ink, across breaks of so many strokes' widths."""
    import cv2

    bridge = max(1, round(bridged * ink.stroke_px / 2))
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * bridge + 1, 2 * bridge + 1))
    joined = cv2.morphologyEx(np.pad(ink.strokes, bridge).astype(np.uint8), cv2.MORPH_CLOSE, disc)
    joined = joined[bridge:-bridge, bridge:-bridge]
    _, parts, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    large = np.argsort(-stats[1:, cv2.CC_STAT_AREA])[:MAX_PIECES] + 1
    found = []
    for i in large[stats[large, cv2.CC_STAT_AREA] >= max(6, 0.5 * ink.stroke_px**2)]:
        x, y, w, h = (int(value) for value in stats[i, :4])
        mask = (parts[y : y + h, x : x + w] == i) & ink.strokes[y : y + h, x : x + w]
        if mask.any():
            found.append(Segment(mask, x, y, int(i)))
    return _without_edges(found, ink.strokes.shape)


def _without_edges(pieces: list[Segment], shape: tuple[int, ...]) -> list[Segment]:
    """Without what runs along the picture's edge and is no writing: a drawn frame, a table beside the sheet.

    A 1 at the side of a picture that was cropped to its ink runs along its edge too, but is no longer than the rest.
    """
    edges = {id(piece) for piece in pieces if _is_along_edge(piece, shape)}
    lengths = sorted(max(piece.mask.shape) for piece in pieces if id(piece) not in edges)
    if not edges or not lengths:
        return pieces
    few = len(lengths) <= 2

    def kept(piece: Segment) -> bool:
        length = max(piece.mask.shape)
        around = piece.height >= EDGE_LONG * shape[0] and piece.width >= EDGE_LONG * shape[1]
        return not around and (length < LONGER * lengths[-1] or (few and lengths[-1] < FLECK * length))

    return [piece for piece in pieces if id(piece) not in edges or kept(piece)]


def _is_along_edge(piece: Segment, shape: tuple[int, ...]) -> bool:
    height, width = shape
    if piece.height < EDGE_LONG * height and piece.width < EDGE_LONG * width:
        return False
    if min(piece.x, piece.y, width - piece.x - piece.width, height - piece.y - piece.height) > 0.02 * min(shape):
        return False
    band = max(2, int(EDGE * min(shape)))
    rows, columns = np.arange(piece.height) + piece.y, np.arange(piece.width) + piece.x
    inside = np.outer((rows >= band) & (rows < height - band), (columns >= band) & (columns < width - band))
    return (piece.mask & inside).sum() < 0.05 * piece.mask.sum()


def _typical_height(pieces: list[Segment]) -> float:
    """The height of a digit in px: the median over ink, so that neither specks nor one shadow decide."""
    heights = np.array([max(piece.height, min(0.6 * piece.width, LEVEL * piece.height)) for piece in pieces])
    weights = np.minimum(heights, np.percentile(heights, 90))
    order = np.argsort(heights)
    reached = np.cumsum(weights[order])
    return float(heights[order][np.searchsorted(reached, reached[-1] / 2)])


def _lines(pieces: list[Segment], typical: float) -> list[list[Segment]]:
    """Group pieces into lines: neighbours at one height first, then what goes on at the same slant."""
    large = [p.height >= SMALL * typical or p.width >= 1.5 * SMALL * typical for p in pieces]
    chains = _chains([p for p, is_large in zip(pieces, large, strict=True) if is_large], typical)
    slopes = [_slope(chain) for chain in chains if len(chain) > 2]
    slant = float(np.median(slopes)) if slopes else 0.0
    lines = _continued(chains, slant, typical)
    boxes = np.concatenate([_boxes(line) for line in lines])
    owners = np.repeat(np.arange(len(lines)), [len(line) for line in lines])
    for piece in (p for p, is_large in zip(pieces, large, strict=True) if not is_large):
        apart = _apart(boxes, piece)
        if apart.min() < 0.6 * typical:
            lines[owners[apart.argmin()]].append(piece)
    lines.sort(key=lambda line: _course(line, slant)[1])
    return [sorted(line, key=lambda p: p.middle[0]) for line in lines]


def _boxes(pieces: list[Segment]) -> NDArray[np.float64]:
    """(pieces, 4): left, top, right, bottom."""
    return np.array([(p.x, p.y, p.x + p.width, p.y + p.height) for p in pieces], float).reshape(-1, 4)


def _chains(pieces: list[Segment], typical: float) -> list[list[Segment]]:
    """Each piece with the nearest one to its right that stands at its height, and so on."""
    pieces = sorted(pieces, key=lambda p: p.middle[0])
    left, top, right, bottom = _boxes(pieces).T
    height = bottom - top
    chain = {i: [i] for i in range(len(pieces))}
    for i in range(len(pieces) - 1):
        after = slice(i + 1, None)
        overlap = np.minimum(bottom[i], bottom[after]) - np.maximum(top[i], top[after])
        gap = left[after] - right[i]
        beside = (overlap >= 0.4 * np.minimum(height[i], height[after])) & (gap < REACH * typical)
        if not beside.any():
            continue
        next_one = i + 1 + int(np.where(beside, gap, np.inf).argmin())
        if chain[next_one] is not chain[i]:
            moved = chain[next_one]
            chain[i].extend(moved)
            for k in moved:
                chain[k] = chain[i]
    found = {id(members): members for members in chain.values()}.values()
    return [[pieces[k] for k in members] for members in found]


def _continued(chains: list[list[Segment]], slant: float, typical: float) -> list[list[Segment]]:
    """Chains that go on where others end, at their height and slant, put together."""
    lines: list[list[Segment]] = []
    courses = np.empty((len(chains), 4))  # slope, height at x = 0, left, right
    for chain in sorted(chains, key=len, reverse=True):
        slope, height, left, right = _course(chain, slant)
        middle = (left + right) / 2
        there = courses[: len(lines)]
        off = np.abs(there[:, 1] + there[:, 0] * middle - (height + slope * middle))
        overlap = np.minimum(there[:, 3], right) - np.maximum(there[:, 2], left)
        fits = (overlap < 0.5 * typical) & (off < 0.5 * typical)
        if fits.any():
            k = int(np.where(fits, off, np.inf).argmin())
            lines[k].extend(chain)
            courses[k] = _course(lines[k], slant)
        else:
            courses[len(lines)] = slope, height, left, right
            lines.append(list(chain))
    return lines


def _course(line: list[Segment], slant: float) -> tuple[float, float, float, float]:
    """How a line runs: its slope, its height at x = 0 and its ends, in px; short ones run as most do."""
    slope = _slope(line) if len(line) > 3 else slant
    x, y = np.mean([piece.middle for piece in line], axis=0)
    return slope, float(y - slope * x), float(min(p.x for p in line)), float(max(p.x + p.width for p in line))


def _slope(line: list[Segment]) -> float:
    x, y = np.array([piece.middle for piece in line]).T
    return float(np.polyfit(x, y, 1)[0]) if np.ptp(x) > 0 else 0.0


def _apart(boxes: NDArray[np.float64], piece: Segment) -> NDArray[np.float64]:
    """The distance of a piece from each of some boxes, in px."""
    left, top, right, bottom = boxes.T
    across = np.maximum(left - piece.x - piece.width, piece.x - right)
    down = np.maximum(top - piece.y - piece.height, piece.y - bottom)
    return np.maximum(np.maximum(across, down), 0)
