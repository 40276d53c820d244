import numpy as np

from mnistry.ocr import best_path
from mnistry.ocr.layout import Segment


def segment(x: int, width: int, piece: int, height: int = 40) -> Segment:
    return Segment(np.ones((height, width), bool), x, 0, piece)


def test_spans_hold_each_segment_and_what_could_be_one_digit() -> None:
    line = [segment(0, 20, 1), segment(20, 20, 1), segment(46, 8, 2), segment(200, 20, 3)]
    assert best_path.spans(line, 40) == [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3), (3, 4)]


def test_a_whole_piece_is_always_a_candidate() -> None:
    line = [segment(30 * i, 30, 1) for i in range(7)]
    assert (0, 7) in best_path.spans(line, 40)


def reading(line: list[Segment], digits: dict[best_path.Span, float], confidence: float = 0.99) -> list[best_path.Span]:
    """The digits read when those spans have these log odds, and all others -12."""
    candidates = best_path.spans(line, 40)
    log_odds = np.array([digits.get(span, -12.0) for span in candidates])
    log_confidence = np.full(len(candidates), np.log(confidence))
    return [candidates[k] for k, is_digit in best_path.best(line, candidates, log_confidence, log_odds, 40) if is_digit]


def test_touching_digits_are_cut_where_both_parts_are_digits() -> None:
    line = [segment(0, 20, 1), segment(20, 20, 1)]
    assert reading(line, {(0, 1): 7, (1, 2): 7}) == [(0, 1), (1, 2)]
    assert reading(line, {(0, 1): 4, (1, 2): 4}) == [], "cut parts must be surer"
    assert reading(line, {(0, 2): 5}) == [(0, 2)]
    assert reading(line, {(0, 1): 5, (1, 2): 5, (0, 2): 5}) == [(0, 2)], "a whole digit before two cut ones"


def test_parts_of_a_digit_are_joined() -> None:
    line = [segment(0, 25, 1), segment(27, 10, 2, height=5)]
    assert reading(line, {(0, 2): 6, (0, 1): 2}) == [(0, 2)]


def test_what_is_no_digit_is_left_out() -> None:
    line = [segment(0, 20, 1), segment(60, 30, 2), segment(120, 20, 3)]
    assert reading(line, {(0, 1): 5, (2, 3): 5}) == [(0, 1), (2, 3)]
    assert reading(line, {}) == []


def test_a_speck_is_no_digit_whatever_it_looks_like() -> None:
    line = [segment(0, 20, 1), segment(60, 4, 2, height=6)]
    assert reading(line, {(0, 1): 5, (1, 2): 3}) == [(0, 1)]


def divided(digits: dict[best_path.Span, float], cuts: int = 3) -> list[int]:
    """The widths of what a piece of 40 px is divided into when those parts have these log odds, all others -12."""
    step = 40 // cuts
    spans = [(i, j) for i in range(cuts) for j in range(i + 1, cuts + 1) if (i, j) != (0, cuts)]
    parts = [(i, j, segment(step * i, step * (j - i), 1)) for i, j in spans]
    log_odds = np.array([digits.get(span, -12.0) for span in spans])
    return [
        part.width // step for part, _ in best_path.divide(parts, np.tile([0.99, 0.01], (len(spans), 1)), log_odds, 40)
    ]


def test_a_piece_is_divided_where_all_of_its_parts_are_digits() -> None:
    assert divided({(0, 1): 6, (1, 3): 6, (2, 3): 9}) == [1, 2]
    assert divided({(0, 1): 6, (1, 2): 6, (2, 3): 6}) == [1, 1, 1]
    assert divided({(0, 1): 6, (1, 3): 6, (0, 2): 9, (2, 3): 9}) == [2, 1], "the surer cut"
    assert divided({(0, 1): 6}) == [], "the rest would be no digit"
    assert divided({}) == []
    assert best_path.divide([], np.empty((0, 2)), np.empty(0), 40) == []


def test_several_cuts_that_agree_outdo_one_that_does_not() -> None:
    """Of five cuts one gives other digits, a little more surely; alone it is the best path."""
    cuts = range(1, 6)
    parts = [(0, i, segment(0, 6 * i, 1)) for i in cuts] + [(i, 6, segment(6 * i, 40 - 6 * i, 1)) for i in cuts]
    probabilities = np.tile([0.9, 0.1], (10, 1))
    probabilities[[4, 9]] = 0.05, 0.95
    log_odds = np.full(10, 8.0)
    assert [part.width for part, _ in best_path.divide(parts, probabilities, log_odds, 40)] in [
        [6 * i, 40 - 6 * i] for i in cuts[:4]
    ]
    few = [0, 4, 5, 9]  # as many cuts of each kind
    found = best_path.divide([parts[k] for k in few], probabilities[few], log_odds[few], 40)
    assert [part.width for part, _ in found] == [30, 10]


def test_what_is_cut_is_more_probably_digits_beside_a_digit() -> None:
    alone, in_company = best_path.costs_beside(0), best_path.costs_beside(1)
    assert best_path.costs_beside(5) == in_company
    line = [segment(0, 20, 1), segment(20, 20, 1)]
    candidates = best_path.spans(line, 40)
    log_confidence, log_odds = np.log(np.full(3, 0.95)), np.array([1.5, -12.0, 1.5])
    read = [
        [d for _, d in best_path.best(line, candidates, log_confidence, log_odds, 40, costs)]
        for costs in (alone, in_company)
    ]
    assert read == [[False], [True, True]]
