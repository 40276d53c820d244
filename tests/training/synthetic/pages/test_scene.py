import numpy as np
import pytest

from mnistry.ocr.glyph_classes import GLYPHS
from mnistry.training.synthetic.pages import scene
from mnistry.training.synthetic.pages.materials import Materials
from mnistry.training.synthetic.pages.scene import MIN_SEEN, Scene
from page_materials import SIZES, drawn

READABLE_PX = 15


def pixels_of(one: Scene) -> np.ndarray:
    """How many pixels each glyph owns (n,)."""
    return np.bincount(one.owner.ravel(), minlength=len(one.glyphs) + 1)[1:]


def test_pictures_and_their_truth_fit_together(scenes: list[Scene]) -> None:
    """Of odd sizes too, and none raises."""
    for number, one in enumerate(scenes):
        height, width = SIZES[number % len(SIZES)]
        n = len(one.glyphs)
        assert (one.pixels.shape, one.pixels.dtype) == ((height, width, 3), np.uint8)
        assert (one.owner.shape, one.owner.dtype) == ((height, width), np.int16)
        assert 0 <= one.owner.min() <= one.owner.max() <= n
        assert one.boxes.shape == (n, 4)
        assert {len(each) for each in (one.em_px, one.seen, one.lines, one.cells)} == {n}
        assert ((one.glyphs >= 0) & (one.glyphs < len(GLYPHS))).all()
        assert ((one.seen >= 0) & (one.seen <= 1 + 1e-6)).all()
        assert ((one.lines >= 0) == (one.cells >= 0)).all()
        assert (one.boxes >= 0).all()
        assert (one.boxes[:, 2:] >= one.boxes[:, :2]).all()
        assert (one.boxes <= (width, height, width, height)).all()


def test_boxes_surround_the_pixels_of_their_glyph_as_the_camera_saw_it(scenes: list[Scene]) -> None:
    for one in scenes:
        ys, xs = np.nonzero(one.owner)
        boxes = one.boxes[one.owner[ys, xs] - 1]
        beyond = np.stack(
            [boxes[:, 0] - xs - 0.5, xs + 0.5 - boxes[:, 2], boxes[:, 1] - ys - 0.5, ys + 0.5 - boxes[:, 3]]
        )
        assert beyond.max(initial=0) < 0.75


def test_boxes_are_no_wider_than_the_ink_of_glyphs_that_stand_alone(scenes: list[Scene]) -> None:
    loose = []
    for one in scenes:
        for k in np.flatnonzero((one.seen > 0.98) & (one.em_px > READABLE_PX)):
            ys, xs = np.nonzero(one.owner == k + 1)
            left, top, right, bottom = one.boxes[k]
            loose.append(max(xs.min() - left, right - xs.max() - 1, ys.min() - top, bottom - ys.max() - 1))
    assert len(loose) > 200
    assert np.median(loose) < 1
    assert np.percentile(loose, 90) < 2.5


def test_what_is_asked_for_has_pixels_and_stands_out(scenes: list[Scene]) -> None:
    """What a pen hides, what lies in a dark shadow and what a threshold swallowed is not."""
    asked = 0
    for one in scenes:
        count = pixels_of(one)
        for k in np.flatnonzero((one.seen >= MIN_SEEN) & (one.em_px >= READABLE_PX)):
            assert count[k] >= 3, GLYPHS[one.glyphs[k]]
            left, top, right, bottom = np.round(one.boxes[k]).astype(int)
            window = np.s_[max(0, top - 1) : bottom + 1, max(0, left - 1) : right + 1]
            paper = one.owner[window] == 0
            apart = np.abs(one.pixels[one.owner == k + 1].mean(axis=0) - one.pixels[window][paper].mean(axis=0))
            assert not paper.any() or apart.max() > 1
            asked += 1
    assert asked > 300


def test_the_same_seed_draws_the_same_bytes(materials: Materials, scenes: list[Scene]) -> None:
    for number in range(24):
        again = drawn(materials, number)
        for name, array in vars(scenes[number]).items():
            assert getattr(again, name).tobytes() == array.tobytes(), name
    assert len({one.pixels.tobytes() for one in scenes}) > 0.95 * len(scenes)


def test_three_in_ten_pictures_have_no_digit(scenes: list[Scene]) -> None:
    large = [one for one in scenes if min(one.pixels.shape[:2]) >= 64]
    assert len(large) >= 100
    assert np.mean([not ((one.glyphs < 10) & (one.seen > 0)).any() for one in large]) >= 0.3


def test_all_classes_occur(scenes: list[Scene]) -> None:
    found = set(np.concatenate([one.glyphs for one in scenes]).tolist())
    assert set(range(10)) <= found
    assert GLYPHS.index("other") in found
    assert len(found) > 20


def test_digits_are_as_high_as_is_asked(materials: Materials) -> None:
    heights = []
    for seed in range(24):
        one = scene.draw(96, 128, materials, np.random.default_rng(seed), em_px=28.0)
        whole = (one.seen > 0.98) & (one.glyphs < 10) & (one.lines >= 0)
        heights.extend((one.boxes[whole, 3] - one.boxes[whole, 1]).tolist())
    assert len(heights) > 30
    assert np.median(heights) == pytest.approx(28, rel=0.15)


def test_sizes_of_writing_reach_beyond_those_that_are_answered_for(scenes: list[Scene]) -> None:
    sizes = np.concatenate([one.em_px for one in scenes])
    assert sizes.min() < 8
    assert sizes.max() > 56


def test_some_pictures_are_cut_tightly_around_their_glyphs(scenes: list[Scene]) -> None:
    """They are padded with one colour, as reading does."""
    padded = 0
    for one in scenes:
        flat = (one.pixels == one.pixels[0, 0]).all(axis=2)
        padded += bool(0.5 < flat.mean() < 0.99 and one.owner[~flat].any() and not one.owner[flat].any())
    assert padded >= 3
