"""Pages drawn by hand and seen by a detector that is no network: what is known of its digits, and what follows."""

import shutil
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import small_pages
from mnistry.detector.detector import Detector
from mnistry.ocr.confidence import FEATURES, Confidence
from mnistry.ocr.evidence import Evidence
from mnistry.ocr.find_glyphs import Glyphs
from mnistry.ocr.glyph_classes import GLYPHS
from mnistry.ocr.peaks import Candidates
from mnistry.ocr.scores import Scores
from mnistry.run.folder import Run
from mnistry.training.detector import fit_confidence
from mnistry.training.detector.fit_confidence import Example, _example, fit
from mnistry.training.export.write_metadata import write_metadata
from mnistry.training.synthetic.pages.scene import Scene


def page(text: str, seen: float = 1.0) -> Scene:
    """A line of glyphs 20 px wide and 28 px high, every 24 px."""
    n, left = len(text), 24.0 * np.arange(len(text))
    boxes = np.stack([left, np.full(n, 10.0), left + 20, np.full(n, 38.0)], axis=1)
    return Scene(
        np.zeros((64, 320, 3), np.uint8),
        np.zeros((64, 320), np.int16),
        np.array([GLYPHS.index(glyph) if glyph in GLYPHS else len(GLYPHS) - 1 for glyph in text], np.int64),
        boxes.astype(np.float32).reshape(n, 4),
        np.full(n, 28, np.float32),
        np.full(n, seen, np.float32),
        np.zeros(n, np.int64),
        np.zeros(n, np.int64),
    )


def seen(of: Scene, found: str, heat: float | list[float] = 0.9, shift: float = 0.0) -> Evidence:
    """What two networks say that agree: of each glyph of the page, in order, that it is this digit; `_` is missed."""
    at = [k for k, value in enumerate(found) if value != "_"]
    n, values = len(at), [int(found[k]) for k in at]
    shares = np.full((n, len(GLYPHS)), 1e-4)
    shares[np.arange(n), values] = 0.99
    probabilities = np.full((n, 10), 1e-3)
    probabilities[np.arange(n), values] = 0.99
    candidates = Candidates(
        np.broadcast_to(np.array(heat, np.float32), (n,)),
        np.log(shares).astype(np.float32),
        of.boxes[at] + np.float32(shift),
        np.full(n, 28, np.float32),
        np.zeros(n, np.int64),
        np.full(n, 28, np.float32),
    )
    scores = Scores(probabilities.astype(np.float32), np.full(n, 5, np.float32))
    bare = Evidence(
        tuple("0123456789"),
        Glyphs(candidates, [], [], []),
        np.zeros((n, 28, 28), np.uint8),
        scores,
        scores.probabilities,
        np.zeros((n, len(FEATURES))),
    )
    return bare.with_confidence(Confidence())


def example(text: str, found: str, heat: float | list[float] = 0.9, **of: float) -> Example:
    drawn = page(text, of.pop("seen", 1.0))
    return _example(drawn, seen(drawn, found, heat, **of))


@pytest.mark.parametrize(
    ("text", "found", "truth"),
    [
        ("123", "123", [1, 2, 3]),
        ("123", "1_3", [1, 3]),
        ("123", "153", [1, 2, 3]),  # what is written, not what was read
        ("a,3", "973", [-1, -1, 3]),
        ("", "", []),
        ("12", "__", []),
    ],
)
def test_what_each_candidate_truly_is(text: str, found: str, truth: list[int]) -> None:
    assert example(text, found).truth.tolist() == truth


def test_a_box_elsewhere_is_none_and_one_cut_off_is_unclear() -> None:
    assert example("12", "12", shift=13.0).truth.tolist() == [-1, -1]
    assert example("12", "12", seen=0.5).truth.tolist() == [-2, -2]


def pages(n: int) -> list[Example]:
    """Right digits are warmer than letters taken for some; of ten warm ones, one is wrong."""
    rng = np.random.default_rng(1)
    known = []
    for k in range(n):
        warm = rng.uniform(0.8, 0.95, 4).tolist()
        known.append(example("1234", "1235" if k % 5 == 0 else "1234", warm))
        known.append(example("abcd", "9679", rng.uniform(0.1, 0.5, 4).tolist()))
    return known


def test_the_probability_is_the_share_that_is_right() -> None:
    known = pages(60)
    confidence = fit(known)
    sure = [confidence.of(one.seen.with_confidence(confidence).features) for one in known]
    assert np.mean(sure[::2]) == pytest.approx(0.95, abs=0.02)
    assert np.mean(sure[1::2]) < 0.02


def test_lines_are_as_sure_as_lines_are_exact() -> None:
    """Of four digits the last is wrong on one page of five, so four lines of five are exact."""
    known = pages(60)
    confidence = fit(known)
    sure = [confidence.of(one.seen.with_confidence(confidence).features) for one in known[::2]]
    assert np.mean([confidence.of_line(line.tolist()) for line in sure]) == pytest.approx(0.8, abs=0.02)


@pytest.mark.parametrize(
    ("text", "found", "exact"),
    [("1234", "1234", [True]), ("1234", "1235", [False]), ("1234", "123_", [False]), ("1a", "1_", [True])],
)
def test_a_line_is_exact_if_nothing_is_wrong_or_missing(text: str, found: str, exact: list[bool]) -> None:
    sure = Confidence(bias=20.0)
    products, right = fit_confidence._lines(example(text, found), sure)
    assert right.tolist() == exact
    assert (products > 0.9).all()


def test_lines_with_unclear_digits_say_nothing() -> None:
    assert not len(fit_confidence._lines(example("12", "12", seen=0.5), Confidence(bias=20.0))[1])


def test_a_network_that_finds_nothing_is_never_sure() -> None:
    for known in ([example("12", "__")], [example("ab", "12")]):
        confidence = fit(known)
        assert len(confidence.weights) == len(FEATURES)
        assert not any(confidence.weights)
        assert confidence.bias <= 0


def test_one_dense_page_counts_as_one() -> None:
    """A page of 400 letters taken for digits changes little: it counts as 40."""
    few = [example("1234", "1234", 0.5), *[example("abcd", "1234", 0.5) for _ in range(4)]]
    dense = few[1]
    many = Example(
        dense.page,
        replace(dense.seen, features=np.tile(dense.seen.features, (100, 1))),
        np.tile(dense.partner, 100),
        np.tile(dense.truth, 100),
    )
    rows = [one.seen.features for one in (*few, many)]
    right = [one.truth >= 0 for one in (*few, many)]
    weights, bias = fit_confidence._regression(rows, right)
    assert Confidence(weights, bias).of(few[0].seen.features)[0] == pytest.approx(4 / (4 + 16 + 40), abs=0.02)


@pytest.fixture
def unfitted(small_detector: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of a detector whose confidence is lost; `small_detector` has it."""
    small_pages.use(monkeypatch)
    path = tmp_path / "detector.onnx"
    shutil.copy(small_detector.model, path)
    write_metadata(path, replace(Detector(path).metadata, confidence=None))
    return path


def test_it_is_written_into_the_detector(
    small_detector: Run, unfitted: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As training wrote it, and nothing else is changed or left behind."""
    monkeypatch.setattr(sys, "argv", ["fit_confidence", str(unfitted)])
    fit_confidence.main()
    written = Detector(unfitted).metadata
    assert written.confidence is not None
    assert written == Detector(small_detector.model).metadata
    assert list(tmp_path.iterdir()) == [unfitted]


@pytest.mark.parametrize("given", [["none.onnx"], ["detector.onnx", "none.onnx"]])
def test_a_network_that_is_not_there_is_said_and_nothing_changed(
    unfitted: Path,
    given: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = unfitted.read_bytes()
    monkeypatch.setattr(sys, "argv", ["fit_confidence", *(str(unfitted.parent / name) for name in given)])
    with pytest.raises(SystemExit) as ended:
        fit_confidence.main()
    assert ended.value.code == 1
    assert capsys.readouterr().err.startswith(f"error: {unfitted.parent / 'none.onnx'}: ")
    assert unfitted.read_bytes() == before


def test_a_file_that_cannot_be_written_stays_whole(unfitted: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = unfitted.read_bytes()

    def half(part: Path, _: object) -> None:
        part.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(fit_confidence, "write_metadata", half)
    with pytest.raises(OSError, match="No space"):
        fit_confidence.write(unfitted)
    assert unfitted.read_bytes() == before
