from dataclasses import replace

import keras
import numpy as np
import pytest
import torch

from mnistry.data.dataset import Dataset
from mnistry.data.split import Split
from mnistry.training import models
from mnistry.training.loops.keras_loop import KerasLoop
from mnistry.training.loops.torch_layers import operation
from mnistry.training.loops.torch_loop import TorchLoop, half_is_fast
from mnistry.training.recipes import FAST, PYTORCH_EXAMPLE, TUOMASO, Recipe

STEPS = 3


@pytest.fixture
def few(mnist: Dataset) -> Split:
    return Split(mnist.train.images[: 3 * 128], mnist.train.labels[: 3 * 128])


def trained(
    kind: type[KerasLoop] | type[TorchLoop], recipe: Recipe, few: Split
) -> tuple[list[np.ndarray], list[np.ndarray], list[float]]:
    """Weights before and after three steps, and what was told."""
    keras.utils.set_random_seed(3)
    loop = kind(models.build(recipe.model, (28, 28, 1), 10), recipe, STEPS)
    before = [np.array(keras.ops.convert_to_numpy(v)) for v in loop.model.weights]
    losses: list[float] = []
    result = loop.epoch(few, np.arange(len(few))[::-1].copy(), 1, 5, lambda step, loss: losses.append(loss))
    assert result[0] == pytest.approx(losses[-1], rel=1e-3)
    scored = loop.score(few, 100)
    loop.finish()
    after = [np.array(keras.ops.convert_to_numpy(v)) for v in loop.model.weights]
    return before, after, [*losses, *result, *scored]


@pytest.mark.parametrize(
    "recipe",
    [
        replace(FAST, learning_rate=0.001),
        replace(TUOMASO, batch_size=128, learning_rate=0.001, label_smoothing=0.2),
        replace(FAST, name="decay", learning_rate=0.001, weight_decay=20.0),
        replace(FAST, name="average", learning_rate=0.001, averaging=0.6),
        replace(PYTORCH_EXAMPLE, model="tuomaso", batch_size=128, learning_rate=0.1),
    ],
    ids=lambda recipe: recipe.name,
)
def test_it_learns_what_keras_own_loop_learns(recipe: Recipe, few: Split) -> None:
    """Weights and moving statistics go the same way as far, and the same loss and accuracy are told."""
    start, ours, ours_said = trained(TorchLoop, recipe, few)
    _, theirs, theirs_said = trained(KerasLoop, recipe, few)
    assert ours_said == pytest.approx(theirs_said, rel=5e-3, abs=5e-3)
    for before, a, b in zip(start, ours, theirs, strict=True):
        # Adam divides by gradients near 0, so that some weights part ways by a rounding error.
        assert np.linalg.norm(b - before) > 0
        assert np.linalg.norm(a - b) < 0.1 * np.linalg.norm(b - before)


def test_the_batches_are_equal_and_every_image_is_learned(mnist: Dataset) -> None:
    """129 images in batches of 128 would leave one alone, of which no statistics can be taken."""
    odd = Split(mnist.train.images[:129], mnist.train.labels[:129])
    loop = TorchLoop(models.build("fast", (28, 28, 1), 10), FAST, 2)
    sizes: list[int] = []
    first = loop.model.layers[0]
    loop._operations[0] = lambda x, training: sizes.append(len(x)) or operation(first)(x, training)
    loss, accuracy = loop.epoch(odd, np.arange(129), 1, 0, lambda step, loss: None)
    assert sizes == [65, 64]
    assert loss > 0
    assert 0 <= accuracy <= 1


@pytest.mark.parametrize("averaging", [0.0, 0.9])
def test_its_state_comes_back(averaging: float, few: Split) -> None:
    def loop() -> TorchLoop:
        return TorchLoop(models.build("fast", (28, 28, 1), 10), replace(FAST, averaging=averaging), STEPS)

    first, second = loop(), loop()
    first.epoch(few, np.arange(len(few)), 1, 0, lambda step, loss: None)
    state = first.state()
    first.epoch(few, np.arange(len(few)), 1, 1, lambda step, loss: None)
    second.load(state)
    assert all(np.array_equal(a, b) for a, b in zip(second.state(), state, strict=True)), "state() gave no copies"
    second.epoch(few, np.arange(len(few)), 1, 1, lambda step, loss: None)
    assert all(np.array_equal(a, b) for a, b in zip(second.state(), first.state(), strict=True))


def test_decay_shrinks_kernels_and_nothing_else(few: Split) -> None:
    recipe = replace(FAST, learning_rate=0.001, label_smoothing=0.0)
    _, plain, _ = trained(TorchLoop, recipe, few)
    _, decayed, _ = trained(TorchLoop, replace(recipe, weight_decay=100.0), few)
    for variable, a, b in zip(models.build("fast", (28, 28, 1), 10).weights, plain, decayed, strict=True):
        if a.ndim > 1:
            assert np.linalg.norm(b) < 0.93 * np.linalg.norm(a)
        elif variable.trainable and "logits" not in variable.path:
            assert b == pytest.approx(a, abs=0.005)


@pytest.mark.skipif(not half_is_fast(), reason="this processor does not multiply bfloat16: float32 takes its place")
def test_half_precision_learns_much_the_same_and_leaves_float32(few: Split) -> None:
    recipe = replace(FAST, learning_rate=0.001)
    start, whole, result = trained(TorchLoop, recipe, few)
    _, half, half_said = trained(TorchLoop, replace(recipe, precision="bfloat16"), few)
    assert half_said == pytest.approx(result, rel=0.05, abs=0.05)
    assert half_said != result
    for before, a, b in zip(start, whole, half, strict=True):
        assert b.dtype == np.float32
        assert np.linalg.norm(a - b) < 0.7 * np.linalg.norm(a - before)


def test_a_processor_without_half_precision_computes_in_float32(few: Split, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"avx2": True, "avx512_bf16": False}, raising=False)
    recipe = replace(FAST, learning_rate=0.001)
    _, _, result = trained(TorchLoop, recipe, few)
    _, _, same = trained(TorchLoop, replace(recipe, precision="bfloat16"), few)
    assert result == same
