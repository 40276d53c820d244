"""Lines of glyphs with given gaps, 20 px high: what text they are."""

import re

import numpy as np
import pytest

from mnistry.ocr.page import Digit, Line, Page, Sign
from mnistry.ocr.text import line_text, upright, with_signs

HEIGHT, WIDTH = 20, 12
SEEN = np.zeros((28, 28), np.uint8)


def written(line: str, turned: int = 0) -> tuple[list[Digit], list[Sign]]:
    """`7_3_+5`: each character is a glyph, 3 px from the one before; each underscore between them adds 5 px."""
    digits: list[Digit] = []
    signs: list[Sign] = []
    x = 40
    for gap, value in re.findall("(_*)([^_])", line):
        x += 5 * len(gap)
        width, height = (WIDTH, HEIGHT) if value.isdigit() else (5 if value in ".,':" else 10, 6)
        box = upright((x, 30 + HEIGHT - height, width, height), (360 - turned) % 360)
        box = (box[0] % 1000, box[1] % 1000, box[2], box[3])  # of a picture of 1000 × 1000 px
        if value.isdigit():
            digits.append(Digit(value, 0.9, box, {value: 0.9}, SEEN))
        else:
            signs.append(Sign(value, 0.9, box))
        x += width + 3
    return digits, signs[::-1]


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("5021", "5021"),
        ("50___21", "50 21"),
        ("50_21", "5021"),
        ("1_2_3_4", "1234"),  # a wide hand: the gap is the usual one
        ("1___2___3___4", "1234"),  # a comb: from middle to middle, digits are less than 2.2 heights apart
        ("1______2______3______4", "1 2 3 4"),  # cells
        ("1______2______34______5", "1 2 34 5"),
        ("7______8", "7 8"),
        ("7___8", "78"),
        ("1______2______3________4", "1 2 3 4"),
        ("12/05/2026", "12 05 2026"),
        ("-3.14", "3 14"),
        ("1,250", "1 250"),
        ("7__+__5__=__12", "7 5 12"),
        ("(5)", "5"),
        ("(5)6", "5 6"),
        ("-.5______7", "5 7"),
        ("+-", ""),
    ],
)
def test_a_sign_is_a_space(line: str, text: str) -> None:
    assert line_text(*written(line)) == text


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("5021", "5021"),
        ("50___21", "50 21"),
        ("12/05/2026", "12/05/2026"),
        ("12__/__05__/__2026", "12/05/2026"),
        ("12:30", "12:30"),
        ("-3.14", "-3.14"),
        ("-__3._14", "-3.14"),
        ("1,250", "1,250"),
        ("1,250.75", "1,250.75"),
        ("1'250", "1'250"),
        ("3,___5,___7", "3, 5, 7"),
        ("7__+__5__=__12", "7 + 5 = 12"),
        ("7+5=12", "7+5=12"),
        ("7__+5__=12", "7 + 5 = 12"),
        ("3__×__4__÷__2", "3 × 4 ÷ 2"),
        ("7__=__-__3", "7 = -3"),
        ("2__-__(-1)", "2 - (-1)"),
        ("5__<__6", "5 < 6"),
        ("030-1234567", "030-1234567"),
        ("45%", "45%"),
        ("45____%", "45 %"),
        ("$5.20", "$5.20"),
        ("5____€", "5 €"),
        ("#12", "#12"),
        ("(12)", "(12)"),
        ("12____(5)", "12 (5)"),
        ("5+", "5+"),
        ("=____5", "= 5"),
    ],
)
def test_signs_are_printed_where_they_are_wanted(line: str, text: str) -> None:
    assert line_text(*written(line), show_signs=True) == text


@pytest.mark.parametrize("turned", [90, 180, 270])
def test_a_page_that_was_turned_is_read_along_its_lines(turned: int) -> None:
    digits, signs = written("12____-3.5", turned)
    assert line_text(digits, signs, turned=turned) == "12 3 5"
    assert line_text(digits, signs, show_signs=True, turned=turned) == "12 - 3.5"
    assert len({digit.box[turned != 180] for digit in digits}) == len(digits)


def test_turning_a_box_four_times_leaves_it_where_it_was() -> None:
    once, box = upright((3, 4, 5, 6), 90), (3, 4, 5, 6)
    assert once == (-10, 3, 6, 5)
    assert upright(once, 90) == upright(box, 180)
    assert upright(upright(once, 180), 90) == box
    assert upright(upright(box, 270), 90) == upright(box, 0) == box


def test_names_of_classes_stay_as_they_are() -> None:
    """Whatever they are: a plus or two words may be classes of a model."""
    digits = [Digit(value, 1.0, (20 * i, 0, 15, 20), {}, SEEN) for i, value in enumerate(("+", "two  words"))]
    assert line_text(digits) == line_text(digits, show_signs=True) == "+two  words"


def test_a_page_with_signs() -> None:
    lines = tuple(
        Line(line_text(digits, signs), tuple(digits), tuple(signs)) for digits, signs in map(written, ("1,5", "22"))
    )
    page = Page(lines, (), 1000, 1000)
    assert (page.text, with_signs(page).text) == ("1 5\n22", "1,5\n22")
    assert with_signs(page).lines[1] is lines[1]
