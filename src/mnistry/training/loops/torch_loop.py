"""A faster training loop for CPUs, in torch, around the same `keras.Sequential`.

`Model.fit` spends most of a small network's step between the operations: in Keras' layers, which take
channels-last arrays apart and reassemble them, and in its bookkeeping. This loop runs each layer as the
equivalent torch function, directly on the tensors that hold its variables. Nothing is copied before or
after, and after an epoch the Keras model is already trained. Images stay uint8 and are shuffled once per
epoch; a batch is a view. docs/design/0005 has the gain.
"""

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from mnistry.data.split import Split
from mnistry.training.loops import backend, schedules
from mnistry.training.loops.ema import WeightAverages, averaged
from mnistry.training.loops.torch_layers import operation
from mnistry.training.recipes import Precision, Recipe


class TorchLoop:
    """Trains a model epoch by epoch, as `KerasLoop` does, several times faster. A loop is `Stateful`."""

    def __init__(self, model: keras.Sequential, recipe: Recipe, epoch_steps: int) -> None:
        self.model = model
        self._recipe = recipe
        self._operations = [operation(layer) for layer in model.layers]
        self._rates = schedules.rates(recipe, epoch_steps)
        self._epoch_steps = epoch_steps
        self._optimizer = _optimizer(recipe, [variable.value for variable in model.trainable_variables])
        self.precision: Precision = recipe.precision if half_is_fast() else "float32"
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
        """As `KerasLoop.epoch`."""
        backend.seed_everything(seed)
        shuffled = torch.from_numpy(order)
        images, labels = torch.from_numpy(train.images)[shuffled], torch.from_numpy(train.labels)[shuffled]
        targets = labels
        if teacher_logits is not None:
            targets = torch.from_numpy(teacher_logits)[shuffled]
            labels = targets.argmax(1)
        rates = self._rates[(epoch - 1) * self._epoch_steps :]
        loss_sum, correct = 0.0, torch.zeros((), dtype=torch.int64)
        # As many batches as the recipe implies, but of equal size: a small last batch would weigh as much in
        # the moving statistics as a full one, and a single image has no statistics.
        parts = (tensor.tensor_split(self._epoch_steps) for tensor in (images, labels, targets))
        seen = 0
        for step, (batch, wanted, target) in enumerate(zip(*parts, strict=True)):
            for group in self._optimizer.param_groups:
                group["lr"] = float(rates[step])
            logits = self._logits(batch, training=True)
            loss = self._loss(logits, target)
            loss.backward()
            self._optimizer.step()
            self._optimizer.zero_grad()
            if self._averages:
                self._averages.update((epoch - 1) * self._epoch_steps + step + 1)
            loss_sum += loss.item() * len(wanted)
            correct += (logits.argmax(1) == wanted).sum()
            seen += len(wanted)
            on_step(step + 1, loss_sum / seen)
        return loss_sum / len(labels), int(correct) / len(labels)

    def score(self, split: Split, batch_size: int) -> tuple[float, float]:
        """Return mean loss and accuracy of the network as used for inference."""
        images, labels = torch.from_numpy(split.images), torch.from_numpy(split.labels)
        with averaged(self._averages), torch.inference_mode():
            logits = torch.cat([self._logits(part, training=False) for part in images.split(batch_size)])
            loss = functional.cross_entropy(logits, labels, label_smoothing=self._recipe.label_smoothing)
            return float(loss), float((logits.argmax(1) == labels).float().mean())

    def finish(self) -> None:
        """Put the final weights into the model: the EMA, if there is one."""
        if self._averages:
            self._averages.swap()

    def state(self) -> list[NDArray[Any]]:
        """Return the inference variables and the optimizer's state.

        With EMA, the variables as training left them come last.
        """
        with averaged(self._averages):
            variables = [np.array(keras.ops.convert_to_numpy(variable)) for variable in self.model.variables]
            moments = [tensor.numpy(force=True).copy() for tensor in self._optimizer_state()]
            return [*variables, *moments, *(self._averages.state() if self._averages else [])]

    def load(self, arrays: Sequence[NDArray[Any]]) -> None:
        """Restore such a state."""
        own, moments = self.model.variables, self._optimizer_state()
        with averaged(self._averages):
            for variable, array in zip(own, arrays[: len(own)], strict=True):
                variable.assign(array)
            rest = arrays[len(own) :]
            for tensor, array in zip(moments, rest[: len(moments)], strict=True):
                tensor.copy_(torch.from_numpy(array))
            if self._averages:
                self._averages.load(rest[len(moments) :])

    def _optimizer_state(self) -> list[Tensor]:
        groups = self._optimizer.param_groups
        states = (self._optimizer.state[tensor] for group in groups for tensor in group["params"])
        return [tensor for state in states for _, tensor in sorted(state.items())]

    def _loss(self, logits: Tensor, target: Tensor) -> Tensor:
        """Cross-entropy with the labels (n,), or with a teacher's logits (n, classes), scaled as Hinton et al. do."""
        if target.ndim == 1:
            return functional.cross_entropy(logits, target, label_smoothing=self._recipe.label_smoothing)
        warm = self._recipe.distillation
        return warm**2 * functional.cross_entropy(logits / warm, (target / warm).softmax(1))

    def _logits(self, images: Tensor, *, training: bool) -> Tensor:
        """The network's logits, followed by the non-digits' fixed 0 if the recipe is open-set."""
        with torch.autocast("cpu", torch.bfloat16, enabled=training and self.precision == "bfloat16"):
            logits = self._forward(images, training=training)
        logits = logits.float()
        return functional.pad(logits, (0, 1)) if self._recipe.open_set else logits

    def _forward(self, images: Tensor, *, training: bool) -> Tensor:
        """(n, h, w, c) uint8 → logits (n, classes)."""
        x = images.permute(0, 3, 1, 2)  # channels first for torch, but last in memory, where oneDNN is fastest
        for apply in self._operations:
            x = apply(x, training)
        return x


def half_is_fast() -> bool:
    """Whether the processor multiplies bfloat16 natively; without that, bfloat16 takes several times as long."""
    known = getattr(torch.cpu, "get_capabilities", dict)()
    return any(there for name, there in known.items() if name.endswith("bf16"))


def _optimizer(recipe: Recipe, parameters: list[Tensor]) -> torch.optim.Optimizer:
    """Create the optimizer with its state allocated, so that it can be restored before the first step."""
    optimizer: torch.optim.Optimizer
    if recipe.optimizer == "adadelta":
        optimizer = torch.optim.Adadelta(parameters, recipe.learning_rate, rho=recipe.beta_2)
        names = ("square_avg", "acc_delta")
    else:
        betas, kernels = (recipe.beta_1, recipe.beta_2), [tensor for tensor in parameters if tensor.ndim > 1]
        others = [tensor for tensor in parameters if tensor.ndim == 1]
        groups = [
            {"params": kernels, "weight_decay": recipe.weight_decay},
            {"params": others, "weight_decay": 0.0},  # biases, and normalisation's scale and shift
        ]
        optimizer = torch.optim.AdamW(groups, recipe.learning_rate, betas, eps=1e-7, fused=True)
        names = ("exp_avg", "exp_avg_sq")
    for tensor in parameters:
        optimizer.state[tensor] = {"step": torch.zeros(())} | {name: torch.zeros_like(tensor) for name in names}
    return optimizer
