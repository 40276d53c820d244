import numpy as np
import pytest
from numpy.typing import NDArray

from mnistry.data.dataset import Dataset
from mnistry.errors import NoInkError
from mnistry.ocr import geometry
from mnistry.reader import Reader


def test_mnist_stands_where_it_stood(mnist: Dataset) -> None:
    """Re-placing what MNIST's makers placed: nearly all images come back bit for bit."""
    images = mnist.validation.images[..., 0]
    placed = np.stack([geometry.to_mnist(image) for image in images])
    assert (placed == images).all(axis=(1, 2)).mean() > 0.99


def test_placing_costs_no_accuracy(mnist: Dataset) -> None:
    reader = Reader()
    images, labels = mnist.validation.images[..., 0], mnist.validation.labels
    placed = np.stack([geometry.to_mnist(np.kron(image, np.ones((4, 4), np.uint8))) for image in images])
    before = (reader.classify(images).argmax(axis=1) == labels).mean()
    after = (reader.classify(placed).argmax(axis=1) == labels).mean()
    assert after >= before - 0.0005


def test_the_box_is_20_px_and_the_aspect_is_kept() -> None:
    ink = np.zeros((300, 200), np.uint8)
    ink[50:250, 20:120] = 255
    placed = geometry.to_mnist(ink)
    assert placed.any(axis=1).sum() == 20
    assert placed.any(axis=0).sum() == 10


def test_the_centre_of_mass_comes_to_pixel_14() -> None:
    ink = np.zeros((40, 40), np.uint8)
    ink[10:30, 5:11] = 255
    ink[24:30, 5:25] = 255
    placed = geometry.to_mnist(ink).astype(float)
    for axis in (0, 1):
        middle = placed.sum(axis=1 - axis) @ np.arange(28) / placed.sum()
        assert abs(middle - 14) <= 0.5


def test_a_fine_pen_does_not_fade() -> None:
    rows, columns = np.indices((400, 400)) - 200
    ring = np.where(np.abs(np.hypot(rows, columns) - 150) < 1.5, 255, 0).astype(np.uint8)
    assert geometry.to_mnist(ring).max() < 130
    assert geometry.to_mnist(ring, stroke_px=3).max() == 255


def test_a_fine_pen_in_a_large_picture_is_as_in_a_small_one() -> None:
    def ring(side: int) -> NDArray[np.uint8]:
        rows, columns = np.indices((side, side)) - side / 2
        return np.where(np.abs(np.hypot(rows, columns) - 0.4 * side) < 1.5, 255, 0).astype(np.uint8)

    small, large = (geometry.to_mnist(ring(side), stroke_px=3).astype(int) for side in (200, 2200))
    assert np.abs(small - large).sum() < 0.2 * small.sum()


@pytest.mark.parametrize("shape", [(1, 1), (1, 50), (50, 1), (2, 3), (2, 4001), (4001, 2)])
def test_ink_of_any_shape_fits(shape: tuple[int, int]) -> None:
    placed = geometry.to_mnist(np.full(shape, 255, np.uint8), stroke_px=1)
    assert placed.shape == (28, 28)
    assert placed.max() == 255


def test_ink_that_vanishes_is_an_error() -> None:
    corners = np.zeros((600, 600), np.uint8)
    corners[0, 0] = corners[-1, -1] = 255
    with pytest.raises(NoInkError, match="a piece of 600×600 px with too little ink: wanted a digit"):
        geometry.to_mnist(corners)


def test_no_ink_is_an_error() -> None:
    with pytest.raises(NoInkError, match="a piece of 4×6 px without ink: wanted a digit"):
        geometry.to_mnist(np.zeros((4, 6), np.uint8))
