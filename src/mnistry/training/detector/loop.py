"""The detector's training loop, in torch, around its `keras.Model`."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np
import torch
from numpy.typing import NDArray

from mnistry.ocr.peaks import STRIDE, Detect, Maps
from mnistry.training.detector import loss
from mnistry.training.detector.recipe import DetectorRecipe
from mnistry.training.detector.targets import UNIT_PX, Targets
from mnistry.training.loops.ema import WeightAverages, averaged
from mnistry.training.loops.torch_graph import TorchGraph
from mnistry.training.loops.torch_loop import half_is_fast
from mnistry.training.recipes import Precision

FLOOR = 0.01  # of the learning rate: what is left of it in the end


class DetectorLoop:
    """Trains a detector epoch by epoch; a loop is `Stateful`."""

    def __init__(self, model: keras.Model, recipe: DetectorRecipe) -> None:
        self.model = model
        self.precision: Precision = "bfloat16" if half_is_fast() else "float32"
        self._recipe = recipe
        self._graph = TorchGraph(model)
        self._parameters = [variable.value for variable in model.trainable_variables]
        groups = [
            {"params": [p for p in self._parameters if p.ndim > 1], "weight_decay": recipe.weight_decay},
            {"params": [p for p in self._parameters if p.ndim == 1], "weight_decay": 0.0},
        ]
        self._optimizer = torch.optim.AdamW(groups, recipe.learning_rate, (0.9, 0.99), eps=1e-7, fused=True)
        self._device = self._parameters[0].device
        for tensor in self._parameters:
            zeros = {name: torch.zeros_like(tensor) for name in ("exp_avg", "exp_avg_sq")}
            self._optimizer.state[tensor] = {"step": torch.zeros((), device=self._device), **zeros}
        self._averages = WeightAverages(model.variables, recipe.averaging)

    def epoch(self, batches: Iterable[Targets], epoch: int, on_step: Callable[[int, float], None]) -> dict[str, float]:
        """Train on every batch once; returns the mean of the loss and of its parts."""
        sums: dict[str, float] = {}
        done = (epoch - 1) * self._recipe.steps
        for step, batch in enumerate(batches, 1):
            parts = self._step(batch, done + step)
            sums = {name: sums.get(name, 0.0) + value for name, value in parts.items()}
            on_step(step, sums["loss"] / step)
        return {name: value / self._recipe.steps for name, value in sums.items()}

    def _step(self, batch: Targets, number: int) -> dict[str, float]:
        for group in self._optimizer.param_groups:
            group["lr"] = self._rate(number)
        wanted = {name: torch.from_numpy(array).to(self._device) for name, array in vars(batch).items()}
        with torch.autocast(self._device.type, torch.bfloat16, enabled=self.precision == "bfloat16"):
            found = self._graph(wanted["pictures"], training=True)
        parts = loss.losses({name: tensor.float() for name, tensor in found.items()}, wanted)
        whole = loss.total(parts)
        self._optimizer.zero_grad()
        whole.backward()
        torch.nn.utils.clip_grad_norm_(self._parameters, self._recipe.clip)
        self._optimizer.step()
        self._averages.update(number)
        return {"loss": float(whole.detach()), **{name: float(part.detach()) for name, part in parts.items()}}

    def _rate(self, number: int) -> float:
        recipe = self._recipe
        share = number / (recipe.epochs * recipe.steps)
        falling = FLOOR + (1 - FLOOR) * (1 + np.cos(np.pi * share)) / 2
        return float(recipe.learning_rate * min(1.0, number / recipe.warm_up) * falling)

    @contextmanager
    def detecting(self) -> Iterator[Detect]:
        """Hold the EMA of the weights in the network while the context lasts; yields what detects with it."""
        with averaged(self._averages):
            yield self._detect

    def _detect(self, pixels: NDArray[np.uint8]) -> Maps:
        with torch.inference_mode():
            maps = as_maps(self._graph(torch.from_numpy(pixels[None]).to(self._device), training=False))
        return Maps(*(tensor[0].float().numpy(force=True) for tensor in maps))

    def variables(self) -> list[NDArray[Any]]:
        """Return copies of the model's variables as used for inference: the EMA of the weights."""
        with averaged(self._averages):
            return self._variables()

    def state(self) -> list[NDArray[Any]]:
        """Return the inference variables, the optimizer's state, and the variables as training left them."""
        with averaged(self._averages):
            moments = [tensor.numpy(force=True).copy() for tensor in self._moments()]
            return [*self._variables(), *moments, *self._averages.state()]

    def load(self, arrays: Sequence[NDArray[Any]]) -> None:
        """Restore such a state."""
        own, moments = self.model.variables, self._moments()
        with averaged(self._averages):
            for variable, array in zip(own, arrays[: len(own)], strict=True):
                variable.assign(array)
            rest = arrays[len(own) :]
            for tensor, array in zip(moments, rest[: len(moments)], strict=True):
                tensor.copy_(torch.from_numpy(array))
            self._averages.load(rest[len(moments) :])

    def _variables(self) -> list[NDArray[Any]]:
        return [np.array(keras.ops.convert_to_numpy(variable)) for variable in self.model.variables]

    def _moments(self) -> list[torch.Tensor]:
        states = (self._optimizer.state[tensor] for group in self._optimizer.param_groups for tensor in group["params"])
        return [tensor for state in states for _, tensor in sorted(state.items())]


def as_maps(found: dict[str, torch.Tensor]) -> tuple[torch.Tensor, ...]:
    """Return the network's outputs (n, c, h, w) as `ocr.peaks.Maps` wants them: probabilities, and distances in px."""
    text = torch.cat([found["text"][:, :1].sigmoid(), found["text"][:, 1:].exp() * UNIT_PX], 1)
    return (
        found["heat"][:, 0].sigmoid(),
        found["glyph"],
        found["size"].clamp(-4, 4).exp() * UNIT_PX,
        found["offset"] * STRIDE,
        found["owner"] * UNIT_PX,
        torch.nn.functional.pixel_shuffle(found["ink"], STRIDE)[:, 0].sigmoid(),
        text,
    )
