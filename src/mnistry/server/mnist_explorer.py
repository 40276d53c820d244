"""The test images as the page explores them: how the model reads each, and its place on a map.

The map is fixed, whichever network reads: t-SNE of the bundled network's last features, computed beforehand by
docs/figures/test_map.py. A new image is placed at the mean place of the `NEAREST` test images whose features, in the
network that reads, are nearest to its own.
"""

import io
import json
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mnistry.assets import ASSETS
from mnistry.data import load
from mnistry.data.dataset import Dataset
from mnistry.evaluation import evaluate
from mnistry.evaluation.interpret import Inside
from mnistry.reader import Reader

PLACES = ASSETS / "test_map.npz"
NEAREST = 5
COLUMNS = 100  # images in a row of the sprite


class MnistExplorer:
    """MNIST's test images under one reader; slow parts are computed once, when first needed."""

    def __init__(self, reader: Reader, inside: Inside) -> None:
        self._reader, self._inside = reader, inside
        self._features: NDArray[np.float32] | None = None

    def ready(self) -> None:
        """Compute what takes seconds: the features of all images."""
        if self._features is None:
            self._features = _directions(self._inside.features(self._data.test.images))

    @cached_property
    def _data(self) -> Dataset:
        return load.load_dataset()

    @cached_property
    def places(self) -> NDArray[np.uint16]:
        """Each image's place on the map: (n, 2), 0 to 65,535 from left to right and from top to bottom."""
        with np.load(PLACES) as kept:
            return kept["places"]

    @cached_property
    def sprite(self) -> bytes:
        """All images as one PNG, `COLUMNS` in a row, in their order."""
        images = self._data.test.images
        n, height, width, _ = images.shape
        tiles = images[..., 0].reshape(n // COLUMNS, COLUMNS, height, width)
        out = io.BytesIO()
        Image.fromarray(tiles.transpose(0, 2, 1, 3).reshape(-1, COLUMNS * width)).save(out, "PNG")
        return out.getvalue()

    @cached_property
    def described(self) -> bytes:
        """The data for the page, as JSON: each image's label, prediction, confidence and place, and the totals.

        Raises `DataError` if the model does not read MNIST's images or classes.
        """
        found = evaluate.evaluate(self._reader, self._data)
        content = {
            "class_names": list(found.class_names),
            "accuracy": found.accuracy,
            "correct": found.correct,
            "total": found.total,
            "columns": COLUMNS,
            "labels": found.labels.tolist(),
            "read": found.predictions.tolist(),
            "confidence": found.confidences.astype(float).round(4).tolist(),
            "places": self.places.tolist(),
        }
        return json.dumps(content).encode()

    def place(self, image: NDArray[np.uint8]) -> tuple[list[float], list[int]] | None:
        """The place of an image (h, w) on the map, and the nearest test images; None before `ready` is done."""
        if self._features is None:
            return None
        feature = _directions(self._inside.features(image[None, ..., None]))[0]
        nearest = np.argsort(-(self._features @ feature))[:NEAREST]
        return self.places[nearest].mean(axis=0).tolist(), nearest.tolist()


def _directions(features: NDArray[np.float32]) -> NDArray[np.float32]:
    """Features scaled to length one: which ones are active counts, not how strongly the pen wrote them."""
    return features / np.maximum(np.linalg.norm(features, axis=1, keepdims=True), 1e-9)
