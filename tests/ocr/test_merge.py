"""Candidates by hand, 28 px high unless said otherwise: which of them stand."""

from dataclasses import dataclass

import numpy as np
import pytest

import ink_detector
from ink_detector import InkDetector
from mnistry.ocr.find_glyphs import find_glyphs
from mnistry.ocr.glyph_classes import GLYPHS
from mnistry.ocr.merge import MAX_CANDIDATES, VALID_PX, distinct
from mnistry.ocr.peaks import Candidates


@dataclass(frozen=True)
class Seen:
    """A candidate: its middle and size in the picture, its heat, its view, and its text's digit height there."""

    x: float
    y: float = 50.0
    wide: float = 16.0
    tall: float = 28.0
    heat: float = 0.9
    view: int = 0
    view_px: float = 28.0


def candidates(*seen: Seen) -> Candidates:
    n = len(seen)
    boxes = [(s.x - s.wide / 2, s.y - s.tall / 2, s.x + s.wide / 2, s.y + s.tall / 2) for s in seen]
    return Candidates(
        np.array([s.heat for s in seen], np.float32),
        np.zeros((n, len(GLYPHS)), np.float32),
        np.array(boxes, np.float32).reshape(-1, 4),
        np.array([s.tall for s in seen], np.float32),
        np.array([s.view for s in seen], np.int64),
        np.array([s.view_px for s in seen], np.float32),
    )


def standing(*seen: Seen) -> list[int]:
    return distinct(candidates(*seen)).tolist()


def test_nothing_is_nothing() -> None:
    assert standing() == []


def test_the_best_comes_first() -> None:
    assert standing(Seen(20, heat=0.5), Seen(60, heat=0.9), Seen(100, heat=0.7)) == [1, 2, 0]


def test_a_glyph_that_two_scales_see_is_one() -> None:
    assert standing(Seen(50, view=0, view_px=15), Seen(50.6, y=50.4, wide=17, view=1, view_px=30)) == [1]
    assert standing(Seen(50, view=0, view_px=30), Seen(50.6, y=50.4, wide=17, view=1, view_px=15)) == [0]


def test_a_hotter_one_at_a_bad_scale_gives_way() -> None:
    assert standing(Seen(50, heat=0.95, view_px=13), Seen(50, heat=0.8, view=1)) == [1]
    assert standing(Seen(50, heat=0.95, view_px=26), Seen(50, heat=0.8, view=1)) == [0]


@pytest.mark.parametrize("view_px", [VALID_PX[0] - 0.5, VALID_PX[1] + 1, 0.0, -3.0])
def test_what_is_far_too_small_or_large_in_its_view_is_not_trusted(view_px: float) -> None:
    assert standing(Seen(50, view_px=view_px), Seen(90)) == [1]


@pytest.mark.parametrize("tall", [14.0, 28.0, 90.0])
@pytest.mark.parametrize("views", [(0, 0), (0, 1)])
def test_two_ones_side_by_side_both_stand(tall: float, views: tuple[int, int]) -> None:
    """Their boxes, 0.35 of their height wide, overlap: by IoU they would be one."""
    one = Seen(50, wide=0.35 * tall, tall=tall, view=views[0])
    other = Seen(50 + 0.3 * tall, wide=0.35 * tall, tall=tall, heat=0.6, view=views[1])
    assert standing(one, other) == [0, 1]


def test_three_ones_side_by_side_all_stand() -> None:
    assert standing(*(Seen(50 + 8.5 * k, wide=9.8, heat=0.9 - 0.1 * k) for k in range(3))) == [0, 1, 2]


def test_two_peaks_on_one_glyph_are_one() -> None:
    assert standing(Seen(50), Seen(54, y=53, heat=0.5)) == [0]


def test_wide_ones_that_cover_each_other_are_one() -> None:
    """Two readings of one glyph in the same view; narrow ones are as near as that if they are two."""
    assert standing(Seen(50, wide=28), Seen(58, wide=28, heat=0.6)) == [0]
    assert standing(Seen(50, wide=16), Seen(58, wide=16, heat=0.6)) == [0, 1]


def test_lines_that_are_close_stand() -> None:
    assert standing(Seen(50, y=50), Seen(51, y=50 + 26)) == [0, 1]


@pytest.mark.parametrize("same_view", [True, False])
def test_a_loop_in_a_larger_digit_is_taken_away(same_view: bool) -> None:
    eight = Seen(50, wide=40, tall=64, view_px=32)
    loop = Seen(50, y=34, wide=18, tall=20, heat=0.85, view=0 if same_view else 1, view_px=20)
    assert standing(eight, loop) == [0]


def test_a_point_at_the_corner_of_a_digit_stands() -> None:
    assert standing(Seen(50), Seen(60, y=63, wide=5, tall=5, heat=0.7)) == [0, 1]


def test_one_that_is_taken_away_takes_nothing_away() -> None:
    """The middle one shares its ink with both others, and is the second best."""
    assert standing(Seen(50), Seen(53, view=1, heat=0.8), Seen(56.5, heat=0.7)) == [0, 2]


def test_the_middle_of_a_huge_one_is_far_from_its_parts() -> None:
    """A frame taken for a glyph, over a page of small ones that were seen better."""
    small = [Seen(20.0 * (k % 20), y=40.0 * (k // 20)) for k in range(200)]
    assert standing(*small, Seen(190, y=190, wide=400, tall=400, heat=0.5, view=1)) == list(range(200))
    assert standing(*small, Seen(190, y=190, wide=400, tall=400, heat=0.99, view=1)) == [200]


def test_boxes_without_area_do_no_harm() -> None:
    assert standing(Seen(50, wide=0, tall=0), Seen(50, wide=0, tall=0, heat=0.5), Seen(90, wide=-4)) == [0, 2]


def test_many_are_compared_quickly_and_the_coldest_left_out() -> None:
    rng = np.random.default_rng(0)
    n = MAX_CANDIDATES + 5_000
    made = candidates(Seen(0)).part(np.zeros(n, np.int64))
    x, y = rng.uniform(0, 40_000, (2, n))
    boxes = np.stack([x, y, x + 16, y + 28], axis=1).astype(np.float32)
    heat = np.linspace(1, 0.2, n).astype(np.float32)
    found = distinct(Candidates(heat, made.glyph, boxes, made.em_px, made.view, made.view_px))
    assert found.max() < MAX_CANDIDATES
    assert len(found) > 0.95 * MAX_CANDIDATES


def test_holes_of_large_digits_are_no_zeros() -> None:
    """In the finest view the digit is too large, and its holes look like digits."""
    page = ink_detector.paper(300, 300)
    eight = np.zeros((120, 70), np.uint8)
    eight[:] = 255
    eight[20:50, 22:48] = eight[70:100, 22:48] = 0
    ink_detector.put(page, "8", 100, 90, eight)
    found = find_glyphs(page, InkDetector(holes=0.7)).candidates
    assert found.glyph.argmax(axis=1).tolist() == [8]
    assert np.abs(found.boxes[0] - (99.5, 89.5, 169.5, 209.5)).max() < 3  # less than a pixel of the view
