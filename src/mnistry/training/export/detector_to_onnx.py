"""Exports a trained detector to ONNX: batch normalization folded, logits as probabilities, distances in px."""

import warnings
from pathlib import Path
from typing import cast

import keras
import torch
from torch import Tensor, nn

from mnistry.training.detector.loop import as_maps
from mnistry.training.loops.torch_graph import TorchGraph

OUTPUTS = ("heat", "glyph", "size", "offset", "owner", "ink", "text")


class _Exported(nn.Module):
    """The network as `ocr.peaks.Maps` wants it, for a batch (n, h, w, 3): each map (n, …)."""

    def __init__(self, model: keras.Model) -> None:
        super().__init__()
        self._model = model  # its variables are then parameters of this module too, as the exporter wants
        self._graph = TorchGraph(model)

    def forward(self, picture: Tensor) -> tuple[Tensor, ...]:
        return as_maps(self._graph(picture, training=False))


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
