import cv2
import numpy as np
import pytest

from mnistry.training.synthetic.pages import camera

SIZES = ((40, 60), (7, 5), (33, 91))


def page(height: int, width: int) -> np.ndarray:
    pixels = np.full((height, width, 3), 230, np.float32)
    pixels[height // 3 : height // 2] = 40
    return pixels


def test_an_upright_page_fills_its_picture() -> None:
    """But for a scale of a few per cent."""
    for seed in range(20):
        matrix = camera.homography((200, 100), (160, 120), np.random.default_rng(seed), tilt=0.0)
        points = cv2.perspectiveTransform(np.array([[[100, 50], [0, 0], [200, 0]]], np.float64), matrix)[0]
        assert points[0] == pytest.approx([80, 60], abs=1e-3)
        assert points[1, 1] == pytest.approx(points[2, 1], abs=1e-3)
        assert 0.75 < (points[2, 0] - points[1, 0]) / 200 < 1.3


def test_a_tilted_page_is_turned_and_seen_at_an_angle() -> None:
    matrices = [camera.homography((200, 100), (200, 100), np.random.default_rng(k), 0.14) for k in range(40)]
    angles = np.array([np.arctan2(m[1, 0], m[0, 0]) for m in matrices])
    assert 0.05 < angles.std() < 0.3
    assert abs(angles.mean()) < 0.1
    assert np.mean([np.abs(m[2, :2]).max() > 1e-5 for m in matrices]) > 0.9


@pytest.mark.parametrize("size", SIZES)
def test_pictures_are_bytes_of_the_page_s_size_whatever_happens_to_them(size: tuple[int, int]) -> None:
    for seed in range(60):
        rng = np.random.default_rng(seed)
        lit = camera.lit(page(*size), rng)
        assert (lit.shape, lit.dtype) == ((*size, 3), np.float32)
        assert np.isfinite(lit).all()
        assert lit.min() >= 0
        picture = camera.exposed(lit, rng)
        assert (picture.shape, picture.dtype) == ((*size, 3), np.uint8)


def test_the_same_seed_takes_the_same_picture_and_leaves_the_page() -> None:
    before = page(40, 60)

    def taken(seed: int) -> bytes:
        rng = np.random.default_rng(seed)
        return camera.exposed(camera.lit(before, rng), rng).tobytes()

    assert [taken(k) for k in range(10)] == [taken(k) for k in range(10)]
    assert len({taken(k) for k in range(10)}) == 10
    assert np.array_equal(before, page(40, 60))


def test_most_pictures_still_show_what_is_on_the_page() -> None:
    apart = []
    for seed in range(100):
        rng = np.random.default_rng(seed)
        grey = camera.exposed(camera.lit(page(40, 60), rng), rng).mean(axis=2)
        apart.append(abs(grey[16:18].mean() - grey[4:10].mean()))
    assert np.mean(np.array(apart) > 15) > 0.85


def test_light_varies_from_picture_to_picture() -> None:
    levels = [camera.lit(np.full((40, 60, 3), 200, np.float32), np.random.default_rng(k)) for k in range(60)]
    assert 0.3 < np.mean([np.ptp(one) > 1 for one in levels]) < 0.95
    assert any(one.max() > 205 for one in levels)
    assert any(one.min() < 60 for one in levels)
