from dataclasses import replace

import keras
import numpy as np
import pytest

from mnistry.dataset import Dataset
from mnistry.split import Split
from mnistry.training import models
from mnistry.training.keras_loop import KerasLoop
from mnistry.training.recipes import FAST, PYTORCH_EXAMPLE, TUOMASO, Recipe
from mnistry.training.torch_loop import TorchLoop

STEPS = 3


@pytest.fixture
def few(mnist: Dataset) -> Split:
    return Split(mnist.train.images[:300], mnist.train.labels[:300])


def trained(
    kind: type[KerasLoop] | type[TorchLoop], recipe: Recipe, few: Split
) -> tuple[list[np.ndarray], list[float]]:
    keras.utils.set_random_seed(3)
    loop = kind(models.build(recipe.model, (28, 28, 1), 10), recipe, STEPS)
    losses: list[float] = []
    told = loop.epoch(few, np.arange(300)[::-1].copy(), 1, 5, lambda step, loss: losses.append(loss))
    assert told[0] == pytest.approx(losses[-1], rel=1e-3)
    weights = [np.array(keras.ops.convert_to_numpy(v)) for v in loop.model.trainable_variables]
    return weights, [*losses, *told, *loop.score(few)]


@pytest.mark.parametrize(
    "recipe",
    [
        replace(FAST, batch_size=128),
        replace(TUOMASO, batch_size=128, learning_rate=0.001, label_smoothing=0.2),
        replace(PYTORCH_EXAMPLE, model="tuomaso", batch_size=128, learning_rate=0.1),
    ],
    ids=lambda recipe: recipe.name,
)
def test_it_learns_what_keras_own_loop_learns(recipe: Recipe, few: Split) -> None:
    """The last batch is a smaller one; the loss and accuracy told are the same too."""
    ours, ours_told = trained(TorchLoop, recipe, few)
    theirs, theirs_told = trained(KerasLoop, recipe, few)
    assert ours_told == pytest.approx(theirs_told, rel=5e-3, abs=5e-3)
    for a, b in zip(ours, theirs, strict=True):
        # Adam divides by gradients near 0, so that a few weights part ways by a rounding error.
        assert np.median(np.abs(a - b)) < 1e-5 + 5e-2 * np.median(np.abs(b))


def test_its_state_comes_back(few: Split) -> None:
    def loop() -> TorchLoop:
        return TorchLoop(models.build("fast", (28, 28, 1), 10), FAST, STEPS)

    first, second = loop(), loop()
    first.epoch(few, np.arange(300), 1, 0, lambda step, loss: None)
    state = first.state()
    first.epoch(few, np.arange(300), 1, 1, lambda step, loss: None)
    second.load(state)
    assert all(np.array_equal(a, b) for a, b in zip(second.state(), state, strict=True)), "state() gave no copies"
    second.epoch(few, np.arange(300), 1, 1, lambda step, loss: None)
    assert all(np.array_equal(a, b) for a, b in zip(second.state(), first.state(), strict=True))
