from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import onnx
import pytest

import small_pages
from mnistry.detector.detector import Detector
from mnistry.detector.metadata import DetectorMetadata
from mnistry.errors import ModelError
from mnistry.training.detector import network
from mnistry.training.export import detector_to_onnx
from mnistry.training.export.detector_to_onnx import differences, to_onnx

PICTURES = [np.random.default_rng(k).integers(0, 256, (64, 96, 3), dtype=np.uint8) for k in range(2)]
METADATA = DetectorMetadata(kind="detector", mnistry="0.1", seed=3)


@pytest.fixture
def model() -> keras.Model:
    """A network whose heat is not near 0 everywhere, so that there is something to compare."""
    made = network.build(small_pages.RECIPE.widths, small_pages.RECIPE.deep, seed=5)
    heat = made.get_layer("heat")
    heat.bias.assign(np.array([0.5], np.float32))
    return made


def test_as_keras_computes_it_with_weights_of_half_the_size(model: keras.Model, tmp_path: Path) -> None:
    to_onnx(model, tmp_path / "whole.onnx", PICTURES, METADATA, half=False)
    to_onnx(model, tmp_path / "half.onnx", PICTURES, METADATA)
    whole, half = Detector(tmp_path / "whole.onnx"), Detector(tmp_path / "half.onnx")
    assert whole.metadata == replace(METADATA, weights="float32")
    assert half.metadata.weights == "float16"
    rounding = half.metadata.rounding
    assert rounding is not None
    maps = [[detector.detect(pixels) for pixels in PICTURES] for detector in (whole, half)]
    assert dict(rounding) == pytest.approx(differences(*maps), abs=1e-6)
    assert 0 < rounding["heat"] < 0.01
    assert rounding["size"] < 0.25
    kinds = [
        {tensor.data_type for tensor in onnx.load(tmp_path / f"{name}.onnx").graph.initializer if tensor.dims}
        for name in ("whole", "half")
    ]
    assert kinds == [{onnx.TensorProto.FLOAT, onnx.TensorProto.INT64} & kinds[0], kinds[1]]
    assert onnx.TensorProto.FLOAT not in kinds[1]
    assert onnx.TensorProto.FLOAT16 in kinds[1]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda monkeypatch: monkeypatch.setattr(detector_to_onnx, "HALF_APART", 0.0),
        lambda monkeypatch: monkeypatch.setattr(detector_to_onnx, "HALF_APART_PX", 0.0),
        lambda monkeypatch: monkeypatch.setattr(detector_to_onnx, "halved", lambda path: None),
    ],
    ids=["probabilities", "px", "overflow"],
)
def test_weights_stay_whole_if_halving_them_would_lose_something(
    spoil: Callable[[pytest.MonkeyPatch], None], model: keras.Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoil(monkeypatch)
    to_onnx(model, tmp_path / "d.onnx", PICTURES[:1], METADATA)
    assert Detector(tmp_path / "d.onnx").metadata == replace(METADATA, weights="float32")


def test_weights_beyond_half_precision(model: keras.Model, tmp_path: Path) -> None:
    model.get_layer("glyph").bias.assign(np.full(31, 1e5, np.float32))
    detector_to_onnx.write_graph(model, tmp_path / "d.onnx")
    assert detector_to_onnx.halved(tmp_path / "d.onnx") is None


def test_a_network_that_diverged(model: keras.Model, tmp_path: Path) -> None:
    model.get_layer("heat").bias.assign(np.array([np.nan], np.float32))
    with pytest.raises(ModelError, match=r"d\.onnx: the network returns NaN: it diverged, train with a lower rate$"):
        to_onnx(model, tmp_path / "d.onnx", PICTURES, METADATA)


def test_a_file_that_is_not_what_keras_computes(
    model: keras.Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = network.build(small_pages.RECIPE.widths, small_pages.RECIPE.deep, seed=6)
    write = detector_to_onnx.write_graph
    monkeypatch.setattr(detector_to_onnx, "write_graph", lambda _, path: write(other, path))
    with pytest.raises(ModelError, match=r"ONNX Runtime and Keras are [\d.]+ apart in heat: wanted 0\.001 or less$"):
        to_onnx(model, tmp_path / "d.onnx", PICTURES, METADATA)
