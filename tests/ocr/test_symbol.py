"""One symbol on paper of any kind: where it is, and that it is placed as MNIST's digits are."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from mnistry.data.dataset import Dataset
from mnistry.errors import NoInkError
from mnistry.ocr.symbol import Symbol, symbol


def written(
    digit: NDArray[np.uint8], side: int = 140, ink: float = 30, paper: float = 220, at: tuple[int, int] = (20, 30)
) -> NDArray[np.uint8]:
    """A digit five times as large as in MNIST, on a page."""
    page = np.full((side, side), float(paper))
    large = cv2.resize(digit, (84, 84), interpolation=cv2.INTER_CUBIC) / 255
    page[at[0] : at[0] + 84, at[1] : at[1] + 84] += (ink - paper) * large
    return np.repeat(np.clip(page, 0, 255).astype(np.uint8)[..., None], 3, axis=2)


@pytest.fixture(scope="module")
def digits(mnist: Dataset) -> NDArray[np.uint8]:
    return mnist.validation.images[:30, ..., 0]


def likeness(found: Symbol, digit: NDArray[np.uint8]) -> float:
    """The correlation with the digit itself, at the best of nine places."""
    moved = [np.roll(found.image, (y, x), (0, 1)) for y in (-1, 0, 1) for x in (-1, 0, 1)]
    return max(float(np.corrcoef(image.ravel(), digit.ravel())[0, 1]) for image in moved)


@pytest.mark.parametrize(("ink", "paper"), [(30, 220), (220, 30), (90, 160), (0, 255), (140, 110)])
def test_a_digit_is_as_in_mnist_in_any_polarity(digits: NDArray[np.uint8], ink: float, paper: float) -> None:
    alike = [likeness(symbol(written(digit, ink=ink, paper=paper), "it"), digit) for digit in digits]
    assert np.median(alike) > 0.9
    assert min(alike) > 0.7


def test_unevenly_lit_paper_is_no_ink(digits: NDArray[np.uint8]) -> None:
    light = np.linspace(0.55, 1.0, 140)[None, :, None]
    alike = [likeness(symbol((written(digit) * light).astype(np.uint8), "it"), digit) for digit in digits]
    assert np.median(alike) > 0.85


def test_coloured_ink_of_the_paper_s_brightness(digits: NDArray[np.uint8]) -> None:
    page = written(digits[0], ink=0, paper=200)
    page[..., 0] = 200 - (200 - page[..., 0]) // 2
    page[..., 1] = 200
    assert likeness(symbol(page, "it"), digits[0]) > 0.8


def test_the_box_is_that_of_the_ink() -> None:
    page = np.full((100, 80, 3), 255, np.uint8)
    page[20:70, 30:42] = 0
    found = symbol(page, "it")
    assert found.box == pytest.approx((30, 20, 42, 70), abs=1)
    assert found.pieces == 1
    large = symbol(np.repeat(np.repeat(page, 6, 0), 6, 1), "it")
    assert large.box == pytest.approx((180, 120, 252, 420), abs=6)


def test_pieces_lie_apart_from_left_to_right() -> None:
    page = np.full((60, 100, 3), 255, np.uint8)
    page[10:50, 10:20] = page[10:50, 40:50] = 0
    page[52:56, 12:18] = 0  # below the first
    assert symbol(page, "it").pieces == 2


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (40, 1), (3, 3), (28, 28), (500, 300)])
@pytest.mark.parametrize("shade", [0, 127, 255])
def test_blank_paper_has_no_symbol(shape: tuple[int, int], shade: int) -> None:
    with pytest.raises(NoInkError, match="^a.png: no ink in it: wanted a picture of one symbol$"):
        symbol(np.full((*shape, 3), shade, np.uint8), "a.png")


def test_grain_is_no_symbol() -> None:
    grain = np.random.default_rng(0).normal(200, 3, (90, 90, 3))
    with pytest.raises(NoInkError):
        symbol(np.clip(grain, 0, 255).astype(np.uint8), "a.png")
