"""Candidates by hand, 20 px wide and 28 px high unless said otherwise, and what stands beside each."""

import numpy as np
import pytest

from mnistry.ocr.company import company
from mnistry.ocr.glyph_classes import GLYPHS, OTHER
from mnistry.ocr.peaks import Candidates

SURE = 0.98


def candidates(*seen: tuple[str, float, float], heat: float = 0.9, side: float = 28.0) -> Candidates:
    """Each is what it most likely is, and where its middle is."""
    n = len(seen)
    shares = np.full((n, len(GLYPHS)), (1 - SURE) / (len(GLYPHS) - 1))
    shares[np.arange(n), [GLYPHS.index(name if name in GLYPHS else OTHER) for name, _, _ in seen]] = SURE
    middles = np.array([(x, y) for _, x, y in seen]).reshape(n, 2)
    reach = np.array([10.0, side / 2])
    return Candidates(
        np.full(n, heat, np.float32),
        np.log(shares).astype(np.float32),
        np.concatenate([middles - reach, middles + reach], axis=1).astype(np.float32),
        np.full(n, side, np.float32),
        np.zeros(n, np.int64),
        np.full(n, side, np.float32),
    )


def rounded(*seen: tuple[str, float, float]) -> list[list[float]]:
    return company(candidates(*seen)).round(1).tolist()


def test_digits_in_a_word_keep_company_with_letters() -> None:
    assert rounded(("a", 0, 50), ("0", 24, 50), ("b", 48, 50)) == [[0.9, 0.0], [0.0, 1.8], [0.9, 0.0]]


def test_a_letter_in_a_number_keeps_company_with_digits() -> None:
    assert rounded(("5", 0, 50), ("O", 24, 50), ("2", 48, 50))[1] == [1.8, 0.0]


def test_only_the_most_likely_of_a_side_counts() -> None:
    assert rounded(("5", 0, 50), ("6", 1, 50), ("O", 24, 50))[2] == [0.9, 0.0]


@pytest.mark.parametrize(
    ("x", "y"),
    [
        (100, 50),  # too far to the right
        (24, 80),  # in the line below
        (3, 62),  # below rather than beside
    ],
)
def test_what_stands_elsewhere_keeps_no_company(x: float, y: float) -> None:
    assert rounded(("5", 0, 50), ("a", x, y))[0] == [0.0, 0.0]


def test_a_heading_keeps_no_company_with_small_print() -> None:
    large, small = candidates(("5", 30, 50), side=120.0), candidates(("a", 54, 50), side=28.0)
    both = Candidates(
        *(np.concatenate([a, b]) for a, b in zip(vars(large).values(), vars(small).values(), strict=True))
    )
    assert not company(both).any()


def test_what_is_faint_counts_for_little() -> None:
    assert company(candidates(("5", 0, 50), ("a", 24, 50), heat=0.1))[0].round(1).tolist() == [0.0, 0.1]


def test_none_and_one() -> None:
    assert company(candidates()).shape == (0, 2)
    assert company(candidates(("5", 0, 50))).tolist() == [[0.0, 0.0]]
