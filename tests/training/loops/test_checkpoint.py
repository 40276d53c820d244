import json
import math
import os
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from mnistry.data.dataset import Dataset
from mnistry.data.split import Split
from mnistry.errors import RunError
from mnistry.training import fit
from mnistry.training.loops import checkpoint
from mnistry.training.recipes import find

HISTORY = [{"epoch": 1, "loss": 0.5, "accuracy": 0.5, "elapsed_s": 1.5}]


@pytest.fixture
def data(mnist: Dataset) -> Dataset:
    few = Split(mnist.train.images[:256], mnist.train.labels[:256])
    return Dataset("few", "few", mnist.class_names, few, few, lambda: few)


def test_all_that_counts_comes_back(data: Dataset, tmp_path: Path) -> None:
    loop = fit.prepare(find("tutorial"), data, seed=1)
    loop.model.fit(data.train.images, data.train.labels, verbose=0)
    checkpoint.save(tmp_path / "c.npz", loop, HISTORY)
    fresh = fit.prepare(find("tutorial"), data, seed=2)
    assert checkpoint.restore(tmp_path / "c.npz", fresh) == HISTORY
    before, after = loop.state(), fresh.state()
    assert len(before) == len(after) > 30
    assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))
    assert int(fresh.model.optimizer.iterations) == 8


def test_the_model_s_own_variables_come_first(data: Dataset, tmp_path: Path) -> None:
    for recipe in ("tutorial", "fast"):
        loop = fit.prepare(find(recipe), data, seed=1)
        checkpoint.save(tmp_path / "c.npz", loop, HISTORY)
        arrays, history = checkpoint.read(tmp_path / "c.npz")
        assert history == HISTORY
        for variable, array in zip(loop.model.variables, arrays, strict=False):
            assert np.array_equal(keras.ops.convert_to_numpy(variable), array)


def test_none_there_is_the_beginning(data: Dataset, tmp_path: Path) -> None:
    assert checkpoint.restore(tmp_path / "c.npz", fit.prepare(find("tutorial"), data, seed=1)) == []


class Counter:
    """The smallest thing with a state."""

    def __init__(self) -> None:
        self.arrays = [np.zeros(3, np.float32), np.array(7)]

    def state(self) -> list[np.ndarray]:
        return self.arrays

    def load(self, arrays: Any) -> None:
        self.arrays = list(arrays)


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    checkpoint.save(tmp_path / "c.npz", Counter(), HISTORY)
    return tmp_path / "c.npz"


def refused(path: Path) -> str:
    counter = Counter()
    with pytest.raises(RunError) as caught:
        checkpoint.restore(path, counter)
    assert [array.tolist() for array in counter.arrays] == [[0, 0, 0], 7]
    said = str(caught.value)
    assert said.startswith(f"{path}: this checkpoint is ")
    assert said.endswith(": remove it to train from the start")
    return said.removeprefix(f"{path}: this checkpoint is ").removesuffix(": remove it to train from the start")


def test_damaged(saved: Path) -> None:
    whole = saved.read_bytes()
    saved.write_bytes(whole[:-100])
    assert refused(saved) == "damaged (File is not a zip file)"
    np.save(saved.with_suffix(".npy"), np.zeros(3))
    saved.with_suffix(".npy").replace(saved)
    assert refused(saved) == "damaged (File is not a zip file)"
    saved.write_bytes(whole.replace(np.array(7).tobytes(), np.array(8).tobytes(), 1))
    assert refused(saved) == "damaged (Bad CRC-32 for file 'v1.npy')"
    saved.write_bytes(whole)
    assert checkpoint.restore(saved, Counter()) == HISTORY


def test_none_that_could_be_read(saved: Path) -> None:
    def fifo() -> None:
        os.mkfifo(saved)

    places: list[tuple[Callable[[], object], str]] = [
        (fifo, "not a regular file"),
        (saved.mkdir, "Is a directory"),
        (lambda: saved.symlink_to(saved.name), "Too many levels of symbolic links"),
        (lambda: saved.symlink_to("nowhere"), "No such file or directory"),
    ]
    for make, reason in places:
        saved.rmdir() if saved.is_dir() else saved.unlink()
        make()
        assert refused(saved) == f"damaged ({reason})"


def test_what_zip_knows_and_numpy_does_not_write(saved: Path) -> None:
    whole = saved.read_bytes()
    for offset, value, reason in (
        (8, 1, "v0 is encrypted: wanted an archive as NumPy writes it"),
        (10, 99, "v0 is packed by method 99: wanted it stored or deflated"),
        (10, zipfile.ZIP_LZMA, "v0 is packed by method 14: wanted it stored or deflated"),
    ):
        content, at = bytearray(whole), whole.find(b"PK\1\2")
        while at >= 0:  # each entry of the central directory
            content[at + offset : at + offset + 2] = struct.pack("<H", value)
            at = whole.find(b"PK\1\2", at + 1)
        saved.write_bytes(content)
        assert refused(saved) == f"damaged ({reason})"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"v0": np.zeros(4, np.float32)}, "of another model"),
        ({"v0": np.zeros(3)}, "of another model"),
        ({"v0": np.zeros(3, np.int32)}, "of another model"),
        ({"v0": np.array(["a", "b", "c"])}, "of another model"),
        ({"v2": np.zeros(3)}, "of another model"),
        ({"v1": None}, "of another model"),
        ({"v0": None}, "damaged (wanted the arrays history, v0, v1 and so on, and no others)"),
        ({"w": np.zeros(3)}, "damaged (wanted the arrays history, v0, v1 and so on, and no others)"),
        ({"history": None}, "damaged (wanted the arrays history, v0, v1 and so on, and no others)"),
        ({"history": np.array(5)}, "damaged (history is int64 (): wanted text)"),
        ({"history": np.array(["a", "b"])}, "damaged (history is <U1 (2,): wanted text)"),
    ],
)
def test_other_arrays(change: dict[str, np.ndarray | None], reason: str, saved: Path) -> None:
    with np.load(saved) as arrays:
        result = {**arrays, **change}
    np.savez(saved, **{key: array for key, array in result.items() if array is not None})
    assert refused(saved) == reason


@pytest.mark.parametrize(
    ("history", "reason"),
    [
        ("[" * 100_000, "nested more than 32 deep"),
        ("5", "it is 5: wanted a list"),
        ("[5]", "[0] is 5: wanted an object"),
        ("[]", "history is not of one epoch after the other"),
        (json.dumps([{**HISTORY[0], "loss": "low"}]), "[0].loss is 'low': wanted a number"),
        (json.dumps([{**HISTORY[0], "validation_loss": None}]), "[0].validation_loss is None: wanted a number"),
        (json.dumps([{**HISTORY[0], "epoch": 2}]), "history is not of one epoch after the other"),
        (json.dumps([*HISTORY, {**HISTORY[0], "epoch": 2, "more": 1}]), "history is not of one epoch after the other"),
        (json.dumps([{"epoch": 1}]), "[0].loss is missing"),
    ],
)
def test_another_history(history: str, reason: str, saved: Path) -> None:
    with np.load(saved) as arrays:
        np.savez(saved, **{**arrays, "history": np.array(history)})
    assert refused(saved) == f"damaged ({reason})"


def test_a_run_that_diverged_is_gone_on_with(tmp_path: Path) -> None:
    checkpoint.save(tmp_path / "c.npz", Counter(), [{**HISTORY[0], "loss": math.nan}])
    assert math.isnan(checkpoint.restore(tmp_path / "c.npz", Counter())[0]["loss"])


def test_of_another_model(data: Dataset, tmp_path: Path) -> None:
    path = tmp_path / "c.npz"
    checkpoint.save(path, fit.prepare(find("tutorial"), data, seed=1), HISTORY)
    other = Dataset("two", "two", ("a", "b"), data.train, data.validation, data.open_test)
    with pytest.raises(
        RunError, match=r"c\.npz: this checkpoint is of another model: remove it to train from the start"
    ):
        checkpoint.restore(path, fit.prepare(find("tutorial"), other, seed=1))
