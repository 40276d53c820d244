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


def state(model: keras.Sequential) -> list[np.ndarray]:
    variables = [*model.variables, *model.optimizer.variables]
    return [np.array(keras.ops.convert_to_numpy(v)) for v in variables]


def test_all_that_counts_comes_back(data: Dataset, tmp_path: Path) -> None:
    model = fit.compile_model(find("tutorial"), data, seed=1)
    model.fit(data.train.images, data.train.labels, verbose=0)
    checkpoint.save(tmp_path / "c.npz", model, HISTORY)
    fresh = fit.compile_model(find("tutorial"), data, seed=2)
    assert checkpoint.restore(tmp_path / "c.npz", fresh) == HISTORY
    before, after = state(model), state(fresh)
    assert len(before) == len(after) > 30
    assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))
    assert int(fresh.optimizer.iterations) == 8


def test_none_there_is_the_beginning(data: Dataset, tmp_path: Path) -> None:
    assert checkpoint.restore(tmp_path / "c.npz", fit.compile_model(find("tutorial"), data, seed=1)) == []


def test_damaged_or_foreign(data: Dataset, tmp_path: Path) -> None:
    model = fit.compile_model(find("tutorial"), data, seed=1)
    path = tmp_path / "c.npz"
    checkpoint.save(path, model, HISTORY)
    whole = path.read_bytes()
    path.write_bytes(whole[:-100])
    with pytest.raises(
        RunError, match=r"c\.npz: this checkpoint is damaged \(.*\): remove it to train from the start$"
    ):
        checkpoint.restore(path, model)
    np.save(path.with_suffix(".npy"), np.zeros(3))
    path.with_suffix(".npy").replace(path)
    with pytest.raises(RunError, match=r"c\.npz: this checkpoint is damaged"):
        checkpoint.restore(path, model)
    path.write_bytes(whole)
    other = Dataset("two", "two", ("a", "b"), data.train, data.validation, data.open_test)
    with pytest.raises(RunError, match=r"c\.npz: this checkpoint is of another model"):
        checkpoint.restore(path, fit.compile_model(find("tutorial"), other, seed=1))
