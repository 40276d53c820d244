"""The cost of a network in floating-point operations, counted from its layers."""

from math import prod
from typing import Any

import keras
from keras import layers


def forward_flop(model: keras.Model) -> int:
    """Floating-point operations of one image through the network.

    Counts one multiplication and one addition for each weight at each position it is applied to, in
    convolutions and dense layers. The other layers add a few per cent and are ignored.
    """
    return sum(map(_flop, model.layers))


def training_flop(model: keras.Sequential) -> int:
    """Floating-point operations of training on one image: forward, and backward to weights and inputs.

    Each pass costs the same. No gradient is computed for the input of the first trained layer.
    """
    costs = [(_flop(layer), bool(layer.trainable_variables)) for layer in model.layers if _flop(layer)]
    first = next((i for i, (_, trained) in enumerate(costs) if trained), len(costs))
    return sum(cost * (1 + trained + (i > first)) for i, (cost, trained) in enumerate(costs))


def _flop(layer: Any) -> int:
    if not isinstance(layer, layers.Conv2D | layers.DepthwiseConv2D | layers.Dense):
        return 0
    places = 1 if isinstance(layer, layers.Dense) else prod(layer.output.shape[1:-1])
    return 2 * prod(layer.kernel.shape) * places
