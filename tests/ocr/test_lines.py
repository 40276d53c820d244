"""Boxes of digits, written line by line: they are linked into these lines, in reading order."""

import dataclasses
import itertools

import numpy as np
import pytest
from numpy.typing import NDArray

from mnistry.ocr.line_parameters import PARAMETERS
from mnistry.ocr.lines import linked

WIDE, TALL, PITCH = 14, 20, 17  # px: a digit's size, and from one to the next


class Written:
    """Boxes (n, 4), and the lines that they are."""

    def __init__(self) -> None:
        self.boxes: list[tuple[float, float, float, float]] = []
        self.lines: list[list[int]] = []

    def line(self, *words: tuple[int, float, float]) -> "Written":
        """Write a line: words of n digits at x, y."""
        line = []
        for n, x, y in words:
            for k in range(n):
                line.append(len(self.boxes))
                self.boxes.append((x + k * PITCH, y, x + k * PITCH + WIDE, y + TALL))
        self.lines.append(line)
        return self

    def array(self) -> NDArray[np.float64]:
        return np.array(self.boxes, float).reshape(-1, 4)


def moved(boxes: NDArray[np.float64], matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """Boxes of the same size around middles that a homography has moved."""
    middles, sizes = (boxes[:, :2] + boxes[:, 2:]) / 2, (boxes[:, 2:] - boxes[:, :2]) / 2
    at = np.concatenate([middles, np.ones((len(boxes), 1))], axis=1) @ matrix.T
    at = at[:, :2] / at[:, 2:]
    return np.concatenate([at - sizes, at + sizes], axis=1)


def turned(degrees: float) -> NDArray[np.float64]:
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1.0]])


def text() -> Written:
    """Four lines of words, ragged."""
    page = Written()
    for k, words in enumerate([(3, 2, 5), (4, 4), (1, 1, 6, 2), (7,)]):
        x, line = 10.0, []
        for n in words:
            line.append((n, x, 30.0 * k))
            x += n * PITCH + 1.5 * TALL
        page.line(*line)
    return page


def table(columns: int = 4, rows: int = 6, wide: float = 6.0, missing: float = 0.0, digits: int = 2) -> Written:
    """Numbers in cells so many heights wide; some are missing."""
    rng, page = np.random.default_rng(5), Written()
    for row in range(rows):
        cells = [k for k in range(columns) if rng.random() >= missing or k == row % columns]
        page.line(*((digits, 20 + k * wide * TALL + rng.normal(0, 2), 40.0 * row + rng.normal(0, 1.5)) for k in cells))
    return page


def columns(n: int = 2, offset: float = 12.0, gutter: float = 6.0, digits: int = 9, rows: int = 5) -> Written:
    """Running lines in columns."""
    page = Written()
    for k in range(n):
        for row in range(rows):
            page.line((digits, k * (digits * PITCH + gutter * TALL), 36.0 * row + k * offset))
    return page


def test_no_boxes_are_no_lines() -> None:
    assert linked(np.zeros((0, 4))) == []


def test_one_box_is_a_line() -> None:
    assert linked(np.array([[3.0, 4, 9, 12]])) == [[0]]


PAGES = {
    "text": text(),
    "table": table(),
    "sparse table": table(5, 8, 5.0, 0.5, 1),
    "narrow table": table(3, 5, 3.0),
    "sudoku": table(9, 9, 1.7, 0.5, 1),
    "columns": columns(),
    "level columns": columns(offset=0.0),
    "three columns": columns(3, 9.0),
}


@pytest.mark.parametrize("name", PAGES)
def test_lines_of_a_page(name: str) -> None:
    assert linked(PAGES[name].array()) == PAGES[name].lines


@pytest.mark.parametrize("name", PAGES)
def test_the_order_of_the_boxes_does_not_matter(name: str) -> None:
    page = PAGES[name]
    order = np.random.default_rng(0).permutation(len(page.boxes))
    assert [[int(order[k]) for k in line] for line in linked(page.array()[order])] == page.lines


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize(("scale", "shift"), [(0.31, 0), (7.3, 0), (1, -5000), (1, 40_000)])
def test_neither_does_the_picture_s_scale_or_their_place(name: str, scale: float, shift: float) -> None:
    assert linked(PAGES[name].array() * scale + shift) == PAGES[name].lines


@pytest.mark.parametrize("name", [name for name in PAGES if name != "sparse table"])  # whose digits are all alone
@pytest.mark.parametrize("degrees", [-8, -3, 3, 8])
def test_lines_may_rise_or_fall(name: str, degrees: float) -> None:
    assert linked(moved(PAGES[name].array(), turned(degrees))) == PAGES[name].lines


@pytest.mark.parametrize("degrees", [-15, 15])
def test_a_steep_hand_s_words_stay_together(degrees: float) -> None:
    assert linked(moved(text().array(), turned(degrees))) == text().lines


@pytest.mark.parametrize("fan", [-3e-4, 3e-4])
def test_lines_may_fan_out_as_in_a_photo(fan: float) -> None:
    page = table(6, 10, 4.5, 0.2, 3)
    matrix = np.array([[1, 0, 0], [0, 1, 0], [fan, 0, 1]])
    assert linked(moved(page.array() - (0, 200, 0, 200), matrix)) == page.lines


def test_each_box_is_in_one_line_from_left_to_right() -> None:
    for seed in range(30):
        rng = np.random.default_rng(seed)
        n = int(rng.integers(1, 300))
        at, sizes = rng.uniform(0, 400, (n, 2)), np.exp(rng.normal(2.5, 0.7, (n, 2)))
        boxes = np.concatenate([at - sizes / 2, at + sizes / 2], axis=1)
        lines = linked(boxes)
        assert sorted(itertools.chain(*lines)) == list(range(n))
        assert all(at[a, 0] <= at[b, 0] for line in lines for a, b in itertools.pairwise(line))


def test_boxes_without_area_do_no_harm() -> None:
    assert sorted(itertools.chain(*linked(np.zeros((60, 4))))) == list(range(60))


def test_a_heading_across_two_columns_comes_first_and_a_foot_last() -> None:
    page = Written().line((19, 20, -60))
    page.boxes += columns().boxes
    page.lines += [[k + 19 for k in line] for line in columns().lines]
    page.line((16, 40, 250))
    assert linked(page.array()) == page.lines


def test_two_numbers_far_apart_are_two_lines() -> None:
    page = Written().line((3, 10, 10)).line((3, 300, 10))
    assert linked(page.array()) == page.lines


def test_lists_side_by_side_that_are_not_level_are_columns() -> None:
    page = Written()
    for x, start, pitch in ((10, 0, 31), (160, 9, 42)):
        for row in range(6):
            page.line((2, x, start + pitch * row))
    assert linked(page.array()) == page.lines


def test_amounts_at_the_right_belong_to_what_is_at_the_left() -> None:
    page = Written()
    for row in range(6):
        page.line((1 + row % 3, 10, 34 * row), (2, 300, 34 * row + 2))
    assert linked(page.array()) == page.lines


@pytest.mark.parametrize(("gap", "lines"), [(2.9, 1), (3.1, 2)])
def test_the_widest_gap_of_a_line(gap: float, lines: int) -> None:
    page = Written().line((3, 0, 0), (3, 2 * PITCH + WIDE + gap * TALL, 0))
    assert len(linked(page.array())) == lines


@pytest.mark.parametrize(("height", "lines"), [(TALL * 1.7, 1), (TALL * 1.9, 2), (TALL / 1.7, 1), (8.0, 2)])
def test_digits_of_a_line_are_about_as_high_as_each_other(height: float, lines: int) -> None:
    boxes = np.array([[0, 0, 8, TALL], [12, 10 - height / 2, 20, 10 + height / 2]])
    assert len(linked(boxes)) == lines


def test_a_digit_that_is_written_flat_is_as_large_as_it_is_wide() -> None:
    boxes = np.array([[0, 0, 14, 20], [17, 5, 37, 14], [40, 0, 54, 20.0]])
    assert linked(boxes) == [[0, 1, 2]]


def test_close_rows_stay_apart() -> None:
    page = Written()
    for row in range(5):
        page.line((8, 10, row * (TALL + 1)))
    assert linked(page.array()) == page.lines


def test_what_two_digits_could_go_on_with_goes_to_the_nearer() -> None:
    boxes = np.array([[0, 0, 14, 20], [6, 11, 20, 31], [24, 5, 38, 25.0]])
    assert linked(boxes) == [[0], [1, 2]]


def test_of_touching_ones_each_is_in_the_line() -> None:
    boxes = np.array([[k * 6.0, 0, k * 6 + 7, 20] for k in range(7)])
    assert linked(boxes) == [list(range(7))]


def test_there_are_few_parameters() -> None:
    assert len(dataclasses.fields(PARAMETERS)) <= 8


def test_a_page_of_three_thousand_is_linked() -> None:
    page = Written()
    for row in range(50):
        page.line((60, 10, 36.0 * row))
    assert linked(page.array()) == page.lines
