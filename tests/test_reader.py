from pathlib import Path

import numpy as np
import onnx

from mnistry import Reader
from mnistry.assets import MODEL
from mnistry.data.dataset import Dataset


def test_a_model_that_carries_no_threshold_reads_and_rejects_nothing(mnist: Dataset, tmp_path: Path) -> None:
    model = onnx.load(MODEL)
    del model.metadata_props[:]
    onnx.save(model, tmp_path / "bare.onnx")
    number = np.full((60, 160), 255, np.uint8)
    for i, image in enumerate(mnist.validation.images[:4, ..., 0]):
        number[16:44, 10 + 36 * i : 38 + 36 * i] -= image
    page = Reader(tmp_path / "bare.onnx").read(number)
    assert page.text == Reader().read(number).text != ""
    assert page.rejected == ()
