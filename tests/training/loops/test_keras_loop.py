import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest
import torch

from mnistry.data.dataset import Dataset
from mnistry.data.split import Split
from mnistry.training import models
from mnistry.training.loops.keras_loop import KerasLoop
from mnistry.training.recipes import FAST, PYTORCH_EXAMPLE, TUTORIAL


def test_smoothed_loss_is_torch_s(mnist: Dataset) -> None:
    few = Split(mnist.train.images[:40], mnist.train.labels[:40])
    loop = KerasLoop(models.build("fast", (28, 28, 1), 10), replace(FAST, label_smoothing=0.3), 5)
    loss, accuracy = loop.score(few, 7)
    logits = torch.tensor(loop.model.predict(few.images, verbose=0))
    labels = torch.from_numpy(few.labels)
    assert loss == pytest.approx(
        float(torch.nn.functional.cross_entropy(logits, labels, label_smoothing=0.3)), rel=1e-4
    )
    assert accuracy == pytest.approx(float((logits.argmax(1) == labels).float().mean()))


@pytest.mark.slow
def test_what_it_trained_is_loaded_without_mnistry(mnist: Dataset, tmp_path: Path) -> None:
    few = Split(mnist.train.images[:256], mnist.train.labels[:256])
    loop = KerasLoop(models.build("fast", (28, 28, 1), 10), FAST, 2)
    loop.epoch(few, np.arange(256), 1, 0, lambda step, loss: None)
    loop.model.save(tmp_path / "model.keras")
    code = "import keras, sys, numpy; m = keras.saving.load_model(sys.argv[1]); print(m.loss.label_smoothing, m.count_params())"
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "model.keras")], capture_output=True, text=True, cwd=tmp_path
    )
    assert done.stdout.split() == ["0.1", "72538"], done.stderr


def test_the_recipe_s_optimizer_and_rate() -> None:
    def optimizer(recipe: object) -> keras.optimizers.Optimizer:
        return KerasLoop(models.build("tuomaso", (28, 28, 1), 10), recipe, 5).model.optimizer  # pyright: ignore[reportArgumentType]

    adam = optimizer(replace(TUTORIAL, beta_1=0.7, beta_2=0.8))
    assert (type(adam).__name__, adam.beta_1, adam.beta_2) == ("Adam", 0.7, 0.8)
    assert float(adam.learning_rate) == pytest.approx(TUTORIAL.learning_rate)
    adadelta = optimizer(PYTORCH_EXAMPLE)
    assert (type(adadelta).__name__, adadelta.rho) == ("Adadelta", 0.9)
