from dataclasses import replace

import numpy as np

import line_parameters
from handmade_scenes import scene
from mnistry.ocr.line_parameters import PARAMETERS


def test_texts_are_spelt_with_a_space_before_each_cell() -> None:
    """Glyphs are 10 px apart, 24 px high: by the default, no space is there."""
    page = replace(scene("1+25", "3b"), cells=np.array([0, 0, 0, 1, 0, 0]))
    ((spelt, digits, signs),) = line_parameters.texts([page])
    assert spelt == "1+2 5"
    assert [digit.value for digit in digits] == ["1", "2", "5"]
    assert [(sign.value, sign.box) for sign in signs] == [("+", (30, 0, 20, 24))]


def test_what_is_cut_off_is_not_judged() -> None:
    assert list(line_parameters.texts([scene("12", seen=0.8)])) == []


def test_texts_linked_and_spelt_are_counted() -> None:
    pages = [scene("123", "45"), replace(scene("678"), cells=np.array([0, 1, 2]))]
    assert line_parameters.measured(pages, PARAMETERS) == {"texts": 3, "linked": 3, "whole": 3, "spelt": 2}
    closer = replace(PARAMETERS, gap=0.1)  # 10 px are 0.4 heights
    assert line_parameters.measured(pages[1:], closer)["linked"] == 0
    wide = replace(PARAMETERS, space=0.1, comb=0.5)
    assert line_parameters.measured(pages, wide)["spelt"] == 1
