import math
import re
import time
from itertools import pairwise, product

import numpy as np
import pytest

from mnistry.ocr import best_reading
from mnistry.ocr.best_reading import Alternative, Reading


def position(**shares: float) -> list[Alternative]:
    """`_7=0.9, none=0.1`: a 7, or no digit."""
    return [Alternative(None if name == "none" else name[1:], math.log(share)) for name, share in shares.items()]


def random_positions(rng: np.random.Generator, count: int) -> list[list[Alternative]]:
    names = [None, "1", "2", "3"]
    return [
        [Alternative(name, math.log(rng.random() + 1e-9)) for name in rng.permutation(names)[: rng.integers(1, 5)]]
        for _ in range(count)
    ]


def joined(reading: Reading) -> str:
    return "".join(one.value for one in reading if one.value is not None)


def texts(reading: Reading) -> list[str]:
    return [joined(reading)]


def total(reading: Reading) -> float:
    return sum(one.log_probability for one in reading)


SURE, DOUBTFUL, REJECTED = position(_5=1.0), position(_7=0.9, none=0.1), position(_1=0.02, none=0.98)


@pytest.mark.parametrize(("count", "text"), [(0, None), (1, "5"), (2, "57"), (3, "571"), (4, None)])
def test_digits_are_left_out_or_added_by_how_probable_that_is(count: int, text: str | None) -> None:
    reading = best_reading.of_length([SURE, DOUBTFUL, REJECTED], count)
    assert (None if reading is None else joined(reading)) == text


def test_a_reading_of_no_positions() -> None:
    assert best_reading.of_length([], 0) == ()
    assert best_reading.of_length([], 1) is None
    assert list(best_reading.likeliest([])) == [()]
    assert best_reading.matching([], texts, re.compile("")) == ((), "")
    assert list(best_reading.likeliest([[], SURE])) == []


def test_all_readings_come_once_the_most_probable_first() -> None:
    rng = np.random.default_rng(0)
    for _ in range(50):
        positions = random_positions(rng, int(rng.integers(1, 6)))
        found = list(best_reading.likeliest(positions))
        assert sorted(found, key=repr) == sorted(product(*positions), key=repr)
        totals = [total(reading) for reading in found]
        assert all(before >= after - 1e-9 for before, after in pairwise(totals))


def test_no_reading_of_a_shape_is_more_probable() -> None:
    """As found by looking at all of them."""
    rng = np.random.default_rng(1)
    for _ in range(50):
        positions = random_positions(rng, 5)
        everything = list(product(*positions))
        for count in range(6):
            of_length = [total(one) for one in everything if len(joined(one)) == count]
            found = best_reading.of_length(positions, count)
            assert (found and pytest.approx(total(found))) == (max(of_length) if of_length else None)
        pattern = re.compile("[12]{2,3}")
        match = [total(one) for one in everything if pattern.fullmatch(joined(one))]
        found = best_reading.matching(positions, texts, pattern)
        assert (found and pytest.approx(total(found[0]))) == (max(match) if match else None)


def test_the_text_that_matched_is_returned() -> None:
    found = best_reading.matching([SURE, DOUBTFUL], lambda reading: ["5 7", joined(reading)], re.compile(r"\d\d"))
    assert found
    assert found[1] == "57"


def test_a_search_that_finds_nothing_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    ten = [[Alternative(str(value), math.log(0.1)) for value in range(10)]] * 30
    tried: list[str] = []

    def remembered(reading: Reading) -> list[str]:
        tried.append(joined(reading))
        return tried[-1:]

    monkeypatch.setattr(best_reading, "MAX_SEARCH_S", 60)
    assert best_reading.matching(ten, remembered, re.compile("x")) is None
    assert len(tried) == len(set(tried)) == best_reading.MAX_TRIED
    monkeypatch.setattr(best_reading, "MAX_SEARCH_S", 0.05)
    start = time.thread_time()
    assert best_reading.matching(ten, remembered, re.compile("x")) is None
    assert 0.05 < time.thread_time() - start < 1


def test_a_line_that_is_too_long_matches_nothing() -> None:
    assert best_reading.matching([SURE] * 1_000, texts, re.compile(r"\d+"))
    assert best_reading.matching([SURE] * 1_001, texts, re.compile(r"\d+")) is None
