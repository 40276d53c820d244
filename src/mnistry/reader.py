"""`Reader`: a classifier that also reads the digits in any picture, with calibrated confidence."""

import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnistry.assets import MODEL
from mnistry.classifier.classifier import Classifier, rejection_scores
from mnistry.detector.detector import Detector
from mnistry.errors import DataWarning, ModelError
from mnistry.ocr import best_reading, decode, document, expected, geometry, pipeline, turned
from mnistry.ocr.candidates import Evidence
from mnistry.ocr.decode import Picture
from mnistry.ocr.detections import Detections, detections
from mnistry.ocr.evidence import Networks
from mnistry.ocr.find_glyphs import Glyphs
from mnistry.ocr.page import Page
from mnistry.ocr.scores import Classify, Scores
from mnistry.ocr.text import with_signs
from mnistry.safety import memory

UNKNOWN = 10.0  # log odds of all ink if the model has no threshold: certainly a digit (`best_path.PLAIN`)


class Reader(Classifier):
    """A `Classifier` that also reads pictures; without a path it uses the bundled model.

    `detector`, a path or a `Detector`, finds the glyphs of pages; without one, ink is found by its contrast with paper.
    """

    def __init__(
        self,
        model: str | Path = MODEL,
        threads: int | None = None,
        *,
        data: bytes | None = None,
        detector: str | Path | Detector | None = None,
    ) -> None:
        super().__init__(model, threads, data=data)
        self.detector = Detector(detector, threads) if isinstance(detector, str | Path) else detector

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle both files' bytes, so that unpickling needs no file."""
        return _loaded, (type(self), self.path, self._threads, self.data, self.detector)

    def decoded(
        self, source: decode.Source, name: str | None = None, max_px: int | None = None, page: int = 1
    ) -> Picture:
        """Decode a picture as `read` does: see `ocr.decode.decode`."""
        return decode.decode(source, name, max_px, page=page, enlarge=self.detector is None)

    def read(
        self,
        source: decode.Source,
        min_confidence: float = 0.0,
        *,
        page: int = 1,
        signs: bool = False,
        expect: int | None = None,
        pattern: str | None = None,
    ) -> Page:
        """Read every digit of a picture in reading order: lines from top to bottom, digits from left to right.

        `source` is a path, the bytes of a file, a PIL image or an array: see `decode.decode`. Of a file of several
        pages or frames one is read, by default the first. Digits with a confidence below `min_confidence` are rejected.
        So are non-digits: ink whose `rejection_scores` are below the threshold in the model's metadata.

        `signs`, `expect` and `pattern` are those of `reread`.

        Raises `PictureError` if the picture cannot be decoded or needs more memory than there is, and `ModelError` if
        the model does not take 28×28 pixels. There is no deadline: a page with much noise may take half a minute.
        """
        best_reading.compiled(expect, pattern)  # before there is any work
        picture, name = self.decoded(source, page=page), decode.name_of(source)
        found = self.read_picture(picture, min_confidence, name)
        return self.reread(found, min_confidence, signs=signs, expect=expect, pattern=pattern, name=name)

    def read_pages(
        self,
        source: decode.Source,
        min_confidence: float = 0.0,
        *,
        signs: bool = False,
        expect: int | None = None,
        pattern: str | None = None,
    ) -> Iterator[Page]:
        """Read the pages of a file one after the other, as `read` does: all of a TIFF or PDF, of an animation the
        frames that differ, otherwise the picture.

        Raises as `read` at a page that cannot be read, and ends there: `read` with `page` goes on behind it. Warns
        (`DataWarning`) of pages that are left out because there are more than `limits.LIMITS` allow.
        """
        if not isinstance(source, str | Path | bytes):
            yield self.read(source, min_confidence, signs=signs, expect=expect, pattern=pattern)
            return
        best_reading.compiled(expect, pattern)
        with document.opened(source, decode.name_of(source)) as file:
            pages = file.pages
            for number in pages.numbers:
                picture, name = decode.decode_page(file, number, enlarge=self.detector is None), file.name(number)
                page = self.read_picture(picture, min_confidence, name)
                page = self.reread(page, min_confidence, signs=signs, expect=expect, pattern=pattern, name=name)
                yield replace(page, number=number) if pages.several else page
            if pages.left_out:
                warnings.warn(pages.left_out, DataWarning, stacklevel=2)

    def read_picture(self, picture: Picture, min_confidence: float = 0.0, name: str = "the picture") -> Page:
        """Read a picture that is already decoded, as `read` does; errors call it `name`."""
        return self._read(picture, min_confidence, name)[0]

    def explained(
        self, picture: Picture, min_confidence: float = 0.0, name: str = "the picture"
    ) -> tuple[Page, Detections | None]:
        """Read as `read_picture` does, and return what the detector saw, too: None if it was not asked."""
        page, looked_at, glyphs = self._read(picture, min_confidence, name)
        with memory.said_of(name):
            return page, detections(looked_at, glyphs, page.turned) if glyphs else None

    def _read(self, picture: Picture, min_confidence: float, name: str) -> tuple[Page, Picture, Glyphs | None]:
        """Return the page, the picture as it was looked at, which may be turned, and what the detector saw of that."""
        if self.image_shape != (geometry.SIDE_PX, geometry.SIDE_PX, 1):
            size = "×".join(map(str, self.image_shape))
            raise ModelError(f"{self.path}: takes images of {size}: wanted a model of 28×28×1 to read pictures with")
        with memory.said_of(name):
            if not self.detector:
                return pipeline.transcribe(picture, scoring(self), self.class_names, min_confidence), picture, None
            networks = Networks(self.detector.detect, scoring(self), self.class_names, self.detector.confidence)
            return turned.read(picture, networks, min_confidence)

    def reread(
        self,
        page: Page,
        min_confidence: float = 0.0,
        *,
        signs: bool = False,
        expect: int | None = None,
        pattern: str | None = None,
        name: str = "the picture",
    ) -> Page:
        """Read a page of this reader's again, with its signs in the text or as its user expects it.

        `expect` is the number of digits on the page. `pattern` is a regular expression of Python's that each line
        matches from end to end, with its spaces or without them; take none from strangers, for there are patterns that
        take years. The result is the most probable reading of that shape, in which what is doubtful may have changed.

        Raises `NoMatchError` if there is none, and `UsageError` for what cannot be expected.
        """
        regex = best_reading.compiled(expect, pattern)
        page = with_signs(page) if signs else page
        if not (expect or regex):
            return page
        pieces = (*page.digits, *page.rejected)
        images = np.array([piece.image for piece in pieces], np.uint8).reshape(-1, *self.image_shape)
        scores = scoring(self)(images)
        evidence = Evidence(scores.probabilities, scores.log_odds, self.class_names, min_confidence)
        if regex:
            return expected.matching(page, evidence, regex, name, signs)
        return expected.of_length(page, evidence, expect or 0, name, signs)


def scoring(classifier: Classifier) -> Classify:
    """Return what scores images (n, 28, 28[, 1]) uint8: with the probabilities and log odds that reading decides by."""

    def scores(images: NDArray[np.uint8]) -> Scores:
        logits = classifier.logits(images)
        known = np.isfinite(classifier.threshold)
        log_odds = rejection_scores(logits) - classifier.threshold if known else np.full(len(logits), UNKNOWN)
        return Scores(classifier.calibrated(logits), log_odds.astype(np.float32))

    return scores


def _loaded(kind: type[Reader], path: Path, threads: int | None, data: bytes, detector: Detector | None) -> Reader:
    return kind(path, threads, data=data, detector=detector)
