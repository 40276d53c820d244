import cv2
import numpy as np
import pytest

from mnistry.data.dataset import Dataset
from mnistry.training.synthetic.pages.alphabets import Mnist, Shape
from mnistry.training.synthetic.pages.canvas import SOLID, Patch, Pose, inked, line_px, rendered
from page_materials import blank, dejavu

BLACK = np.zeros(3, np.float32)


def glyph(character: str = "8", em_px: float = 24.0, top: float = 0.0, **pose: float) -> Patch:
    shape = dejavu().draw(character, np.random.default_rng(0))
    assert shape is not None
    patch = rendered(shape, top, Pose(em_px, **pose))
    assert patch is not None
    return patch


def solid_rows(patch: Patch) -> np.ndarray:
    return np.flatnonzero((patch.ink > SOLID).any(axis=1)) + patch.top_px


def leaning(patch: Patch) -> float:
    """How far the upper half stands to the right of the lower one, px."""
    half = len(patch.ink) // 2
    upper, lower = (np.nonzero(part > SOLID)[1].mean() for part in (patch.ink[:half], patch.ink[half:]))
    return float(upper - lower)


def test_a_glyph_is_owned_where_its_ink_is_and_its_hull_surrounds_it() -> None:
    canvas = blank(60, 70)
    cover = canvas.layer(BLACK)
    canvas.write(cover, glyph(top=15.0), 20, 8, 24.0, line=3, cell=1)
    (placed,) = canvas.glyphs
    assert (placed.glyph, placed.em_px, placed.line, placed.cell, placed.shown) == (8, 24.0, 3, 1, 1.0)
    assert np.array_equal(canvas.owner == 1, cover > SOLID)
    ys, xs = np.nonzero(canvas.owner)
    assert xs.min() == 20
    assert placed.hull.min(axis=0) == pytest.approx([xs.min() + 0.5, ys.min() + 0.5])
    assert placed.hull.max(axis=0) == pytest.approx([xs.max() + 0.5, ys.max() + 0.5])
    inside = [cv2.pointPolygonTest(placed.hull, (x + 0.5, y + 0.5), False) >= 0 for x, y in zip(xs, ys, strict=True)]
    assert all(inside)


def test_what_lies_outside_is_not_there() -> None:
    canvas = blank(40, 40)
    cover = canvas.layer(BLACK)
    for x, top in ((-60, 5), (60, 5), (5, -60), (5, 80)):
        canvas.write(cover, glyph(top=top), x, 8, 24.0)
    assert not canvas.glyphs
    assert not cover.any()
    assert not canvas.owner.any()


def test_a_glyph_over_the_edge_has_its_whole_hull() -> None:
    canvas = blank(40, 40)
    canvas.write(canvas.layer(BLACK), glyph(top=5.0), -6, 8, 24.0)
    assert canvas.glyphs[0].hull[:, 0].min() == pytest.approx(-5.5)
    assert (canvas.owner == 1).any()


def test_pixels_of_two_glyphs_belong_to_the_stronger() -> None:
    canvas = blank(20, 20)
    cover = canvas.layer(BLACK)
    strong, weak = np.full((8, 8), 250, np.uint8), np.full((8, 8), 150, np.uint8)
    for ink, x in ((strong, 2), (weak, 6), (strong, 10)):
        patch = inked(ink, 4)
        assert patch is not None
        canvas.write(cover, patch, x, 0, 8.0)
    assert canvas.owner[6].tolist() == [0, 0, *[1] * 8, *[3] * 8, 0, 0]
    assert cover[6].max() == 250


def test_a_stamp_is_drawn_but_is_no_glyph() -> None:
    canvas = blank(60, 60)
    cover = canvas.layer(BLACK)
    canvas.stamp(cover, glyph(top=10.0), 12, 51)
    assert cover.max() == 51
    assert np.flatnonzero((cover > 20).any(axis=0))[0] == 12
    assert not canvas.glyphs
    assert not canvas.owner.any()


@pytest.mark.parametrize("em_px", [9.0, 16.0, 40.0, 130.0])
def test_a_digit_is_as_high_as_its_line_says(em_px: float) -> None:
    rows = solid_rows(glyph(em_px=em_px, top=30.0))
    assert rows[0] == pytest.approx(30, abs=1 + 0.04 * em_px)
    assert len(rows) == pytest.approx(em_px, abs=2 + 0.05 * em_px)


def test_poses_widen_slant_turn_and_weigh() -> None:
    plain = glyph(em_px=40.0)
    assert glyph(em_px=40.0, aspect=1.5).width == pytest.approx(1.5 * plain.width, abs=2)
    assert abs(leaning(plain)) < 1
    assert leaning(glyph(em_px=40.0, slant=0.4)) == pytest.approx(20 * np.tan(0.4), abs=2)
    turned = glyph(em_px=40.0, turn=np.pi / 2)
    assert turned.width == pytest.approx(40, abs=4)
    assert len(solid_rows(turned)) == pytest.approx(plain.width, abs=3)
    inks = [int((glyph(em_px=40.0, weight=weight).ink > SOLID).sum()) for weight in (-1, -0.5, 0, 0.5, 0.9)]
    assert inks == sorted(inks)
    assert inks[-1] > 1.5 * inks[2] > 2 * inks[0] > 0


def test_turned_signs_keep_their_place_beside_the_digits() -> None:
    """They turn about the middle of a digit of their line."""
    for sign, below in ((",", True), ("'", False)):
        middle = solid_rows(glyph(sign, em_px=40.0, top=50.0, turn=0.2)).mean() - 70
        assert (middle > 12) if below else (middle < -8)


def test_strokes_too_faint_for_a_pixel_are_none() -> None:
    assert inked(np.full((5, 5), SOLID, np.uint8), 0) is None
    assert rendered(Shape(np.full((3, 3), 90, np.uint8), 0), 0.0, Pose(20.0)) is None


def test_thin_pens_keep_some_ink(mnist: Dataset) -> None:
    rng, digits = np.random.default_rng(1), Mnist(mnist.validation)
    for k in range(100):
        shape = digits.draw(str(k % 10), rng)
        assert shape is not None
        assert rendered(shape, 0.0, Pose(15.0, weight=-1.0)) is not None


def test_layers_cover_those_below() -> None:
    canvas = blank(10, 10)
    canvas.layer(np.array([255, 0, 0], np.float32))[2:6] = 255
    canvas.layer(np.array([0, 0, 255], np.float32))[4:8] = 128
    canvas.layer(BLACK)
    page = canvas.flattened()
    assert page[0, 0].tolist() == [255, 255, 255]
    assert page[3, 3].tolist() == [255, 0, 0]
    assert page[5, 5] == pytest.approx([127, 0, 128], abs=1)
    assert page[7, 7] == pytest.approx([127, 127, 255], abs=1)
    assert (canvas.paper == 255).all()


def test_lines_thinner_than_a_pixel_are_fainter() -> None:
    def drawn(thick_px: float) -> np.ndarray:
        cover = np.zeros((20, 20), np.uint8)
        line_px(cover, np.array([[2, 10], [18, 10]]), thick_px)
        return cover

    assert drawn(0.4).max() == pytest.approx(102, abs=12)
    assert drawn(1.0).max() > 220
    assert 5 <= (drawn(5.0)[:, 10] > 200).sum() <= 7
    assert drawn(1.0)[:, 10].argmax() == 10
