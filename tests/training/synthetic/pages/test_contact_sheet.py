import numpy as np
import pytest

from mnistry.training.synthetic.pages import contact_sheet, scene
from mnistry.training.synthetic.pages.contact_sheet import CUT_OFF, DIGIT, GAP_GREY, GAP_PX, OTHER, SIGN
from mnistry.training.synthetic.pages.materials import Materials
from mnistry.training.synthetic.pages.scene import Scene


@pytest.fixture(scope="module")
def alike(materials: Materials) -> list[Scene]:
    return [scene.draw(40, 64, materials, np.random.default_rng(k), em_px=20.0) for k in range(7)]


def test_each_page_stands_in_its_place(alike: list[Scene]) -> None:
    pixels, picture = contact_sheet.sheet(alike, "sheet.png")
    assert (picture.file_name, picture.width, picture.height) == ("sheet.png", *pixels.shape[1::-1])
    assert [one for one, _, _ in picture.scenes] == alike
    left_over = np.full(pixels.shape[:2], True)
    for one, left, top in picture.scenes:
        place = np.s_[top : top + 40, left : left + 64]
        assert np.array_equal(pixels[place], one.pixels)
        assert left_over[place].all(), "no page covers another"
        left_over[place] = False
    assert (pixels[left_over] == GAP_GREY).all()


@pytest.mark.parametrize(("count", "columns", "rows"), [(1, 1, 1), (2, 1, 2), (7, 2, 4)])
def test_a_sheet_is_about_square(alike: list[Scene], count: int, columns: int, rows: int) -> None:
    pixels, _ = contact_sheet.sheet(alike[:count], "a.png")
    assert pixels.shape == (rows * 44 - GAP_PX, columns * 68 - GAP_PX, 3)


def test_boxes_say_what_is_in_them() -> None:
    blank = Scene(
        np.zeros((40, 60, 3), np.uint8),
        np.zeros((40, 60), np.int16),
        np.array([3, 10, 30, 5, 6]),
        np.array([[2, 2, 10, 20], [12, 15, 16, 20], [20, 2, 30, 20], [50, 2, 60, 20], [60, 0, 60, 9]], np.float32),
        np.full(5, 20, np.float32),
        np.array([1, 1, 1, 0.4, 0], np.float32),
        np.zeros(5, np.int64),
        np.zeros(5, np.int64),
    )
    pixels = contact_sheet.boxed(blank)
    for colour, (x, y) in ((DIGIT, (2, 10)), (SIGN, (12, 17)), (OTHER, (25, 2)), (CUT_OFF, (50, 10))):
        assert tuple(pixels[y, x]) == colour
    assert not pixels[10, 5].any()
    assert not blank.pixels.any()


def test_a_sheet_with_boxes_shows_them(alike: list[Scene]) -> None:
    plain, _ = contact_sheet.sheet(alike, "a.png")
    boxed, picture = contact_sheet.sheet(alike, "a.png", boxes=True)
    assert boxed.shape == plain.shape
    assert (boxed != plain).any()
    assert all(one.pixels is each.pixels for one, (each, _, _) in zip(alike, picture.scenes, strict=True))
