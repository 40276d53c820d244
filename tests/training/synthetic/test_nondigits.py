from collections.abc import Callable

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from mnistry.data.dataset import Dataset
from mnistry.data.split import Split
from mnistry.ocr.geometry import to_mnist
from mnistry.reader import Reader
from mnistry.training.synthetic import nondigits


def test_as_many_as_asked_for_none_of_them_blank(mnist: Dataset) -> None:
    images = nondigits.nondigits(40, mnist.validation, np.random.default_rng(1))
    assert images.shape == (40, 28, 28, 1)
    assert images.any(axis=(1, 2, 3)).all()
    assert np.array_equal(images, nondigits.nondigits(40, mnist.validation, np.random.default_rng(1)))


def test_one_upright_stroke_is_never_learned_as_none() -> None:
    """A 1 of a broad pen is drawn as a bar is."""

    def bar(x0: int, y0: int, x1: int, y1: int, wide: int) -> NDArray[np.uint8]:
        return cv2.line(np.zeros((112, 112), np.uint8), (x0, y0), (x1, y1), 255, wide).astype(np.uint8)

    for one in (bar(56, 20, 56, 90, 4), bar(56, 20, 56, 90, 26), bar(80, 20, 40, 90, 10)):
        assert nondigits.could_be_one(one)
    cross = bar(56, 20, 56, 90, 8) | bar(20, 56, 90, 56, 8)
    for none in (bar(20, 56, 90, 56, 8), bar(56, 40, 56, 70, 30), cross, np.zeros((112, 112), np.uint8)):
        assert not nondigits.could_be_one(none)


@pytest.mark.parametrize("kind", [nondigits.pair, nondigits.sign, nondigits.scribble, nondigits.shape])
def test_the_bundled_network_rejects_them(
    mnist: Dataset, kind: Callable[[Split, np.random.Generator], NDArray[np.uint8]]
) -> None:
    """Nine in ten, made of digits that it has not learned."""
    rng, reader = np.random.default_rng(7), Reader()
    drawn = [kind(mnist.validation, rng) for _ in range(120)]
    images = np.stack([to_mnist(image) for image in drawn if image.any()])
    scores = np.logaddexp.reduce(reader.logits(images), axis=1)
    assert (scores < reader.metadata.to_json()["rejection"]["threshold"]).mean() > 0.9
