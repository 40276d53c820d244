"""What both networks say of a picture's glyphs: the detector finds them, the classifier scores the ink of each."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from mnistry.ocr import glyph_image
from mnistry.ocr.company import company
from mnistry.ocr.confidence import Confidence, log_odds
from mnistry.ocr.find_glyphs import Glyphs, find_glyphs
from mnistry.ocr.glyph_classes import DIGITS
from mnistry.ocr.peaks import Detect
from mnistry.ocr.scores import Classify, Scores
from mnistry.ocr.views import WANTED_PX


@dataclass(frozen=True)
class Networks:
    """What pictures are read with.

    `detect` finds glyphs, `classify` scores their images (n, 28, 28) uint8 of the classes `names`, and `confidence`
    weighs what both say, if these are the digits.
    """

    detect: Detect
    classify: Classify
    names: tuple[str, ...] = DIGITS
    confidence: Confidence = field(default_factory=Confidence)


@dataclass(frozen=True, eq=False)
class Evidence:
    """What both networks say of n glyphs: `images` (n, 28, 28), the classifier's `scores`, and both together.

    `probabilities` (n, classes) of the classes `names` are of both, if these are the digits, and `features`
    (n, features) those of `confidence.FEATURES`.
    """

    names: tuple[str, ...]
    glyphs: Glyphs
    images: NDArray[np.uint8]
    scores: Scores
    probabilities: NDArray[np.float32]
    features: NDArray[np.float64]

    def with_confidence(self, confidence: Confidence) -> "Evidence":
        """Return the same with other weights of the two networks."""
        return _evidence(self.names, self.glyphs, self.images, self.scores, confidence)


def evidence(pixels: NDArray[np.uint8], networks: Networks) -> Evidence:
    """Find the glyphs of a picture (h, w, 3) uint8 and score each."""
    return scored(find_glyphs(pixels, networks.detect), networks)


def scored(glyphs: Glyphs, networks: Networks) -> Evidence:
    """Score each glyph that was found."""
    images = glyph_image.images(glyphs)
    return _evidence(networks.names, glyphs, images, networks.classify(images), networks.confidence)


def _evidence(
    names: tuple[str, ...], glyphs: Glyphs, images: NDArray[np.uint8], scores: Scores, confidence: Confidence
) -> Evidence:
    found, n_digits = glyphs.candidates, len(DIGITS)
    probabilities = scores.probabilities
    if names == DIGITS:
        of_classifier = np.log(np.maximum(probabilities, 1e-9))
        probabilities = confidence.combined(found.glyph[:, :n_digits], of_classifier)
    at, value = np.arange(len(found)), probabilities.argmax(axis=1)
    heights = found.boxes[:, 3] - found.boxes[:, 1]
    columns = (
        log_odds(found.heat),
        log_odds(np.exp(found.glyph[:, :n_digits]).sum(axis=1)),
        log_odds(probabilities[at, value]),
        log_odds(scores.probabilities[at, value]),
        np.clip(scores.log_odds, -8, 8),
        np.abs(np.log(np.maximum(heights, 1) / np.maximum(found.em_px, 1))),
        np.abs(np.log2(np.maximum(found.view_px, 1) / WANTED_PX)),
        *company(found).T,
    )
    return Evidence(names, glyphs, images, scores, probabilities, np.stack(columns, axis=1).astype(np.float64))
