from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

import drawn
from mnistry.data.dataset import Dataset
from mnistry.ocr import binarize, cuts, layout


def leaning(mask: NDArray[np.bool_], slant: float) -> NDArray[np.bool_]:
    """The mask with every row shifted to the right, the higher the more."""
    height = len(mask)
    wider = np.pad(mask, ((0, 0), (0, round(slant * height))))
    return np.stack([np.roll(row, round(slant * (height - y))) for y, row in enumerate(wider)])


@pytest.mark.parametrize("slant", [0.0, 0.6])
@pytest.mark.parametrize("pair", ["00", "25", "38", "61", "94"])
def test_one_cut_parts_touching_digits(mnist: Dataset, pair: str, slant: float) -> None:
    """Of the cuts proposed, one leaves on each side nine tenths of the ink of one digit."""
    left, right = (drawn.row(mnist, digit, 3) > 127 for digit in pair)
    left, right = (part[:, part.any(axis=0)] for part in (left, right))
    width = left.shape[1] + right.shape[1] - 3
    first, second = np.zeros((84, width), bool), np.zeros((84, width), bool)
    first[:, : left.shape[1]], second[:, -right.shape[1] :] = left, right
    first, second = (leaning(part, slant) for part in (first, second))
    both = (first | second)[(first | second).any(axis=1)]
    first, second = (part[(first | second).any(axis=1)] for part in (first, second))
    columns = np.arange(both.shape[1])
    wrong = [
        ((first & (columns >= cut[:, None])).sum() + (second & (columns < cut[:, None])).sum()) / both.sum()
        for cut in cuts.propose(both)
    ]
    assert min(wrong) < 0.1


def test_cuts_stand_in_order_of_the_ink_to_their_left(mnist: Dataset) -> None:
    mask = drawn.row(mnist, "5048", 3) > 127
    found = cuts.propose(mask)
    assert 3 <= len(found) <= cuts.MAX_CUTS
    assert all(cut.shape == (84,) and cut.min() >= 0 and cut.max() <= mask.shape[1] for cut in found)
    left = [(mask & (np.arange(mask.shape[1]) < cut[:, None])).sum() for cut in found]
    assert all(more > less - 0.02 * mask.sum() for less, more in pairwise(left))


def test_wide_pieces_come_with_cuts(mnist: Dataset) -> None:
    left, right = (drawn.row(mnist, digit, 4) for digit in "58")
    left, right = (part[:, part.any(axis=0)] for part in (left, right))
    joined = np.pad(np.concatenate([left[:, :-9], np.maximum(left[:, -9:], right[:, :9]), right[:, 9:]], axis=1), 20)
    found = binarize.find(np.stack([255 - joined] * 3, axis=-1))
    ((piece,),) = layout.in_lines(layout.pieces(found)).lines
    parts = cuts.parts(piece, found)
    last = max(last for _, last, _ in parts)
    ink_of = {(i, j): part.mask.sum() for i, j, part in parts}
    whole = piece.mask.sum()
    both_sides = [ink_of[0, k] + ink_of[k, last] for k in range(1, last) if {(0, k), (k, last)} <= ink_of.keys()]
    assert len(both_sides) >= 3
    assert all(inked == whole for inked in both_sides)
    assert (0, last) not in ink_of, "the piece as it is, is none of its parts"


def test_no_part_is_much_wider_than_it_is_high(mnist: Dataset) -> None:
    mask = drawn.row(mnist, "50482917", 3) > 127
    mask[40:44] = True  # one piece of ink
    piece = layout.Segment(mask, 0, 0, 1)
    found = cuts.parts(piece, binarize.Ink(np.where(mask, 255, 0).astype(np.uint8), mask, 8.0))
    assert len(found) > 50
    assert max(part.width for *_, part in found) <= cuts.WIDEST * piece.height
