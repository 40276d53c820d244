import re

import numpy as np
import pytest

from mnistry.ocr.glyph_classes import SIGNS
from mnistry.training.synthetic.pages import content

SEEDS = range(400)


def each(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_numbers_are_digits_up_to_a_length_and_some_repeat_one() -> None:
    found = [content.number(each(seed), 6) for seed in SEEDS]
    assert all(re.fullmatch("[0-9]{1,6}", text) for text in found)
    assert {len(text) for text in found} == set(range(1, 7))
    long = [text for text in found if len(text) >= 4]
    assert np.mean([len(set(text)) == 1 for text in long]) > 0.05
    assert any(set(text) == {"1"} for text in long)
    assert any(text[0] != "0" and set(text[1:]) == {"0"} for text in long)


@pytest.mark.parametrize("script", content.LETTERS)
def test_words_are_letters_of_their_script(script: str) -> None:
    letters = set(content.LETTERS[script] + content.LIKE_DIGITS * (script == "latin"))
    letters |= {other for one in letters for other in one.upper()}  # ß has two
    for seed in SEEDS:
        word = content.word(each(seed), script, 3, 7)
        assert 3 <= len(word) <= 7 + word.count("SS")
        assert set(word) <= letters


def test_letters_like_digits_are_frequent_in_latin_words() -> None:
    words = [content.word(each(seed)) for seed in SEEDS]
    assert np.mean([bool(set(word) & set("OlISZB")) for word in words]) > 0.3


def test_what_is_alone_or_beside_digits_is_no_letter_like_one() -> None:
    assert not set(content.ALONE) & set("OoQIlJSsZzqgxX|")


def test_numeric_texts_have_a_digit_and_every_sign_occurs() -> None:
    texts = [content.numeric(each(seed)) for seed in range(1500)]
    assert all(re.search("[0-9]", text) for text in texts)
    assert set(SIGNS) <= set("".join(texts))
    assert np.mean([text.isdecimal() for text in texts]) > 0.4


def test_lines_are_never_blank_nor_longer_than_asked() -> None:
    for seed in SEEDS:
        longest = 3 + seed % 20
        text = content.line(each(seed), longest, seed % 3 / 2)
        assert 1 <= len(text) <= longest
        assert text == text.strip()


def test_a_line_of_words_alone_has_no_digit_unless_a_letter_would_look_like_one() -> None:
    lines = [content.line(each(seed), 12, 1.0) for seed in SEEDS]
    assert np.mean([bool(re.search("[0-9]", text)) for text in lines]) < 0.02
    assert not {"O", "l", "I", "S", "x"} & {*lines, *(content.line(each(seed), 1, 1.0) for seed in SEEDS)}


def test_the_same_seed_writes_the_same() -> None:
    assert content.line(each(3), 30, 0.5) == content.line(each(3), 30, 0.5)
