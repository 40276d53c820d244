"""What was seen, laid over the picture: of a detector that is no network, and of maps made for the purpose."""

import numpy as np
import pytest
from numpy.typing import NDArray

import drawn
from component_detector import ComponentDetector
from mnistry.data.dataset import Dataset
from mnistry.ocr import views
from mnistry.ocr.decode import Picture
from mnistry.ocr.detections import CloseUp, Detection, Detections, detections, outcomes
from mnistry.ocr.find_glyphs import Glyphs, glyphs_of
from mnistry.ocr.glyph_classes import GLYPHS
from mnistry.ocr.page import Digit, Line, Page, Rejected, Sign
from mnistry.ocr.peaks import Maps
from mnistry.ocr.views import View
from mnistry.reader import Reader

SEEN = np.zeros((28, 28), np.uint8)


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader(threads=1, detector=ComponentDetector())


def page_of(mnist: Dataset, line: str, scale: int = 1) -> Picture:
    grey = 255 - np.pad(drawn.row(mnist, line, scale, 8), 40)
    pixels = np.repeat(grey[..., None], 3, axis=2)
    return Picture(pixels, pixels.shape[1], pixels.shape[0])


def inside(
    values: NDArray[np.uint8], seen: Detections, page: Page, box: tuple[int, int, int, int]
) -> NDArray[np.uint8]:
    """A box's part of a layer."""
    scale = seen.heat.shape[1] / page.width
    x, y, wide, tall = (side * scale for side in box)
    return values[round(y) : round(y + tall), round(x) : round(x + wide)]


def test_heat_is_in_the_middle_of_each_glyph_and_ink_where_it_is_written(mnist: Dataset, reader: Reader) -> None:
    picture = page_of(mnist, "3472")
    page, seen = reader.explained(picture)
    assert seen
    assert page.text == reader.read_picture(picture).text == "3472"
    assert max(seen.heat.shape) == 400  # a small picture's layers are enlarged
    assert seen.ink.shape == seen.heat.shape
    for digit in page.digits:
        rows, columns = np.nonzero(inside(seen.heat, seen, page, digit.box) > 120)
        tall, wide = inside(seen.heat, seen, page, digit.box).shape
        assert abs(rows.mean() - tall / 2) < 0.15 * tall
        assert abs(columns.mean() - wide / 2) < 0.25 * wide
    ink = np.kron(255 - picture.pixels[..., 0], np.ones((4, 4)))
    rows, columns = (
        np.arange(side) * (4 * of / side) for side, of in zip(seen.ink.shape, picture.pixels.shape, strict=False)
    )
    apart = np.abs(ink[np.ix_(rows.astype(int), columns.astype(int))] - seen.ink)
    assert apart.mean() < 8
    assert [glyph.kind for glyph in seen.glyphs] == ["digit"] * 4
    assert sorted(glyph.box for glyph in seen.glyphs) == [digit.box for digit in page.digits]
    assert [glyph.probability for glyph in seen.glyphs] == sorted((g.probability for g in seen.glyphs), reverse=True)
    assert set(outcomes(seen, page)) == {f"read as {value}" for value in "3472"}
    assert seen.close_ups == ()


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_layers_of_a_turned_picture_are_those_of_the_picture_as_given(
    mnist: Dataset, reader: Reader, degrees: int
) -> None:
    upright = page_of(mnist, "34725743")
    pixels = np.ascontiguousarray(np.rot90(upright.pixels, degrees // 90))
    page, seen = reader.explained(Picture(pixels, pixels.shape[1], pixels.shape[0]))
    expected = reader.explained(upright)[1]
    assert seen
    assert expected
    assert page.turned == degrees
    assert (seen.heat == np.rot90(expected.heat, degrees // 90)).all()
    assert (seen.ink == np.rot90(expected.ink, degrees // 90)).all()
    assert outcomes(seen, page) == outcomes(expected, reader.read_picture(upright))


def maps(view: View, em_px: float) -> Maps:
    """Of nothing, in text of this digit height."""
    h, w = view.pixels.shape[:2]
    half, text = np.zeros((h // 2, w // 2), np.float32), np.full((2, h // 8, w // 8), em_px, np.float32)
    size, offset, owner = np.zeros((3, 2, h // 2, w // 2), np.float32)
    glyph = np.zeros((len(GLYPHS), h // 2, w // 2), np.float32)
    return Maps(half, glyph, size, offset, owner, np.zeros((h, w), np.float32), text)


def test_a_large_picture_has_layers_of_1200_px_on_which_no_peak_is_lost() -> None:
    picture = Picture(np.full((1500, 2400, 3), 255, np.uint8), 4800, 3000)
    close = View(np.full((64, 96, 3), 255, np.uint8), 2.0, 2000.0, 1000.0, (16, 16, 80, 48))
    whole = views.whole(picture.pixels, 0.25)
    of_close, of_whole = maps(close, 28), maps(whole, 28)
    of_close.heat[12, 20] = 0.9  # the picture's px 1020, 512
    of_close.heat[2, 2] = 0.9  # outside of its core
    of_whole.heat[100, 200] = 0.6  # the picture's px 1536, 736
    seen = detections(picture, glyphs_of([whole, close], [of_whole, of_close], []))
    assert seen.heat.shape == (750, 1200)
    assert seen.heat.max() > 200
    rows, columns = np.nonzero(seen.heat > 100)
    assert set(zip(rows // 20, columns // 20, strict=True)) == {(256 // 20, 510 // 20), (368 // 20, 768 // 20)}
    assert seen.close_ups == (CloseUp((2016, 1016, 64, 32), 1.0),)


def test_heat_of_text_too_large_or_small_for_its_view_does_not_count() -> None:
    picture = Picture(np.full((96, 128, 3), 255, np.uint8), 128, 96)
    whole = views.whole(picture.pixels, 1.0)
    for em_px, counts in ((28.0, True), (6.0, False), (90.0, False)):
        found = maps(whole, em_px)
        found.heat[20, 30] = 0.9
        assert bool(detections(picture, glyphs_of([whole], [found], [])).heat.any()) == counts


def test_ink_of_close_ups_and_of_large_glyphs_takes_the_place_of_the_finest_thumbnail_s() -> None:
    picture = Picture(np.full((400, 400, 3), 255, np.uint8), 400, 400)
    fine, coarse = views.whole(picture.pixels, 1.0), views.whole(picture.pixels, 0.25)
    close = View(np.full((96, 96, 3), 255, np.uint8), 2.0, 20.0, 20.0, (20, 20, 60, 60))
    of_fine, of_coarse, of_close = maps(fine, 28), maps(coarse, 28), maps(close, 28)
    of_fine.ink[:] = 0.5
    of_close.ink[:] = 1.0
    of_coarse.ink[:] = 0.2
    of_coarse.heat[30, 30] = 0.9  # a glyph in the middle of 180, 180
    of_coarse.size[:] = 20
    seen = detections(picture, glyphs_of([fine, coarse, close], [of_fine, of_coarse, of_close], []))
    assert (seen.ink[30, 30], seen.ink[180, 180], seen.ink[300, 300]) == (255, 51, 127)


def test_what_became_of_each_glyph() -> None:
    boxes = [(10 * k, 0, 9, 12) for k in range(5)]
    names = ("7", ",", "other", "5", "+")
    glyphs = tuple(Detection(name, 0.9 - k / 10, box) for k, (name, box) in enumerate(zip(names, boxes, strict=True)))
    seen = Detections(SEEN, SEEN, glyphs, ())
    line = Line("1", (Digit("1", 0.9, boxes[0], {}, SEEN),), (Sign(",", 0.9, boxes[1]),))
    page = Page(
        (line,),
        (Rejected(boxes[2], 0.1, "letter or drawing", SEEN), Rejected(boxes[3], 0.4, "not a digit", SEEN)),
        60,
        20,
    )
    assert outcomes(seen, page) == [
        "read as 1",
        "the sign , of a line",
        "letter or drawing",
        "not a digit",
        "too faint",
    ]
    assert [glyph.kind for glyph in glyphs] == ["digit", "sign", "other", "digit", "sign"]


def test_nothing_is_seen_of_a_blank_picture_and_nothing_at_all_without_a_detector(reader: Reader) -> None:
    pixels = np.full((60, 90, 3), 255, np.uint8)
    page, seen = reader.explained(Picture(pixels, 90, 60))
    assert seen
    assert (page.text, seen.glyphs, seen.heat.any(), seen.ink.any()) == ("", (), False, False)
    assert Reader(threads=1).explained(Picture(pixels, 90, 60))[1] is None


def test_a_strip_of_one_pixel() -> None:
    picture = Picture(np.full((1, 300, 3), 255, np.uint8), 300, 1)
    whole = views.whole(picture.pixels, 1.0)
    seen = detections(
        picture, Glyphs(glyphs_of([whole], [maps(whole, 28)], []).candidates, [whole], [maps(whole, 28)], [])
    )
    assert seen.heat.shape == (1, 400)
