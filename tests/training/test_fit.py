from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from mnistry.data.dataset import Dataset
from mnistry.data.split import Split
from mnistry.run.folder import Run
from mnistry.training import fit, models
from mnistry.training.loops.keras_loop import KerasLoop
from mnistry.training.loops.torch_loop import TorchLoop, half_is_fast
from mnistry.training.progress import Watch
from mnistry.training.recipes import FAST, TUTORIAL, Recipe

RECIPE = replace(TUTORIAL, epochs=2)
# With dropout, whose random numbers a resumed run must draw again.
OWN_LOOP = replace(TUTORIAL, epochs=2, own_loop=True)
# With averaged weights, bent images and, where the processor knows it, half precision.
AVERAGED = replace(TUTORIAL, epochs=2, averaging=0.9, augmentation="affine", precision="bfloat16")
RESUMED = {
    "Keras' loop": RECIPE,
    "torch's": OWN_LOOP,
    "fast": replace(FAST, epochs=2),
    "averaged": AVERAGED,
    "averaged, torch's": replace(AVERAGED, own_loop=True),
}


@pytest.fixture
def data(mnist: Dataset) -> Dataset:
    """A thousand images, and test images that nobody may open."""

    def refuse() -> Split:
        raise AssertionError("training opened the test images")

    train = Split(mnist.train.images[:1000], mnist.train.labels[:1000])
    validation = Split(mnist.validation.images[:300], mnist.validation.labels[:300])
    return Dataset("thousand", "thousand", mnist.class_names, train, validation, refuse)


class Said(Watch):
    def __init__(self) -> None:
        self.steps: list[tuple[int, int]] = []
        self.rows: list[dict[str, float]] = []

    def step(self, epoch: int, step: int, loss: float) -> None:
        assert loss > 0
        self.steps.append((epoch, step))

    def epoch(self, row: dict[str, float]) -> None:
        self.rows.append(row)


class StopAfterFirst(Watch):
    def epoch(self, row: dict[str, float]) -> None:
        raise KeyboardInterrupt


def trained(
    data: Dataset, folder: Path, seed: int = 0, watch: Watch | None = None, recipe: Recipe = RECIPE
) -> list[np.ndarray]:
    folder.mkdir(exist_ok=True)
    loop = fit.prepare(recipe, data, seed)
    fit.fit(loop, recipe, data, seed, Run(folder), watch or Watch())
    loop.finish()
    return [np.array(keras.ops.convert_to_numpy(v)) for v in loop.model.weights]


def same(a: list[np.ndarray], b: list[np.ndarray]) -> bool:
    return all(np.array_equal(x, y) for x, y in zip(a, b, strict=True))


def test_same_seed_same_weights_and_another_seed_others(data: Dataset, tmp_path: Path) -> None:
    first = trained(data, tmp_path / "a")
    np.random.default_rng().random()
    keras.utils.set_random_seed(99)  # what the process drew before does not matter
    assert same(first, trained(data, tmp_path / "b"))
    assert not same(first, trained(data, tmp_path / "c", seed=1))


@pytest.mark.parametrize("recipe", RESUMED.values(), ids=RESUMED.keys())
def test_stopped_and_resumed_is_the_same_as_never_stopped(recipe: Recipe, data: Dataset, tmp_path: Path) -> None:
    whole = trained(data, tmp_path / "a", recipe=recipe)
    with pytest.raises(KeyboardInterrupt):
        trained(data, tmp_path / "b", watch=StopAfterFirst(), recipe=recipe)
    assert len(Run(tmp_path / "b").history) == 1
    assert same(whole, trained(data, tmp_path / "b", recipe=recipe))
    timeless = [
        [{key: value for key, value in row.items() if not key.endswith("_s")} for row in Run(tmp_path / name).history]
        for name in "ab"
    ]
    assert timeless[0] == timeless[1]


def test_the_door_between_the_loops(data: Dataset) -> None:
    own, keras_own = fit.prepare(RESUMED["averaged, torch's"], data, 0), fit.prepare(AVERAGED, data, 0)
    assert (type(own), own.precision) == (TorchLoop, "bfloat16" if half_is_fast() else "float32")
    assert (type(keras_own), keras_own.precision) == (KerasLoop, "float32")
    assert fit.prepare(OWN_LOOP, data, 0).precision == "float32"


def test_what_the_own_loop_does_not_know_goes_through_keras(data: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    def loop(**options: Any) -> type:
        layers = [keras.Input((28, 28, 1), dtype="uint8"), keras.layers.Rescaling(1 / 255), keras.layers.Flatten()]
        model = keras.Sequential([*layers, keras.layers.Dense(10, **options)])
        monkeypatch.setattr(models, "build", lambda *words: model)
        return type(fit.prepare(OWN_LOOP, data, 0))

    assert loop() is TorchLoop
    assert loop(kernel_regularizer="l2") is KerasLoop
    assert loop(kernel_constraint="non_neg") is KerasLoop


def test_a_kill_between_checkpoint_and_history_loses_no_row(data: Dataset, tmp_path: Path) -> None:
    trained(data, tmp_path / "a")
    rows = Run(tmp_path / "a").history
    (tmp_path / "a" / "history.csv").unlink()
    trained(data, tmp_path / "a")
    assert Run(tmp_path / "a").history == rows


def test_it_learns_and_tells(data: Dataset, tmp_path: Path) -> None:
    result = Said()
    trained(data, tmp_path / "a", watch=result)
    assert result.steps == [(epoch, step) for epoch in (1, 2) for step in range(1, 9)]
    assert result.rows == Run(tmp_path / "a").history
    assert result.rows[1]["loss"] < result.rows[0]["loss"] < 2.3
    assert result.rows[1]["validation_accuracy"] > 0.5


def test_the_rate_falls_to_zero(data: Dataset, tmp_path: Path) -> None:
    loop = fit.prepare(RECIPE, data, 0)
    assert float(loop.model.optimizer.learning_rate) == pytest.approx(RECIPE.learning_rate)
    tmp_path.joinpath("a").mkdir()
    fit.fit(loop, RECIPE, data, 0, Run(tmp_path / "a"), Watch())
    assert float(loop.model.optimizer.learning_rate) == pytest.approx(0, abs=1e-9)
