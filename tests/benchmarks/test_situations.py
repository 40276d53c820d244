"""benchmarks/situations.py: what its pictures show is there, and readings are judged by place, value and order."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest

import situations
from everyday import kit
from everyday.faces import Face
from everyday.judge import FoundDigit, FoundLine, calibration_error, judge, matched
from everyday.kinds import KINDS, NOTHING
from everyday.kit import Kit, Stock
from everyday.mnist_ink import MnistInk
from everyday.sample import Kind, Sample, TrueDigit
from injected import records
from injected.situations import situations as table
from mnistry.data import Dataset
from mnistry.training import provenance

SMALL_PX = 6e5
MIN_CONTRAST = 12  # grey levels
FONTS = Path(mpl.get_data_path()) / "fonts" / "ttf"
LATIN = frozenset(chr(code) for code in range(33, 127)) | set("×÷€£äöüñ")
ONE_OF_EACH_MODULE = (
    *("notebook", "form-boxes", "addition", "circled", "dates", "seven-segments", "two-small-lines"),
    *("touching-strings", "words-only", "patterns"),
)


@pytest.fixture(scope="module")
def stock(mnist: Dataset) -> Stock:
    """Fonts that come with matplotlib, and noise as a photo: they need no network."""
    sans, italic = (Face(str(FONTS / f"DejaVu{name}.ttf"), LATIN) for name in ("Sans", "Serif-Italic"))
    photo = np.random.default_rng(0).integers(0, 256, (90, 120, 3)).astype(np.uint8)
    return Stock(MnistInk(mnist.validation), [italic], [sans], [sans], {"latin": [sans]}, [photo])


def drawn(kind: Kind, stock: Stock, seed: int = 0) -> Sample:
    return kind.draw(Kit(stock, np.random.default_rng(seed), SMALL_PX))


def test_there_are_more_than_thirty_kinds_and_each_has_a_name_of_its_own_and_says_what_it_shows() -> None:
    assert len({kind.name for kind in KINDS}) == len(KINDS) > 30
    assert all(kind.what.endswith(".") for kind in KINDS)
    assert sum(kind.group == NOTHING for kind in KINDS) >= 8


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_each_digit_of_a_picture_has_ink_in_its_box(kind: Kind, stock: Stock) -> None:
    sample = drawn(kind, stock)
    height, width = sample.pixels.shape[:2]
    assert (sample.pixels.dtype, sample.pixels.shape[2:]) == (np.uint8, (3,))
    assert (kind.group == NOTHING) == (not sample.digits)
    assert sum(map(len, sample.lines)) == len(sample.digits)
    assert list(sample.digits) == sorted(sample.digits, key=lambda digit: digit.line)
    grey = sample.pixels.mean(axis=2)
    for digit in sample.digits:
        left, top, right, bottom = digit.box
        assert 0 <= left < right <= width
        assert 0 <= top < bottom <= height
        assert bottom - top > 7
        part = grey[max(0, int(top) - 2) : int(bottom) + 3, max(0, int(left) - 2) : int(right) + 3]
        assert np.ptp(np.percentile(part, (3, 97))) > MIN_CONTRAST


@pytest.mark.parametrize("name", ONE_OF_EACH_MODULE)
def test_the_same_seed_draws_the_same_picture_and_another_draws_another(name: str, stock: Stock) -> None:
    (kind,) = (kind for kind in KINDS if kind.name == name)
    first, second, other = (drawn(kind, stock, seed) for seed in (3, 3, 4))
    assert np.array_equal(first.pixels, second.pixels)
    assert first.digits == second.digits
    assert first.pixels.shape != other.pixels.shape or not np.array_equal(first.pixels, other.pixels)


def test_digits_that_touch_share_ink(stock: Stock) -> None:
    (kind,) = (kind for kind in KINDS if kind.name == "touching-pairs")
    digits = [digit for seed in range(5) for digit in drawn(kind, stock, seed).digits]
    pairs = list(zip(digits[::2], digits[1::2], strict=True))
    assert all(a.number == b.number for a, b in pairs)
    overlaps = [(a.box[2] - b.box[0]) / min(a.box[2] - a.box[0], b.box[2] - b.box[0]) for a, b in pairs]
    assert min(overlaps) > 0.05
    assert max(overlaps) < 0.55


TRUTH = Sample(
    np.zeros((100, 200, 3), np.uint8),
    (
        TrueDigit("1", (10, 10, 14, 30), 0, 0),
        TrueDigit("7", (20, 10, 32, 30), 0, 0),
        TrueDigit("5", (60, 10, 72, 30), 0, 1),
        TrueDigit("3", (10, 50, 22, 70), 1, 2),
    ),
)


def read(*lines: str, confidence: float = 0.9) -> list[FoundLine]:
    """Digits where the truth has them, line by line; "?" leaves one out."""
    places = iter([digit.box for digit in TRUTH.digits] + [(150.0, 80.0, 160.0, 95.0)])
    pairs = [[(value, next(places)) for value in line] for line in lines]
    return [FoundLine(tuple(FoundDigit(v, confidence, box) for v, box in line if v != "?"), 0.8) for line in pairs]


def test_what_is_read_as_it_is_written_is_right() -> None:
    verdict = judge(TRUTH, read("175", "3"))
    assert (verdict.digits, verdict.found, verdict.right) == (4, 4, 4)
    assert (verdict.lines, verdict.exact_lines, verdict.numbers, verdict.right_numbers) == (2, 2, 3, 3)
    assert verdict.trusted == ((0.9, True),) * 4
    assert verdict.trusted_lines == ((0.8, True),) * 2
    assert verdict.exact


@pytest.mark.parametrize(
    ("lines", "found", "right", "exact_lines", "numbers"),
    [
        (("176", "3"), 4, 3, 1, 2),  # a wrong value
        (("1?5", "3"), 3, 3, 1, 2),  # a digit missed
        (("175", "3", "8"), 5, 4, 2, 3),  # one where there is none
        (("17", "5", "3"), 4, 4, 1, 3),  # a line that is cut in two
        (("1753",), 4, 4, 0, 3),  # two that are one
        ((), 0, 0, 0, 0),
    ],
)
def test_each_fault_counts(lines: tuple[str, ...], found: int, right: int, exact_lines: int, numbers: int) -> None:
    verdict = judge(TRUTH, read(*lines))
    assert (verdict.found, verdict.right, verdict.exact_lines, verdict.right_numbers) == (
        found,
        right,
        exact_lines,
        numbers,
    )
    assert not verdict.exact


def test_lines_in_another_order_are_not_exact() -> None:
    first, second = read("175", "3")
    verdict = judge(TRUTH, [second, first])
    assert (verdict.right, verdict.exact_lines) == (4, 1)


def test_a_false_digit_within_a_number_makes_it_wrong() -> None:
    first, second = read("175", "3")
    between = FoundDigit("1", 0.5, (15, 10, 19, 30))
    verdict = judge(TRUTH, [replace(first, digits=(first.digits[0], between, *first.digits[1:])), second])
    assert (verdict.found, verdict.right, verdict.right_numbers, verdict.exact_lines) == (5, 4, 2, 1)


def test_boxes_belong_together_by_overlap_or_by_the_middle() -> None:
    one = (10.0, 10.0, 14.0, 30.0)
    assert matched([one], [(9.0, 8.0, 16.0, 31.0)]) == [(0, 0)]
    assert matched([one], [(10.0, 10.0, 13.0, 20.0)]) == [(0, 0)], "half as high, its middle inside"
    assert matched([one], [(0.0, 0.0, 60.0, 60.0)]) == []
    assert matched([one], [(40.0, 10.0, 44.0, 30.0)]) == []
    assert matched([one, (16.0, 10.0, 20.0, 30.0)], [(16.0, 10.0, 20.0, 30.0), one]) == [(0, 1), (1, 0)]


def test_calibration_error_is_the_weighted_distance_of_confidence_and_share() -> None:
    pairs = [(0.95, True), (0.95, False), (0.05, False)]
    assert calibration_error(pairs, [1, 1, 1]) == pytest.approx((2 * 0.45 + 0.05) / 3)
    assert calibration_error(pairs, [1, 0, 1]) == pytest.approx((0.05 + 0.05) / 2)
    assert calibration_error([], []) == 0


def test_figures_are_shares_of_all_pictures_of_a_kind() -> None:
    kind = Kind("two", "pages", drawn)  # pyright: ignore[reportArgumentType]
    row = situations.scored(kind, [judge(TRUTH, read("175", "3")), judge(TRUTH, read("1?5", "3", "8"))])
    assert row["digits_right"] == 7 / 8
    assert (row["recall"], row["precision"]) == (7 / 8, 7 / 8)
    assert (row["lines_exact"], row["numbers_right"], row["pictures_exact"]) == (3 / 5, 5 / 6, 1 / 2)
    empty = situations.scored(replace(kind, group=NOTHING), [judge(TRUTH, ()), judge(TRUTH, read("1"))])
    assert empty == {"pictures": 2, "nothing_read": 0.5}


def test_a_dense_page_does_not_outweigh_all_other_pictures() -> None:
    few, many = judge(TRUTH, read("175", "3", confidence=1.0)), judge(TRUTH, read("0000", confidence=1.0))
    many = replace(many, found=400, trusted=many.trusted * 100)
    assert situations.calibration([few, many])["digits"] == pytest.approx(40 / 44)
    assert situations.calibration([replace(few, trusted_lines=())])["lines"] is None


def test_the_record_becomes_a_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "RECORDS", tmp_path)
    assert table() == "Not measured yet: `python benchmarks/situations.py --record`."
    kind = Kind("two", "pages", drawn)  # pyright: ignore[reportArgumentType]
    rows = [
        {"name": "two", "group": "pages", "what": "Two.", **situations.scored(kind, [judge(TRUTH, read("175", "3"))])}
    ]
    rows.append({"name": "none", "group": NOTHING, "what": "None.", "pictures": 2, "nothing_read": 0.5})
    (tmp_path / "situations.json").write_text(json.dumps({"groups": situations.grouped(rows), "kinds": rows}))
    assert table().splitlines() == [
        *("| what is read | digits right | lines exact | numbers right |", "| --- | ---: | ---: | ---: |"),
        "| **pages**: mean of 1 | **100.00 %** | **100.00 %** | **100.00 %** |",
        *("| Two | 100.00 % | 100.00 % | 100.00 % |", "", "| what holds no digit | nothing read |", "| --- | ---: |"),
        *("| **nothing**: mean of 1 | **50.0 %** |", "| None | 50.0 % |"),
    ]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--kinds", "notebook,nope"], "argument --kinds: 'nope': wanted kinds or groups that --list names"),
        (
            ["--record", "--samples", "2"],
            "--record is of all kinds with the bundled networks: "
            "leave out --samples, --seed, --kinds, --model, --detector",
        ),
    ],
)
def test_wrong_use_is_said(
    words: list[str], said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["situations.py", *words])
    with pytest.raises(SystemExit, match="2"):
        situations.main()
    assert capsys.readouterr().err.splitlines()[-1] == f"situations.py: error: {said}"


def test_nothing_is_recorded_from_a_checkout_with_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["situations.py", "--record"])
    monkeypatch.setattr(provenance, "commit", lambda: "abc+")
    said = "error: the checkout has changes that are not committed: commit them, then record"
    with pytest.raises(SystemExit, match=f"^{said}$"):
        situations.main()


def test_pictures_are_read_shown_and_counted(
    stock: Stock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(kit, "figures", lambda: stock)
    words = ["--kinds", "printed-lines,cropped-number,hatching", "--samples", "2", "--sheet", str(tmp_path)]
    monkeypatch.setattr(sys, "argv", ["situations.py", *words])
    situations.main()
    rows = capsys.readouterr().out.splitlines()
    assert [row.split()[0] for row in rows if row] == [
        *("digits", "printed-lines", "cropped-number", "hatching", "print", "small", "nothing", "ECE"),
    ]
    assert all(float(share) <= 100 for share in rows[1].split()[1:])
    assert {path.name for path in tmp_path.glob("*s.png")} == {"printed-lines.png"}
    assert (tmp_path / "cropped-number.png").exists()
