"""Fits the recipe's network to a data set, epoch by epoch; training can be resumed after each epoch."""

import math
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol

import keras
import numpy as np
from numpy.typing import NDArray

from mnistry.classifier.classifier import Classifier
from mnistry.data.dataset import Dataset
from mnistry.data.split import Split
from mnistry.run.folder import Run
from mnistry.training import models
from mnistry.training.epoch_data import EpochData, seed_of
from mnistry.training.loops import backend, checkpoint
from mnistry.training.loops.checkpoint import Stateful
from mnistry.training.loops.keras_loop import KerasLoop
from mnistry.training.progress import Watch
from mnistry.training.recipes import Precision, Recipe

VALIDATION_BATCH = 500  # images per scoring batch


class Loop(Stateful, Protocol):
    """A training loop: Keras' own, or the backend's. `KerasLoop` documents the methods."""

    model: keras.Sequential
    precision: Precision  # in which layers are computed

    def epoch(
        self,
        train: Split,
        order: NDArray[np.int64],
        epoch: int,
        seed: int,
        on_step: Callable[[int, float], None],
        teacher_logits: NDArray[np.float32] | None = None,
    ) -> tuple[float, float]:
        """Train on every image once; returns mean loss and accuracy."""
        ...

    def score(self, split: Split, batch_size: int) -> tuple[float, float]:
        """Return mean loss and accuracy, with the EMA of the weights if the recipe has one."""
        ...

    def finish(self) -> None:
        """Put the final weights into the model; training cannot continue after it."""
        ...


def prepare(recipe: Recipe, dataset: Dataset, seed: int) -> Loop:
    """Build the recipe's model for this data set, initialised from `seed`, in the loop that trains it."""
    backend.seed_everything(seed)
    model = models.build(recipe.model, dataset.image_shape, len(dataset.class_names))
    return _loop(recipe, model)(model, recipe, _steps(recipe, dataset))


def fit(
    loop: Loop, recipe: Recipe, dataset: Dataset, seed: int, run: Run, watch: Watch, teachers: Sequence[Classifier] = ()
) -> None:
    """Train to the recipe's last epoch, starting from the run's checkpoint if there is one.

    A recipe with distillation learns from `teachers`, one or more networks. Writes the checkpoint, then
    history.csv, after each epoch. Does not open the test images.
    """
    epoch_data = EpochData(recipe, dataset.train, seed, teachers)
    history = checkpoint.restore_run(run, loop, recipe.epochs)
    watch.start(recipe.epochs, _steps(recipe, dataset), history)
    for epoch in range(len(history) + 1, recipe.epochs + 1):
        started = time.perf_counter()
        loss, accuracy = _learn(loop, (seed, epoch), watch, epoch_data)
        row = _row(loop, dataset, epoch, loss, accuracy, started)
        history.append(row)
        checkpoint.save_run(run, loop, history)
        watch.epoch(row)


def _learn(loop: Loop, of: tuple[int, int], watch: Watch, epoch_data: EpochData) -> tuple[float, float]:
    """Train one epoch, deterministic in (seed, epoch); returns mean loss and accuracy during the epoch."""
    seed, epoch = seed_of(*of), of[1]
    train, teacher_logits = epoch_data.of(epoch)
    order = np.random.default_rng(seed).permutation(len(train))
    return loop.epoch(train, order, epoch, seed, partial(watch.step, epoch), teacher_logits)


def _row(loop: Loop, dataset: Dataset, epoch: int, loss: float, accuracy: float, started: float) -> dict[str, float]:
    """Return the epoch's row in history.csv; times are in seconds."""
    trained = time.perf_counter()
    row = {"epoch": epoch, "loss": round(loss, 6), "accuracy": round(accuracy, 6)}
    if len(dataset.validation):  # a run on the full data has none
        validation_loss, validation_accuracy = loop.score(dataset.validation, VALIDATION_BATCH)
        row["validation_loss"], row["validation_accuracy"] = round(validation_loss, 6), round(validation_accuracy, 6)
    return row | {"train_s": round(trained - started, 3), "elapsed_s": round(time.perf_counter() - started, 3)}


def _loop(recipe: Recipe, model: keras.Sequential) -> Callable[[keras.Sequential, Recipe, int], Loop]:
    """Choose the loop: the backend's own if the recipe asks for it and it can train this model, else Keras'."""
    if not recipe.own_loop or keras.backend.backend() != "torch":
        return KerasLoop
    on_cpu = all(variable.value.device.type == "cpu" for variable in model.variables)
    plain = not model.losses and not any(variable.constraint for variable in model.trainable_variables)
    if not (on_cpu and plain):
        return KerasLoop
    from mnistry.training.loops.torch_loop import TorchLoop

    return TorchLoop


def _steps(recipe: Recipe, dataset: Dataset) -> int:
    return math.ceil(len(dataset.train) / recipe.batch_size)
