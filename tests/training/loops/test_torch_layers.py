"""Every layer's torch function gives what the layer gives, and whole networks have the same gradients."""

import keras
import numpy as np
import pytest
import torch
from keras import layers

from mnistry.data.dataset import Dataset
from mnistry.training import models
from mnistry.training.loops.torch_layers import _KNOWN, operation

PICTURE = (9, 11, 3)


class Twice(layers.ReLU):
    def call(self, inputs: torch.Tensor) -> torch.Tensor:
        return 2 * super().call(inputs)


def as_torch(x: torch.Tensor) -> torch.Tensor:
    return x.permute(0, 3, 1, 2) if x.ndim == 4 else x


def as_keras(x: torch.Tensor) -> torch.Tensor:
    return x.permute(0, 2, 3, 1) if x.ndim == 4 else x


LAYERS = {
    "rescaling": (layers.Rescaling(1 / 255, offset=-0.4), PICTURE),
    "cropping": (layers.Cropping2D(((1, 2), (0, 3))), PICTURE),
    "zero padding": (layers.ZeroPadding2D(((1, 2), (0, 3))), PICTURE),
    "upsampling": (layers.UpSampling2D(2), PICTURE),
    "upsampling, interpolated": (layers.UpSampling2D(2, interpolation="bilinear"), PICTURE),
    "upsampling, each axis on its own": (layers.UpSampling2D((2, 3)), PICTURE),
    "convolution": (layers.Conv2D(5, 3), PICTURE),
    "convolution with all": (layers.Conv2D(5, (2, 3), (2, 1), use_bias=False, activation="relu"), PICTURE),
    "convolution, dilated": (layers.Conv2D(4, 3, dilation_rate=2, activation="tanh"), PICTURE),
    "convolution, same": (layers.Conv2D(4, 3, 2, padding="same"), PICTURE),
    "convolution, same, each place": (layers.Conv2D(4, (3, 4), padding="same", dilation_rate=2), PICTURE),
    "each channel alone": (layers.DepthwiseConv2D(3, padding="same", use_bias=False), PICTURE),
    "each channel alone, with all": (layers.DepthwiseConv2D(3, 2, depth_multiplier=2, activation="relu"), PICTURE),
    "each channel alone, same, strided": (layers.DepthwiseConv2D(3, 2, padding="same"), PICTURE),
    "mean of all places": (layers.GlobalAveragePooling2D(), PICTURE),
    "mean of all places, kept": (layers.GlobalAveragePooling2D(keepdims=True), PICTURE),
    "convolution in groups": (layers.Conv2D(6, 3, groups=3), PICTURE),
    "pooling": (layers.MaxPooling2D(), PICTURE),
    "pooling 3 by 2": (layers.MaxPooling2D(3, 2), PICTURE),
    "pooling, same": (layers.MaxPooling2D(padding="same"), PICTURE),
    "normalization": (layers.BatchNormalization(), PICTURE),
    "normalization of features": (layers.BatchNormalization(momentum=0.9, epsilon=0.1), (7,)),
    "normalization without scale": (layers.BatchNormalization(scale=False, center=False), PICTURE),
    "flatten": (layers.Flatten(), PICTURE),
    "flatten what is flat": (layers.Flatten(), (7,)),
    "dense": (layers.Dense(4), (7,)),
    "dense with all": (layers.Dense(4, activation="relu", use_bias=False), (7,)),
    "dense on a picture": (layers.Dense(4), PICTURE),
    "relu": (layers.ReLU(), PICTURE),
    "relu with a ceiling": (layers.ReLU(max_value=0.5), PICTURE),
    "dropout, when it is used": (layers.Dropout(0.5), PICTURE),
    "softmax over the channels": (layers.Conv2D(5, 3, activation="softmax"), PICTURE),
    "dense with softmax": (layers.Dense(5, activation="softmax"), (7,)),
    "normalization along another axis": (layers.BatchNormalization(axis=1), PICTURE),
    "rescaling by channel": (layers.Rescaling([1.0, 2.0, 3.0]), PICTURE),
    "channels first": (layers.MaxPooling2D(data_format="channels_first"), PICTURE),
    "unknown": (layers.AveragePooling2D(2), PICTURE),
    "of one's own": (Twice(), PICTURE),
}


@pytest.mark.parametrize("name", LAYERS)
def test_it_gives_what_the_layer_gives(name: str) -> None:
    """With biases, scales and statistics as they are after training, not as they begin."""
    layer, shape = LAYERS[name]
    rng = np.random.default_rng(0)
    x = torch.from_numpy(rng.normal(size=(8, *shape)).astype(np.float32))
    layer(x)
    for variable in layer.variables:
        if "seed" not in variable.path:
            variable.assign(rng.uniform(0.3, 2, variable.shape))
    before = x.clone()
    expected = layer(x, training=False)
    found = as_keras(operation(layer)(as_torch(x), False))
    assert found.shape == expected.shape
    assert torch.allclose(found, expected, atol=1e-4)
    assert torch.equal(x, before), "what came in was changed"


def test_all_that_is_known_is_tried() -> None:
    assert set(_KNOWN) <= {type(layer) for layer, _ in LAYERS.values()}


def test_normalization_learns_as_keras_does() -> None:
    x = torch.from_numpy(np.random.default_rng(0).normal(3, 2, size=(64, *PICTURE)).astype(np.float32))
    ours, theirs = layers.BatchNormalization(momentum=0.9), layers.BatchNormalization(momentum=0.9)
    ours.build(x.shape)
    expected = theirs(x, training=True)
    assert torch.allclose(as_keras(operation(ours)(as_torch(x), True)), expected, atol=1e-4)
    for a, b in zip(ours.variables, theirs.variables, strict=True):
        assert keras.ops.convert_to_numpy(a) == pytest.approx(keras.ops.convert_to_numpy(b), rel=1e-3)


def test_a_frozen_normalization_keeps_its_statistics() -> None:
    layer = layers.BatchNormalization(trainable=False)
    x = torch.randn(64, 7) + 3
    layer.build(x.shape)
    assert torch.allclose(operation(layer)(x, True), layer(x, training=True))
    assert not keras.ops.convert_to_numpy(layer.moving_mean).any()


def test_dropout_drops_that_share_and_keeps_the_mean() -> None:
    dropped = operation(layers.Dropout(0.25))(torch.ones(400, 400), True)
    assert float((dropped == 0).float().mean()) == pytest.approx(0.25, abs=0.01)
    assert float(dropped.mean()) == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize("name", models.MODELS)
def test_whole_networks_and_their_gradients(name: str, mnist: Dataset) -> None:
    keras.utils.set_random_seed(0)
    model = models.build(name, (28, 28, 1), 10)
    images = torch.from_numpy(mnist.train.images[:32])

    def gradients(logits: torch.Tensor) -> list[torch.Tensor]:
        parameters = [variable.value for variable in model.trainable_variables]
        return list(torch.autograd.grad(logits.square().mean(), parameters))

    theirs = model(images, training=False)
    x = as_torch(images)
    for layer in model.layers:
        x = operation(layer)(x, False)
    assert torch.allclose(x, theirs, atol=1e-4)
    for ours, expected in zip(gradients(x), gradients(theirs), strict=True):
        assert expected.norm() > 0
        assert (ours - expected).norm() < 1e-3 * expected.norm()
