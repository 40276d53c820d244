"""Which segments of a line make one digit: the best path through the classifier's scores.

Every span of neighbouring segments that could be one digit is scored; the reading is the row of spans,
each a digit or no digit, that covers the line at the highest sum of log probabilities.

Source: Burges, Matan, LeCun et al. 1992 (as in `cuts`); Viterbi's algorithm.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mnistry.ocr.layout import Segment

Span = tuple[int, int]  # segments [first, last)
Reading = tuple[int, ...]  # the classes of digits

MAX_JOINED = 4  # segments of a digit, unless they are all of one piece
WIDEST = 1.5  # of a digit's height, or of its own
LARGEST_GAP = 0.3  # of a digit's height, between the parts of one digit
CUT = 1.0  # log probability that a cut costs
JOIN = 0.7  # …and two pieces of ink in one digit
SMALL = 0.5  # of a digit's height: what is smaller is rarely one
STUNTED = 20.0  # log odds that it loses for each height it is smaller
SLIVER = 0.4  # of a digit's height: what may be left over of a piece that is cut
WIDTH = 1.2  # digits in a width that is the height
PLAIN = 10.0  # log odds of a digit that is beyond doubt
CLASSES = 3  # of each part that readings are made of
READINGS = 30  # of the beginning of a piece that are followed


class Costs(NamedTuple):
    """`doubt`: what a digit that is cut out loses for each of the log odds that it is short of `PLAIN`; `junk`:
    what ink of a digit's size costs that is none. Smaller ink costs less.
    """

    doubt: float
    junk: float


# A letter or a scribble is most often alone, or among its like; what stands beside a digit is most often one.
ALONE, IN_COMPANY = Costs(doubt=0.5, junk=5.0), Costs(doubt=0.15, junk=8.0)


def costs_beside(beyond_doubt: int) -> Costs:
    """What a picture costs with so many digits that are beyond doubt."""
    return IN_COMPANY if beyond_doubt else ALONE


def spans(line: list[Segment], height_px: float) -> list[Span]:
    """Every row of neighbouring segments that could be one digit, among them every whole piece."""
    found = []
    for first in range(len(line)):
        for last in range(first + 1, len(line) + 1):
            part = line[first:last]
            whole = len({segment.piece for segment in part}) == 1
            if not whole and (len(part) > MAX_JOINED or not _close(line[last - 2], line[last - 1], height_px)):
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


def best(
    line: list[Segment],
    candidates: list[Span],
    certain: NDArray[np.floating],
    log_odds: NDArray[np.floating],
    height_px: float,
    costs: Costs = ALONE,
) -> list[tuple[int, bool]]:
    """The best reading of a line: indices into `candidates`, from left to right, and whether each is a digit.

    `certain` (candidates,) is the log probability of the best class, `log_odds` the log odds that it is a digit at all,
    `costs` those of the picture.
    """
    worths = []
    for (first, last), sure, odd in zip(candidates, certain, log_odds, strict=True):
        part = line[first:last]
        joined = len({segment.piece for segment in part}) - 1
        worths.append(_worth(part, _is_cut(line, first) + _is_cut(line, last), joined, (sure, odd), height_px, costs))
    return _path(candidates, worths, len(line))


def divide(
    parts: list[tuple[int, int, Segment]],
    probabilities: NDArray[np.floating],
    log_odds: NDArray[np.floating],
    height_px: float,
    costs: Costs = ALONE,
) -> list[tuple[Segment, float]]:
    """The parts of a piece (see `cuts.parts`) that together are most probably digits, with their log odds.

    `probabilities` (parts, classes) are the classifier's. The best path says how many digits there are; of
    all readings with so many the one whose cuts together are likeliest is taken, for among many cuts one
    may look like other digits by chance, but seldom several. None if no parts are digits.
    """
    last = max((last for _, last, _ in parts), default=0)
    logs = np.log(np.maximum(probabilities, 1e-9))
    worths = [
        _worth([part], (i > 0) + (j < last), 0, (float(log.max()), odd), height_px, costs)
        for (i, j, part), log, odd in zip(parts, logs, log_odds, strict=True)
    ]
    spans = [(i, j) for i, j, _ in parts]
    path = _path(spans, worths, last)
    digits = sum(is_digit for _, is_digit in path)
    likeliest = _likeliest(spans, worths, logs, last, digits) if digits > 1 else []
    chosen = likeliest or [k for k, _ in path]
    return [(parts[k][2], float(log_odds[k])) for k in chosen]


def _likeliest(
    spans: list[Span], worths: list[tuple[float, float]], logs: NDArray[np.floating], end: int, digits: int
) -> list[int]:
    """The best path of the reading of so many digits that has the highest sum over all of its paths, if one is left.

    Source: LeCun, Bottou, Bengio & Haffner 1998, Gradient-based learning applied to document recognition
    (forward scoring).
    """
    best = np.argsort(-logs, axis=1)[:, :CLASSES]
    readings: list[dict[Reading, tuple[float, float, list[int]]]] = [{} for _ in range(end + 1)]
    readings[0][()] = (0.0, 0.0, [])
    for k in sorted(range(len(spans)), key=lambda k: spans[k]):
        first, last = spans[k]
        as_digit, as_junk = worths[k]
        ways = [((int(c),), as_digit + float(logs[k, c] - logs[k].max())) for c in best[k]] + [((), as_junk)]
        for reading, (total, top, path) in sorted(readings[first].items(), key=lambda item: -item[1][0])[:READINGS]:
            for more, worth in ways:
                if worth == -np.inf or len(reading) + len(more) > digits:
                    continue
                before = readings[last].get(reading + more, (-np.inf, -np.inf, []))
                best_path = (top + worth, [*path, k]) if top + worth > before[1] else before[1:]
                readings[last][reading + more] = (float(np.logaddexp(before[0], total + worth)), *best_path)
    found = {reading: way for reading, way in readings[end].items() if len(reading) == digits}
    return max(found.values())[2] if found else []


def _worth(
    part: list[Segment], split: int, joined: int, scores: Sequence[float], height_px: float, costs: Costs
) -> tuple[float, float]:
    """The log probability of a digit, and of ink that is none; `split` of its sides are cuts."""
    certain, log_odds = scores
    tall = max(s.y + s.height for s in part) - min(s.y for s in part)
    wide = max(s.x + s.width for s in part) - min(s.x for s in part)
    here = log_odds - STUNTED * max(0.0, SMALL - tall / height_px)
    as_digit = as_junk = -np.inf
    if here > 0:
        as_digit = certain - np.logaddexp(0, -here) - 0.5 * CUT * split - JOIN * joined
        as_digit -= costs.doubt * max(0.0, PLAIN - here) if split else 0.0
    sliver = max(tall, wide) < SLIVER * height_px
    if not joined and (sliver or here > 0 or not split):  # what is cut is digits, all of it but for slivers
        size = min(1.0, max(tall, wide) / height_px) * max(1.0, WIDTH * wide / height_px)
        as_junk = -np.logaddexp(0, here) - 0.5 * CUT * split - costs.junk * size
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
