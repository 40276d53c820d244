"""The portable training loop: Keras' `Model.fit`, on every backend."""

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from mnistry.classifier.classifier import softmax
from mnistry.data.split import Split
from mnistry.training.loops import backend, schedules
from mnistry.training.loops.ema import WeightAverages, averaged
from mnistry.training.recipes import Precision, Recipe


class KerasLoop:
    """Trains a model epoch by epoch with `Model.fit`. A loop is `Stateful`."""

    precision: Precision = "float32"

    def __init__(self, model: keras.Sequential, recipe: Recipe, epoch_steps: int) -> None:
        self.model = model
        self._batch_size = recipe.batch_size
        self._temperature, self._smoothing = recipe.distillation, recipe.label_smoothing
        self._spread_out = recipe.label_smoothing > 0 or recipe.distillation > 0
        self._outcomes = model.output_shape[-1] + recipe.open_set
        model.compile(
            optimizer=_optimizer(recipe, epoch_steps),
            loss=_cross_entropy(recipe),
            metrics=[keras.metrics.MeanMetricWrapper(_right, "accuracy") if recipe.open_set else "accuracy"],
        )
        model.optimizer.build(model.trainable_variables)
        self._epoch_steps = epoch_steps
        self._averages = WeightAverages(model.variables, recipe.averaging) if recipe.averaging else None

    def epoch(
        self,
        train: Split,
        order: NDArray[np.int64],
        epoch: int,
        seed: int,
        on_step: Callable[[int, float], None],
        teacher_logits: NDArray[np.float32] | None = None,
    ) -> tuple[float, float]:
        """Train on every image once, in this order; returns mean loss and accuracy during the epoch.

        `on_step` gets each step's number, from 1, and the mean loss so far. `teacher_logits` are a teacher's
        logits (n, classes) of the images, in the images' order: they replace the labels, in the accuracy too.
        """
        targets = self._targets(train) if teacher_logits is None else softmax(teacher_logits / self._temperature)
        history = self.model.fit(
            train.images[order],
            targets[order],
            batch_size=self._batch_size,
            shuffle=False,
            verbose=0,
            callbacks=[_Epoch(seed, partial(self._done, (epoch - 1) * self._epoch_steps, on_step))],
        ).history
        return history["loss"][-1], history["accuracy"][-1]

    def score(self, split: Split, batch_size: int) -> tuple[float, float]:
        """Return mean loss and accuracy of the network as used for inference."""
        with averaged(self._averages):
            logits = self.model.predict(split.images, batch_size=batch_size, verbose=0)
        logits = np.pad(logits, [(0, 0), (0, self._outcomes - logits.shape[1])])  # the non-digits' fixed 0
        shares = np.full(logits.shape[1], self._smoothing / logits.shape[1])
        wanted = (1 - self._smoothing) * np.eye(len(shares))[split.labels] + shares
        loss = -(wanted * np.log(np.maximum(softmax(logits), np.finfo(np.float32).tiny))).sum(axis=1).mean()
        return float(loss), float((logits.argmax(axis=1) == split.labels).mean())

    def finish(self) -> None:
        """Put the final weights into the model (the EMA, if there is one) and compile it with a loss from Keras."""
        if self._averages:
            self._averages.swap()
        # So that model.keras can be loaded without mnistry.
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        self.model.compile(self.model.optimizer, loss, ["accuracy"])

    def state(self) -> list[NDArray[Any]]:
        """Return the inference weights, random layers' state and the optimizer's state.

        With EMA, the weights as training left them come last.
        """
        with averaged(self._averages):
            own = [np.array(keras.ops.convert_to_numpy(variable)) for variable in self._variables]
            return own + (self._averages.state() if self._averages else [])

    def load(self, arrays: Sequence[NDArray[Any]]) -> None:
        """Restore such a state."""
        own = self._variables
        with averaged(self._averages):
            for variable, array in zip(own, arrays[: len(own)], strict=True):
                variable.assign(array)
            if self._averages:
                self._averages.load(arrays[len(own) :])

    def _done(self, before: int, on_step: Callable[[int, float], None], step: int, loss: float) -> None:
        if self._averages:
            self._averages.update(before + step)
        on_step(step, loss)

    def _targets(self, split: Split) -> NDArray[Any]:
        """Return labels (n,), or one-hot (n, classes) for smoothing, as Keras requires, and for distillation."""
        return keras.utils.to_categorical(split.labels, self._outcomes) if self._spread_out else split.labels

    @property
    def _variables(self) -> list[keras.Variable]:
        return [*self.model.variables, *self.model.optimizer.variables]


class _Epoch(keras.callbacks.Callback):
    def __init__(self, seed: int, on_step: Callable[[int, float], None]) -> None:
        super().__init__()
        self._seed, self._on_step = seed, on_step

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        # Seeding every epoch makes a resumed run equal to one that was never stopped: torch keeps the state
        # of dropout outside the model, where no checkpoint reaches it. This cannot be done before `fit`,
        # because its first call in a process draws random numbers too.
        backend.seed_everything(self._seed)

    def on_train_batch_end(self, batch: int, logs: Mapping[str, float] | None = None) -> None:
        _ = self.model  # on jax, this access writes the epoch's variables back to the model
        self._on_step(batch + 1, float((logs or {}).get("loss", math.nan)))


def _optimizer(recipe: Recipe, epoch_steps: int) -> keras.optimizers.Optimizer:
    rate = schedules.for_keras(recipe, epoch_steps)
    if recipe.optimizer == "adadelta":
        return keras.optimizers.Adadelta(rate, rho=recipe.beta_2, epsilon=1e-6)
    if not recipe.weight_decay:
        return keras.optimizers.Adam(rate, recipe.beta_1, recipe.beta_2)
    optimizer = keras.optimizers.AdamW(rate, recipe.weight_decay, recipe.beta_1, recipe.beta_2)
    optimizer.exclude_from_weight_decay(var_names=["bias", "beta", "gamma"])
    return optimizer


def _cross_entropy(recipe: Recipe) -> Callable[[Any, Any], Any]:
    def loss(targets: Any, logits: Any) -> Any:
        return among(targets, _with_none(logits))

    def teacher_logits(targets: Any, logits: Any) -> Any:
        return recipe.distillation**2 * among(targets, logits / recipe.distillation)

    among: Callable[[Any, Any], Any]
    if recipe.label_smoothing or recipe.distillation:
        among = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=recipe.label_smoothing)
    else:
        among = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    if recipe.distillation:
        return teacher_logits
    return loss if recipe.open_set else among


def _right(targets: Any, logits: Any) -> Any:
    """Return 1 where the most likely class is the target, 0 elsewhere."""
    ops = keras.ops
    wanted = (
        ops.argmax(targets, -1) if len(targets.shape) == 2 and targets.shape[-1] > 1 else ops.reshape(targets, (-1,))
    )
    found = ops.argmax(_with_none(logits), -1)
    return ops.cast(ops.equal(ops.cast(wanted, "int32"), ops.cast(found, "int32")), "float32")


def _with_none(logits: Any) -> Any:
    """Append the non-digits' fixed 0 to the classes' logits (n, classes)."""
    return keras.ops.concatenate([logits, keras.ops.zeros_like(logits[:, :1])], axis=-1)
