"""Maps a Keras layer to the equivalent torch function, on the tensors that hold the layer's variables.

Arrays have torch's preferred layout: (n, c, h, w), channels last in memory. A layer that is not known
here is called through Keras, so every `keras.Sequential` works, and the common layers are fast.
"""

from collections.abc import Callable
from typing import Any

import keras
from keras import layers
from torch import Tensor
from torch.nn import functional

Operation = Callable[[Tensor, bool], Tensor]  # (input, whether this is training) → output


def operation(layer: keras.layers.Layer) -> Operation:
    """Return the layer's function, on its variables' own tensors, into which Keras' `assign` copies.

    A layer with settings that its torch function lacks is called through Keras.
    """
    build = _KNOWN.get(type(layer))
    plain = build and getattr(layer, "data_format", None) != "channels_first"
    return (plain and build and build(layer)) or _as_it_is(layer)


def _as_it_is(layer: Any) -> Operation:
    def apply(x: Tensor, training: bool) -> Tensor:
        x = layer(x.permute(0, 2, 3, 1) if x.ndim == 4 else x, training=training)
        return x.permute(0, 3, 1, 2) if x.ndim == 4 else x

    return apply


def _rescaling(layer: Any) -> Operation | None:
    scale, offset = layer.scale, layer.offset
    if not (isinstance(scale, int | float) and isinstance(offset, int | float)):
        return None
    return lambda x, training: x.float().mul(scale).add_(offset)


def _cropping(layer: Any) -> Operation:
    (top, bottom), (left, right) = layer.cropping
    return lambda x, training: x[:, :, top : x.shape[2] - bottom, left : x.shape[3] - right]


def _convolution(layer: Any) -> Operation | None:
    activate = _activation(layer)
    same = layer.padding == "same" and set(layer.strides) == {1}  # otherwise torch pads other sides than Keras
    if not (same or layer.padding == "valid") or layer.groups != 1 or activate is None:
        return None
    kernel, bias = layer.kernel.value, layer.bias.value if layer.use_bias else None
    strides, dilation, padding = tuple(layer.strides), tuple(layer.dilation_rate), "same" if same else 0
    # Keras stores (h, w, in, out); torch wants (out, in, h, w)
    return lambda x, training: activate(
        functional.conv2d(x, kernel.permute(3, 2, 0, 1), bias, strides, padding, dilation)
    )


def _depthwise_convolution(layer: Any) -> Operation | None:
    activate = _activation(layer)
    same = layer.padding == "same" and set(layer.strides) == {1}
    if not (same or layer.padding == "valid") or activate is None:
        return None
    kernel, bias = layer.kernel.value, layer.bias.value if layer.use_bias else None
    strides, dilation, padding = tuple(layer.strides), tuple(layer.dilation_rate), "same" if same else 0
    height, width, channels, each = kernel.shape

    def apply(x: Tensor, training: bool) -> Tensor:
        # Keras stores (h, w, in, each); torch wants (in × each, 1, h, w)
        weights = kernel.permute(2, 3, 0, 1).reshape(channels * each, 1, height, width)
        return activate(functional.conv2d(x, weights, bias, strides, padding, dilation, channels))

    return apply


def _zero_padding(layer: Any) -> Operation:
    (top, bottom), (left, right) = layer.padding
    return lambda x, training: functional.pad(x, (left, right, top, bottom))


def _up_sampling(layer: Any) -> Operation | None:
    height, width = layer.size
    if layer.interpolation != "nearest" or height != width:
        return None
    return lambda x, training: functional.interpolate(x, scale_factor=float(height), mode="nearest")


def _max_pooling(layer: Any) -> Operation | None:
    if layer.padding != "valid":
        return None
    size, strides = tuple(layer.pool_size), tuple(layer.strides)
    return lambda x, training: functional.max_pool2d(x, size, strides)


def _global_average_pooling(layer: Any) -> Operation | None:
    return None if layer.keepdims else lambda x, training: x.mean((2, 3))


def _batch_normalization(layer: Any) -> Operation | None:
    """Unlike Keras', torch's moving variance divides by n - 1 instead of n: at 128 images less than 1 % more."""
    if not layer.trainable or layer.axis != -1 or getattr(layer, "renorm", False):
        return None
    mean, variance = layer.moving_mean.value, layer.moving_variance.value
    scale = layer.gamma.value if layer.scale else None
    centre = layer.beta.value if layer.center else None
    momentum, epsilon = 1 - layer.momentum, layer.epsilon
    return lambda x, training: functional.batch_norm(
        x, mean, variance, scale, centre, training=training, momentum=momentum, eps=epsilon
    )


def _dropout(layer: Any) -> Operation | None:
    if layer.noise_shape is not None or layer.seed is not None:
        return None
    return lambda x, training: functional.dropout(x, layer.rate, training)


def _flatten(layer: Any) -> Operation:
    # Keras' order is channels last: an array with that layout in memory is only viewed, not copied.
    return lambda x, training: (x.permute(0, 2, 3, 1) if x.ndim == 4 else x).flatten(1)


def _dense(layer: Any) -> Operation | None:
    activate = _activation(layer)
    if activate is None:
        return None
    kernel, bias = layer.kernel.value, layer.bias.value if layer.use_bias else None
    elsewhere = _as_it_is(layer)
    return lambda x, training: activate(functional.linear(x, kernel.T, bias)) if x.ndim == 2 else elsewhere(x, training)


def _relu(layer: Any) -> Operation | None:
    if layer.max_value is not None or layer.negative_slope or layer.threshold:
        return None
    return lambda x, training: functional.relu(x)


def _activation(layer: Any) -> Callable[[Tensor], Tensor] | None:
    """Return the torch function; None for those that may depend on the order of the axes, as softmax does."""
    known = {keras.activations.relu: functional.relu, keras.activations.linear: lambda x: x}
    return known.get(layer.activation)


# Matched by exact type: a subclass may behave differently.
_KNOWN: dict[type, Callable[[Any], Operation | None]] = {
    layers.Rescaling: _rescaling,
    layers.Cropping2D: _cropping,
    layers.Conv2D: _convolution,
    layers.DepthwiseConv2D: _depthwise_convolution,
    layers.ZeroPadding2D: _zero_padding,
    layers.UpSampling2D: _up_sampling,
    layers.MaxPooling2D: _max_pooling,
    layers.GlobalAveragePooling2D: _global_average_pooling,
    layers.BatchNormalization: _batch_normalization,
    layers.Dropout: _dropout,
    layers.Flatten: _flatten,
    layers.Dense: _dense,
    layers.ReLU: _relu,
}
