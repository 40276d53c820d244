"""Pictures and models that must be ended from outside, by the process that reads them."""

import dataclasses
import os
import re
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import drawn
import hostile_models
from mnistry import reading_process
from mnistry.assets import MODEL
from mnistry.data.dataset import Dataset
from mnistry.errors import ModelError, PictureError
from mnistry.ocr import decode
from mnistry.reading_process import PictureTask, ReadingProcess
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


def test_it_reads_paths_and_bytes_and_explains(seven: PictureTask) -> None:
    with ReadingProcess(MODEL) as it:
        result = it.read(seven)
        assert (result.page["text"], result.explained) == ("7", None)
        result = it.read(PictureTask(Path(seven.source).read_bytes(), "bytes", explain=True))  # pyright: ignore[reportArgumentType]
        assert result.page["text"] == "7"
        assert result.explained is not None
        assert result.explained.startswith("<section><h2>bytes</h2>")


def test_what_a_detector_saw_is_explained_too(seven: PictureTask, tmp_path: Path) -> None:
    path = hostile_models.detector(tmp_path / "detector.onnx", scale=0.0)  # no glyph of it counts
    with ReadingProcess(MODEL, detector=path) as it:
        result = it.read(dataclasses.replace(seven, explain=True))
        assert result.explained is not None
        assert "<h3>What the detector saw</h3>" in result.explained
        assert it.read(seven).explained is None


def test_one_that_takes_too_long_costs_itself_alone(seven: PictureTask, noise: PictureTask) -> None:
    with ReadingProcess(MODEL, reading_s=1.5) as it:
        it.read(seven)
        began = time.monotonic()
        with pytest.raises(PictureError, match=r"^noise\.png: not read within 1\.5 s: allow more with --time-limit$"):
            it.read(noise)
        assert time.monotonic() - began < 8
        assert it.read(seven).page["text"] == "7"


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
    decoded = decode.decode
    monkeypatch.setattr(decode, "decode", lambda source, name: decoded(source, name) if name == "seven.png" else harm())
    with ReadingProcess(MODEL) as it:
        with pytest.raises(PictureError) as caught:
            it.read(PictureTask(seven.source, "other"))
        assert re.fullmatch(f"other: {said}", str(caught.value))
        assert it.read(seven).page["text"] == "7"


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
