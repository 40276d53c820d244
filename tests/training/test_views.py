import shutil
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import onnx
import pytest
from scipy.ndimage import affine_transform

from mnistry.dataset import Dataset
from mnistry.reader import Reader
from mnistry.training import export, models, views


@pytest.fixture(scope="module")
def model() -> keras.Sequential:
    keras.utils.set_random_seed(0)
    return models.fast((30, 24, 2), 3)


@pytest.fixture(scope="module")
def one(model: keras.Sequential, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("views") / "model.onnx"
    export._write_graph(model, path)
    return path


def test_the_logits_are_the_mean_over_the_views(one: Path, tmp_path: Path) -> None:
    """Of pictures that are not square and have two channels, moved here by scipy."""
    five = Path(shutil.copy(one, tmp_path))
    views.put_in_front(five)
    images = np.random.default_rng(0).integers(0, 256, (7, 30, 24, 2), np.uint8)
    expected = np.mean([Reader(one).logits(seen(images, *view)) for view in views.VIEWS], axis=0)
    assert Reader(five).logits(images) == pytest.approx(expected, abs=2e-3)
    assert np.abs(Reader(one).logits(images) - expected).max() > 0.01


def test_the_first_view_is_the_image_itself() -> None:
    pixels, shares = views._origins(9, 5)
    assert pixels.shape == shares.shape == (5, 45, 4)
    assert np.array_equal(pixels[0, :, 0], np.arange(45))
    assert (shares[0] == [1, 0, 0, 0]).all()
    assert np.ptp(shares.sum(axis=2)[:, 22]) < 1e-6, "the middle comes from within, whatever the view"


def test_names_types_and_the_open_axis_stay(one: Path, tmp_path: Path) -> None:
    five = Path(shutil.copy(one, tmp_path))
    views.put_in_front(five)
    before, after = onnx.load(one).graph, onnx.load(five).graph
    assert list(after.input) == list(before.input)
    assert [tensor.name for tensor in after.output] == ["logits"]
    assert five.stat().st_size - one.stat().st_size < 200_000
    for n in (1, 3):
        assert Reader(five).logits(np.zeros((n, 30, 24, 2), np.uint8)).shape == (n, 3)


def test_calibration_is_that_of_the_five(mnist: Dataset, tmp_path: Path) -> None:
    keras.utils.set_random_seed(0)
    small = replace(mnist, train=mnist.validation)
    export.to_onnx(models.fast(), tmp_path / "model.onnx", small, {"class_names": list(mnist.class_names)}, "five")
    reader = Reader(tmp_path / "model.onnx")
    right = (reader.classify(mnist.validation.images).argmax(axis=1) == mnist.validation.labels).sum()
    assert reader.metadata["validation"]["correct"] == right


def seen(images: np.ndarray, turn: float, slant: float) -> np.ndarray:
    """(n, h, w, c) as a view has them; scipy counts rows first."""
    _, height, width, _ = images.shape
    columns_from = np.array([[np.cos(turn), -np.sin(turn) + slant], [np.sin(turn), np.cos(turn)]])
    matrix, middle = columns_from[::-1, ::-1], np.array([(height - 1) / 2, (width - 1) / 2])
    moved = np.empty(images.shape)
    for i, c in np.ndindex(len(images), images.shape[3]):
        apart = np.pad(images[i, ..., c].astype(float), 1)  # else scipy gives nothing between the edge and outside
        moved[i, ..., c] = affine_transform(apart, matrix, middle + 1 - matrix @ (middle + 1), order=1)[1:-1, 1:-1]
    return np.rint(moved).astype(np.uint8)
