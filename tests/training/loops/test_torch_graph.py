"""A functional network gives in torch what it gives in Keras, with branches that join."""

import keras
import numpy as np
import pytest
import torch
from keras import layers

from mnistry.training.loops.torch_graph import TorchGraph


def network() -> keras.Model:
    picture = keras.Input((None, None, 3), dtype="uint8")
    x = layers.Rescaling(1 / 255)(picture)
    small = layers.Conv2D(4, 3, 2)(layers.ZeroPadding2D(1)(x))
    up = layers.UpSampling2D(2)(layers.ReLU()(small))
    both = layers.Concatenate()([up, x])
    added = layers.Add()([layers.Conv2D(7, 1)(both), both])
    return keras.Model(picture, {"added": added, "small": small})


def test_it_gives_what_keras_gives() -> None:
    model = network()
    pictures = np.random.default_rng(0).integers(0, 256, (2, 8, 12, 3), np.uint8)
    wanted = model(torch.from_numpy(pictures))
    found = TorchGraph(model)(torch.from_numpy(pictures), training=False)
    assert found.keys() == {"added", "small"}
    for name, tensor in found.items():
        assert torch.allclose(tensor.permute(0, 2, 3, 1), wanted[name], atol=1e-5)


def test_it_trains_the_layers_own_variables() -> None:
    model = network()
    found = TorchGraph(model)(torch.zeros((1, 8, 8, 3), dtype=torch.uint8), training=True)
    found["added"].sum().backward()
    assert all(variable.value.grad is not None for variable in model.trainable_variables)


def test_a_layer_of_several_inputs_that_has_no_torch_function_is_refused() -> None:
    picture = keras.Input((4, 4, 3))
    model = keras.Model(picture, {"found": layers.Multiply(name="times")([picture, picture])})
    with pytest.raises(TypeError, match="times: Multiply of several inputs has no torch function here"):
        TorchGraph(model)
