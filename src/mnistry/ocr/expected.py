"""Reads a page again as its user expects it: so many digits on it, or each line a match of a regular expression.

That decides between what is doubtful: the less probable classes of a digit, digits that may be none, and rejected ink
that may be a digit (`candidates`). What is beyond doubt stays, and if that leaves no reading it is an error.
"""

import re
from collections.abc import Sequence

from mnistry.errors import NoMatchError
from mnistry.ocr import best_reading, candidates
from mnistry.ocr.best_reading import Reading
from mnistry.ocr.candidates import CandidateLine, Evidence
from mnistry.ocr.page import Digit, Line, Page, Rejected
from mnistry.ocr.text import line_text

LEFT_OUT = "not expected"  # the reason for rejecting a digit that has no place in what is expected
MARK = "\0"  # stands for the value of a digit; no class name has it

Choice = tuple[CandidateLine, Reading | None, str | None]  # None: as it was read; the text, None: as its digits say


def of_length(page: Page, evidence: Evidence, count: int, name: str, signs: bool) -> Page:
    """Return the most probable reading of the page with exactly `count` digits. Raises `NoMatchError`."""
    if len(page.digits) == count:
        return page
    lines = candidates.lines(page, evidence)
    alternatives = [one for line in lines for one in line.alternatives]
    reading = best_reading.of_length(alternatives, count)
    if reading is None:
        wrong = f"{name}: {len(page.digits)} digit{'s' * (len(page.digits) != 1)} found, wanted {count}"
        certain = sum(all(one.value is not None for one in position) for position in alternatives)
        why = f"{certain} are beyond doubt" if count < certain else f"no more than {len(alternatives)} could be digits"
        raise NoMatchError(f"{wrong}: {why}; --explain without --expect shows them")
    choices: list[Choice] = []
    for line in lines:
        choices.append((line, reading[: len(line.positions)], None))
        reading = reading[len(line.positions) :]
    return _chosen(page, choices, signs)


def matching(page: Page, evidence: Evidence, pattern: re.Pattern[str], name: str, signs: bool) -> Page:
    """Return the most probable reading of the page each of whose lines matches. Raises `NoMatchError`.

    A line may match without its spaces; then it has none in the result. One without signs, all of whose digits are
    doubtful, is left out if it does not match but others do.
    """
    if page.lines and all(pattern.fullmatch(line.text) for line in page.lines):
        return page
    choices: list[Choice] = []
    for line in candidates.lines(page, evidence):
        if line.line and pattern.fullmatch(line.line.text):
            choices.append((line, None, None))
        elif found := best_reading.matching(line.alternatives, _Texts(line, page.turned, signs), pattern):
            choices.append((line, *found))
        elif (none := best_reading.of_length(line.alternatives, 0)) and not (line.line and line.line.signs):
            choices.append((line, none, None))
        else:
            text = line.line.text if line.line else ""
            raise NoMatchError(_no_match(name, text, pattern))
    result = _chosen(page, choices, signs)
    if not result.lines:
        raise NoMatchError(_no_match(name, page.text, pattern))
    return result


def _no_match(name: str, text: str, pattern: re.Pattern[str]) -> str:
    found = repr(text) if text else "nothing"
    wanted = f"wanted lines that match {pattern.pattern} from end to end"
    return f"{name}: {found} found, {wanted}: --explain without --pattern shows what it could be"


class _Texts:
    """The texts of a line's readings, with and without spaces. Which digits there are decides where spaces are."""

    def __init__(self, candidates: CandidateLine, turned: int, show_signs: bool) -> None:
        self._candidates, self._turned, self._show_signs = candidates, turned, show_signs
        self._between: dict[tuple[bool, ...], list[str]] = {}

    def __call__(self, reading: Reading) -> list[str]:
        """Return the texts of a reading."""
        values = [one.value for one in reading if one.value is not None]
        there = tuple(one.value is not None for one in reading)
        if there not in self._between:
            self._between[there] = self._text(there).split(MARK)
        first, *between = self._between[there]
        if not values:
            return []
        spaceless = [after.replace(" ", "") for after in between]
        return [first + "".join(map("".join, zip(values, some, strict=True))) for some in (between, spaceless)]

    def _text(self, there: Sequence[bool]) -> str:
        """Return the text of a reading with a mark for each digit."""
        pieces = [
            position.piece for position, is_digit in zip(self._candidates.positions, there, strict=True) if is_digit
        ]
        digits = [Digit(MARK, 1.0, piece.box, {}, piece.image) for piece in pieces]
        signs = self._candidates.line.signs if self._candidates.line else ()
        return line_text(digits, signs, show_signs=self._show_signs, turned=self._turned)


def _chosen(page: Page, choices: Sequence[Choice], show_signs: bool) -> Page:
    """Return the page with the chosen reading of each line; what that leaves out is rejected."""
    lines: list[Line] = []
    used: set[Rejected | Digit] = set()
    left_out: list[Rejected] = []
    for candidate, reading, text in choices:
        before = candidate.line
        if reading is None and before:
            lines.append(before)
            continue
        digits = []
        for position, alternative in zip(candidate.positions, reading or (), strict=True):
            piece = position.piece
            if digit := position.digit(alternative.value):
                digits.append(digit)
                used.add(piece)
            elif isinstance(piece, Digit):
                left_out.append(Rejected(piece.box, piece.confidence, LEFT_OUT, piece.image))
        if before and digits == list(before.digits) and text in (None, before.text):
            lines.append(before)
        elif digits:
            signs = before.signs if before else ()
            text = text or line_text(digits, signs, show_signs=show_signs, turned=page.turned)
            lines.append(Line(text, tuple(digits), signs))
    rejected = [piece for piece in page.rejected if piece not in used]
    return Page(tuple(lines), (*rejected, *left_out), page.width, page.height, page.turned)
