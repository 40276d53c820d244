from itertools import pairwise

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

import drawn
from mnistry.data.dataset import Dataset
from mnistry.ocr import binarize, layout


def proposed(strokes: NDArray[np.uint8]) -> list[list[layout.Segment]]:
    return layout.in_lines(layout.pieces(binarize.find(np.stack([255 - strokes] * 3, axis=-1)))).lines


def pieces(line: list[layout.Segment]) -> int:
    """How many pieces of ink a line has, except for specks, which the reader may join to a digit or leave out."""
    return len({segment.piece for segment in line if max(segment.mask.shape) > 24})


def page(dataset: Dataset, *rows: str) -> NDArray[np.uint8]:
    return np.concatenate([np.pad(drawn.row(dataset, row, 3, 10), 12) for row in rows])


def test_lines_from_top_to_bottom_digits_from_left_to_right(mnist: Dataset) -> None:
    lines = proposed(page(mnist, "1870", "2361", "4097"))
    assert [pieces(line) for line in lines] == [4, 4, 4]
    assert lines[0][0].y < lines[1][0].y < lines[2][0].y
    assert all(a.middle[0] <= b.middle[0] for line in lines for a, b in pairwise(line))


def test_slanted_lines_stay_lines(mnist: Dataset) -> None:
    strokes = np.pad(page(mnist, "18702361", "40975213"), 60)
    matrix = cv2.getRotationMatrix2D((strokes.shape[1] / 2, strokes.shape[0] / 2), 8, 1)
    turned = cv2.warpAffine(strokes, matrix, strokes.shape[::-1])
    assert [pieces(line) for line in proposed(turned.astype(np.uint8))] == [8, 8]


def test_a_large_gap_does_not_end_a_line(mnist: Dataset) -> None:
    groups = [np.pad(drawn.row(mnist, digits, 3, 10), ((12, 12), (12, 300))) for digits in ("123", "456")]
    assert [pieces(line) for line in proposed(np.concatenate(groups, axis=1))] == [6]


def test_specks_and_frames_are_left_out(mnist: Dataset) -> None:
    strokes = np.pad(page(mnist, "1870"), 30)
    strokes[3:-3, 3:6] = strokes[3:-3, -6:-3] = strokes[3:6, 3:-3] = strokes[-6:-3, 3:-3] = 255
    strokes[25:28, 25:28] = 255
    assert [pieces(line) for line in proposed(strokes)] == [4]


@pytest.mark.parametrize("digits", ["157", "751", "11"])
@pytest.mark.parametrize("margin", [0, 3])
def test_a_1_at_the_side_of_a_tight_crop_stays(digits: str, margin: int) -> None:
    strokes = np.zeros((260, 120 * len(digits)), np.uint8)
    for k, digit in enumerate(digits):
        shape = {"1": [(60, 20), (60, 240)], "5": [(100, 20), (25, 20), (20, 120), (95, 130), (90, 230), (20, 240)]}
        shape["7"] = [(15, 20), (105, 20), (50, 240)]
        cv2.polylines(strokes, [np.array(shape[digit], np.int32) + np.array([120 * k, 0], np.int32)], False, 255, 14)
    rows, columns = np.flatnonzero(strokes.any(axis=1)), np.flatnonzero(strokes.any(axis=0))
    cropped = np.pad(strokes[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1], margin)
    assert [pieces(line) for line in proposed(cropped)] == [len(digits)]


def test_a_1_in_a_tight_crop_with_a_speck_stays() -> None:
    strokes = np.zeros((200, 60), np.uint8)
    strokes[:, :16] = 255
    strokes[150:158, 40:50] = 255
    assert sum(map(pieces, proposed(strokes))) >= 1
    assert max(piece.height for line in proposed(strokes) for piece in line) == 200


def test_a_table_beside_the_sheet_is_left_out(mnist: Dataset) -> None:
    strokes = np.pad(page(mnist, "1870"), 30)
    strokes[:12], strokes[:, :12] = 180, 180
    assert [pieces(line) for line in proposed(strokes)] == [4]


def test_rulings_are_left_out_and_the_digits_on_them_stay_whole(mnist: Dataset) -> None:
    digits = page(mnist, "1870", "2361")
    strokes = np.pad(digits, ((0, 0), (100, 100)))
    for y in range(20, strokes.shape[0], 45):
        strokes[y : y + 2] = 255
    assert [pieces(line) for line in proposed(strokes)] == [4, 4]


def test_a_dotted_digit_is_one_piece() -> None:
    strokes = np.zeros((160, 160), np.uint8)
    for angle in np.linspace(0, 2 * np.pi, 18, endpoint=False):
        cv2.circle(strokes, (int(80 + 45 * np.cos(angle)), int(80 + 60 * np.sin(angle))), 5, 255, -1)
    assert [pieces(line) for line in proposed(strokes)] == [1]


def test_blank_paper_has_no_lines() -> None:
    assert proposed(np.zeros((100, 100), np.uint8)) == []


def test_a_piece_close_above_another_could_be_one_digit_with_it() -> None:
    bar = layout.Segment(np.ones((10, 60), bool), 40, 20, 1)
    belly = layout.Segment(np.ones((50, 40), bool), 42, 36, 2)
    beside = layout.Segment(np.ones((60, 40), bool), 120, 20, 3)
    far_below = layout.Segment(np.ones((60, 40), bool), 42, 140, 4)
    assert layout.stacks([belly, beside, bar, far_below]) == [(2, 0)]
    assert layout.stacks([beside]) == []
    whole = layout.joined(bar, belly)
    assert (whole.x, whole.y, whole.mask.shape, whole.mask.sum()) == (40, 20, (66, 60), 10 * 60 + 50 * 40)
