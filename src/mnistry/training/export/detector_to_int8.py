"""Quantizes a detector's convolutions to 8 bits: a quarter of the size, and more than twice as fast.

Weights have a scale for each channel and 7 bits, since processors without VNNI add two products in 16 bits, and would
saturate with 8. The first convolution and the heads stay in float32.

Source: Jacob et al. 2018, Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference.
"""

import logging
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from mnistry.detector.detector import OUTPUTS
from mnistry.lineage import PageScores

if TYPE_CHECKING:
    import onnx

LOSS = 0.01  # of each share of the validation pages, at most: less is what a few pages give by chance


class _Pictures:
    """The pictures whose activations set the scales: a `CalibrationDataReader`, which is slow to import."""

    def __init__(self, pictures: Iterable[NDArray[np.uint8]]) -> None:
        self._left = iter(pictures)

    def get_next(self) -> dict[str, NDArray[np.uint8]] | None:
        """Return the next picture as the network's input; None behind the last."""
        picture = next(self._left, None)
        return None if picture is None else {"picture": picture[None]}


def quantized(path: Path, pictures: Iterable[NDArray[np.uint8]]) -> bytes:
    """Return a detector's float32 model.onnx, quantized; its metadata are lost.

    `pictures` (h, w, 3) uint8, sides multiples of 16, set the range of each layer's activations.
    """
    import onnx
    from onnxruntime.quantization import QuantType, quantize_static
    from onnxruntime.quantization.shape_inference import quant_pre_process

    with tempfile.TemporaryDirectory() as folder, _without_warnings():
        folded, small = Path(folder) / "folded.onnx", Path(folder) / "int8.onnx"
        quant_pre_process(path, folded, skip_symbolic_shape=True)  # batch normalization goes into the convolutions
        quantize_static(
            folded,
            small,
            cast(Any, _Pictures(pictures)),
            op_types_to_quantize=["Conv", "Add"],
            per_channel=True,
            reduce_range=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            nodes_to_exclude=list(_kept(onnx.load(folded))),
        )
        return small.read_bytes()


def loses_nothing(before: PageScores, after: PageScores) -> bool:
    """Whether no share of the validation pages is clearly lower than before."""
    shares = ("digits_right", "lines_exact", "silence")
    return all(getattr(after, name) >= getattr(before, name) - LOSS for name in shares)


def _kept(model: "onnx.ModelProto") -> Iterator[str]:
    """Yield the names of the convolutions that stay in float32: the first, and the heads."""
    convolutions = [node for node in model.graph.node if node.op_type == "Conv"]
    yield convolutions[0].name
    yield from (node.name for node in convolutions[-len(OUTPUTS) :])


@contextmanager
def _without_warnings() -> Iterator[None]:
    """Hold back the advice to do what was just done."""
    root = logging.getLogger()
    before = root.level
    root.setLevel(logging.ERROR)
    try:
        yield
    finally:
        root.setLevel(before)
