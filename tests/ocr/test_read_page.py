"""Pages of coloured blocks: what a detector that is no network and a classifier by hand make of them."""

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

import ink_detector
from ink_detector import Box, InkDetector
from mnistry.ocr.confidence import FEATURES, Confidence
from mnistry.ocr.decode import Picture
from mnistry.ocr.evidence import Networks
from mnistry.ocr.glyph_classes import DIGITS
from mnistry.ocr.page import Page
from mnistry.ocr.read_page import read_page
from mnistry.ocr.scores import Scores

SIZE = (14, 22)
BY_DIGIT = Confidence(
    tuple(2.0 if name == "digit" else 0.0 for name in FEATURES), detector=1.0, classifier=0.0
)  # sure of what the detector takes for a digit, and of nothing else


def scores(log_odds: float = 5.0, classes: int = 10, best: int | None = None) -> Scores:
    """One image's scores: no class is more likely than another, or one is."""
    shares = np.full((1, classes), 1 / classes, np.float32)
    if best is not None:
        shares[:] = 0.02
        shares[0, best] = 1 - 0.02 * (classes - 1)
    return Scores(shares, np.array([log_odds], np.float32))


class Classify:
    """Says the same of each image; `seen` are the images that it was asked about."""

    def __init__(self, of_each: Scores) -> None:
        self.of_each, self.seen = of_each, np.zeros((0, 28, 28), np.uint8)

    def __call__(self, images: NDArray[np.uint8]) -> Scores:
        self.seen = images
        return Scores(*(np.repeat(array, len(images), axis=0) for array in vars(self.of_each).values()))


def read(
    pixels: NDArray[np.uint8],
    classify: Classify | None = None,
    names: Sequence[str] = DIGITS,
    min_confidence: float = 0.0,
    shrunk: int = 1,
) -> Page:
    height, width = pixels.shape[:2]
    picture = Picture(pixels, width * shrunk, height * shrunk)
    networks = Networks(InkDetector(), classify or Classify(scores()), tuple(names), BY_DIGIT)
    return read_page(picture, networks, min_confidence)[0]


@pytest.fixture
def page() -> tuple[NDArray[np.uint8], list[Box]]:
    """Two lines, `12,3` and `45`, and far below them a letter and a plus."""
    pixels = ink_detector.paper(220, 240)
    boxes = [
        ink_detector.block(pixels, "1", (20, 20, *SIZE)),
        ink_detector.block(pixels, "2", (40, 20, *SIZE)),
        ink_detector.block(pixels, "3", (66, 20, *SIZE)),
        ink_detector.block(pixels, "4", (20, 60, *SIZE)),
        ink_detector.block(pixels, "5", (40, 60, *SIZE)),
    ]
    ink_detector.block(pixels, ",", (57, 36, 6, 10))
    ink_detector.block(pixels, "other", (150, 160, *SIZE))
    ink_detector.block(pixels, "+", (40, 160, 16, 16))
    return pixels, boxes


def test_digits_signs_and_what_is_neither(page: tuple[NDArray[np.uint8], list[Box]]) -> None:
    found = read(page[0])
    assert [line.text for line in found.lines] == ["12 3", "45"]
    assert [[sign.value for sign in line.signs] for line in found.lines] == [[","], []]
    assert sorted(piece.reason for piece in found.rejected) == ["letter or drawing", "sign outside a line"]
    assert all(digit.confidence > 0.99 for digit in found.digits)
    assert all(line.confidence and line.confidence > 0.9 for line in found.lines)


def test_boxes_are_those_of_the_ink_in_the_picture_as_given(page: tuple[NDArray[np.uint8], list[Box]]) -> None:
    pixels, boxes = page
    for shrunk in (1, 3):
        found = read(pixels, shrunk=shrunk)
        assert (found.width, found.height) == (240 * shrunk, 220 * shrunk)
        apart = np.array([digit.box for digit in found.digits]) - shrunk * np.array(boxes)
        assert np.abs(apart).max() <= 2 * shrunk


def test_the_classifier_sees_the_ink_of_each_glyph_alone(page: tuple[NDArray[np.uint8], list[Box]]) -> None:
    classify = Classify(scores())
    found = read(page[0], classify)
    assert classify.seen.shape == (8, 28, 28)
    block = found.digits[0].image
    rows, columns = np.flatnonzero(block.any(axis=1)), np.flatnonzero(block.any(axis=0))
    assert abs(len(rows) - 20) <= 1
    assert abs(len(columns) - 20 * SIZE[0] / SIZE[1]) <= 2


def test_a_digit_below_the_confidence_that_is_wanted_is_rejected(page: tuple[NDArray[np.uint8], list[Box]]) -> None:
    found = read(page[0], min_confidence=1.0)
    assert found.text == ""
    assert sorted(piece.reason for piece in found.rejected) == [
        "letter or drawing", *["low confidence"] * 5, *["sign outside a line"] * 2,
    ]  # fmt: skip


def test_of_other_classes_the_classifier_alone_decides(page: tuple[NDArray[np.uint8], list[Box]]) -> None:
    """Whatever the detector takes a glyph for; signs are no signs then."""
    found = read(page[0], Classify(scores(3.0, 3, best=1)), names=("alpha", "beta", "gamma"))
    assert {digit.value for digit in found.digits} == {"beta"}
    assert len(found.digits) == 8
    assert not any(line.signs for line in found.lines)
    assert found.digits[0].confidence == pytest.approx(0.96 / (1 + np.exp(-3)), abs=1e-4)
    none = read(page[0], Classify(scores(-0.1, 3)), names=("alpha", "beta", "gamma"))
    assert (none.text, {piece.reason for piece in none.rejected}) == ("", {"not a digit"})


def test_ten_other_classes_are_not_taken_for_digits(page: tuple[NDArray[np.uint8], list[Box]]) -> None:
    names = tuple("abcdefghij")
    assert {digit.value for digit in read(page[0], Classify(scores(3.0, 10, best=4)), names).digits} == {"e"}


def test_what_the_detector_takes_for_a_digit_and_nobody_is_sure_of(page: tuple[NDArray[np.uint8], list[Box]]) -> None:
    picture = Picture(page[0], 240, 220)
    doubtful = Confidence(BY_DIGIT.weights, bias=-100.0)
    found, _ = read_page(picture, Networks(InkDetector(), Classify(scores()), DIGITS, doubtful), 0.0)
    assert found.text == ""
    assert sorted(piece.reason for piece in found.rejected).count("not a digit") == 5


def test_a_blank_page() -> None:
    for side in (300, 33, 20, 1):
        found = read(ink_detector.paper(side, side))
        assert (found.text, found.lines, found.rejected, found.width) == ("", (), (), side)


def small(*blocks: Box, name: str = "3") -> NDArray[np.uint8]:
    pixels = ink_detector.paper(28, 28)
    for box in blocks:
        ink_detector.block(pixels, name, box)
    return pixels


def test_a_small_picture_of_one_piece_is_the_classifier_s_alone() -> None:
    classify = Classify(scores(2.0, best=7))
    found = read(small((10, 4, 8, 20)), classify)
    assert found.text == "7"
    assert len(classify.seen) == 1
    (digit,) = found.digits
    assert digit.confidence == pytest.approx(0.82 / (1 + np.exp(-2)), abs=1e-4)
    assert digit.box == (10, 4, 8, 20)
    assert digit.probabilities["7"] == pytest.approx(0.82, abs=1e-4)


@pytest.mark.parametrize(("log_odds", "wanted", "reason"), [(-1.0, 0.0, "not a digit"), (2.0, 0.9, "low confidence")])
def test_a_small_picture_that_is_rejected(log_odds: float, wanted: float, reason: str) -> None:
    letter = small((10, 4, 8, 20), name="other")
    found = read(letter, Classify(scores(log_odds, best=7)), min_confidence=wanted)
    assert (found.text, [piece.reason for piece in found.rejected]) == ("", [reason])


def test_a_small_picture_of_two_pieces_is_read_as_any_other() -> None:
    assert read(small((3, 6, 8, 16), (17, 6, 8, 16)), Classify(scores(best=7))).text == "33"


def test_areas_that_were_not_looked_at_closely_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    from mnistry.ocr import evidence as module

    found = module.find_glyphs
    monkeypatch.setattr(
        module,
        "find_glyphs",
        lambda pixels, detect: replace(found(pixels, detect), left_out=[(10.0, 20.0, 110.0, 60.0)]),
    )
    (piece,) = read(ink_detector.paper(100, 200), shrunk=2).rejected
    assert (piece.reason, piece.box) == ("too much text in one picture", (20, 40, 200, 80))
