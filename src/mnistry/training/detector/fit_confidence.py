"""Fits how sure a reader is of a digit: a logistic regression over what both networks say, on validation pages.

    python -m mnistry.training.detector.fit_confidence DETECTOR [MODEL]    # again, for another classifier

Training a detector ends with it, for the bundled classifier.
"""

import argparse
import shutil
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mnistry.assets import MODEL
from mnistry.errors import MnistryError, say_error
from mnistry.ocr import lines
from mnistry.ocr.confidence import FEATURES, Confidence, log_odds
from mnistry.ocr.evidence import Evidence, Networks, evidence
from mnistry.ocr.glyph_classes import DIGITS
from mnistry.ocr.read_page import ACCEPTED
from mnistry.reader import Reader, scoring
from mnistry.safety import atomic_write
from mnistry.training.detector import pages, sources
from mnistry.training.detector.judge import OVERLAP, iou
from mnistry.training.export.write_metadata import write_metadata
from mnistry.training.synthetic.pages.scene import MIN_SEEN, Scene

WEIGHTS = (0.0, 0.25, 0.5, 0.75, 1.0)  # of the classifier's log probabilities, beside the detector's
PENALTY = 1e-2
PAGE_COUNTS_AS = 40  # candidates at most: one dense page does not outweigh all other pages
PAGES = 400


@dataclass(frozen=True, eq=False)
class Example:
    """The candidates of one page, and for each the true glyph that it is: its `partner` (n,) on the page, -1 for none.

    `truth` (n,) is its digit, -1 for what is none, -2 for what is unclear.
    """

    page: Scene
    seen: Evidence
    partner: NDArray[np.int64]
    truth: NDArray[np.int64]


def write(path: Path, model: Path = MODEL) -> None:
    """Fit the confidence of a reader with this detector and this classifier, and write it into the detector's file.

    Raises `DataError` if fonts or photos cannot be fetched, and `ModelError` if a network fails.
    """
    reader = Reader(model, detector=path)
    assert reader.detector
    known = examples(pages.drawn("validation", PAGES), Networks(reader.detector.detect, scoring(reader)))
    metadata = replace(reader.detector.metadata, confidence=fit(known))

    def renewed(part: Path) -> None:
        shutil.copyfile(path, part)
        write_metadata(part, metadata)

    atomic_write.replace(path, renewed)


def examples(drawn: Iterable[Scene], networks: Networks) -> list[Example]:
    """Return what both networks say of each page, with the truth."""
    return [_example(page, evidence(page.pixels, networks)) for page in drawn]


def fit(known: Sequence[Example]) -> Confidence:
    """Return the weights that tell right digits from wrong ones and from what is none, and exact lines from others."""
    chosen = max(WEIGHTS, key=lambda weight: _right(known, replace(Confidence(), classifier=weight)))
    confidence = replace(Confidence(), classifier=chosen)
    rows, right = zip(*(_rows(one, confidence) for one in known), strict=True)
    weights, bias = _regression(rows, right)
    assert len(weights) == len(FEATURES)
    confidence = replace(confidence, weights=weights, bias=bias)
    products, exact = zip(*(_lines(one, confidence) for one in known), strict=True)
    (line,), line_bias = _regression([log_odds(some)[:, None] for some in products], exact)
    return replace(confidence, line=line, line_bias=line_bias)


def _regression(
    rows: Sequence[NDArray[np.float64]], right: Sequence[NDArray[np.bool_]]
) -> tuple[tuple[float, ...], float]:
    """Return the weights and the bias of a logistic regression over the rows of all pages."""
    from sklearn.linear_model import LogisticRegression

    truth = np.concatenate(right)
    if len(np.unique(truth)) < 2:  # a network that finds nothing right, or nothing at all
        return (0.0,) * rows[0].shape[1], round(float(log_odds((truth.sum() + 0.5) / (len(truth) + 1))), 4)
    counts = np.concatenate([np.full(len(page), min(1.0, PAGE_COUNTS_AS / max(1, len(page)))) for page in rows])
    model = LogisticRegression(C=1 / PENALTY, max_iter=1000)
    model.fit(np.concatenate(rows), truth, sample_weight=counts)
    return tuple(round(float(w), 4) for w in model.coef_[0]), round(float(model.intercept_[0]), 4)


def _example(page: Scene, seen: Evidence) -> Example:
    boxes = seen.glyphs.candidates.boxes.astype(np.float64)
    overlaps = iou(boxes, page.boxes)
    nearest = overlaps.argmax(axis=1) if len(page.boxes) else np.zeros(len(boxes), np.int64)
    partner = np.where(overlaps.max(axis=1, initial=0) >= OVERLAP, nearest, -1)
    is_digit = np.append(page.glyphs < len(DIGITS), False)[partner]
    truth = np.where(is_digit, np.append(page.glyphs, -1)[partner], -1)
    truth[is_digit & (np.append(page.seen, 1)[partner] < MIN_SEEN)] = -2
    small = replace(seen, glyphs=replace(seen.glyphs, views=[], maps=[]))  # those of all pages fill the memory
    return Example(page, small, partner, truth)


def _rows(one: Example, confidence: Confidence) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return features and whether the digit read is right, of all candidates whose truth is clear."""
    seen = one.seen.with_confidence(confidence)
    clear = one.truth != -2
    right = seen.probabilities.argmax(axis=1) == one.truth if len(one.truth) else np.zeros(0, bool)
    return seen.features[clear], right[clear]


def _right(known: Sequence[Example], confidence: Confidence) -> int:
    """Return how many true digits have the right value."""
    return sum(int(_rows(one, confidence)[1].sum()) for one in known)


def _lines(one: Example, confidence: Confidence) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return of each line that is read the product of its digits' confidences, and whether it is exact.

    It is if its digits are right and in order, and none is missing of the texts that it holds. Lines with unclear
    digits are left out.
    """
    seen, page = one.seen.with_confidence(confidence), one.page
    sure, value = confidence.of(seen.features), seen.probabilities.argmax(axis=1)
    digits = np.flatnonzero(sure >= ACCEPTED)
    products, exact = [], []
    for places in lines.linked(seen.glyphs.candidates.boxes[digits]):
        line = digits[places]
        if (one.truth[line] == -2).any():
            continue
        texts = page.lines[one.partner[line][one.partner[line] >= 0]]
        written = (page.glyphs < len(DIGITS)) & (page.seen >= MIN_SEEN) & np.isin(page.lines, texts)
        whole = np.array_equal(np.sort(one.partner[line]), np.flatnonzero(written))
        products.append(float(sure[line].prod()))
        exact.append(whole and bool((value[line] == one.truth[line]).all()))
    return np.array(products, np.float64), np.array(exact, bool)


def main() -> None:
    """Fit it from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("detector", type=Path, help="a detector's model.onnx, which is changed")
    parser.add_argument("model", type=Path, nargs="?", default=MODEL, help="a classifier's; by default the bundled one")
    options = parser.parse_args()
    try:
        sources.fetch()
        write(options.detector, options.model)
    except (MnistryError, OSError) as error:
        say_error(error)
        sys.exit(1)


if __name__ == "__main__":
    main()
