import tracemalloc

import cv2
import numpy as np
import pytest

import drawn
from mnistry.data.dataset import Dataset
from mnistry.ocr import decode, pipeline
from mnistry.ocr.binarize import Ink
from mnistry.ocr.layout import Segment
from mnistry.ocr.scores import Scores
from mnistry.reader import Reader, scoring


def test_touching_digits_are_read_apart(mnist: Dataset) -> None:
    left, right = (drawn.row(mnist, digit, 4) for digit in "58")
    left, right = (part[:, part.any(axis=0)] for part in (left, right))
    joined = np.concatenate([left[:, :-6], np.maximum(left[:, -6:], right[:, :6]), right[:, 6:]], axis=1)
    page = Reader().read(255 - np.pad(joined, 20))
    assert page.text == "58"


def test_a_wide_gap_is_a_space_and_lines_are_lines(mnist: Dataset) -> None:
    groups = [np.pad(drawn.row(mnist, digits, 3, 4), ((12, 12), (12, 120))) for digits in ("123", "456")]
    first = np.concatenate(groups, axis=1)
    second = np.pad(drawn.row(mnist, "78", 3, 4), ((12, 12), (12, 0)))
    second = np.pad(second, ((0, 0), (0, first.shape[1] - second.shape[1])))
    assert Reader().read(255 - np.concatenate([first, second])).text == "123 456\n78"


def test_boxes_are_in_the_picture_s_own_pixels(mnist: Dataset) -> None:
    """Of one that is enlarged before it is read."""
    image = np.pad(mnist.validation.images[0, ..., 0], ((5, 30), (40, 3)))
    page = Reader().read_picture(decode.decode(image))
    x, y, width, height = page.digits[0].box
    rows, columns = np.flatnonzero(image.any(axis=1)), np.flatnonzero(image.any(axis=0))
    assert abs(x - columns[0]) <= 1
    assert abs(y - rows[0]) <= 1
    assert abs(x + width - 1 - columns[-1]) <= 1
    assert abs(y + height - 1 - rows[-1]) <= 1


def test_scribbles_are_rejected_and_said(mnist: Dataset) -> None:
    zigzag = np.zeros((200, 200), np.uint8)
    points = np.array([[20 + 16 * k, 40 if k % 2 else 160] for k in range(11)], np.int32)
    cv2.polylines(zigzag, [points], False, 255, 5)
    page = Reader().read(zigzag)
    assert page.text == ""
    assert {piece.reason for piece in page.rejected} == {"not a digit"}


def test_a_digit_whose_parts_lie_one_above_the_other_is_one_digit(mnist: Dataset) -> None:
    """A band of paper goes through digits of two rows of ink or more."""
    labels, images = mnist.validation.labels, mnist.validation.images[..., 0]
    reader = Reader()
    right = []
    for digit in (2, 3, 5):
        for image in images[labels == digit][:15]:
            strokes = drawn.pen(image, 4)
            strokes[46:54] = 0
            right.append(reader.read(255 - strokes).text == str(digit))
    assert np.mean(right) >= 0.9


@pytest.mark.parametrize("side", [200, 900, 2400])
def test_small_writing_on_a_large_sheet_is_found(mnist: Dataset, side: int) -> None:
    sheet = np.full((side, side), 255, np.uint8)
    digit = drawn.row(mnist, "3", 2)
    sheet[100 : 100 + digit.shape[0], 80 : 80 + digit.shape[1]] -= digit
    assert Reader().read(sheet).text == "3"


@pytest.mark.parametrize("noise", [1, 3, 6])
def test_a_large_empty_photo_stays_empty(noise: int) -> None:
    light = np.linspace(220, 150, 1600) + np.random.default_rng(noise).normal(0, noise, (1200, 1600))
    assert Reader().read(np.clip(light, 0, 255).astype(np.uint8)).text == ""


@pytest.mark.parametrize("width", [600, 1200, 2400])
def test_an_underline_hides_no_digits(mnist: Dataset, width: int) -> None:
    sheet = np.full((400, width), 255, np.uint8)
    row = drawn.row(mnist, "4167", 3)
    sheet[80 : 80 + row.shape[0], 40 : 40 + row.shape[1]] -= row
    sheet[250:256, 20:-20] = 0
    assert Reader().read(sheet).text == "4167"


def test_a_line_through_a_row_costs_no_memory(mnist: Dataset) -> None:
    """It makes one piece of them, too long to be cut."""
    sheet = np.full((300, 4000), 255, np.uint8)
    row = drawn.row(mnist, "41", 3)
    sheet[80 : 80 + row.shape[0], 40 : 40 + row.shape[1]] -= row
    cv2.line(sheet, (10, 120), (3990, 130), 0, 6)
    tracemalloc.start()
    Reader().read(sheet)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 200_000_000


def test_boxes_stay_inside_a_long_thin_picture() -> None:
    picture = decode.decode(np.full((60_000, 305), 255, np.uint8))
    last = Segment(np.ones((4, 4), bool), picture.pixels.shape[1] - 4, picture.pixels.shape[0] - 4, 1)
    x, y, width, height = pipeline._box([last], picture, Ink(picture.pixels[..., 0], picture.pixels[..., 0] > 0, 1.0))
    assert x + width <= 305
    assert y + height == 60_000


def test_no_ink_is_scored_twice(mnist: Dataset) -> None:
    """Pieces that stay whole are asked of once, though they are looked at alone and as what a line is made of."""
    reader = Reader()
    asked: list[bytes] = []

    def classify(images: np.ndarray) -> Scores:
        asked.extend(image.tobytes() for image in images)
        return scoring(reader)(images)

    picture = decode.decode(255 - np.pad(drawn.row(mnist, "2147", 3, 8), 20))
    page = pipeline.transcribe(picture, classify, reader.class_names, 0.0)
    assert page.text == "2147"
    assert len(asked) == len(set(asked)) >= 4


def test_boxes_of_a_large_picture_are_in_its_own_pixels(mnist: Dataset) -> None:
    """Of one whose ink is shrunk before it is read."""
    image = np.pad(np.kron(drawn.row(mnist, "5", 4), np.ones((12, 12), np.uint8)), ((300, 500), (700, 200)))
    page = Reader().read(255 - image)
    assert page.text == "5"
    x, y, width, height = page.digits[0].box
    rows, columns = np.flatnonzero((image > 127).any(axis=1)), np.flatnonzero((image > 127).any(axis=0))
    for found, wanted in ((x, columns[0]), (y, rows[0]), (x + width, columns[-1] + 1), (y + height, rows[-1] + 1)):
        assert abs(found - wanted) < 30


def test_of_many_pieces_that_are_no_digits_the_largest_are_cut(mnist: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    left, right = (drawn.row(mnist, digit, 4) for digit in "58")
    left, right = (part[:, part.any(axis=0)] for part in (left, right))
    joined = np.concatenate([left[:, :-6], np.maximum(left[:, -6:], right[:, :6]), right[:, 6:]], axis=1)
    smaller = cv2.resize(joined, None, fx=0.8, fy=0.8, interpolation=cv2.INTER_AREA)
    smaller = np.pad(smaller, ((0, len(joined) - len(smaller)), (60, 0)))
    picture = 255 - np.pad(np.concatenate([joined, smaller], axis=1), 20)
    assert Reader().read(picture).text.replace(" ", "") == "5858"
    monkeypatch.setattr(pipeline, "MAX_LOOKED_AT_PX", 1)
    page = Reader().read(picture)
    assert page.text == "58"
    assert [piece.reason for piece in page.rejected] == ["not a digit"]


def test_crowded_fine_lines_cost_little_memory() -> None:
    """Each piece of them has a large box that holds many others."""
    at = np.arange(2400)
    picture = np.full((2400, 2400), 255, np.uint8)
    for k in range(0, 2400, 22):
        points = np.stack([at, k + 300 * np.sin(at / 250) + 40 * np.sin(at / 31)], axis=-1).astype(np.int32)
        cv2.polylines(picture, [points], False, 0, 3)
    tracemalloc.start()
    Reader().read(picture)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1_000_000_000
