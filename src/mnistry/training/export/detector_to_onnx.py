"""Exports a trained detector to ONNX: batch normalization folded, logits as probabilities, distances in px."""

import warnings
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import cast

import keras
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from mnistry.detector.detector import OUTPUTS, PROBABILITIES, Detector
from mnistry.detector.metadata import DetectorMetadata
from mnistry.errors import ModelError
from mnistry.ocr.peaks import MIN_HEAT, MIN_TEXT, STRIDE, Maps
from mnistry.training.detector.loop import as_maps
from mnistry.training.export.write_metadata import write_metadata
from mnistry.training.loops.torch_graph import TorchGraph

TOLERANCE = 1e-3  # largest difference from Keras, as a share of 1 + the value; other orders of sums make about 1e-5
# Largest differences that float16 weights may make where an output is read: of probabilities; of logits and px.
HALF_APART, HALF_APART_PX = 0.01, 0.25
MIN_INK = 0.3  # probability of a stroke from which on its owner is read


class _Exported(nn.Module):
    """The network as `ocr.peaks.Maps` wants it, for a batch (n, h, w, 3): each map (n, …)."""

    def __init__(self, model: keras.Model) -> None:
        super().__init__()
        self._model = model  # its variables are then parameters of this module too, as the exporter wants
        self._graph = TorchGraph(model)

    def forward(self, picture: Tensor) -> tuple[Tensor, ...]:
        return as_maps(self._graph(picture, training=False))


def to_onnx(
    model: keras.Model, path: Path, pictures: Sequence[NDArray[np.uint8]], metadata: DetectorMetadata, half: bool = True
) -> None:
    """Write the detector with its metadata to `path` as ONNX, and check it against Keras on `pictures`.

    Input `picture`, uint8 (n, h, w, 3), sides multiples of 16; outputs as `ocr.peaks.Maps`, each for n pictures. With
    `half`, weights are stored as float16 if that loses nothing, which halves the file; ONNX Runtime turns them into
    float32 as it loads them. What it changes then adds to `metadata`: `rounding`.

    Raises `ModelError` if the network diverged (NaN), or if ONNX Runtime and Keras disagree about it.
    """
    write_graph(model, path)
    detector = Detector(path)
    found = [_checked(detector, model, pixels) for pixels in pictures]
    if half and (rounded := halved(path)):
        smaller = Detector(path, data=rounded)
        apart = differences(found, [smaller.detect(pixels) for pixels in pictures])
        if all(value <= (HALF_APART if name in PROBABILITIES else HALF_APART_PX) for name, value in apart.items()):
            path.write_bytes(rounded)
            write_metadata(path, replace(metadata, weights="float16", rounding=apart))
            return
    write_metadata(path, replace(metadata, weights="float32"))


def _checked(detector: Detector, model: keras.Model, pixels: NDArray[np.uint8]) -> Maps:
    """Return the maps of a picture. Raises `ModelError` if those of ONNX Runtime are not those of Keras."""
    wanted = vars(_by_keras(model, pixels))
    if not all(np.isfinite(there).all() for there in wanted.values()):
        raise ModelError(f"{detector.path}: the network returns NaN: it diverged, train with a lower rate")
    found = detector.detect(pixels)
    for name, there in wanted.items():
        apart = float((np.abs(getattr(found, name) - there) / (1 + np.abs(there))).max())
        if not apart <= TOLERANCE:
            raise ModelError(
                f"{detector.path}: ONNX Runtime and Keras are {apart:.2g} apart in {name}: wanted {TOLERANCE} or less"
            )
    return found


def differences(one: Sequence[Maps], other: Sequence[Maps]) -> dict[str, float]:
    """Return each output's largest difference between two detectors' maps of the same pictures, where it is read."""
    apart = dict.fromkeys(OUTPUTS, 0.0)
    for a, b in zip(one, other, strict=True):
        near, ink, text = a.heat > MIN_HEAT, a.ink[::STRIDE, ::STRIDE] > MIN_INK, a.text[0] > MIN_TEXT
        places = {"glyph": near, "size": near, "offset": near, "owner": ink, "text": text}
        for name in OUTPUTS:
            moved = np.abs(getattr(a, name) - getattr(b, name))
            read = moved[..., places[name]] if name in places else moved
            apart[name] = max(apart[name], float(read.max(initial=0.0)))
    return apart


def write_graph(model: keras.Model, path: Path) -> None:
    """Write the detector to `path`, without metadata: input `picture` (n, h, w, 3) uint8, outputs `OUTPUTS`."""
    module = _Exported(model).eval()
    example = torch.zeros((1, 64, 64, 3), dtype=torch.uint8)
    sides = {0: "n", 1: "height", 2: "width"}
    axes = {"picture": sides} | {name: {0: "n", 2: "rows", 3: "columns"} for name in OUTPUTS}
    axes |= {name: {0: "n", 1: "rows", 2: "columns"} for name in ("heat", "ink")}
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            module,
            (example,),
            cast(str, path),
            input_names=["picture"],
            output_names=list(OUTPUTS),
            dynamic_axes=axes,
            dynamo=False,
        )


def halved(path: Path) -> bytes | None:
    """Return a model with its float32 weights as float16, each followed by a cast back, which ONNX Runtime folds.

    None if a weight is too large for float16.
    """
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    model = onnx.load(path)
    graph, casts = model.graph, []
    for tensor in graph.initializer:
        if tensor.data_type != TensorProto.FLOAT or not tensor.dims:
            continue
        name, values = tensor.name, numpy_helper.to_array(tensor)
        if np.abs(values).max(initial=0) > np.finfo(np.float16).max:
            return None
        tensor.CopyFrom(numpy_helper.from_array(values.astype(np.float16), f"{name}.half"))
        casts.append(helper.make_node("Cast", [f"{name}.half"], [name], to=TensorProto.FLOAT))
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
    onnx.checker.check_model(model)
    return model.SerializeToString()


def _by_keras(model: keras.Model, pixels: NDArray[np.uint8]) -> Maps:
    """Return what Keras itself computes."""
    found = model.predict(pixels[None], verbose=0)
    planes = {name: torch.from_numpy(np.moveaxis(array, -1, 1).copy()) for name, array in found.items()}
    return Maps(*(tensor[0].numpy() for tensor in as_maps(planes)))
