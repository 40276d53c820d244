"""What both networks say of a picture's glyphs: the detector finds them, the classifier scores the ink of each."""

from dataclasses import dataclass

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


def evidence(
    pixels: NDArray[np.uint8],
    detect: Detect,
    classify: Classify,
    confidence: Confidence,
    names: tuple[str, ...] = DIGITS,
) -> Evidence:
    """Find the glyphs of a picture and score each; `names` are the classifier's classes."""
    return scored(find_glyphs(pixels, detect), classify, confidence, names)


def scored(glyphs: Glyphs, classify: Classify, confidence: Confidence, names: tuple[str, ...] = DIGITS) -> Evidence:
    """Score each glyph that was found."""
    images = glyph_image.images(glyphs)
    return _evidence(names, glyphs, images, classify(images), confidence)


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
