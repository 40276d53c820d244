from dataclasses import replace

import numpy as np
import pytest

from handmade_scenes import box, found, scene
from mnistry.training.detector.judge import Verdict, compare, judge


def test_all_right() -> None:
    read = found((1, box(0, 0)), (2, box(0, 1, 3)), (3, box(1, 0)))
    assert judge(scene("12", "3"), read) == Verdict(true=3, found=3, right=3, lines=2, exact=2)


def test_wrong_missed_false_and_twice() -> None:
    """A 1 is read as 7, a 2 missed, a 3 found twice, and one more where nothing is."""
    read = found((7, box(0, 0)), (3, box(0, 2)), (3, box(0, 2, 1)), (5, box(3, 3)))
    verdict = judge(scene("123"), read)
    assert verdict == Verdict(true=3, found=4, right=1, lines=1, exact=0)
    assert verdict.digits_right == 0.25


def test_two_texts_side_by_side_are_exact_if_each_is() -> None:
    page = replace(scene("1234"), lines=np.array([0, 0, 1, 1]))
    read = [(1, box(0, 0)), (2, box(0, 1)), (3, box(0, 2)), (4, box(0, 3))]
    assert judge(page, found(*read)) == Verdict(true=4, found=4, right=4, lines=2, exact=2)
    assert judge(page, found(*read[:3])) == Verdict(true=4, found=3, right=3, lines=2, exact=1)
    assert judge(page, found(*read, (7, (122, 0, 142, 24)))) == Verdict(true=4, found=5, right=4, lines=2, exact=1)
    cut = replace(scene("1324"), lines=np.array([0, 1, 0, 0]))  # the 3 stands in the other text
    read = [(1, box(0, 0)), (3, box(0, 1)), (2, box(0, 2)), (4, box(0, 3))]
    assert judge(cut, found(*read)) == Verdict(true=4, found=4, right=4, lines=2, exact=1)


def test_letters_are_no_digits_and_signs_break_no_line() -> None:
    assert judge(scene("1,2"), found((1, box(0, 0)), (2, box(0, 2)))) == Verdict(2, 2, 2, 1, 1)
    assert judge(scene("ab"), found((6, box(0, 1)))) == Verdict(empty=1)
    assert judge(scene("ab"), found()) == Verdict(empty=1, silent=1)


@pytest.mark.parametrize(("seen", "em_px"), [(0.5, 24.0), (1.0, 9.0), (1.0, 300.0)])
def test_what_is_cut_off_or_too_small_or_large_counts_neither_way(seen: float, em_px: float) -> None:
    page = scene("12", seen=seen, em_px=em_px)
    for read in (found(), found((1, box(0, 0))), found((9, box(0, 0)))):
        assert judge(page, read) == Verdict()
    by = compare(page, found((9, box(0, 0)), (9, box(2, 2))))
    assert by.counted.tolist() == [False, True]
    assert by.partner.tolist() == [0, -1]


def test_shares() -> None:
    verdict = Verdict(true=10, found=8, right=8, lines=4, exact=3, empty=2, silent=1)
    scores = verdict.scores
    assert (scores.digits_right, scores.lines_exact, scores.silence) == (0.8, 0.75, 0.5)
    assert scores.score == verdict.score == pytest.approx(0.3)
    assert (scores.true, scores.silent) == (10, 1)
    assert Verdict().score == 1
    assert Verdict(1, 1) + Verdict(1, 2, 1) == Verdict(2, 3, 1)
