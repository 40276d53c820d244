from dataclasses import replace

import keras
import numpy as np
import pytest
import torch

from mnistry.training import models
from mnistry.training.keras_loop import KerasLoop
from mnistry.training.recipes import FAST, PYTORCH_EXAMPLE, TUTORIAL


def test_smoothed_loss_is_torch_s() -> None:
    rng = np.random.default_rng(0)
    labels, logits = rng.integers(0, 10, 40), rng.normal(size=(40, 10)).astype(np.float32)
    loop = KerasLoop(models.build("fast", (28, 28, 1), 10), replace(FAST, label_smoothing=0.3), 5)
    found = loop.model.compute_loss(y=torch.from_numpy(labels), y_pred=torch.from_numpy(logits))
    expected = torch.nn.functional.cross_entropy(
        torch.from_numpy(logits), torch.from_numpy(labels), label_smoothing=0.3
    )
    assert float(found) == pytest.approx(float(expected), rel=1e-5)


def test_the_recipe_s_optimizer_and_rate() -> None:
    def optimizer(recipe: object) -> keras.optimizers.Optimizer:
        return KerasLoop(models.build("tuomaso", (28, 28, 1), 10), recipe, 5).model.optimizer  # pyright: ignore[reportArgumentType]

    adam = optimizer(replace(TUTORIAL, beta_1=0.7, beta_2=0.8))
    assert (type(adam).__name__, adam.beta_1, adam.beta_2) == ("Adam", 0.7, 0.8)
    assert float(adam.learning_rate) == pytest.approx(TUTORIAL.learning_rate)
    adadelta = optimizer(PYTORCH_EXAMPLE)
    assert (type(adadelta).__name__, adadelta.rho) == ("Adadelta", 0.9)
