from collections.abc import Callable

import numpy as np
import pytest

from mnistry.training.synthetic.pages import surfaces

SIZES = ((40, 60), (7, 5), (3, 90))


@pytest.mark.parametrize("texture", [*dict.fromkeys(surfaces.TEXTURES)], ids=lambda texture: texture.__name__)
def test_textures_are_pictures_of_any_size_each_another(texture: Callable[..., np.ndarray]) -> None:
    for size in SIZES:
        for seed in range(12):
            page = texture(*size, np.random.default_rng(seed))
            assert (page.shape, page.dtype) == ((*size, 3), np.float32)
            assert np.isfinite(page).all()
            assert -150 < page.mean() < 400
    assert len({texture(20, 20, np.random.default_rng(seed)).tobytes() for seed in range(8)}) == 8
    assert np.array_equal(texture(20, 20, np.random.default_rng(3)), texture(20, 20, np.random.default_rng(3)))


def test_paper_is_even_and_most_often_light() -> None:
    pages = [surfaces.paper(40, 60, np.random.default_rng(seed)) for seed in range(80)]
    assert np.mean([page.mean() > 128 for page in pages]) > 0.7
    assert np.mean([page.std(axis=(0, 1)).max() < 30 for page in pages]) > 0.9


def ramp(height: int, width: int) -> np.ndarray:
    """A photo whose first two channels name row and column."""
    rows, columns = np.mgrid[:height, :width]
    return np.stack([rows, columns, np.zeros_like(rows)], axis=2).astype(np.uint8)


def test_a_photo_is_a_part_of_one_turned_and_mirrored() -> None:
    for seed in range(30):
        page = surfaces.photo(16, 24, [ramp(80, 120)], np.random.default_rng(seed))
        assert (page.shape, page.dtype) == ((16, 24, 3), np.float32)
        steps = np.abs(np.diff(page.mean(axis=0)[2:-2], axis=0)).mean(axis=0) > 0.3
        assert steps.tolist() in ([True, False, False], [False, True, False]), "an axis of the photo runs to the right"


@pytest.mark.parametrize("size", [(300, 20), (4, 4), (500, 700)])
def test_photos_smaller_or_narrower_than_the_page_are_enlarged(size: tuple[int, int]) -> None:
    for seed in range(5):
        assert surfaces.photo(*size, [ramp(30, 50)], np.random.default_rng(seed)).shape == (*size, 3)


def test_surfaces_are_photos_more_often_than_textures_if_there_are_any() -> None:
    marked = np.full((50, 50, 3), (1, 2, 3), np.uint8)
    found = [surfaces.surface(8, 8, [marked], np.random.default_rng(seed)) for seed in range(60)]
    share = np.mean([np.allclose(page, (1, 2, 3)) for page in found])
    assert 0.4 < share < 0.8
    assert surfaces.surface(8, 8, (), np.random.default_rng(0)).shape == (8, 8, 3)
