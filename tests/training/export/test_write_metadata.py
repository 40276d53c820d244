import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx

from mnistry.assets import MODEL
from mnistry.classifier.classifier import Classifier
from mnistry.training.export.write_metadata import write_metadata


def test_metadata_are_replaced_and_the_network_stays(tmp_path: Path) -> None:
    path = Path(shutil.copy(MODEL, tmp_path / "model.onnx"))
    before = Classifier(path)
    names = ("null", "eins", "ένα", "3", "4", "5", "6", "7", "8", "9")
    write_metadata(path, replace(before.metadata, class_names=names, others={"note": "mine"}))
    after = Classifier(path)
    assert after.class_names == names
    assert after.metadata == replace(before.metadata, class_names=names, others={"note": "mine"})
    images = np.random.default_rng(0).integers(0, 256, (3, 28, 28, 1), np.uint8)
    assert np.array_equal(after.logits(images), before.logits(images))
    stored = {entry.key: entry.value for entry in onnx.load(path).metadata_props}
    assert stored["class_names"] == '["null", "eins", "ένα", "3", "4", "5", "6", "7", "8", "9"]'
