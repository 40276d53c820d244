"""Segments of digits that touch: labelled as the digit they are, or as none."""

import cv2
import numpy as np
import pytest

from mnistry import Reader
from mnistry.data.dataset import Dataset
from mnistry.data.split import Split
from mnistry.ocr.layout import Segment
from mnistry.training.synthetic import touching

NONE = 10


@pytest.fixture(scope="module")
def found(mnist: Dataset) -> Split:
    return touching.cut(400, mnist.validation, NONE, np.random.default_rng(3))


def test_segments_are_images_of_digits_and_of_none(found: Split) -> None:
    assert found.images.shape == (400, 28, 28, 1)
    assert found.images.dtype == np.uint8
    assert (found.images.max(axis=(1, 2, 3)) > 128).all()
    assert set(found.labels) == {*range(10), NONE}
    assert 0.3 < (found.labels == NONE).mean() < 0.75


def test_what_is_labelled_a_digit_is_that_digit(found: Split) -> None:
    digits = found.labels != NONE
    assert (Reader().classify(found.images[digits]).argmax(axis=1) == found.labels[digits]).mean() > 0.9


def test_the_same_seed_gives_the_same_segments(mnist: Dataset) -> None:
    one, other = (touching.cut(40, mnist.validation, NONE, np.random.default_rng(5)) for _ in range(2))
    assert np.array_equal(one.images, other.images)
    assert np.array_equal(one.labels, other.labels)


def test_shares_are_what_of_the_digit_is_there_and_what_of_it_is_the_digit() -> None:
    digit = np.zeros((20, 30), bool)
    digit[5:15, 5:15] = True
    whole = Segment(np.ones((10, 10), bool), 5, 5, 1)
    half = Segment(np.ones((10, 5), bool), 5, 5, 1)
    double = Segment(np.ones((10, 20), bool), 5, 5, 1)
    shares = [touching._shares([segment], digit) for segment in (whole, half, double)]
    assert shares == [(1.0, 1.0), (0.5, 1.0), (1.0, 0.5)]


def test_two_digits_in_one_are_none_even_if_one_of_them_is_a_hairline() -> None:
    layers = np.zeros((2, 60, 60), np.uint8)
    layers[0, 10:50, 10:32] = 255
    layers[0, 18:42, 17:25] = 0
    layers[1, 10:50, 31:35] = 255
    _, (_, part, several) = touching._labelled(layers, np.array([0, 1]), NONE)
    assert several
    assert {label for _, label in part + several} == {NONE}


def test_what_is_left_of_a_digit_that_lies_in_another_is_that_digit() -> None:
    """A 1 whose side is the side of a 0: no cut leaves nearly all of its ink, and yet it is shown as a 1."""
    layers = np.zeros((2, 60, 60), np.uint8)
    cv2.ellipse(layers[0], (21, 30), (11, 20), 0, 0, 360, 255, 6)
    layers[1, 10:50, 30:40] = 255
    _, (whole, _, _) = touching._labelled(layers, np.array([0, 1]), NONE)
    ones = [min(touching._shares(row, layers[1] > 64)) for row, label in whole if label == 1]
    assert ones
    assert touching.NEAREST <= max(ones) < touching.WHOLE
