"""`Reader`: a classifier that also reads the digits in any picture, with calibrated confidence."""

import numpy as np
from numpy.typing import NDArray

from mnistry.classifier.classifier import Classifier, rejection_scores
from mnistry.errors import ModelError
from mnistry.ocr import decode, geometry, pipeline
from mnistry.ocr.decode import Picture
from mnistry.ocr.page import Page
from mnistry.ocr.pipeline import Scores
from mnistry.safety import memory

UNKNOWN = 10.0  # log odds of all ink if the model has no threshold: certainly a digit (`best_path.PLAIN`)


class Reader(Classifier):
    """A `Classifier` that also reads pictures; without a path it uses the bundled model."""

    def read(self, source: decode.Source, min_confidence: float = 0.0) -> Page:
        """Read every digit of a picture in reading order: lines from top to bottom, digits from left to right.

        `source` is a path, the bytes of a file, a PIL image or an array: see `decode.decode`. Digits with a
        confidence below `min_confidence` are rejected. So are non-digits: ink whose `rejection_scores` are
        below the threshold in the model's metadata.

        Raises `PictureError` if the picture cannot be decoded or needs more memory than there is, and `ModelError` if
        the model does not take 28×28 pixels. There is no deadline: a page with much noise may take half a minute.
        """
        return self.read_picture(decode.decode(source), min_confidence)

    def read_picture(self, picture: Picture, min_confidence: float = 0.0, name: str = "the picture") -> Page:
        """Read a picture that is already decoded, as `read` does; errors call it `name`."""
        if self.image_shape != (geometry.SIDE_PX, geometry.SIDE_PX, 1):
            size = "×".join(map(str, self.image_shape))
            raise ModelError(f"{self.path}: takes images of {size}: wanted a model of 28×28×1 to read pictures with")
        with memory.said_of(name):
            return pipeline.transcribe(picture, self._scores, self.class_names, min_confidence)

    def _scores(self, images: NDArray[np.uint8]) -> Scores:
        """Compute the probabilities and log odds that `transcribe` decides by."""
        logits = self.logits(images)
        known = np.isfinite(self.threshold)
        log_odds = rejection_scores(logits) - self.threshold if known else np.full(len(logits), UNKNOWN)
        return Scores(self.calibrated(logits), log_odds.astype(np.float32))
