"""Pieces of lines, 10 px high, in the order in which they are read."""

import numpy as np

from mnistry.ocr.columns import Pieces, in_order

Place = tuple[float, float, float]  # left, right, middle


def lines_of(*places: Place, height: float = 10.0) -> list[list[int]]:
    left, right, middle = np.array(places, float).reshape(-1, 3).T
    return in_order(Pieces(left, right, middle, np.full(len(places), height)))


def test_one_piece_is_one_line() -> None:
    assert lines_of((0, 30, 5)) == [[0]]


def test_rows_are_read_from_top_to_bottom() -> None:
    assert lines_of((0, 30, 45), (0, 50, 5), (20, 70, 25)) == [[1], [2], [0]]


def test_running_lines_beside_each_other_are_columns() -> None:
    left = [(0, 100, y) for y in (5, 25, 45)]
    right = [(150, 250, y) for y in (5, 25, 45, 65)]
    assert lines_of(*right, *left) == [[4], [5], [6], [0], [1], [2], [3]]


def test_a_gutter_is_as_wide_as_four_heights() -> None:
    for gutter, order in ((39, [[0, 1], [2, 3]]), (41, [[0], [2], [1], [3]])):
        left, right = 100, 100 + gutter
        places = ((0, left, 5), (right, right + 100, 5), (0, left, 25), (right, right + 100, 25))
        assert lines_of(*places) == order


def test_a_table_s_rows_are_read_across() -> None:
    """Its cells are narrower than what is between them, and level."""
    assert lines_of(*((x, x + 15, y) for y in (5, 26, 46) for x in (0, 80, 160))) == [[0, 1, 2], [3, 4, 5], [6, 7, 8]]


def test_short_pieces_that_are_not_level_are_lists() -> None:
    left, right = [(0, 15, y) for y in (5, 25, 45)], [(80, 95, y) for y in (10, 30, 50)]
    assert lines_of(*left, *right) == [[0], [1], [2], [3], [4], [5]]


def test_a_row_of_a_table_needs_rows_above_or_below() -> None:
    assert lines_of((0, 15, 5), (80, 95, 5)) == [[0], [1]]
    assert lines_of((0, 15, 5), (80, 95, 5), (0, 15, 25)) == [[0], [1], [2]]
    assert lines_of((0, 15, 5), (80, 95, 5), (0, 95, 25)) == [[0, 1], [2]]


def test_pieces_of_other_heights_are_no_row() -> None:
    pieces = Pieces(
        np.array([0.0, 80, 0, 80]), np.array([15.0, 95, 15, 95]), np.array([5.0, 5, 45, 45]), np.array([10.0, 20] * 2)
    )
    assert in_order(pieces) == [[0], [1], [2], [3]]


def test_a_column_may_hold_columns_and_headings() -> None:
    """A heading over everything, two columns, and in the second of them a heading over two more."""
    places = [(0, 500, 5)]
    places += [(0, 100, y) for y in (30, 50, 70, 90, 110)]
    places += [(200, 500, 30)]
    places += [(200, 300, y) for y in (55, 75, 95)]
    places += [(400, 500, y) for y in (55, 75, 95)]
    assert lines_of(*places) == [[k] for k in range(len(places))]


def test_pieces_on_each_other_are_lines_of_their_own() -> None:
    assert sorted(lines_of(*[(0, 30, 5)] * 4)) == [[0], [1], [2], [3]]


def test_neighbours_that_were_not_linked_are_one_line_if_they_are_level() -> None:
    """A digit at one's end may be too low or too high for the other's first."""
    assert lines_of((0, 30, 5), (60, 95, 7)) == [[0, 1]]
    assert lines_of((0, 30, 5), (61, 95, 7)) == [[0], [1]]
    assert lines_of((0, 30, 5), (60, 95, 11)) == [[0], [1]]
