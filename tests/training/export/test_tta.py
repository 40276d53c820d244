import json
import shutil
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import onnx
import pytest
from scipy.ndimage import affine_transform

from conftest import Cli
from mnistry.data.dataset import Dataset
from mnistry.reader import Reader
from mnistry.training import models, recipe_table, train
from mnistry.training.export import to_onnx, tta
from mnistry.training.export.ensemble import ensemble
from mnistry.training.recipes import Recipe


@pytest.fixture(scope="module")
def model() -> keras.Sequential:
    keras.utils.set_random_seed(0)
    return models.fast((30, 24, 2), 3)


@pytest.fixture(scope="module")
def one(model: keras.Sequential, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("views") / "model.onnx"
    to_onnx._write_graph(model, path)
    return path


@pytest.fixture
def five(one: Path, tmp_path: Path) -> Path:
    path = Path(shutil.copy(one, tmp_path))
    tta.average(path)
    return path


def test_the_logits_are_the_mean_over_the_views(one: Path, five: Path) -> None:
    """Of pictures that are not square and have two channels, moved here by scipy."""
    images = np.random.default_rng(0).integers(0, 256, (7, 30, 24, 2), np.uint8)
    expected = np.mean([Reader(one).logits(moved(images, *view)) for view in tta.VIEWS], axis=0)
    assert Reader(five).logits(images) == pytest.approx(expected, abs=2e-3)
    assert np.abs(Reader(one).logits(images) - expected).max() > 0.01


def test_once_is_the_first_view_alone(one: Path, five: Path, tmp_path: Path) -> None:
    images = np.random.default_rng(0).integers(0, 256, (7, 30, 24, 2), np.uint8)
    for path in (five, one):  # one that has no other views stays as it is
        tta.once(path, tmp_path / "once.onnx")
        assert Reader(tmp_path / "once.onnx").logits(images) == pytest.approx(Reader(one).logits(images), abs=1e-4)
        kinds = [node.op_type for node in onnx.load(tmp_path / "once.onnx").graph.node]
        assert kinds.count("Conv") == [node.op_type for node in onnx.load(one).graph.node].count("Conv") > 0
        assert kinds.count("GridSample") == (path == five), "the work of the other views is still there"


def test_the_first_view_is_the_image_itself() -> None:
    assert tta.grid(0, 0, 3, 5)[0, :, :, 0].tolist() == [[-1, -0.5, 0, 0.5, 1]] * 3
    assert tta.grid(0, 0, 3, 5)[0, :, :, 1].T.tolist() == [[-1, 0, 1]] * 5
    assert len({tta.grid(*view, 9, 5).tobytes() for view in tta.VIEWS}) == len(tta.VIEWS) == 5


def test_names_types_and_the_open_axis_stay(one: Path, five: Path) -> None:
    before, after = onnx.load(one).graph, onnx.load(five).graph
    assert list(after.input) == list(before.input)
    assert list(after.output) == list(before.output)
    assert five.stat().st_size - one.stat().st_size < 100_000, "the weights are there once"
    for n in (1, 3):
        assert Reader(five).logits(np.zeros((n, 30, 24, 2), np.uint8)).shape == (n, 3)


@pytest.mark.slow
def test_a_recipe_of_five_views_exports_and_calibrates_them(
    small_npz: Path, mnist: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cli: Cli
) -> None:
    """On the whole road, and what is made of such a run reads as it does."""
    recipe = Recipe("turned", "fast", epochs=1, batch_size=64, learning_rate=0.01, own_loop=True, views=5)
    run = train(recipe, data=small_npz, out=tmp_path / "run")
    images, reader = mnist.validation.images[:90], Reader(run.model)
    network = keras.saving.load_model(run.folder / "model.keras", compile=False)
    each = [keras.ops.convert_to_numpy(network.predict(moved(images, *view), verbose=0)) for view in tta.VIEWS]
    assert reader.logits(images) == pytest.approx(np.mean(each, axis=0), abs=2e-3)
    assert np.abs(reader.logits(images) - each[0]).max() > 0.1
    result = json.loads(cli("evaluate", run.folder, "--split", "validation", "--json").stdout)
    assert result["correct"] == reader.metadata.to_json()["validation"]["correct"]
    assert "the mean over five views of each image" in (run.folder / "report.html").read_text()
    again = Path(shutil.copytree(run.folder, tmp_path / "again"))
    both = Reader(ensemble([run.folder, again], tmp_path / "both").model)
    assert both.logits(images) == pytest.approx(reader.logits(images) / reader.temperature, abs=1e-3)
    monkeypatch.setattr(recipe_table, "RECIPES", {"one": replace(recipe, views=1), "five": recipe})
    mflop = [row.mflop for row in recipe_table.rows()]
    assert mflop[1] == pytest.approx(5 * mflop[0], rel=1e-2)


def moved(images: np.ndarray, turn: float, slant: float) -> np.ndarray:
    """(n, h, w, c) as a view has them; scipy counts rows first."""
    _, height, width, _ = images.shape
    columns_from = np.array([[np.cos(turn), -np.sin(turn) + slant], [np.sin(turn), np.cos(turn)]])
    matrix, middle = columns_from[::-1, ::-1], np.array([(height - 1) / 2, (width - 1) / 2])
    out = np.empty(images.shape)
    for i, c in np.ndindex(len(images), images.shape[3]):
        apart = np.pad(images[i, ..., c].astype(float), 1)  # else scipy gives nothing between the edge and outside
        out[i, ..., c] = affine_transform(apart, matrix, middle + 1 - matrix @ (middle + 1), order=1)[1:-1, 1:-1]
    return np.rint(out).astype(np.uint8)
