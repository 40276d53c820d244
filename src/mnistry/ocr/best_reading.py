"""The most probable reading of a given shape: with exactly n digits, or with a text that matches a regular expression.

Each position is ink that may be a digit. It has alternatives, values and "no digit", each with its log probability;
those of different positions are independent.
"""

import heapq
import re
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from mnistry.errors import UsageError

MAX_TRIED = 20_000  # readings of one line
MAX_SEARCH_S = 2.0  # of CPU time for one line; looked at between readings, of which one may take longer
MAX_TEXT = 1_000  # characters; a longer line matches nothing
MAX_PATTERN = 200  # characters


class Alternative(NamedTuple):
    """What may stand at a position: a class name, or None for no digit."""

    value: str | None
    log_probability: float


Positions = Sequence[Sequence[Alternative]]
Reading = tuple[Alternative, ...]  # one of each position's alternatives


def compiled(expect: int | None, pattern: str | None) -> re.Pattern[str] | None:
    """Return the pattern as a regular expression. Raises `UsageError` for what cannot be expected."""
    if expect is not None and expect < 1:
        raise UsageError(f"expect {expect}: wanted 1 or more digits")
    if pattern is None:
        return None
    if expect is not None:
        raise UsageError(f"expect {expect} and a pattern: wanted one of them; \\d{{{expect}}} counts digits too")
    if len(pattern) > MAX_PATTERN:
        raise UsageError(f"pattern of {len(pattern)} characters: wanted at most {MAX_PATTERN}")
    try:
        return re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        raise UsageError(f"pattern {pattern}: not a regular expression ({error})") from error


def of_length(positions: Positions, count: int) -> Reading | None:
    """Return the most probable reading with exactly `count` digits, None if there is none."""
    best = [_ranked([one for one in position if one.value is not None])[:1] for position in positions]
    none = [_ranked([one for one in position if one.value is None])[:1] for position in positions]
    certain = {i for i, absent in enumerate(none) if not absent}
    doubtful = [i for i in range(len(positions)) if best[i] and none[i]]
    doubtful.sort(key=lambda i: none[i][0].log_probability - best[i][0].log_probability)
    more = count - len(certain)
    if not 0 <= more <= len(doubtful):
        return None
    there = certain.union(doubtful[:more])
    return tuple((best[i] if i in there else none[i])[0] for i in range(len(positions)))


def matching(
    positions: Positions, texts: Callable[[Reading], Sequence[str]], pattern: re.Pattern[str]
) -> tuple[Reading, str] | None:
    """Return the most probable reading one of whose `texts` the pattern matches as a whole, and that text.

    None if there is none among the `MAX_TRIED` most probable ones, or in the `MAX_SEARCH_S` before the search ends.
    """
    end = time.thread_time() + MAX_SEARCH_S
    for reading in islice(likeliest(positions), MAX_TRIED):
        for text in texts(reading):
            if len(text) <= MAX_TEXT and pattern.fullmatch(text):
                return reading, text
        if time.thread_time() > end:
            break
    return None


def likeliest(positions: Positions) -> Iterator[Reading]:
    """Yield all readings, the most probable first.

    A state of the heap is a reading by the ranks of its alternatives, and the position that was changed last. Its
    successors change that position or the next one, so that no reading comes twice. Positions are in the order of
    what their second alternative costs, so that no successor is more probable than its state.

    Source: Lawler 1972, A procedure for computing the K best solutions to discrete optimization problems.
    """
    ranked = [_ranked(position) for position in positions]
    if not all(ranked):
        return
    loss = [[alternatives[0].log_probability - one.log_probability for one in alternatives] for alternatives in ranked]
    order = sorted((i for i, losses in enumerate(loss) if len(losses) > 1), key=lambda i: loss[i][1])

    def reading(ranks: dict[int, int]) -> Reading:
        return tuple(alternatives[ranks.get(i, 0)] for i, alternatives in enumerate(ranked))

    yield reading({})
    count = 0  # orders states of equal probability
    heap = [(loss[order[0]][1], count, 0, {order[0]: 1})] if order else []
    while heap:
        total, _, k, ranks = heapq.heappop(heap)
        yield reading(ranks)
        here, rank = loss[order[k]], ranks[order[k]]
        successors: list[tuple[float, int, dict[int, int]]] = []
        if rank + 1 < len(here):
            successors.append((total + here[rank + 1] - here[rank], k, ranks | {order[k]: rank + 1}))
        if k + 1 < len(order):
            following = order[k + 1]
            successors.append((total + loss[following][1], k + 1, ranks | {following: 1}))
            if rank == 1:
                kept = {i: one for i, one in ranks.items() if i != order[k]}
                successors.append((total - here[1] + loss[following][1], k + 1, kept | {following: 1}))
        for worse, at, changed in successors:
            count += 1
            heapq.heappush(heap, (worse, count, at, changed))


def _ranked(alternatives: Sequence[Alternative]) -> list[Alternative]:
    return sorted(alternatives, key=lambda one: -one.log_probability)
