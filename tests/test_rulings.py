"""Rulings: taken away with what is left of them where two cross; writing stays."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

import drawn
from mnistry import rulings
from mnistry.dataset import Dataset

STROKE_PX = 10.0


@pytest.fixture(scope="module")
def digits(mnist: Dataset) -> NDArray[np.uint8]:
    return np.pad(drawn.row(mnist, "2147", 4, 12), 60)


def squared(digits: NDArray[np.uint8], step: int, level: int) -> NDArray[np.uint8]:
    strength = digits.copy()
    for at in range(step // 2, max(digits.shape), step):
        strength[at : at + 2] = np.maximum(strength[at : at + 2], level)
        strength[:, at : at + 2] = np.maximum(strength[:, at : at + 2], level)
    return strength


@pytest.mark.parametrize("step", [24, 40])
def test_squares_go_and_digits_stay(digits: NDArray[np.uint8], step: int) -> None:
    strength = squared(digits, step, 90)
    left = rulings.without(strength > 60, strength, STROKE_PX, 8)
    assert (left & (digits > 127)).sum() > 0.97 * (digits > 127).sum()
    beside = cv2.dilate(digits, np.ones((9, 9), np.uint8)) == 0
    assert (left & beside).sum() < 0.02 * ((strength > 60) & beside).sum()


def test_without_rulings_nothing_changes(digits: NDArray[np.uint8]) -> None:
    assert np.array_equal(rulings.without(digits > 60, digits, STROKE_PX, 8), digits > 60)


def test_strokes_too_fine_to_be_told_from_rulings_are_left_alone(digits: NDArray[np.uint8]) -> None:
    strength = squared(digits, 24, 90)
    assert np.array_equal(rulings.without(strength > 60, strength, 3.0, 8), strength > 60)
