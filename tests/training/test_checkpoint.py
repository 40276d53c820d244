from pathlib import Path

import keras
import numpy as np
import pytest

from mnistry.dataset import Dataset
from mnistry.errors import RunError
from mnistry.split import Split
from mnistry.training import checkpoint, fit
from mnistry.training.recipes import find

HISTORY = [{"epoch": 1, "loss": 0.5}]


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


def test_damaged_or_foreign(data: Dataset, tmp_path: Path) -> None:
    loop = fit.prepare(find("tutorial"), data, seed=1)
    path = tmp_path / "c.npz"
    checkpoint.save(path, loop, HISTORY)
    whole = path.read_bytes()
    path.write_bytes(whole[:-100])
    with pytest.raises(
        RunError, match=r"c\.npz: this checkpoint is damaged \(.*\): remove it to train from the start$"
    ):
        checkpoint.restore(path, loop)
    np.save(path.with_suffix(".npy"), np.zeros(3))
    path.with_suffix(".npy").replace(path)
    with pytest.raises(RunError, match=r"c\.npz: this checkpoint is damaged"):
        checkpoint.restore(path, loop)
    path.write_bytes(whole)
    other = Dataset("two", "two", ("a", "b"), data.train, data.validation, data.open_test)
    with pytest.raises(RunError, match=r"c\.npz: this checkpoint is of another model"):
        checkpoint.restore(path, fit.prepare(find("tutorial"), other, seed=1))
