"""Exports a trained network to model.onnx, the one file that leaves the training half."""

import logging
import os
import subprocess
import sys
import warnings
from importlib.util import find_spec
from pathlib import Path

import keras
import numpy as np

from mnistry.classifier.classifier import Classifier
from mnistry.classifier.metadata import ModelMetadata
from mnistry.data.dataset import Dataset
from mnistry.errors import MissingExtraError, ModelError, needs_extra
from mnistry.training.export import tta
from mnistry.training.export.calibrate import calibrated
from mnistry.training.export.write_metadata import write_metadata
from mnistry.training.recipes import Views

TOLERANCE = 1e-3  # largest difference of a logit; float32 sums in another order differ by about 1e-6
CHECKED_IMAGES = 256


def to_onnx(model: keras.Sequential, path: Path, data_set: Dataset, metadata: ModelMetadata, seen: Views = 1) -> None:
    """Write the network with its metadata to `path` as ONNX, calibrate it, and check it against Keras.

    Input `images`, uint8 (n, h, w, c); output `logits`, float32 (n, classes); n is dynamic. The validation
    images add to `metadata`: the temperature fitted on them, the resulting accuracy, correct, total and loss
    (mean cross-entropy at that temperature), and the rejection threshold. If no validation images are left,
    `metadata` contains those of another network, or there are none. If `seen` is 5, the file returns the mean
    of the network's logits over `tta.VIEWS`.

    Raises `ModelError` if the network diverged (NaN), or if ONNX Runtime and Keras disagree about it; this is
    checked before the views are added.
    """
    _write_graph(model, path)
    validation = data_set.validation
    checked = (validation if len(validation) else data_set.train).images[:CHECKED_IMAGES]
    expected = keras.ops.convert_to_numpy(model.predict(checked, verbose=0))
    if not np.isfinite(expected).all():
        raise ModelError(f"{path}: the network returns NaN: it diverged, train with a lower rate")
    apart = float(np.abs(Classifier(path).logits(checked) - expected).max())
    if not apart <= TOLERANCE:
        raise ModelError(f"{path}: ONNX Runtime and Keras are {apart:.2g} apart in a logit: wanted {TOLERANCE} or less")
    if seen == len(tta.VIEWS):
        tta.average(path)
    write_metadata(path, calibrated(metadata, path, data_set))


def _write_graph(model: keras.Sequential, path: Path) -> None:
    """Export with Keras on torch; from the other backends, hand the network to a process on torch."""
    if keras.backend.backend() == "torch":
        _export_on_torch(model, path)
        return
    if find_spec("torch") is None:
        raise MissingExtraError("exporting to ONNX needs torch, which is not installed: pip install 'mnistry[train]'")
    handed_over = path.with_suffix(".handover.keras")
    try:
        model.save(handed_over)
        done = subprocess.run(
            [sys.executable, "-m", "mnistry.training.export.to_onnx", str(handed_over), str(path)],
            env={**os.environ, "KERAS_BACKEND": "torch"},
            capture_output=True,
            text=True,
        )
        if done.returncode:
            said = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
            raise ModelError(f"{path}: the export on torch failed: {said[-1]}")
    finally:
        handed_over.unlink(missing_ok=True)


def _export_on_torch(model: keras.Sequential, path: Path) -> None:
    with needs_extra("train", "exporting to ONNX"):
        import onnx
    signature = [keras.InputSpec(shape=(None, *model.input_shape[1:]), dtype="uint8", name="images")]
    # Keras chooses torch's older exporter, the only one that keeps the number of images dynamic; torch
    # warns about its age on every call.
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.export(path, format="onnx", input_signature=signature, verbose=False)
    graph = onnx.load(path)
    last = graph.graph.output[0].name
    for node in graph.graph.node:
        node.output[:] = ["logits" if name == last else name for name in node.output]
    graph.graph.output[0].name = "logits"
    onnx.checker.check_model(graph)
    onnx.save(graph, path)


if __name__ == "__main__":
    _export_on_torch(keras.saving.load_model(sys.argv[1], compile=False), Path(sys.argv[2]))
