"""Runs a functional `keras.Model` as torch functions: the counterpart of `torch_layers` for networks with branches."""

from collections.abc import Callable
from typing import Any

import keras
import torch
from keras import layers
from torch import Tensor

from mnistry.training.loops.torch_layers import operation

_JOINS: dict[type, Callable[[list[Tensor]], Tensor]] = {
    layers.Add: lambda parts: sum(parts[1:], start=parts[0]),
    layers.Concatenate: lambda parts: torch.cat(parts, 1),
}


class TorchGraph:
    """Computes a model's outputs by name, on the tensors that hold its variables; arrays are (n, c, h, w).

    The model has one input, each layer is used once, and layers of several inputs add or concatenate channels.
    """

    def __init__(self, model: keras.Model) -> None:
        self._input = id(model.input)
        self._outputs = {name: id(tensor) for name, tensor in model.output.items()}
        self._steps: list[tuple[list[int], int, Any]] = []
        for layer in model.layers:
            if isinstance(layer, layers.InputLayer):
                continue
            inputs = layer.input if isinstance(layer.input, list) else [layer.input]
            join = _JOINS.get(type(layer))
            if join is None and len(inputs) > 1:
                raise TypeError(f"{layer.name}: {type(layer).__name__} of several inputs has no torch function here")
            self._steps.append(([id(one) for one in inputs], id(layer.output), (join, join or operation(layer))))

    def __call__(self, pictures: Tensor, *, training: bool) -> dict[str, Tensor]:
        """(n, h, w, c) uint8 → each output (n, c, h, w)."""
        values: dict[int, Tensor] = {self._input: pictures.permute(0, 3, 1, 2)}
        for inputs, output, (join, apply) in self._steps:
            parts = [values[one] for one in inputs]
            values[output] = apply(parts) if join else apply(parts[0], training)
        return {name: values[one] for name, one in self._outputs.items()}
