"""`Reader`: a classifier that also reads the digits in any picture, with calibrated confidence."""

import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mnistry.classifier.classifier import Classifier, rejection_scores
from mnistry.errors import DataWarning, ModelError
from mnistry.ocr import decode, document, geometry, pipeline
from mnistry.ocr.decode import Picture
from mnistry.ocr.page import Page
from mnistry.ocr.pipeline import Scores
from mnistry.safety import memory

UNKNOWN = 10.0  # log odds of all ink if the model has no threshold: certainly a digit (`best_path.PLAIN`)


class Reader(Classifier):
    """A `Classifier` that also reads pictures; without a path it uses the bundled model."""

    def read(self, source: decode.Source, min_confidence: float = 0.0, page: int = 1) -> Page:
        """Read every digit of a picture in reading order: lines from top to bottom, digits from left to right.

        `source` is a path, the bytes of a file, a PIL image or an array: see `decode.decode`. Of a file of several
        pages or frames one is read, by default the first. Digits with a confidence below `min_confidence` are rejected.
        So are non-digits: ink whose `rejection_scores` are below the threshold in the model's metadata.

        Raises `PictureError` if the picture cannot be decoded or needs more memory than there is, and `ModelError` if
        the model does not take 28×28 pixels. There is no deadline: a page with much noise may take half a minute.
        """
        return self.read_picture(decode.decode(source, page=page), min_confidence)

    def read_pages(self, source: decode.Source, min_confidence: float = 0.0) -> Iterator[Page]:
        """Read the pages of a file one after the other, as `read` does: all of a TIFF or PDF, of an animation the
        frames that differ, otherwise the picture.

        Raises as `read` at a page that cannot be read, and ends there: `read` with `page` goes on behind it. Warns
        (`DataWarning`) of pages that are left out because there are more than `limits.LIMITS` allow.
        """
        if not isinstance(source, str | Path | bytes):
            yield self.read(source, min_confidence)
            return
        with document.opened(source, decode.name_of(source)) as file:
            pages = file.pages
            for number in pages.numbers:
                page = self.read_picture(decode.decode_page(file, number), min_confidence, file.name(number))
                yield replace(page, number=number) if pages.several else page
            if pages.left_out:
                warnings.warn(pages.left_out, DataWarning, stacklevel=2)

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
