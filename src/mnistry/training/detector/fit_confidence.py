"""Fits how sure a reader is of a digit: a logistic regression over what both networks say, on validation pages."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mnistry.ocr.confidence import FEATURES, Confidence
from mnistry.ocr.glyph_classes import DIGITS
from mnistry.ocr.peaks import Detect
from mnistry.ocr.read_page import Evidence, evidence
from mnistry.ocr.scores import Classify
from mnistry.training.detector.judge import OVERLAP, iou
from mnistry.training.synthetic.pages.scene import MIN_SEEN, Scene

WEIGHTS = (0.0, 0.25, 0.5, 0.75, 1.0)  # of the classifier's log probabilities, beside the detector's
PENALTY = 1e-2


@dataclass(frozen=True, eq=False)
class Example:
    """The candidates of one page: `seen`, and for each the digit that it truly is (n,), -1 for none, -2 for unclear."""

    seen: Evidence
    truth: NDArray[np.int64]


def examples(pages: Sequence[Scene], detect: Detect, classify: Classify) -> list[Example]:
    """Return what both networks say of each page, with the truth."""
    found = [evidence(page.pixels, detect, classify, Confidence()) for page in pages]
    return [Example(seen, _truth(page, seen)) for page, seen in zip(pages, found, strict=True)]


def fit(known: Sequence[Example]) -> Confidence:
    """Return the weights that tell right digits from wrong ones and from what is none."""
    from sklearn.linear_model import LogisticRegression

    chosen = max(WEIGHTS, key=lambda weight: _right(known, replace(Confidence(), classifier=weight)))
    confidence = replace(Confidence(), classifier=chosen)
    rows, right = zip(*(_rows(one, confidence) for one in known), strict=True)
    model = LogisticRegression(C=1 / PENALTY, max_iter=1000).fit(np.concatenate(rows), np.concatenate(right))
    weights = tuple(round(float(w), 4) for w in model.coef_[0])
    assert len(weights) == len(FEATURES)
    return replace(confidence, weights=weights, bias=round(float(model.intercept_[0]), 4))


def _truth(page: Scene, seen: Evidence) -> NDArray[np.int64]:
    boxes = seen.glyphs.candidates.boxes.astype(np.float64)
    truth = np.full(len(boxes), -1)
    if not len(page.boxes) or not len(boxes):
        return truth
    overlaps = iou(boxes, page.boxes)
    partner, hit = overlaps.argmax(axis=1), overlaps.max(axis=1) >= OVERLAP
    digit = page.glyphs < len(DIGITS)
    truth[hit & digit[partner]] = page.glyphs[partner][hit & digit[partner]]
    truth[hit & digit[partner] & (page.seen[partner] < MIN_SEEN)] = -2
    return truth


def _rows(one: Example, confidence: Confidence) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return features and whether the digit read is right, of all candidates whose truth is clear."""
    seen = one.seen.with_confidence(confidence)
    clear = one.truth != -2
    right = seen.probabilities.argmax(axis=1) == one.truth if len(one.truth) else np.zeros(0, bool)
    return seen.features[clear], right[clear]


def _right(known: Sequence[Example], confidence: Confidence) -> int:
    """Return how many true digits have the right value."""
    return sum(int(_rows(one, confidence)[1].sum()) for one in known)
