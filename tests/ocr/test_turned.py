"""Pictures that lie on their side or stand on their head, read by a detector that is no network."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

import drawn
from component_detector import ComponentDetector
from mnistry.data.dataset import Dataset
from mnistry.ocr import turned, views
from mnistry.ocr.decode import Picture
from mnistry.ocr.evidence import Evidence, Networks, evidence
from mnistry.ocr.page import Digit, Line, Page, Rejected, Sign
from mnistry.ocr.text import line_text, upright
from mnistry.reader import Reader, scoring

ANGLES = (90, 180, 270)
SEEN = np.zeros((28, 28), np.uint8)


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader(threads=1, detector=ComponentDetector())


def sheet(mnist: Dataset, *lines: str) -> NDArray[np.uint8]:
    """Black digits on a white page, a row for each line."""
    rows = [255 - np.pad(drawn.row(mnist, line, 1, 8), ((14, 14), (30, 30))) for line in lines]
    width = max(row.shape[1] for row in rows)
    grey = [np.pad(row, ((0, 0), (0, width - row.shape[1])), constant_values=255) for row in rows]
    return np.repeat(np.concatenate(grey)[..., None], 3, axis=2)


def lying(pixels: NDArray[np.uint8], degrees: int) -> NDArray[np.uint8]:
    """The picture as it must be given so that it is upright after a turn by so many degrees clockwise."""
    return np.ascontiguousarray(np.rot90(pixels, degrees // 90))


def seen(reader: Reader, pixels: NDArray[np.uint8]) -> Evidence:
    assert reader.detector
    return evidence(pixels, Networks(reader.detector.detect, scoring(reader)))


@pytest.mark.parametrize("degrees", ANGLES)
def test_what_is_read_is_that_of_the_picture_upright(mnist: Dataset, reader: Reader, degrees: int) -> None:
    pixels = sheet(mnist, "3472", "5743")
    height, width = pixels.shape[:2]
    expected, page = reader.read(pixels), reader.read(lying(pixels, degrees))
    assert (page.text, page.turned) == (expected.text, degrees) == ("3472\n5743", degrees)
    assert (page.height, page.width) == ((width, height) if degrees % 180 else (height, width))
    corner = upright((0, 0, page.width, page.height), degrees)
    for digit, other in zip(page.digits, expected.digits, strict=True):
        x, y, wide, tall = upright(digit.box, degrees)
        assert (x - corner[0], y - corner[1], wide, tall) == other.box
    assert page.as_json().get("turned") == degrees


def test_an_upright_picture_without_doubt_is_looked_at_once(mnist: Dataset, reader: Reader) -> None:
    pixels = sheet(mnist, "3472", "5743")

    def never(_: list[views.View]) -> Evidence:
        raise AssertionError("looked at again")

    height, width = pixels.shape[:2]
    assert turned.best_turn(seen(reader, pixels), width, height, never) == 0
    assert isinstance(reader.detector, ComponentDetector)
    reader.detector.looks = 0
    assert reader.read(pixels).turned == 0
    assert reader.detector.looks == len(views.thumbnails(pixels))


@pytest.mark.parametrize("lines", [("6996", "9669"), ("0181", "8010"), ("6809", "1086"), ("37",), ("347",), ("3",)])
@pytest.mark.parametrize("degrees", ANGLES)
def test_digits_that_may_be_others_and_few_of_them_are_left_as_they_lie(
    mnist: Dataset, reader: Reader, lines: tuple[str, ...], degrees: int
) -> None:
    assert reader.read(lying(sheet(mnist, *lines), degrees)).turned == 0


def test_a_blank_picture_is_not_turned(reader: Reader) -> None:
    assert reader.read(np.full((60, 90, 3), 255, np.uint8)).turned == 0


def test_models_of_other_classes_are_not_turned(mnist: Dataset, reader: Reader) -> None:
    pixels = lying(sheet(mnist, "3472", "5743"), 90)
    picture, detector = Picture(pixels, pixels.shape[1], pixels.shape[0]), reader.detector
    assert detector
    names = tuple("abcdefghij")
    page, looked_at, _ = turned.read(
        picture, Networks(detector.detect, scoring(reader), names, detector.confidence), 0.0
    )
    assert (page.turned, looked_at) == (0, picture)


def test_a_few_digits_among_many_other_glyphs_turn_nothing(mnist: Dataset, reader: Reader) -> None:
    """They may be letters that look like digits from the side."""
    pixels = np.full((200, 400, 3), 255, np.uint8)
    pixels[:56, :204] = sheet(mnist, "3475")[:, :204]
    assert reader.read(lying(pixels, 90)).turned == 90
    for k in range(48):
        x, y = 12 + 24 * (k % 16), 70 + 40 * (k // 16)
        pixels[y : y + 24, x : x + 16] = 0
    assert reader.read(lying(pixels, 90)).turned == 0


def test_digits_that_would_stand_above_each_other_turn_nothing(mnist: Dataset, reader: Reader) -> None:
    """Letters of a level line of words may look like digits from the side."""
    assert reader.read(sheet(mnist, *"34725743")).text == "\n".join("34725743")
    assert reader.read(lying(sheet(mnist, *"34725743"), 90)).turned == 0
    assert reader.read(lying(sheet(mnist, "34725743"), 90)).turned == 90


def test_a_turned_view_is_the_view_of_the_turned_picture() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (300, 400, 3)).astype(np.uint8)
    view = views.thumbnails(pixels)[0]
    view = replace(view, core=(50.0, 60.0, 200.0, 180.0))
    for quarter in (1, 2, 3, 4):
        view = turned.turned_view(view, 300 if quarter % 2 else 400)
        of = np.rot90(pixels, -quarter)
        left, top, right, bottom = map(round, view.core)
        x, y = int(view.left), int(view.top)
        assert (view.pixels[top:bottom, left:right] == of[top + y : bottom + y, left + x : right + x]).all()
    assert view.core == (50.0, 60.0, 200.0, 180.0)
    assert (view.left, view.top) == (-16, -16)


@pytest.mark.parametrize("degrees", [0, *ANGLES])
def test_boxes_are_those_of_the_picture_as_given(degrees: int) -> None:
    pixels = np.zeros((50, 70), np.uint8)
    pixels[10:22, 30:37] = 1
    given = lying(pixels, degrees)
    rows, columns = np.nonzero(given)
    box = int(columns.min()), int(rows.min()), int(np.ptp(columns)) + 1, int(np.ptp(rows)) + 1
    assert turned.box_as_given((30, 10, 7, 12), degrees, 70, 50) == box


@pytest.mark.parametrize("degrees", ANGLES)
def test_a_page_as_given_has_all_of_the_turned_one(degrees: int) -> None:
    digits = tuple(Digit(value, 0.9, (10 + 30 * k, 10, 20, 28), {}, SEEN) for k, value in enumerate("407"))
    sign, piece = Sign(",", 0.8, (58, 35, 5, 8)), Rejected((5, 80, 30, 40), 0.2, "not a digit", SEEN)
    page = Page((Line(line_text(digits, (sign,)), digits, (sign,), 0.7),), (piece,), 200, 150)
    found = turned.page_as_given(page, degrees)
    assert (found.text, found.turned, found.lines[0].confidence) == (page.text, degrees, 0.7)
    assert (found.width, found.height) == ((150, 200) if degrees % 180 else (200, 150))
    for one in (*found.digits, *found.lines[0].signs, *found.rejected):
        x, y, wide, tall = one.box
        assert 0 <= x <= found.width - wide
        assert 0 <= y <= found.height - tall
    assert line_text(found.digits, found.lines[0].signs, turned=degrees) == page.text
    assert [one.value for one in found.digits] == list("407")
