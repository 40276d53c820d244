from pathlib import Path

import keras
import numpy as np
import onnx
import pytest

from mnistry.detector.detector import Detector
from mnistry.detector.metadata import DetectorMetadata
from mnistry.lineage import PageScores
from mnistry.training.detector import network
from mnistry.training.export.detector_to_int8 import loses_nothing, quantized
from mnistry.training.export.detector_to_onnx import to_onnx

PICTURES = [np.random.default_rng(k).integers(0, 256, (64, 96, 3), dtype=np.uint8) for k in range(4)]
SCORES = PageScores(
    score=0.5, digits_right=0.9, lines_exact=0.8, silence=0.7,
    true=100, found=100, right=90, lines=50, exact=40, empty=10, silent=7,
)  # fmt: skip


@pytest.fixture(scope="module", params=[True, False], ids=["half", "whole"])
def written(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A detector that learned nothing, but whose maps vary."""
    made: keras.Model = network.build((8, 16, 16, 16, 16), 1, seed=5)
    for head in ("heat", "ink"):
        made.get_layer(head).bias.assign(np.full(made.get_layer(head).bias.shape, 0.2, np.float32))
    path = tmp_path_factory.mktemp("detector") / "whole.onnx"
    to_onnx(made, path, PICTURES[:1], DetectorMetadata(kind="detector"), half=request.param)
    return path


def test_it_says_nearly_the_same(written: Path) -> None:
    before, after = Detector(written), Detector(written, data=quantized(written, PICTURES))
    for pixels in (PICTURES[0], np.random.default_rng(9).integers(0, 256, (96, 64, 3), dtype=np.uint8)):
        one, other = before.detect(pixels), after.detect(pixels)
        for name, there in vars(one).items():
            found = getattr(other, name)
            assert not np.array_equal(found, there), "nothing was quantized"
            spread = max(float(np.std(there)), 1e-3)
            assert float(np.abs(found - there).mean()) < 0.25 * spread, name


def test_convolutions_are_small_but_the_first_and_the_heads_and_twice_is_the_same(written: Path) -> None:
    data = quantized(written, PICTURES)
    graph = onnx.load_from_string(data).graph
    kernels = [tensor.data_type for tensor in graph.initializer if len(tensor.dims) == 4]
    assert kernels.count(onnx.TensorProto.FLOAT) == 8
    assert kernels.count(onnx.TensorProto.INT8) == len(kernels) - 8 > 0
    assert quantized(written, PICTURES) == data


@pytest.mark.parametrize(
    ("changes", "kept"),
    [
        ({}, True),
        ({"digits_right": 0.893}, True),
        ({"digits_right": 0.885}, False),
        ({"lines_exact": 0.785}, False),
        ({"silence": 0.6, "digits_right": 0.95, "lines_exact": 0.95}, False),
    ],
)
def test_it_is_kept_if_no_share_is_clearly_lower(changes: dict[str, float], kept: bool) -> None:
    assert loses_nothing(SCORES, PageScores(**{**vars(SCORES), **changes})) is kept
