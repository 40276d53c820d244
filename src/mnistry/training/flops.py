"""What a network costs: multiplications and additions, counted from its layers."""

from math import prod
from typing import Any

import keras
from keras import layers


def forward_flop(model: keras.Sequential) -> int:
    """Floating-point operations of one image through the network.

    Counts a multiplication and an addition for each weight of each place it is applied at, in
    convolutions and dense layers; the rest is some per cent of that, and is left out.
    """
    return sum(map(_flop, model.layers))


def training_flop(model: keras.Sequential) -> int:
    """Floating-point operations of learning one image: forward, and backward to weights and inputs.

    Each pass costs the same. No gradient is taken to the input of the first layer that is trained.
    """
    costs = [(_flop(layer), bool(layer.trainable_variables)) for layer in model.layers if _flop(layer)]
    first = next((i for i, (_, trained) in enumerate(costs) if trained), len(costs))
    return sum(cost * (1 + trained + (i > first)) for i, (cost, trained) in enumerate(costs))


def _flop(layer: Any) -> int:
    if not isinstance(layer, layers.Conv2D | layers.DepthwiseConv2D | layers.Dense):
        return 0
    places = 1 if isinstance(layer, layers.Dense) else prod(layer.output.shape[1:-1])
    return 2 * prod(layer.kernel.shape) * places
