import re
from dataclasses import replace

import pytest

from handmade import Ink, page_of
from mnistry.errors import NoMatchError
from mnistry.ocr import expected
from mnistry.ocr.page import Page, Sign

FIVE, SEVEN = Ink("5", 10), Ink("71", 54, shares=(0.99, 0.01))
SMUDGE = Ink("3", 30, log_odds=2)
FAINT = Ink("9", 74, log_odds=-2, rejected=True)
EVERYTHING = (FIVE, SMUDGE, SEVEN, FAINT)


def of_length(*ink: Ink, count: int) -> Page:
    return expected.of_length(*page_of(*ink), count, "scan.png", False)


def matching(pattern: str, *ink: Ink, signs: tuple[Sign, ...] = (), show_signs: bool = False) -> Page:
    return expected.matching(*page_of(*ink, signs=signs), re.compile(pattern), "scan.png", show_signs)


@pytest.mark.parametrize(("count", "text"), [(2, "57"), (3, "537"), (4, "5379")])
def test_so_many_digits(count: int, text: str) -> None:
    page = of_length(*EVERYTHING, count=count)
    assert page.text.replace(" ", "") == text
    assert len(page.digits) + len(page.rejected) == 4


def test_a_page_that_is_as_expected_stays_as_it_is() -> None:
    page, evidence = page_of(*EVERYTHING)
    assert expected.of_length(page, evidence, 3, "scan.png", False) is page
    assert expected.matching(page, evidence, re.compile("537"), "scan.png", False) is page


def test_what_is_left_out_is_rejected_and_what_is_added_is_not() -> None:
    fewer = of_length(*EVERYTHING, count=2)
    assert [(piece.box[0], piece.reason) for piece in fewer.rejected] == [(74, "not a digit"), (30, "not expected")]
    assert fewer.lines[0].text == "5 7"  # where it stood is a gap
    more = of_length(*EVERYTHING, count=4)
    assert (more.rejected, more.digits[3].value) == ((), "9")
    assert 0.1 < more.digits[3].confidence < 0.15


def test_lines_that_do_not_change_stay_as_they_are() -> None:
    page, evidence = page_of(*EVERYTHING, Ink("4", 10, 90), Ink("4", 30, 90))
    page = replace(page, lines=tuple(replace(line, confidence=0.5) for line in page.lines))
    changed = expected.of_length(page, evidence, 6, "scan.png", False)
    assert [(line.text, line.confidence) for line in changed.lines] == [("5379", None), ("44", 0.5)]
    assert changed.lines[1] is page.lines[1]


def test_a_line_of_which_nothing_is_left_is_none() -> None:
    page = of_length(FIVE, Ink("1", 10, 90, log_odds=1), count=1)
    assert (page.text, [piece.box for piece in page.rejected]) == ("5", [(10, 90, 12, 20)])


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (1, "scan.png: 3 digits found, wanted 1: 2 are beyond doubt; --explain without --expect shows them"),
        (5, "scan.png: 3 digits found, wanted 5: no more than 4 could be digits; --explain without --expect shows them"),
    ],
)  # fmt: skip
def test_a_number_of_digits_that_no_reading_has(count: int, said: str) -> None:
    with pytest.raises(NoMatchError, match=f"^{re.escape(said)}$"):
        of_length(*EVERYTHING, count=count)


def test_one_digit_is_said_to_be_one() -> None:
    with pytest.raises(NoMatchError, match=r"^scan\.png: 1 digit found, wanted 2: no more than 1 could be digits;"):
        of_length(FIVE, count=2)
    with pytest.raises(NoMatchError, match=r"^scan\.png: 0 digits found, wanted 2: no more than 0 could be digits;"):
        of_length(count=2)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (r"\d+", "537"),
        (r"\d\d", "57"),  # left out, and without the space
        (r"\d \d", "5 7"),
        (r"\d{4}", "5379"),
        (r"\d+1", "531"),
        (r"5[^3]", "57"),
        (r"\d+[19]", "5379"),  # the faint 9 at 12 % rather than the 1 at 1 %
        (r"\d+9", "5379"),
    ],
)
def test_lines_that_match(pattern: str, text: str) -> None:
    assert matching(pattern, *EVERYTHING).text == text


def test_each_line_matches() -> None:
    """The first as it is, the second as changed, the third is left out."""
    ink = (Ink("4", 10, 20), Ink("71", 10, 90, shares=(0.9, 0.1)), Ink("1", 10, 160, log_odds=1))
    page = matching("[14]", *ink[:2], replace(ink[2], values="8"))
    assert page.text == "4\n1"
    assert page.digits[1].confidence == pytest.approx(0.1, abs=1e-3)
    assert [piece.reason for piece in page.rejected] == ["not expected"]


def test_a_page_without_digits_may_have_some() -> None:
    page = matching(r"\d\d", *(Ink(value, x, log_odds=-1, rejected=True) for value, x in (("4", 30), ("6", 10))))
    assert (page.text, page.rejected) == ("64", ())


def test_the_pattern_sees_signs_where_they_are_shown() -> None:
    comma = (Sign(",", 0.9, (44, 46, 4, 8)),)
    page = matching(r"\d,\d", FIVE, SMUDGE, SEVEN, signs=comma, show_signs=True)
    assert (page.text, page.lines[0].signs) == ("5,7", comma)
    assert matching(r"\d\d", FIVE, SMUDGE, SEVEN, signs=comma).text == "57"


def test_what_does_not_match_is_said() -> None:
    wanted = r"wanted lines that match \d{6} from end to end: --explain without --pattern shows what it could be"
    for ink, found in ((EVERYTHING, "'537'"), ((), "nothing"), ((FAINT,), "nothing"), ((SMUDGE,), "'3'")):
        with pytest.raises(NoMatchError, match=f"^{re.escape(f'scan.png: {found} found, {wanted}')}$"):
            matching(r"\d{6}", *ink)


def test_a_line_with_signs_is_not_left_out() -> None:
    comma = (Sign(",", 0.9, (44, 46, 4, 8)),)
    with pytest.raises(NoMatchError, match="^scan.png: '3' found"):
        matching("4", SMUDGE, Ink("4", 10, 90), signs=comma)
