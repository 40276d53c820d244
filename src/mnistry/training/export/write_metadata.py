"""Writes the metadata of a model.onnx; `classifier.metadata` or `detector.metadata` reads them."""

import json
from pathlib import Path

from mnistry.classifier.metadata import ModelMetadata
from mnistry.detector.metadata import DetectorMetadata


def write_metadata(path: Path, metadata: ModelMetadata | DetectorMetadata) -> None:
    """Write the model's metadata into its file, each value as JSON."""
    import onnx

    model = onnx.load(path)
    entries = metadata.to_json().items()
    onnx.helper.set_model_props(model, {key: json.dumps(value, ensure_ascii=False) for key, value in entries})
    onnx.save(model, path)
