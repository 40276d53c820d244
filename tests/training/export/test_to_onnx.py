from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import onnx
import pytest

from mnistry.classifier.metadata import ModelMetadata
from mnistry.data.dataset import Dataset
from mnistry.data.split import Split
from mnistry.errors import ModelError
from mnistry.reader import Reader
from mnistry.training import models
from mnistry.training.export import to_onnx


@pytest.fixture(scope="module")
def data(mnist: Dataset) -> Dataset:
    train, validation = (
        Split(part.images[:n], part.labels[:n]) for part, n in ((mnist.train, 2000), (mnist.validation, 400))
    )
    return replace(mnist, train=train, validation=validation)


@pytest.fixture(scope="module")
def model() -> keras.Sequential:
    keras.utils.set_random_seed(0)
    return models.tutorial()


def test_the_file_and_keras_agree_for_any_number_of_images(
    model: keras.Sequential, data: Dataset, tmp_path: Path
) -> None:
    path = tmp_path / "model.onnx"
    to_onnx.to_onnx(model, path, data, ModelMetadata(seed=7, class_names=tuple("abcdefghij")))
    reader = Reader(path)
    for n in (1, 2, 31):
        expected = keras.ops.convert_to_numpy(model.predict(data.validation.images[:n], verbose=0))
        assert np.allclose(reader.logits(data.validation.images[:n]), expected, atol=1e-5)
    assert reader.metadata.seed == 7
    assert reader.class_names == tuple("abcdefghij")
    assert [p.name for p in tmp_path.iterdir()] == ["model.onnx"]


def test_names_types_and_open_axis(model: keras.Sequential, data: Dataset, tmp_path: Path) -> None:
    to_onnx.to_onnx(model, tmp_path / "model.onnx", data, ModelMetadata())
    graph = onnx.load(tmp_path / "model.onnx").graph
    image, logits = graph.input[0], graph.output[0]
    assert (image.name, image.type.tensor_type.elem_type) == ("images", onnx.TensorProto.UINT8)
    assert [d.dim_value for d in image.type.tensor_type.shape.dim] == [0, 28, 28, 1]
    assert (logits.name, logits.type.tensor_type.elem_type) == ("logits", onnx.TensorProto.FLOAT)
    assert [d.dim_value for d in logits.type.tensor_type.shape.dim] == [0, 10]


def test_validation_figures_are_the_files_own(model: keras.Sequential, data: Dataset, tmp_path: Path) -> None:
    to_onnx.to_onnx(model, tmp_path / "model.onnx", data, ModelMetadata())
    reader = Reader(tmp_path / "model.onnx")
    probabilities = reader.classify(data.validation.images)
    figures = reader.metadata.to_json()["validation"]
    assert figures["correct"] == (probabilities.argmax(axis=1) == data.validation.labels).sum()
    assert figures["accuracy"] == figures["correct"] / figures["total"]
    assert figures["loss"] == pytest.approx(
        -np.log(probabilities[np.arange(400), data.validation.labels]).mean(), rel=1e-5
    )


def test_a_graph_that_differs_from_keras_is_refused(
    model: keras.Sequential, data: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = models.tutorial()  # other random weights
    write = to_onnx._write_graph
    monkeypatch.setattr(to_onnx, "_write_graph", lambda _, path: write(other, path))
    with pytest.raises(ModelError, match=r"ONNX Runtime and Keras are .* apart in a logit: wanted 0\.001 or less$"):
        to_onnx.to_onnx(model, tmp_path / "model.onnx", data, ModelMetadata())


@pytest.mark.slow
def test_handing_over_gives_the_same_file(
    model: keras.Sequential, data: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What tensorflow and jax do: save, and let torch export in a process of its own."""
    to_onnx.to_onnx(model, tmp_path / "here.onnx", data, ModelMetadata())
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    to_onnx._write_graph(model, tmp_path / "there.onnx")
    monkeypatch.undo()
    images = data.validation.images[:50]
    assert np.array_equal(Reader(tmp_path / "there.onnx").logits(images), Reader(tmp_path / "here.onnx").logits(images))
    assert sorted(p.name for p in tmp_path.iterdir()) == ["here.onnx", "there.onnx"]


def test_without_validation_images_the_threshold_is_carried_over(
    model: keras.Sequential, data: Dataset, tmp_path: Path
) -> None:
    """As many learned images below it, whatever the scale of the other network's logits."""
    to_onnx.to_onnx(model, tmp_path / "calibrated_from.onnx", data, ModelMetadata(class_names=data.class_names))
    calibrate_from = Reader(tmp_path / "calibrated_from.onnx").metadata
    wider = keras.models.clone_model(model)
    wider.set_weights([*model.get_weights()[:-2], *(3 * weights for weights in model.get_weights()[-2:])])
    none = replace(data, validation=Split(data.validation.images[:0], data.validation.labels[:0]))
    to_onnx.to_onnx(wider, tmp_path / "model.onnx", none, calibrate_from)
    reader = Reader(tmp_path / "model.onnx")
    assert reader.temperature == calibrate_from.temperature
    assert reader.metadata.validation == calibrate_from.validation
    assert calibrate_from.rejection is not None
    scores = np.logaddexp.reduce(reader.logits(data.train.images[:20_000]), axis=1)
    assert (scores < reader.threshold).mean() == pytest.approx(calibrate_from.rejection.learned_below, abs=1e-3)
    assert reader.threshold != calibrate_from.rejection.threshold
