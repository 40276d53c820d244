"""What a network may do as it runs; tests/test_reading.py has those that must be ended from outside."""

import dataclasses
import threading
import time
import types
from pathlib import Path

import numpy as np
import pytest
from onnx import helper

import hostile_models
from mnistry.assets import MODEL
from mnistry.classifier import network
from mnistry.classifier.network import Network
from mnistry.errors import ModelError
from mnistry.reader import Reader
from mnistry.safety.limits import LIMITS

IMAGES = np.zeros((3, 28, 28, 1), np.uint8)


def test_a_network_that_does_not_end_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "LIMITS", dataclasses.replace(LIMITS, run_s=0.5))
    reader = Reader(hostile_models.endless(tmp_path / "m.onnx"))
    for _ in range(2):
        began = time.monotonic()
        with pytest.raises(ModelError, match=r"m\.onnx: did not finish within 0\.5 s$"):
            reader.classify(IMAGES)
        assert time.monotonic() - began < 5
    assert not network._running


def test_a_run_that_cannot_be_ended_is_reported_to_the_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One operator that never ends, as it would look: here the run ends when it was reported to the program."""
    result: list[str] = []
    monkeypatch.setattr(network, "LIMITS", dataclasses.replace(LIMITS, run_s=0.1))
    monkeypatch.setattr(network, "STUCK_S", 0.3)
    monkeypatch.setattr(network, "POLL_S", 0.05)
    monkeypatch.setattr(network, "_watcher", None)
    monkeypatch.setattr(network, "stuck", result.append)
    options = types.SimpleNamespace(terminate=False)
    with network._watched(options, "m.onnx"):
        until = time.monotonic() + 10
        while not result and time.monotonic() < until:
            time.sleep(0.05)
    assert options.terminate
    assert set(result) == {"m.onnx: did not finish within 0.1 s"}


def test_nothing_but_the_error_is_said_of_a_damaged_model(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    whole = hostile_models.model(tmp_path / "m.onnx").read_bytes()
    (tmp_path / "m.onnx").write_bytes(whole.replace(b"Identity", b"Q\xff\xfetity"))
    with pytest.raises(ModelError, match=r"m\.onnx: not an ONNX model that can be run: "):
        Reader(tmp_path / "m.onnx")
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("where", [b"n-axis-open", b"told-value"])
def test_names_that_are_no_text(tmp_path: Path, where: bytes) -> None:
    path = hostile_models.model(tmp_path / "m.onnx", image=("n-axis-open", 28, 28, 1), key="told-value")
    whole = path.read_bytes()
    assert where in whole
    path.write_bytes(whole.replace(where, b"\xff" * len(where)))
    with pytest.raises(
        ModelError, match=r"m\.onnx: not an ONNX model that can be run: a name in it is not UTF-8 text$"
    ):
        Reader(path)


def test_the_watching_thread_ends_when_there_is_nothing_to_watch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "IDLE_S", 0.1)
    monkeypatch.setattr(network, "POLL_S", 0.05)
    monkeypatch.setattr(network, "_watcher", None)
    reader = Reader()
    for _ in range(2):  # and another begins
        reader.classify(IMAGES)
        watcher = network._watcher
        assert isinstance(watcher, threading.Thread)
        watcher.join(5)
        assert not watcher.is_alive()


@pytest.mark.parametrize(
    ("last", "said"),
    [
        ([helper.make_node("Slice", ["flat", "0", "1"], ["logits"])], r"returns logits float32 \(1, 10\) for 3 images: wanted one row each"),
        ([helper.make_node("Gather", ["flat", "odd"], ["logits"], axis=0)], r"fails to run: .{1,200}$"),
        ([helper.make_node("Concat", ["flat", "flat"], ["logits"], axis=0)], r"returns logits float32 \(6, 10\) for 3 images"),
    ],
    ids=["fewer", "fails", "more"],
)  # fmt: skip
def test_what_is_no_answer_is_said(tmp_path: Path, last: list, said: str) -> None:
    numbers = {"0": np.array([0]), "1": np.array([1]), "odd": np.array([0, 99, 1])}
    reader = Reader(hostile_models.model(tmp_path / "m.onnx", last, extra=numbers))
    with pytest.raises(ModelError, match=rf"m\.onnx: {said}"):
        reader.classify(IMAGES)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_weights_that_are_no_numbers(tmp_path: Path, value: float) -> None:
    weights = np.zeros((784, 10), np.float32)
    weights[5, 5] = value
    reader = Reader(hostile_models.model(tmp_path / "m.onnx", weights=weights))
    with pytest.raises(
        ModelError, match=r"m\.onnx: returns logits that are not numbers \(NaN or infinite\): train it again$"
    ):
        reader.classify(IMAGES)


def test_logits_that_are_too_large(tmp_path: Path) -> None:
    weights = np.zeros((784, 10), np.float32)
    weights[5, 5] = 3e38
    images = IMAGES.copy()
    images[0, 0, 5], images[0, 0, 0] = 1, 255
    with pytest.raises(ModelError, match=r"m\.onnx: returns a logit of 3e\+38: wanted at most 1e\+30$"):
        Reader(hostile_models.model(tmp_path / "m.onnx", weights=weights)).classify(images)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"classes": 0}, r"returns logits \['n', 0\]: wanted a variable number of images, and no other variable axis"),
        ({"image": (1, 28, 28, 1)}, r"takes images \[1, 28, 28, 1\] and returns .*: wanted a variable number of images"),
        ({"image": ("n", "h", 28, 1)}, "wanted a variable number of images, and no other variable axis"),
        ({"image": ("n", 1100, 1000, 1), "weights": np.zeros((1_100_000, 10), np.float32)}, r"images of 1100×1000×1, 10 classes: wanted at most 1,000,000 values per image"),
        ({"classes": 4_001}, "images of 28×28×1, 4001 classes: wanted at most .* and 4,000 classes"),
        ({"image": ("n", 28, 28)}, r"has images: tensor\(uint8\), 3 axes, logits: .*: wanted images \(uint8, n h w c\)"),
    ],
    ids=["classes", "fixed", "open", "large", "many", "axes"],
)  # fmt: skip
def test_sizes_that_no_reader_takes(tmp_path: Path, changes: dict, said: str) -> None:
    with pytest.raises(ModelError, match=rf"m\.onnx: .*{said}"):
        Reader(hostile_models.model(tmp_path / "m.onnx", **changes))


def test_a_file_that_is_too_large_or_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "m.onnx"
    with path.open("wb") as file:
        file.truncate(256_000_001)  # takes no room
    with pytest.raises(ModelError, match=r"m\.onnx: cannot be read \(larger than 256 MB\)$"):
        Reader(path)
    with pytest.raises(ModelError, match=r"cannot be read \(Is a directory\)$"):
        Reader(tmp_path)
    assert isinstance(Network(MODEL.read_bytes(), path, 1, "x"), Network)
