from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from mnistry.data.dataset import Dataset
from mnistry.errors import ModelError
from mnistry.evaluation.interpret import Inside, deciding
from mnistry.reader import Reader


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader()


def test_every_layer_gives_its_maps(reader: Reader, mnist: Dataset) -> None:
    layers = Inside(reader).layers(mnist.validation.images[0])
    assert [layer.name for layer in layers] == [*(f"convolution {i}" for i in range(1, 6)), "dense 1"]
    for layer in layers[:-1]:
        channels, height, width = layer.maps.shape
        assert height == width < channels
    assert layers[-1].maps.shape[1:] == (1, 1)
    assert all(layer.maps.min() >= 0 < layer.maps.max() for layer in layers)


def test_maps_follow_the_image(reader: Reader, mnist: Dataset) -> None:
    """What is moved in the image moves in the first layer's maps."""
    image = np.zeros((28, 28), np.uint8)
    image[4:12, 4:6] = 255
    first, moved = (Inside(reader).layers(np.roll(image, by, axis=(0, 1)))[0].maps for by in (0, 8))
    most = [np.unravel_index(maps.sum(axis=0).argmax(), maps.shape[1:]) for maps in (first, moved)]
    assert (np.array(most[1]) - np.array(most[0]) >= 2).all()


def test_features_are_those_of_the_last_hidden_layer(reader: Reader, mnist: Dataset) -> None:
    inside, images = Inside(reader), mnist.validation.images[:7]
    features = inside.features(images)
    assert features.shape[0] == 7
    for image, row in zip(images, features, strict=True):
        assert np.allclose(inside.layers(image)[-1].maps.ravel(), row, atol=1e-4)


def test_the_bar_of_a_seven_speaks_for_it(reader: Reader) -> None:
    """Without its bar a 7 is a 1: its ink must weigh most, and paper nothing."""
    image = np.zeros((28, 28), np.uint8)
    image[5:8, 8:20] = 255
    for row in range(8, 23):
        image[row, 19 - (row - 8) // 2 - 2 : 19 - (row - 8) // 2] = 255
    assert reader.classify(image[None]).argmax() == 7
    heat = deciding(reader, image, 7)
    assert heat.shape == (28, 28)
    assert np.abs(heat).max() == pytest.approx(1)
    assert (heat[image == 0] == 0).all()
    assert heat[5:8, 8:14].mean() > heat[14:23].sum() / max(1, (image[14:23] > 0).sum())


def test_blank_paper_decides_nothing(reader: Reader) -> None:
    assert not deciding(reader, np.zeros((28, 28), np.uint8), 3).any()


def test_a_network_without_known_layers_is_refused(tmp_path: Path) -> None:
    nodes = [
        helper.make_node("Cast", ["images"], ["numbers"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMean", ["numbers"], ["logits"], axes=[2, 3], keepdims=0),
    ]
    images = helper.make_tensor_value_info("images", TensorProto.UINT8, [None, 28, 28, 1])
    logits = helper.make_tensor_value_info("logits", TensorProto.FLOAT, [None, 28])
    model = helper.make_model(
        helper.make_graph(nodes, "none", [images], [logits]),
        opset_imports=[helper.make_opsetid("", 13)],
        ir_version=8,
    )
    onnx.save(model, tmp_path / "none.onnx")
    with pytest.raises(ModelError, match=r"none\.onnx: "):
        Inside(Reader(tmp_path / "none.onnx"))
