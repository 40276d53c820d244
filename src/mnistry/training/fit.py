"""Recipe + data set → a trained network, one epoch after the other, each of them resumable."""

import math
import time
from typing import Any

import keras
import numpy as np

from mnistry.dataset import Dataset
from mnistry.run import Run
from mnistry.training import checkpoint, models
from mnistry.training.progress import Watch
from mnistry.training.recipes import Recipe

VALIDATION_BATCH = 500


def compile_model(recipe: Recipe, dataset: Dataset, seed: int) -> keras.Sequential:
    """The recipe's model for this data, its weights drawn from `seed`, ready to be trained."""
    keras.utils.set_random_seed(seed)
    model = models.build(recipe.model, dataset.image_shape, len(dataset.class_names))
    model.compile(
        optimizer=keras.optimizers.Adam(
            keras.optimizers.schedules.CosineDecay(recipe.learning_rate, recipe.epochs * _steps(recipe, dataset))
        ),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    model.optimizer.build(model.trainable_variables)
    return model


def fit(model: keras.Sequential, recipe: Recipe, dataset: Dataset, seed: int, run: Run, watch: Watch) -> None:
    """Train to the recipe's last epoch, going on from the run's checkpoint where there is one.

    Writes the checkpoint, then history.csv, after each epoch. Does not open the test images.
    """
    history = checkpoint.restore(run.checkpoint, model)
    if history:  # a kill may have come between the checkpoint and its row
        run.write_history(history)
    watch.start(recipe, _steps(recipe, dataset), history)
    for epoch in range(len(history) + 1, recipe.epochs + 1):
        started = time.perf_counter()
        row = _fit_epoch(model, recipe, dataset, seed, epoch, watch)
        row["elapsed_s"] = round(time.perf_counter() - started, 3)
        history.append(row)
        checkpoint.save(run.checkpoint, model, history)
        run.write_history(history)
        watch.epoch(row)


def _fit_epoch(
    model: keras.Sequential, recipe: Recipe, dataset: Dataset, seed: int, epoch: int, watch: Watch
) -> dict[str, float]:
    epoch_seed = int(np.random.SeedSequence((seed, epoch)).generate_state(1)[0])
    order = np.random.default_rng(epoch_seed).permutation(len(dataset.train))
    trained = model.fit(
        dataset.train.images[order],
        dataset.train.labels[order],
        batch_size=recipe.batch_size,
        shuffle=False,
        verbose=0,
        callbacks=[_Epoch(epoch, epoch_seed, watch)],
    ).history
    loss, accuracy = model.evaluate(
        dataset.validation.images, dataset.validation.labels, batch_size=VALIDATION_BATCH, verbose=0
    )
    return {
        "epoch": epoch,
        "loss": round(trained["loss"][-1], 6),
        "accuracy": round(trained["accuracy"][-1], 6),
        "validation_loss": round(loss, 6),
        "validation_accuracy": round(accuracy, 6),
    }


class _Epoch(keras.callbacks.Callback):
    def __init__(self, epoch: int, seed: int, watch: Watch) -> None:
        super().__init__()
        self._epoch, self._seed, self._watch = epoch, seed, watch

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        # Seeding each epoch anew makes a resumed run equal to one that was never stopped: torch keeps
        # the state of dropout outside the model, where no checkpoint reaches it. Not before `fit`:
        # what that does when it is called first in a process draws random numbers too.
        keras.utils.set_random_seed(self._seed)

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        self._watch.step(self._epoch, batch + 1, float((logs or {}).get("loss", math.nan)))


def _steps(recipe: Recipe, dataset: Dataset) -> int:
    return math.ceil(len(dataset.train) / recipe.batch_size)
