"""Pictures and models that must be ended from outside, by the process that reads them."""

import dataclasses
import os
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import drawn
import hostile_models
from mnistry import reading_process
from mnistry.assets import MODEL
from mnistry.data.dataset import Dataset
from mnistry.errors import ModelError
from mnistry.ocr import decode, document
from mnistry.reading_process import ReadingProcess
from mnistry.reading_tasks import PageFailure, PageResult, PictureTask
from mnistry.safety.limits import LIMITS

pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork")


@pytest.fixture
def seven(mnist: Dataset, tmp_path: Path) -> PictureTask:
    path = tmp_path / "seven.png"
    Image.fromarray(drawn.row(mnist, "7", 4)).save(path)
    return PictureTask(str(path), "seven.png")


@pytest.fixture
def noise(tmp_path: Path) -> PictureTask:
    """Six megapixels of which every fiftieth is black: one that takes long, and no memory to speak of."""
    path = tmp_path / "noise.png"
    sheet = np.where(np.random.default_rng(0).random((2_000, 3_000)) < 0.02, 0, 255).astype(np.uint8)
    Image.fromarray(sheet).save(path)
    return PictureTask(str(path), "noise.png")


def only(results: Iterator[PageResult | PageFailure]) -> PageResult:
    """The one page that a picture has."""
    (result,) = results
    assert isinstance(result, PageResult)
    return result


def failures(results: Iterator[PageResult | PageFailure]) -> list[tuple[int | None, str]]:
    return [(one.number, one.message) for one in results if isinstance(one, PageFailure)]


def test_it_reads_paths_and_bytes_and_explains(seven: PictureTask) -> None:
    with ReadingProcess(MODEL) as it:
        result = only(it.read(seven))
        assert (result.name, result.page["text"], result.explained) == ("seven.png", "7", None)
        result = only(it.read(PictureTask(Path(seven.source).read_bytes(), "bytes", explain=True)))  # pyright: ignore[reportArgumentType]
        assert result.page["text"] == "7"
        assert result.explained is not None
        assert result.explained.startswith("<section><h2>bytes</h2>")


def test_what_a_detector_saw_is_explained_too(seven: PictureTask, tmp_path: Path) -> None:
    path = hostile_models.detector(tmp_path / "detector.onnx", scale=0.0)  # no glyph of it counts
    with ReadingProcess(MODEL, detector=path) as it:
        result = only(it.read(dataclasses.replace(seven, explain=True)))
        assert result.explained is not None
        assert "<h3>What the detector saw</h3>" in result.explained
        assert only(it.read(seven)).explained is None


def test_one_that_takes_too_long_costs_itself_alone(seven: PictureTask, noise: PictureTask) -> None:
    with ReadingProcess(MODEL, reading_s=1.5) as it:
        only(it.read(seven))
        began = time.monotonic()
        said = "noise.png: not read within 1.5 s: allow more with --time-limit"
        assert failures(it.read(noise)) == [(None, said)]
        assert time.monotonic() - began < 8
        assert only(it.read(seven)).page["text"] == "7"


@pytest.mark.skipif(reading_process.METHOD != "fork", reason="what is changed here is seen by a forked process alone")
@pytest.mark.parametrize("name", ["a.tif", "a.gif", "a.pdf"])
def test_a_page_that_takes_too_long_costs_itself_alone(
    mnist: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Also a frame, though the frames behind it are drawn over it."""
    first, *others = (Image.fromarray(255 - np.pad(drawn.row(mnist, digit, 3), 9)) for digit in "7502")
    first.save(tmp_path / name, save_all=True, append_images=others)
    decoded = decode.decode_page
    monkeypatch.setattr(
        decode,
        "decode_page",
        lambda file, number, **how: time.sleep(60) if number == 2 else decoded(file, number, **how),
    )
    with ReadingProcess(MODEL, reading_s=1.5) as it:
        result = list(it.read(PictureTask((tmp_path / name).read_bytes(), name)))
    assert result[1] == PageFailure(2, f"{name}#2: not read within 1.5 s: allow more with --time-limit")
    read = [one for one in result if isinstance(one, PageResult)]
    assert [one.name for one in read] == [f"{name}#1", f"{name}#3", f"{name}#4"]
    assert [(one.page.get("page"), one.page["text"]) for one in read] == [(1, "7"), (3, "0"), (4, "2")]


@pytest.mark.skipif(reading_process.METHOD != "fork", reason="what is changed here is seen by a forked process alone")
def test_a_file_is_given_up_after_three_pages_that_end_their_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blank = Image.new("L", (60, 60), 255)
    blank.save(tmp_path / "a.tif", save_all=True, append_images=[blank] * 9)
    decoded = decode.decode_page
    monkeypatch.setattr(
        decode,
        "decode_page",
        lambda file, number, **how: (
            os.kill(os.getpid(), 9) if number in (2, 3, 5, 6, 7) else decoded(file, number, **how)
        ),
    )
    with ReadingProcess(MODEL) as it:
        result = failures(it.read(PictureTask(str(tmp_path / "a.tif"), "a.tif")))
    assert [number for number, _ in result] == [2, 3, 5, 6, 7, 8]
    assert result[-1][1] == "a.tif: page 8 and those behind it are not read: 3 in a row failed"


def test_a_file_is_given_up_after_twenty_pages_that_fail(tmp_path: Path) -> None:
    thin = Image.new("L", (2_000, 9), 255)
    thin.save(tmp_path / "a.tif", save_all=True, append_images=[thin] * 29)
    with ReadingProcess(MODEL) as it:
        result = failures(it.read(PictureTask(str(tmp_path / "a.tif"), "a.tif")))
    assert [number for number, _ in result] == list(range(1, 22))
    assert result[-1][1] == "a.tif: page 21 and those behind it are not read: 20 in a row failed"


def test_a_file_is_given_up_when_its_time_is_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading_process, "LIMITS", dataclasses.replace(LIMITS, file_s=0))
    blank = Image.new("L", (60, 60), 255)
    blank.save(tmp_path / "a.tif", save_all=True, append_images=[blank])
    with ReadingProcess(MODEL) as it:
        result = failures(it.read(PictureTask(str(tmp_path / "a.tif"), "a.tif")))
    why = "the file has taken 0 s: allow more with --time-limit"
    assert result == [(1, f"a.tif: page 1 and those behind it are not read: {why}")]


def test_each_page_has_its_section(mnist: Dataset, tmp_path: Path) -> None:
    pages = [Image.fromarray(255 - np.pad(drawn.row(mnist, digit, 3), 9)) for digit in "75"]
    pages[0].save(tmp_path / "a.tif", save_all=True, append_images=pages[1:])
    with ReadingProcess(MODEL) as it:
        result = list(it.read(PictureTask(str(tmp_path / "a.tif"), "a.tif", explain=True)))
    sections = [one.explained or "" for one in result if isinstance(one, PageResult)]
    assert [section[: section.index("</h2>")] for section in sections] == [
        "<section><h2>a.tif#1",
        "<section><h2>a.tif#2",
    ]


def test_pages_beyond_the_limit_are_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if reading_process.METHOD != "fork":
        pytest.skip("what is changed here is seen by a forked process alone")
    monkeypatch.setattr(document, "LIMITS", dataclasses.replace(LIMITS, pages=2))
    blank = Image.new("L", (60, 60), 255)
    blank.save(tmp_path / "a.tif", save_all=True, append_images=[blank] * 4)
    with ReadingProcess(MODEL) as it:
        first, second, left_out = it.read(PictureTask(str(tmp_path / "a.tif"), "a.tif"))
    assert isinstance(first, PageResult)
    assert isinstance(second, PageResult)
    said = "a.tif: more than 2 pages: only the first 2 are read: split it to read the others"
    assert left_out == PageFailure(3, said)


@pytest.mark.skipif(reading_process.METHOD != "fork", reason="what is changed here is seen by a forked process alone")
@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (lambda: os.kill(os.getpid(), 9), r"reading it failed: the process has ended \(signal 9\)"),
        (lambda: bytearray(2**31), "reading it takes more memory than there is"),
        (lambda: {}["x"], r"something went wrong inside mnistry \(KeyError: 'x'\): please report it; MNISTRY_DEBUG=1 .*"),
    ],
    ids=["ends", "memory", "fails"],
)  # fmt: skip
def test_one_that_does_harm_costs_itself_alone(
    seven: PictureTask, monkeypatch: pytest.MonkeyPatch, harm: Callable[[], object], said: str
) -> None:
    decoded = decode.decode_page
    monkeypatch.setattr(
        decode,
        "decode_page",
        lambda file, number, **how: decoded(file, number, **how) if file.name(1) == "seven.png" else harm(),
    )
    with ReadingProcess(MODEL) as it:
        ((number, message),) = failures(it.read(PictureTask(seven.source, "other")))
        assert number is None
        assert re.fullmatch(f"other: {said}", message)
        assert only(it.read(seven)).page["text"] == "7"


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (hostile_models.endless, r"did not finish within 2 s$"),
        (hostile_models.greedy, r"fails to run: .*"),
    ],
    ids=["endless", "greedy"],
)
def test_a_model_that_takes_all_it_can_get(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: Callable[[Path], Path], said: str
) -> None:
    monkeypatch.setattr(reading_process, "LIMITS", dataclasses.replace(LIMITS, model_s=2))
    path = make(tmp_path / "m.onnx")
    with pytest.raises(ModelError, match=rf"m\.onnx: {said}"):
        reading_process.check_model(path)


def test_a_model_that_ends_its_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if reading_process.METHOD != "fork":
        pytest.skip("what is changed here is seen by a forked process alone")
    monkeypatch.setattr(reading_process, "reader", lambda model, threads: os.kill(os.getpid(), 9))
    with pytest.raises(ModelError, match=r"m\.onnx: loading it failed: the process has ended \(signal 9\)$"):
        reading_process.check_model(tmp_path / "m.onnx")
