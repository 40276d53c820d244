"""Which segments of a line make one digit: the best path through the classifier's scores.

Every span of neighbouring segments that could be one digit is scored; the reading is the row of spans,
each a digit or no digit, that covers the line at the highest sum of log probabilities.

Source: Burges, Matan, LeCun et al. 1992 (as in `cuts`); Viterbi's algorithm.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mnistry.layout import Segment

Span = tuple[int, int]  # segments [first, last)

MOST_JOINED = 4  # segments of a digit, unless they are all of one piece
WIDEST = 1.5  # of a digit's height, or of its own
LARGEST_GAP = 0.3  # of a digit's height, between the parts of one digit
CUT = 1.0  # log probability that a cut costs
JOIN = 0.7  # …and two pieces of ink in one digit
JUNK = 5.0  # …and ink of a digit's size that is none; smaller ink costs less
SMALL = 0.5  # of a digit's height: what is smaller is rarely one
SLIVER = 0.4  # of a digit's height: what may be left over of a piece that is cut
WIDTH = 1.2  # digits in a width that is the height
DOUBT = 0.4  # what a digit that is cut out loses for each of the log odds that it is short of `PLAIN`
PLAIN = 10.0
COMPANY = 3  # digits beyond doubt that make a picture one of digits…
DOUBT_IN_COMPANY = 0.15  # …and what a digit that is cut out loses there
STUNTED = 20.0  # log odds that it loses for each height it is smaller


def spans(line: list[Segment], height_px: float) -> list[Span]:
    """Every row of neighbouring segments that could be one digit, among them every whole piece."""
    found = []
    for first in range(len(line)):
        for last in range(first + 1, len(line) + 1):
            part = line[first:last]
            whole = len({segment.piece for segment in part}) == 1
            if not whole and (len(part) > MOST_JOINED or not _close(line[last - 2], line[last - 1], height_px)):
                break
            x0, x1 = min(s.x for s in part), max(s.x + s.width for s in part)
            y0, y1 = min(s.y for s in part), max(s.y + s.height for s in part)
            if not whole and (x1 - x0 > WIDEST * max(y1 - y0, height_px) or y1 - y0 > 1.6 * height_px):
                break
            found.append((first, last))
    return found


def _close(one: Segment, other: Segment, height_px: float) -> bool:
    across = max(one.x, other.x) - min(one.x + one.width, other.x + other.width)
    down = max(one.y, other.y) - min(one.y + one.height, other.y + other.height)
    return max(across, down) <= LARGEST_GAP * height_px


def doubt(beyond_doubt: int) -> float:
    """What to doubt digits that are cut out, in a picture with so many digits that are beyond doubt.

    A letter or a scribble is most often alone, or among its like; what stands among digits is most often one.
    """
    return DOUBT if beyond_doubt < COMPANY else DOUBT_IN_COMPANY


def best(
    line: list[Segment],
    candidates: list[Span],
    certain: NDArray[np.floating],
    odds: NDArray[np.floating],
    height_px: float,
    doubted: float = DOUBT,
) -> list[tuple[int, bool]]:
    """The best reading of a line: indices into `candidates`, from left to right, and whether each is a digit.

    `certain` (candidates,) is the log probability of the best class, `odds` the log odds that it is a digit at all,
    `doubted` what `doubt` says of the picture.
    """
    worths = []
    for (first, last), sure, odd in zip(candidates, certain, odds, strict=True):
        part = line[first:last]
        joined = len({segment.piece for segment in part}) - 1
        worths.append(_worth(part, _is_cut(line, first) + _is_cut(line, last), joined, (sure, odd), height_px, doubted))
    return _path(candidates, worths, len(line))


def divide(
    parts: list[tuple[int, int, Segment]],
    certain: NDArray[np.floating],
    odds: NDArray[np.floating],
    height_px: float,
    doubted: float = DOUBT,
) -> list[tuple[Segment, float]]:
    """The parts of a piece (see `layout.parts`) that together are most probably digits, with their log odds.

    None if no parts are.
    """
    last = max((last for _, last, _ in parts), default=0)
    worths = [
        _worth([part], (i > 0) + (j < last), 0, scores, height_px, doubted)
        for (i, j, part), *scores in zip(parts, certain, odds, strict=True)
    ]
    return [(parts[k][2], float(odds[k])) for k, _ in _path([(i, j) for i, j, _ in parts], worths, last)]


def _worth(
    part: list[Segment], split: int, joined: int, scores: Sequence[float], height_px: float, doubted: float
) -> tuple[float, float]:
    """The log probability of a digit, and of ink that is none; `split` of its sides are cuts."""
    certain, odds = scores
    tall = max(s.y + s.height for s in part) - min(s.y for s in part)
    wide = max(s.x + s.width for s in part) - min(s.x for s in part)
    here = odds - STUNTED * max(0.0, SMALL - tall / height_px)
    as_digit = as_junk = -np.inf
    if here > 0:
        as_digit = certain - np.logaddexp(0, -here) - 0.5 * CUT * split - JOIN * joined
        as_digit -= doubted * max(0.0, PLAIN - here) if split else 0.0
    sliver = max(tall, wide) < SLIVER * height_px
    if not joined and (sliver or here > 0 or not split):  # what is cut is digits, all of it but for slivers
        size = min(1.0, max(tall, wide) / height_px) * max(1.0, WIDTH * wide / height_px)
        as_junk = -np.logaddexp(0, here) - 0.5 * CUT * split - JUNK * size
    return float(as_digit), float(as_junk)


def _path(spans: list[Span], worths: list[tuple[float, float]], end: int) -> list[tuple[int, bool]]:
    """The spans of the highest sum that lead from 0 to `end`, and whether each is a digit; none if none do."""
    score = np.full(end + 1, -np.inf)
    score[0] = 0.0
    came: dict[int, tuple[int, int, bool]] = {}
    for k in sorted(range(len(spans)), key=lambda k: spans[k][1]):
        first, last = spans[k]
        for worth, is_digit in zip(worths[k], (True, False), strict=True):
            if score[first] + worth > score[last]:
                score[last] = score[first] + worth
                came[last] = (first, k, is_digit)
    path: list[tuple[int, bool]] = []
    at = end
    while at in came:
        at, k, is_digit = came[at]
        path.append((k, is_digit))
    return path[::-1]


def _is_cut(line: list[Segment], at: int) -> bool:
    return 0 < at < len(line) and line[at - 1].piece == line[at].piece
