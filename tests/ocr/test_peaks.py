"""Maps of a view that say where glyphs are, as training defines them → candidates in the picture."""

import numpy as np
import pytest

import ink_detector
from ink_detector import InkDetector
from mnistry.ocr import peaks
from mnistry.ocr.glyph_classes import GLYPHS
from mnistry.ocr.peaks import MAX_PEAKS, MIN_HEAT, MIN_TEXT, STRIDE, TEXT_STRIDE, Candidates, Maps
from mnistry.ocr.views import View

EVERYWHERE = (-1e9, -1e9, 1e9, 1e9)


def empty(height: int, width: int) -> Maps:
    h, w = height // STRIDE, width // STRIDE
    return Maps(
        np.zeros((h, w), np.float32),
        np.zeros((len(GLYPHS), h, w), np.float32),
        np.full((2, h, w), 20, np.float32),
        np.zeros((2, h, w), np.float32),
        np.zeros((2, h, w), np.float32),
        np.zeros((height, width), np.float32),
        np.zeros((2, height // TEXT_STRIDE, width // TEXT_STRIDE), np.float32),
    )


def view_of(pixels: np.ndarray, scale: float = 1.0, left: float = 0.0, top: float = 0.0, core=EVERYWHERE) -> View:
    return View(pixels, scale, left, top, core)


def found(maps: Maps, view: View | None = None) -> Candidates:
    height, width = maps.ink.shape
    return peaks.candidates(maps, view or view_of(np.zeros((height, width, 3), np.uint8)), 3)


@pytest.mark.parametrize("box", [(20, 30, 14, 25), (21, 31, 14, 25), (40, 17, 11, 40), (3, 50, 25, 30)])
def test_a_glyph_is_found_where_it_is(box: tuple[int, int, int, int]) -> None:
    page = ink_detector.paper(96, 128)
    x, y, width, height = ink_detector.block(page, "7", box)
    one = found(InkDetector()(page), view_of(page))
    assert len(one) == 1
    assert np.abs(one.boxes[0] - (x - 0.5, y - 0.5, x + width - 0.5, y + height - 0.5)).max() < 0.1
    assert one.glyph[0].argmax() == 7
    assert np.exp(one.glyph[0]).sum() == pytest.approx(1)
    assert (one.view[0], one.heat[0]) == (3, pytest.approx(0.96))
    assert one.em_px[0] == one.view_px[0] == pytest.approx(height, rel=0.01)


def test_a_view_s_scale_and_place_are_taken_out() -> None:
    page = ink_detector.paper(96, 128)
    ink_detector.block(page, "7", (40, 20, 16, 30))
    one = found(InkDetector()(page), view_of(page, 2.0, 100.0, -16.0))
    assert np.abs(one.boxes[0] - (69.5, 1.5, 77.5, 16.5)).max() < 0.1
    assert one.em_px[0] == pytest.approx(15, rel=0.01)
    assert one.view_px[0] == pytest.approx(30, rel=0.01)


def test_only_what_has_its_middle_in_the_core_is_this_view_s() -> None:
    page = ink_detector.paper(96, 128)
    ink_detector.block_row(page, "12345", 4, 30, (12, 28), 24)
    core = (36.0, 0.0, 84.0, 96.0)  # the second's middle is at 33.5, the third's at 57.5, the fourth's at 81.5
    some = found(InkDetector()(page), view_of(page, core=core))
    assert some.glyph.argmax(axis=1).tolist() == [3, 4]


def test_peaks_are_the_largest_around_them() -> None:
    maps = empty(64, 64)
    maps.heat[10, 10], maps.heat[10, 11], maps.heat[20, 20], maps.heat[0, 0] = 0.5, 0.6, 0.3, 0.9
    maps.heat[30, 30] = MIN_HEAT
    assert sorted(found(maps).heat.tolist()) == pytest.approx([0.3, 0.6, 0.9])


def test_two_cells_apart_are_two() -> None:
    maps = empty(64, 64)
    maps.heat[10, 10:15] = 0.5, 0.2, 0.4, 0.1, 0.3
    assert len(found(maps)) == 3


def test_the_hottest_are_kept_of_too_many() -> None:
    maps = empty(400, 400)
    heat = maps.heat[::2, ::2]
    heat[:] = np.linspace(0.1, 1, heat.size).reshape(heat.shape)
    assert heat.size > MAX_PEAKS
    kept = found(maps).heat
    assert len(kept) == MAX_PEAKS
    assert kept.min() == np.sort(heat.ravel())[-MAX_PEAKS]


def test_a_map_without_peaks_has_no_candidates() -> None:
    none = found(empty(16, 32))
    assert len(none) == 0
    assert none.boxes.shape == (0, 4)
    assert none.glyph.shape == (0, len(GLYPHS))
    assert len(peaks.joined([none, none])) == 0


def test_wild_logits_are_probabilities_too() -> None:
    maps = empty(32, 32)
    maps.heat[4, 4] = 0.9
    maps.glyph[:, 4, 4] = np.linspace(-1e30, 1e30, len(GLYPHS))
    assert np.exp(found(maps).glyph[0]).sum() == pytest.approx(1)


def test_parts_and_joined_ones() -> None:
    maps = empty(64, 64)
    maps.heat[4, 4], maps.heat[8, 20] = 0.5, 0.9
    both = found(maps)
    again = peaks.joined([both.part(both.heat > 0.6), both.part(np.array([0]))])
    assert again.heat.tolist() == pytest.approx([0.9, 0.5])
    assert np.array_equal(again.boxes, both.boxes[[1, 0]])


def test_spots_are_the_cells_with_text() -> None:
    maps = empty(64, 96)
    maps.text[:, 2, 5] = 0.9, 24.0
    maps.text[:, 3, 0] = MIN_TEXT + 0.01, 10.0
    maps.text[:, 7, 11] = MIN_TEXT, 10.0
    spots = peaks.spots(maps, view_of(np.zeros((64, 96, 3), np.uint8), 0.5, -16.0, -16.0))
    assert spots.at.tolist() == [[(43.5 - 16 + 0.5) / 0.5 - 0.5, 7.5], [-24.5 + 0.0, 23.5]]
    assert spots.em_px.tolist() == [48, 20]
    assert (spots.cell_px, spots.scale) == (16, 0.5)


def test_text_too_small_to_be_found_is_seen() -> None:
    page = ink_detector.paper(96, 128)
    ink_detector.block_row(page, "1234", 20, 40, (4, 6), 8)
    maps = InkDetector()(page)
    assert len(found(maps, view_of(page))) == 0
    spots = peaks.spots(maps, view_of(page))
    assert np.allclose(spots.em_px, 6, rtol=0.01)
    assert (np.abs(spots.at.mean(axis=0) - (33.5, 42.5)) < 8).all()
