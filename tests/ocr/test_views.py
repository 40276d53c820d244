"""Which parts of a picture are looked at: all of its text, at the right scales, within the budget."""

import itertools

import numpy as np
import pytest

from mnistry.ocr import views
from mnistry.ocr.views import (
    BUDGET_PX,
    ENLARGED_PX,
    LARGEST_ZOOM,
    MULTIPLE,
    PAD_PX,
    SMALLEST_PX,
    THUMBNAIL_PX,
    TILE_PX,
    WANTED_PX,
    Spots,
    View,
    closer,
    thumbnails,
)

SHAPES = (
    (1, 1),
    (1, 65_500),
    (65_500, 300),
    (40, 10_000),
    (10_000, 40),
    (3, 5000),
    (112, 112),
    (480, 640),
    (2000, 3000),
)


def area_px(found: list[View]) -> int:
    return sum(view.pixels.shape[0] * view.pixels.shape[1] for view in found)


def text(x: np.ndarray, y: np.ndarray, em_px: float | np.ndarray, cell_px: float = 8.0) -> Spots:
    """Spots at all pairs of x and y."""
    at = np.array(list(itertools.product(x, y)), np.float32).reshape(-1, 2)
    return Spots(at, np.broadcast_to(np.float32(em_px), len(at)).copy(), cell_px, 8.0 / cell_px)


def grey(height: int, width: int, level: int = 200) -> np.ndarray:
    return np.full((height, width, 3), level, np.uint8)


@pytest.mark.parametrize("shape", SHAPES)
def test_thumbnails_of_any_shape(shape: tuple[int, int]) -> None:
    found = thumbnails(np.broadcast_to(np.uint8(0), (*shape, 3)))
    assert all(side % MULTIPLE == 0 for view in found for side in view.pixels.shape[:2])
    inner = [(max(1, round(side * found[0].scale)) + 2 * PAD_PX) for side in shape]
    assert inner[0] * inner[1] <= THUMBNAIL_PX * 1.05
    assert area_px(found) <= 1.6 * THUMBNAIL_PX
    scales = [view.scale for view in found]
    assert scales[0] <= 1
    assert all(fine == 2 * coarse for fine, coarse in itertools.pairwise(scales))
    assert min(shape) * scales[-1] < 2 * SMALLEST_PX
    assert len(scales) == 1 or min(shape) * scales[-1] >= SMALLEST_PX


def test_a_small_picture_is_looked_at_as_it_is() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (90, 70, 3), dtype=np.uint8)
    first = thumbnails(pixels)[0]
    assert first.scale == 1
    assert np.array_equal(first.pixels[PAD_PX : PAD_PX + 90, PAD_PX : PAD_PX + 70], pixels)


def test_the_border_has_the_colour_of_the_edge() -> None:
    pixels = grey(60, 60)
    pixels[:] = 90, 120, 200
    pixels[10:50, 10:50] = 0
    pixels[0, :20] = 255  # of some of the edge's pixels
    for view in thumbnails(pixels):
        assert (view.pixels[:PAD_PX] == (90, 120, 200)).all()
        assert (view.pixels[:, -PAD_PX:] == (90, 120, 200)).all()


@pytest.mark.parametrize("scale", [0.13, 0.5, 1.0, 2.83, 8.0])
def test_places_are_those_of_the_middles_of_pixels(scale: float) -> None:
    view = View(grey(16, 16), scale, -30.5, 12.0, (0, 0, 16, 16))
    boxes = np.random.default_rng(1).uniform(-50, 900, (20, 4)).astype(np.float32)
    assert np.allclose(view.in_picture(view.in_view(boxes)), boxes, atol=1e-2)
    assert np.allclose(view.in_view(boxes[:, :2]), view.in_view(boxes)[:, :2])
    corners = np.array([[-0.5, -0.5, 9.5, 19.5]])  # of pixels 0 to 9 and 0 to 19
    left, top, right, bottom = view.in_view(corners)[0]
    assert (right - left, bottom - top) == pytest.approx((10 * scale, 20 * scale), rel=1e-4)
    assert (left, top) == pytest.approx((-0.5 + 30.5, -0.5 - 12.0))


def middle_of_ink(pixels: np.ndarray) -> np.ndarray:
    """Mean x and y of what is darker than the first pixel."""
    ink = (pixels[0, 0, 0] - pixels[..., 0].astype(float)).clip(0)
    at = np.indices(ink.shape)
    return np.array([(at[1] * ink).sum(), (at[0] * ink).sum()]) / ink.sum()


@pytest.mark.parametrize(("height", "width"), [(400, 500), (1203, 1601), (60, 5000)])
@pytest.mark.parametrize("em_px", [5.0, 11.0, 16.0])
def test_a_mark_is_where_the_view_says(height: int, width: int, em_px: float) -> None:
    """In thumbnails and tiles, at corners and in the middle of the picture."""
    for x, y in [(0, 0), (width - 8, height - 8), (width // 2 + 1, height // 2), (3, height - 30)]:
        pixels = grey(height, width)
        pixels[y : y + 8, x : x + 8] = 0
        found, left_out = closer(pixels, text(np.array([x + 4]), np.array([y + 4]), em_px), 0)
        assert (len(found), left_out) == (1, [])
        for view in [*thumbnails(pixels)[:2], *found]:
            off = view.in_picture(middle_of_ink(view.pixels)[None])[0] - (x + 3.5, y + 3.5)
            assert np.abs(off).max() <= 0.6 / min(view.scale, 1.0)


def in_core(view: View, at: np.ndarray) -> np.ndarray:
    """Which places (n, 2) of the picture are in the view's core."""
    left, top, right, bottom = view.core
    x, y = view.in_view(at).T
    return (x >= left) & (x < right) & (y >= top) & (y < bottom)


def in_area(area: views.Area, at: np.ndarray) -> np.ndarray:
    left, top, right, bottom = area
    return (at[:, 0] >= left) & (at[:, 0] <= right) & (at[:, 1] >= top) & (at[:, 1] <= bottom)


@pytest.mark.parametrize(
    ("shape", "step", "em_px"),
    [((900, 1200), 16.0, 13.0), ((6000, 4000), 72.0, 30.0), ((6000, 4000), 72.0, 140.0), ((3000, 3000), 44.0, 30.0)],
)
def test_all_text_is_looked_at_or_said_to_be_left_out(shape: tuple[int, int], step: float, em_px: float) -> None:
    height, width = shape
    spots = text(np.arange(0, width, step), np.arange(0, height, step), em_px, step)
    found, left_out = closer(grey(height, width), spots, 400_000)
    assert area_px(found) + 400_000 <= BUDGET_PX
    # A glyph's middle is anywhere in a cell that has text.
    rng = np.random.default_rng(0)
    at = spots.at + rng.uniform(-step / 2, step / 2, spots.at.shape).astype(np.float32)
    at = np.clip(at, 0, (width - 1, height - 1))
    seen = np.sum([in_core(view, at) for view in found], axis=0)
    unseen = np.any([in_area(area, at) for area in left_out], axis=0) if left_out else np.zeros(len(at), bool)
    assert ((seen > 0) | unseen).all()
    assert all(0 <= a < c <= width and 0 <= b < d <= height for a, b, c, d in left_out)


@pytest.mark.parametrize("em_px", [4.0, 8.0, 15.0])
def test_tiles_overlap_by_two_of_the_largest_glyphs(em_px: float) -> None:
    spots = text(np.arange(4, 1500, 8), np.array([100.0]), em_px)
    found, _ = closer(grey(200, 1500), spots, 0)
    assert len(found) > 1
    spans = sorted((v.in_picture(np.array([[0, 0], [v.pixels.shape[1], 0]]))[:, 0] * v.scale).tolist() for v in found)
    assert all(right - left < TILE_PX + 0.01 for left, right in spans)
    largest = WANTED_PX * 2**0.25 * 1.3  # px: text of a level, and a glyph that is taller than its digits
    assert all(end - start >= 2 * largest for (_, end), (start, _) in itertools.pairwise(spans))


def test_text_of_one_size_is_read_at_the_best_height() -> None:
    (view,), _ = closer(grey(300, 300), text(np.array([100.0, 108.0, 116.0]), np.array([150.0]), 11.0), 0)
    assert view.scale * 11 == pytest.approx(WANTED_PX)


def test_scales_are_a_factor_apart() -> None:
    em = np.array([4.0, 5.0, 7.0, 8.0, 11.0, 12.0, 16.0])
    spots = Spots(np.stack([np.linspace(50, 900, 7)] * 2, axis=1).astype(np.float32), em.astype(np.float32), 8.0, 1.0)
    found, _ = closer(grey(1000, 1000), spots, 0)
    steps = np.log2([view.scale for view in found]) * 2
    assert np.allclose(steps - steps[0], np.round(steps - steps[0]))
    for at, height in zip(spots.at, em, strict=True):
        best = min(abs(np.log2(v.scale * height / WANTED_PX)) for v in found if in_core(v, at[None])[0])
        assert best <= 0.25 + 1e-6


def test_nothing_is_enlarged_more_than_the_most() -> None:
    (view,), _ = closer(grey(300, 300), text(np.array([150.0]), np.array([150.0]), 1.0), 0)
    assert view.scale == LARGEST_ZOOM


def test_without_room_text_is_enlarged_less_and_then_left_out() -> None:
    spots = text(np.arange(4, 400, 8), np.arange(4, 400, 8), 10.0)
    seen_px = 400_000, 900_000, 1_500_000
    heights = [round(float(closer(grey(400, 400), spots, px)[0][0].scale * 10), 1) for px in seen_px]
    assert heights == sorted(heights, reverse=True)
    assert set(heights) <= set(ENLARGED_PX)
    assert len(set(heights)) == 3
    found, left_out = closer(grey(400, 400), spots, BUDGET_PX - 300_000)
    assert found
    assert left_out
    assert closer(grey(400, 400), spots, BUDGET_PX)[0] == []


def test_what_need_not_be_enlarged_is_not_left_out() -> None:
    """A thumbnail shows it about as large as the budget allows."""
    spots = text(np.arange(4, 800, 8), np.arange(4, 800, 8), 16.0)
    assert closer(grey(800, 800), spots, BUDGET_PX) == ([], [])


def test_text_seen_in_the_border_is_none() -> None:
    spots = text(np.array([-5.0, 100.0, 120.0]), np.array([50.0]), 10.0)
    assert closer(grey(100, 100), spots, 0) == ([], [])
    assert closer(grey(100, 100), text(np.zeros(0), np.zeros(0), 10.0), 0) == ([], [])


def test_a_tile_at_the_picture_s_corner_goes_on_with_the_edge_s_colour() -> None:
    pixels = grey(80, 80, 120)
    pixels[3:12, 3:12] = 0
    (view,), _ = closer(pixels, text(np.array([7.0]), np.array([7.0]), 9.0), 0)
    assert (view.pixels[0] == 120).all()
    assert (view.pixels[:, 0] == 120).all()
