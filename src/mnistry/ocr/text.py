"""The text of a line: its digits in reading order, spaces where gaps are wide, and its signs if they are wanted."""

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TypeVar

import numpy as np

from mnistry.ocr.line_parameters import PARAMETERS, LineParameters
from mnistry.ocr.page import Box, Digit, Page, Rejected, Sign

EVEN = 0.25  # of the median distance between middles: how far those of an evenly spaced row may be off
OPERATORS = frozenset("+-×÷=<>*")
LEADING = frozenset("+-")  # before a number, where nothing stands that they could be an operator of
NO_SPACE_BEFORE = frozenset(".,:'/)")
NO_SPACE_AFTER = frozenset("'/(#")

T = TypeVar("T", bound=Digit | Rejected | Sign)
U = TypeVar("U", bound=Digit | Rejected | Sign)


def line_text(
    digits: Sequence[Digit],
    signs: Sequence[Sign] = (),
    *,
    show_signs: bool = False,
    turned: int = 0,
    usual: LineParameters = PARAMETERS,
) -> str:
    """Return the text of one line: `digits` from left to right, and `signs` in any order.

    There is a space wherever a gap is much wider than the line's usual one, between digits in cells of a table, which
    stand further apart than those of a comb, and wherever a sign stands. With `show_signs` the sign itself is printed
    there: 12/05/2026, -3.14, and 7 + 5 = 12 or 7+5=12 as it is written. `turned` is the page's: boxes are those of the
    picture as given.
    """
    if not digits:
        return ""
    glyphs = in_order(digits, signs, turned)
    extents = [_along(glyph.box, turned) for glyph in glyphs]
    height = float(np.median([upright(digit.box, turned)[3] for digit in digits]))
    size = float(np.median([max(digit.box[2:]) for digit in digits]))
    signs_at = ["" if isinstance(glyph, Digit) else glyph.value for glyph in glyphs]
    found, hidden = "", False
    for space, glyph in zip([False, *_spaces(signs_at, extents, (height, size), usual)], glyphs, strict=True):
        if show_signs or isinstance(glyph, Digit):
            found += " " * bool(found and (space or hidden)) + glyph.value
            hidden = False
        else:
            hidden = True
    return found


def with_signs(page: Page) -> Page:
    """Return the page with the signs of each line in its text."""
    lines = (
        replace(line, text=line_text(line.digits, line.signs, show_signs=True, turned=page.turned))
        if line.signs
        else line
        for line in page.lines
    )
    return replace(page, lines=tuple(lines))


def upright(box: Box, turned: int) -> Box:
    """Return a box as it lies after the picture is turned clockwise; its origin is then any, maybe negative."""
    x, y, width, height = box
    if turned == 90:
        return -y - height, x, height, width
    if turned == 180:
        return -x - width, -y - height, width, height
    if turned == 270:
        return y, -x - width, height, width
    return box


def in_order(ordered: Sequence[T], others: Sequence[U], turned: int) -> list[T | U]:
    """Return the glyphs of a line in reading order: each of `others` in its place among those `ordered` already."""
    waiting = deque(sorted(others, key=lambda one: sum(_along(one.box, turned))))
    found: list[T | U] = []
    for glyph in ordered:
        while waiting and sum(_along(waiting[0].box, turned)) < sum(_along(glyph.box, turned)):
            found.append(waiting.popleft())
        found.append(glyph)
    return [*found, *waiting]


def _along(box: Box, turned: int) -> tuple[int, int]:
    """Where a box begins and ends along the line, in px."""
    x, _, width, _ = upright(box, turned)
    return x, x + width


def _spaces(
    signs_at: Sequence[str], extents: Sequence[tuple[int, int]], digit: tuple[float, float], usual: LineParameters
) -> list[bool]:
    """Return for each gap whether it is a space; `signs_at` has the sign that each glyph is, "" for a digit.

    `digit` are the line's digits' height, and their size, which is the width of those that are written flat.
    """
    height, size = digit
    gaps = [after[0] - before[1] for before, after in pairwise(extents)]
    close = [gap for gap, pair in zip(gaps, pairwise(signs_at), strict=True) if pair == ("", "")]
    wide = usual.wider * float(np.median(np.maximum(close, 0))) if len(close) > 2 else math.inf
    cells = _cells(extents, usual.comb * size)
    apart = max(usual.sign_space * height, usual.wider * float(np.median(close)) if close else 0.0)
    found: list[bool] = []
    for i, (gap, (before, after)) in enumerate(zip(gaps, pairwise(signs_at), strict=True)):
        if before == after == "":
            found.append(gap > usual.space * height and (cells[i] or gap > wide))
        elif after in NO_SPACE_BEFORE or before in NO_SPACE_AFTER or _leads(signs_at, i):
            found.append(False)
        elif _is_operator(signs_at, i):
            found.append(gap + gaps[i - 1] > 2 * apart)
        elif _is_operator(signs_at, i + 1):
            found.append(gap + gaps[i + 1] > 2 * apart)
        else:
            found.append(gap > usual.space * height)
    return found


def _cells(extents: Sequence[tuple[int, int]], comb_px: float) -> list[bool]:
    """Return for each gap whether the glyphs beside it stand in cells further apart than those of a comb, `comb_px`.

    Of a row that is evenly spaced, all gaps are the same.
    """
    pitches = [(sum(after) - sum(before)) / 2 for before, after in pairwise(extents)]
    usual = float(np.median(pitches)) if pitches else 0.0
    even = [usual if abs(pitch - usual) <= EVEN * usual else pitch for pitch in pitches]
    return [pitch >= comb_px for pitch in even]


def _leads(signs_at: Sequence[str], i: int) -> bool:
    """Whether this glyph is the plus or minus of the number behind it."""
    return signs_at[i] in LEADING and (i == 0 or signs_at[i - 1] in OPERATORS or signs_at[i - 1] == "(")


def _is_operator(signs_at: Sequence[str], i: int) -> bool:
    """Whether this glyph stands between two operands; both sides of it are then spaces, or neither is."""
    return signs_at[i] in OPERATORS and 0 < i < len(signs_at) - 1 and not _leads(signs_at, i)
