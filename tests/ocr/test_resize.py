import numpy as np
import pytest
from numpy.typing import NDArray

from mnistry.ocr.resize import resized


def averaged(pixels: NDArray[np.uint8], height: int, width: int) -> NDArray[np.float64]:
    """The mean of the area that each new pixel covers, as the docstring defines it."""

    def shares(new: int, old: int) -> NDArray[np.float64]:
        edges = np.arange(new + 1)[:, None] * old / new
        covered = np.minimum(edges[1:], np.arange(old) + 1) - np.maximum(edges[:-1], np.arange(old))
        return np.clip(covered, 0, None) * new / old

    rows, columns = shares(height, pixels.shape[0]), shares(width, pixels.shape[1])
    return np.einsum("ij,jkc,lk->ilc", rows, pixels.astype(float), columns)


def interpolated(pixels: NDArray[np.uint8], height: int, width: int) -> NDArray[np.float64]:
    """Bilinear between pixels' middles, as the docstring defines it."""

    def weights(new: int, old: int) -> NDArray[np.float64]:
        at = np.clip((np.arange(new) + 0.5) * old / new - 0.5, 0, old - 1)
        return np.clip(1 - np.abs(at[:, None] - np.arange(old)), 0, None)

    rows, columns = weights(height, pixels.shape[0]), weights(width, pixels.shape[1])
    return np.einsum("ij,jkc,lk->ilc", rows, pixels.astype(float), columns)


PIXELS = np.random.default_rng(0).integers(0, 256, (37, 50, 3), dtype=np.uint8)


@pytest.mark.parametrize("size", [(12, 20), (37, 21), (1, 1), (36, 49), (5, 50), (18, 25)])
def test_shrinking_averages_areas(size: tuple[int, int]) -> None:
    found = resized(PIXELS, *size)
    assert found.shape == (*size, 3)
    assert found.dtype == np.uint8
    assert np.abs(found - averaged(PIXELS, *size)).max() <= 1


@pytest.mark.parametrize("size", [(74, 100), (40, 51), (300, 50), (200, 20), (20, 90)])
def test_enlarging_interpolates(size: tuple[int, int]) -> None:
    assert np.abs(resized(PIXELS, *size) - interpolated(PIXELS, *size)).max() <= 1


def test_the_same_size_is_the_same_picture() -> None:
    assert resized(PIXELS, 37, 50) is PIXELS


def test_grey_pictures_and_single_pixels() -> None:
    assert (resized(np.full((1, 1, 3), 77, np.uint8), 5, 9) == 77).all()
    assert (resized(np.full((1, 900, 3), 77, np.uint8), 1, 300) == 77).all()
    assert resized(np.zeros((40, 30), np.uint8), 10, 15).shape == (10, 15)


def test_a_part_of_a_picture_need_not_be_contiguous() -> None:
    part = PIXELS[3:33, 7:47]
    assert np.array_equal(resized(part, 15, 20), resized(part.copy(), 15, 20))
