"""Rulings: taken away, down to one pixel of width; writing stays, also where it crosses them."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

import drawn
from mnistry.data.dataset import Dataset
from mnistry.ocr import binarize, ruled_lines
from mnistry.ocr.decode import decode


@pytest.fixture(scope="module")
def digits(mnist: Dataset) -> NDArray[np.uint8]:
    return np.pad(drawn.row(mnist, "2147", 4, 12), 60)


@pytest.fixture(scope="module")
def small(mnist: Dataset) -> NDArray[np.uint8]:
    """Strokes of four pixels."""
    return np.pad(drawn.row(mnist, "2147", 2, 6), 30)


def squared(digits: NDArray[np.uint8], step: int, level: int, wide: int = 2) -> NDArray[np.uint8]:
    strength = digits.copy()
    for at in range(step // 2, max(digits.shape), step):
        strength[at : at + wide] = np.maximum(strength[at : at + wide], level)
        strength[:, at : at + wide] = np.maximum(strength[:, at : at + wide], level)
    return strength


def share(strength: NDArray[np.uint8], where: NDArray[np.bool_]) -> float:
    return float((strength[where] > 60).mean())


@pytest.mark.parametrize("step", [24, 40])
@pytest.mark.parametrize("writing", ["digits", "small"])
def test_squares_go_and_digits_stay(writing: str, step: int, request: pytest.FixtureRequest) -> None:
    digits = request.getfixturevalue(writing)
    left = ruled_lines.without(squared(digits, step, 90))
    assert share(left, digits > 127) > 0.97
    beside = cv2.dilate(digits, np.ones((9, 9), np.uint8)) == 0
    assert share(left, beside) < 0.005  # 0.16 of it was ruled


@pytest.mark.parametrize("wide", [1, 3, 8])
def test_rulings_on_a_large_sheet(mnist: Dataset, wide: int) -> None:
    digits = np.pad(drawn.row(mnist, "21", 20, 60), 200)
    left = ruled_lines.without(squared(digits, 150, 90, wide))
    assert share(left, digits > 127) > 0.99
    assert share(left, cv2.dilate(digits, np.ones((9, 9), np.uint8)) == 0) < 0.005


def test_a_fine_pen_on_a_large_sheet_stays_whole() -> None:
    """Strokes of 9 px, where rulings of 13 px would be sought too."""
    sheet = cv2.putText(np.zeros((1300, 1600), np.uint8), "2475", (100, 700), 0, 8, 200, 9).astype(np.uint8)
    left = ruled_lines.without(squared(sheet, 60, 90))
    assert share(left, sheet > 127) > 0.99
    assert share(left, sheet == 0) < 0.005


def test_rulings_as_dark_as_the_writing_go_too(small: NDArray[np.uint8]) -> None:
    left = ruled_lines.without(squared(small, 24, 255, wide=1))
    assert share(left, cv2.dilate(small, np.ones((9, 9), np.uint8)) == 0) < 0.002
    assert share(left, small > 127) > 0.95


@pytest.mark.parametrize("degrees", [-4.0, 3.0])
def test_paper_held_askew(digits: NDArray[np.uint8], degrees: float) -> None:
    """Rulings that end where the sheet does, in noise."""
    height, width = digits.shape
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1)
    askew = cv2.warpAffine(squared(digits, 40, 90), turn, (width, height))
    alone = cv2.warpAffine(digits, turn, (width, height))
    noise = np.random.default_rng(0).normal(8, 4, askew.shape)
    left = ruled_lines.without(np.clip(askew + noise, 0, 255).astype(np.uint8))
    assert share(left, alone > 160) > 0.97
    assert share(left, cv2.dilate(alone, np.ones((9, 9), np.uint8)) == 0) < 0.01


@pytest.mark.parametrize("step", [30, 52])
def test_fine_squares_on_a_large_sheet_askew(step: int) -> None:
    """So close together that lines across them would have few gaps."""
    sheet = squared(np.zeros((1130, 1650), np.uint8), step, 140)
    turn = cv2.getRotationMatrix2D((825, 565), 2.8, 1)
    askew = cv2.warpAffine(sheet, turn, (1650, 1130)).astype(np.uint8)
    assert share(ruled_lines.without(askew), askew > 60) < 0.03


def test_without_rulings_nothing_changes(digits: NDArray[np.uint8]) -> None:
    assert ruled_lines.without(digits) is digits
    blank = np.zeros((90, 200), np.uint8)
    assert ruled_lines.without(blank) is blank


def test_two_lines_are_rulings_if_they_go_from_side_to_side(digits: NDArray[np.uint8]) -> None:
    lined = digits.copy()
    lined[[20, -20], 60:-60] = 255
    assert ruled_lines.without(lined) is lined, "an overline and an underline"
    lined[[20, -20]] = 90
    assert share(ruled_lines.without(lined), digits == 0) < 0.001


def test_a_broad_line_is_one_however_often_it_is_found() -> None:
    """Two 1s of 20 px that are higher than most of the picture, and shorter than all of it."""
    ones = np.zeros((2000, 1500), np.uint8)
    ones[150:1850, 400:420] = ones[150:1850, 900:920] = 255
    assert ruled_lines.without(ones) is ones


@pytest.mark.parametrize("side", [62, 90])
def test_rulings_of_a_small_picture(mnist: Dataset, side: int) -> None:
    """They are enlarged with it, to twice their width."""
    five = mnist.validation.images[mnist.validation.labels == 5][0]
    writing = np.zeros((side, side + 60), np.uint8)
    writing[side // 2 - 14 : side // 2 + 14, 20:48] = five[..., 0]
    paper = 255 - squared(writing, 14, 90, wide=1)
    picture = decode(cv2.GaussianBlur(paper, (0, 0), 0.5))
    assert picture.upscale == 2
    alone = decode(255 - writing).pixels[..., 0] < 128
    strokes = binarize.find(picture.pixels, picture.upscale).strokes
    assert strokes[alone].mean() > 0.95
    assert strokes[cv2.dilate(alone.astype(np.uint8), np.ones((9, 9))) == 0].mean() < 0.002


@pytest.mark.parametrize("times", [1, 2, 3])
def test_the_strokes_of_small_digits_are_no_rulings(mnist: Dataset, times: int) -> None:
    for image in mnist.validation.images[:300, ..., 0]:
        picture = decode(cv2.resize(255 - image, None, fx=times, fy=times, interpolation=cv2.INTER_CUBIC))
        strength = 255 - picture.pixels[..., 0]
        assert ruled_lines.without(strength, picture.upscale) is strength


def test_lines_that_are_all_that_is_written_are_ink() -> None:
    """Three 1s of a fine pen, from top to bottom."""
    ones = np.full((120, 200, 3), 255, np.uint8)
    ones[5:115, [60, 100, 140]] = 0
    assert binarize.find(ones).strokes[60].sum() == 3


@pytest.mark.parametrize("side", [(1, 1), (1, 40), (40, 1), (3, 3)])
def test_pictures_of_a_few_pixels(side: tuple[int, int]) -> None:
    bright = np.full(side, 200, np.uint8)
    assert ruled_lines.without(bright).shape == side
