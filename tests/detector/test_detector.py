import dataclasses
import json
import pickle
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import helper

import hostile_models
from mnistry.assets import DETECTOR, MODEL
from mnistry.classifier import network
from mnistry.classifier.classifier import Classifier
from mnistry.detector import detector as module
from mnistry.detector.detector import Detector
from mnistry.detector.metadata import DetectorMetadata
from mnistry.errors import ModelError
from mnistry.ocr.glyph_classes import GLYPHS
from mnistry.ocr.peaks import Maps
from mnistry.safety.limits import LIMITS

PIXELS = np.random.default_rng(0).integers(0, 256, (32, 48, 3), dtype=np.uint8)


def test_maps_of_a_picture(tmp_path: Path) -> None:
    maps = Detector(hostile_models.detector(tmp_path / "d.onnx")).detect(PIXELS)
    shapes = [array.shape for array in vars(maps).values()]
    assert isinstance(maps, Maps)
    assert shapes == [(16, 24), (31, 16, 24), (2, 16, 24), (2, 16, 24), (2, 16, 24), (32, 48), (2, 4, 6)]
    assert {array.dtype for array in vars(maps).values()} == {np.dtype(np.float32)}
    grey = PIXELS.mean(axis=2, dtype=np.float32).reshape(16, 2, 24, 2).mean(axis=(1, 3))
    assert np.allclose(maps.size, 0.1 * grey, atol=1e-4)


def test_it_can_be_pickled_and_needs_no_file_then(tmp_path: Path) -> None:
    path = hostile_models.detector(tmp_path / "d.onnx", seed="3")
    pickled = pickle.dumps(Detector(path, threads=1))
    path.unlink()
    found = pickle.loads(pickled)
    assert found.metadata.seed == 3
    assert found.detect(PIXELS).ink.shape == (32, 48)


def test_a_bare_one_and_one_with_metadata(tmp_path: Path) -> None:
    assert Detector(hostile_models.detector(tmp_path / "d.onnx")).metadata == DetectorMetadata()
    named = hostile_models.detector(tmp_path / "n.onnx", class_names=json.dumps(GLYPHS), kind='"detector"', mine="a b")
    found = Detector(named).metadata
    assert (found.kind, found.class_names, found.others) == ("detector", GLYPHS, {"mine": "a b"})


@pytest.mark.skipif(DETECTOR.exists(), reason="one is bundled")
def test_none_is_bundled_yet() -> None:
    with pytest.raises(ModelError) as caught:
        Detector()
    assert str(caught.value) == (
        f"{DETECTOR}: no detector is bundled: wanted one of your own, from: mnistry train detector"
    )


def test_the_bundled_one_may_be_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "DETECTOR", tmp_path / "detector.onnx")
    with pytest.raises(ModelError, match=r"detector\.onnx: no detector is bundled: wanted one of your own, from: mni"):
        Detector(tmp_path / "detector.onnx")
    with pytest.raises(ModelError, match=r"other\.onnx: no such model file$"):
        Detector(tmp_path / "other.onnx")


def test_each_kind_says_that_it_is_not_the_other(tmp_path: Path) -> None:
    with pytest.raises(ModelError) as caught:
        Detector(MODEL)
    assert str(caught.value) == (
        f"{MODEL}: is a classifier, which says what a digit is: "
        "wanted a detector, which finds them, from: mnistry train detector"
    )
    path = hostile_models.detector(tmp_path / "d.onnx")
    with pytest.raises(ModelError) as caught:
        Classifier(path)
    assert str(caught.value) == (
        f"{path}: is a detector, which finds digits: "
        "wanted a classifier, which says what they are, e.g. from: mnistry train"
    )


@pytest.mark.parametrize(
    ("pixels", "said"),
    [
        (PIXELS.astype(float), "float64"),
        ([[0]], "list"),
        (None, "NoneType"),
        (PIXELS[..., 0], r"\(32, 48\)"),
        (PIXELS[:30], r"\(30, 48, 3\)"),
        (PIXELS[:, :, :1], r"\(32, 48, 1\)"),
        (PIXELS[:0], r"\(0, 48, 3\)"),
    ],
)
def test_other_pixels_are_refused(pixels: Any, said: str, tmp_path: Path) -> None:
    wanted = r"wanted a uint8 array \(h, w, 3\), RGB, whose sides are multiples of 16$"
    with pytest.raises(ModelError, match=f"^`pixels` are {said}: {wanted}"):
        Detector(hostile_models.detector(tmp_path / "d.onnx")).detect(pixels)


def made(*outputs: str, of: str = "grey") -> list[Any]:
    return [helper.make_node("Identity", [of], [name]) for name in outputs]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"channels": 1}, r"takes pictures \['n', 'height', 'width', 1\]: wanted any number, of any height and width, of 3$"),
        ({"glyphs": 12}, "tells 12 glyphs apart: wanted 31$"),
        ({"class_names": '["a", "b"]'}, r"tells the glyphs \['a', 'b'\] apart: wanted those of this version of mnistry, 31 from 0 to other: train it again$"),
        ({"class_names": "no JSON"}, r"tells the glyphs 'no JSON' apart: wanted"),
    ],
    ids=["channels", "glyphs", "names", "text"],
)  # fmt: skip
def test_graphs_of_another_form(changes: dict, said: str, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=rf"d\.onnx: {said}"):
        Detector(hostile_models.detector(tmp_path / "d.onnx", **changes))


def test_graphs_that_are_neither(tmp_path: Path) -> None:
    path = hostile_models.model(tmp_path / "m.onnx", image=("n", 28, 28))
    with pytest.raises(ModelError) as caught:
        Detector(path)
    assert str(caught.value) == (
        f"{path}: has images: tensor(uint8), 3 axes, logits: tensor(float), 2 axes: "
        "wanted picture (uint8, n h w 3) and heat, glyph, size, offset, owner, ink, text (float32)"
    )


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"scale": np.nan}, r"returns glyph that is not a number \(NaN\): train it again$"),
        ({"scale": 3e38}, r"returns glyph of inf: wanted -1e\+30 to 1e\+30$"),
        ({"scale": 1e4}, r"returns size of 1\.\d+e\+06: wanted -65500 to 65500$"),
        ({"last": made("size")}, r"returns size \(1, 1, 32, 48\) for a picture of \(32, 48, 3\): wanted \(1, 2, 16, 24\)$"),
        ({"last": [helper.make_node("Squeeze", ["half", "axis"], ["heat"])]}, r"returns heat of \d+\.?\d*: wanted 0 to 1$"),
    ],
    ids=["nan", "inf", "far", "shape", "hot"],
)  # fmt: skip
def test_answers_that_are_none(changes: dict, said: str, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=rf"d\.onnx: {said}"):
        Detector(hostile_models.detector(tmp_path / "d.onnx", **changes)).detect(PIXELS)


def test_one_that_does_not_end_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "LIMITS", dataclasses.replace(LIMITS, run_s=0.5))
    body = helper.make_graph(
        [helper.make_node("Identity", ["go"], ["on"]), helper.make_node("Identity", ["x"], ["y"])],
        "body",
        [
            helper.make_tensor_value_info("i", 7, []),
            helper.make_tensor_value_info("go", 9, []),
            helper.make_tensor_value_info("x", 1, None),
        ],
        [helper.make_tensor_value_info("on", 9, []), helper.make_tensor_value_info("y", 1, None)],
    )
    go = helper.make_node("ConstantOfShape", ["none"], ["go0"], value=helper.make_tensor("v", 9, [1], [True]))
    none = helper.make_node("Constant", [], ["none"], value=helper.make_tensor("w", 7, [0], []))
    loop = helper.make_node("Loop", ["", "go0", "size0"], ["size"], body=body)
    first = helper.make_node("Conv", ["half", "size_weights"], ["size0"])
    found = Detector(hostile_models.detector(tmp_path / "d.onnx", last=[none, go, first, loop]))
    began = time.monotonic()
    with pytest.raises(ModelError, match=r"d\.onnx: did not finish within 0\.5 s$"):
        found.detect(PIXELS)
    assert time.monotonic() - began < 5
