import numpy as np
import pytest

from mnistry.ocr.glyph_classes import SIGNS
from mnistry.training.synthetic.handwriting import TEMPLATES, curves
from mnistry.training.synthetic.pages.stroke_signs import EUROPEAN, SIGN_TEMPLATES

# Upper and lower edge, each from … to …, in digit heights below the digits' top.
PLACES = {
    ",": ((0.85, 1), (1.05, 1.3)),
    ".": ((0.85, 1), (0.95, 1.05)),
    "-": ((0.4, 0.7), (0.4, 0.7)),
    "'": ((-0.1, 0.1), (0.1, 0.35)),
    "/": ((-0.2, 0.1), (0.95, 1.2)),
    ":": ((0.3, 0.5), (0.85, 1)),
    "+": ((0.1, 0.4), (0.7, 1)),
    "×": ((0.2, 0.5), (0.7, 0.95)),
    "÷": ((0.2, 0.5), (0.6, 0.9)),
    "=": ((0.3, 0.5), (0.55, 0.8)),
    "<": ((0.1, 0.4), (0.7, 1)),
    ">": ((0.1, 0.4), (0.7, 1)),
    "%": ((-0.1, 0.15), (0.9, 1.1)),
    "(": ((-0.2, 0.1), (1, 1.25)),
    ")": ((-0.2, 0.1), (1, 1.25)),
    "#": ((0, 0.2), (0.85, 1.1)),
    "*": ((0, 0.4), (0.4, 0.85)),
    "$": ((-0.2, 0.1), (0.95, 1.2)),
    "€": ((-0.1, 0.15), (0.9, 1.1)),
    "£": ((-0.1, 0.15), (0.9, 1.1)),
}


def strokes(template: str) -> list[np.ndarray]:
    return curves(template, 0.0, np.random.default_rng(0))


def test_every_sign_has_templates_and_nothing_else_has() -> None:
    assert set(SIGN_TEMPLATES) == set(SIGNS) == set(PLACES)
    assert all(SIGN_TEMPLATES.values())


@pytest.mark.parametrize("sign", SIGNS)
def test_each_template_lies_where_its_sign_stands_beside_digits(sign: str) -> None:
    (top_from, top_to), (bottom_from, bottom_to) = PLACES[sign]
    for template in SIGN_TEMPLATES[sign]:
        points = np.concatenate(strokes(template))
        assert top_from <= points[:, 1].min() <= top_to, template
        assert bottom_from <= points[:, 1].max() <= bottom_to, template
        assert -0.1 <= points[:, 0].min() < points[:, 0].max() <= 0.85, template


@pytest.mark.parametrize(
    ("sign", "count"),
    [*((sign, 1) for sign in ",.-'/<>()"), *((sign, 2) for sign in ":+×=$"), ("÷", 3), ("%", 3), ("*", 3), ("#", 4)],
)
def test_a_sign_has_its_number_of_strokes(sign: str, count: int) -> None:
    assert {len(strokes(template)) for template in SIGN_TEMPLATES[sign]} == {count}


def test_european_digits_are_further_forms_of_a_digit_s_height() -> None:
    for digit, templates in EUROPEAN.items():
        assert not set(templates) & set(TEMPLATES[int(digit)])
        for template in templates:
            y = np.concatenate(strokes(template))[:, 1]
            assert -0.15 <= y.min() <= 0.1, template
            assert 0.9 <= y.max() <= 1.1, template
