import unicodedata

import pytest

from mnistry.ocr.glyph_classes import DIGITS, GLYPHS, OTHER, SIGNS, class_index
from mnistry.ocr.text import LEADING, NO_SPACE_AFTER, NO_SPACE_BEFORE, OPERATORS


def test_digits_come_first_and_have_their_value_as_place() -> None:
    assert [class_index(str(digit)) for digit in range(10)] == list(range(10))
    assert (*DIGITS, *SIGNS, OTHER) == GLYPHS
    assert len(set(GLYPHS)) == len(GLYPHS) == 31


@pytest.mark.parametrize(
    ("character", "sign"),
    [("−", "-"), ("–", "-"), ("’", "'"), ("´", "'"), ("∕", "/"), ("∶", ":"), ("✕", "×"), ("×", "×"), ("€", "€")],
)
def test_characters_that_look_alike_are_one_sign(character: str, sign: str) -> None:
    assert GLYPHS[class_index(character)] == sign
    assert unicodedata.category(sign) not in ("Nd", "Ll", "Lu")


@pytest.mark.parametrize("character", ["A", "x", "l", "½", "&", " ", "", "٣", "other", "10"])
def test_all_else_is_other(character: str) -> None:
    assert GLYPHS[class_index(character)] == OTHER


def test_text_knows_no_signs_but_these() -> None:
    assert set(SIGNS) >= OPERATORS | LEADING | NO_SPACE_BEFORE | NO_SPACE_AFTER
