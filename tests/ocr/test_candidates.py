import math
from dataclasses import replace
from typing import Any

import pytest

from handmade import Ink, page_of
from mnistry.ocr import candidates
from mnistry.ocr.page import Rejected
from mnistry.ocr.text import upright


def values(*ink: Ink, min_confidence: float = 0.0) -> list[list[str | None]]:
    """What each position of the first line may be, the most probable first."""
    line = candidates.lines(*page_of(*ink, min_confidence=min_confidence))[0]
    return [
        [one.value for one in sorted(position, key=lambda one: -one.log_probability)] for position in line.alternatives
    ]


def test_what_is_beyond_doubt_is_a_digit_and_what_is_doubtful_may_be_none() -> None:
    assert values(Ink("71", 10), Ink("5", 30, log_odds=4.9), Ink("5", 50, log_odds=5.1)) == [
        ["7", "1"], ["5", None], ["5"],
    ]  # fmt: skip


def test_a_class_that_is_too_improbable_is_none_of_the_alternatives() -> None:
    assert values(Ink("712", 10, shares=(0.9, 4e-4, 2e-4))) == [["7", "1"]]
    assert values(Ink("712", 10, shares=(0.6, 0.3, 0.1)), min_confidence=0.2) == [["7", "1"]]
    assert values(Ink("71", 10, shares=(0.6, 0.4)), min_confidence=0.7) == [["7"]]


def test_rejected_ink_may_be_a_digit_if_it_stands_in_a_line_and_is_near_enough_to_one() -> None:
    beside = Ink("3", 30, log_odds=-3, rejected=True)
    digits = (Ink("5", 10), Ink("6", 50))
    assert values(beside, *digits) == [["5"], [None, "3"], ["6"]]
    for other in (
        replace(beside, log_odds=-5.1),
        replace(beside, y=45),  # half a digit lower
        replace(beside, height=9),
        replace(beside, height=41, y=20),
        replace(beside, x=130),
    ):
        assert values(other, *digits) == [["5"], ["6"]], other
    assert values(beside, *digits, min_confidence=0.5) == [["5"], ["6"]]


def test_the_reader_is_believed_where_the_log_odds_say_otherwise() -> None:
    """It has also seen where the ink stands, and what could be cut."""
    page, evidence = page_of(Ink("5", 10, log_odds=-3), Ink("6", 30, log_odds=9, rejected=True))
    five, six = (dict(position) for position in candidates.lines(page, evidence)[0].alternatives)
    assert [one[None] for one in (five, six)] == pytest.approx([math.log(0.5)] * 2)
    assert [five["5"], six["6"]] == pytest.approx([math.log(0.5)] * 2, abs=0.01)


def test_pieces_become_digits_with_the_probability_of_being_one() -> None:
    page, evidence = page_of(Ink("71", 10, shares=(0.8, 0.2)), Ink("3", 30, log_odds=-2, rejected=True))
    seven, three = candidates.lines(page, evidence)[0].positions
    assert seven.digit("7") is page.digits[0]
    assert seven.digit(None) is None
    one, found = seven.digit("1"), three.digit("3")
    assert one
    assert found
    assert (one.value, one.box, one.confidence) == ("1", (10, 30, 12, 20), pytest.approx(0.2, abs=1e-4))
    assert one.probabilities["7"] == pytest.approx(0.8)
    assert found.confidence == pytest.approx(1 / (1 + math.exp(2)), abs=1e-3)
    assert three.digit(None) is None


def test_a_page_without_digits_has_lines_of_what_may_be_one() -> None:
    ink = [Ink("5", 40, 30, -2), Ink("6", 20, 32, -3), Ink("7", 20, 90, -4), Ink("8", 60, 30, -1, height=9)]
    lines = candidates.lines(*page_of(*(replace(one, rejected=True) for one in ink)))
    assert [[one.piece.box[:2] for one in line.positions] for line in lines] == [[(20, 32), (40, 30)], [(20, 90)]]
    assert [line.line for line in lines] == [None, None]


@pytest.mark.parametrize("turned", [90, 180, 270])
def test_lines_of_a_page_that_was_turned(turned: int) -> None:
    page, evidence = page_of(Ink("5", 10), Ink("6", 50), Ink("3", 30, log_odds=-3, rejected=True))

    def turn(piece: Any) -> Any:
        return replace(piece, box=upright(piece.box, 360 - turned))

    lines = tuple(replace(line, digits=tuple(map(turn, line.digits))) for line in page.lines)
    page = replace(page, lines=lines, rejected=tuple(map(turn, page.rejected)), turned=turned)
    (line,) = candidates.lines(page, evidence)
    assert [isinstance(one.piece, Rejected) for one in line.positions] == [False, True, False]
