"""What two networks that are none say of coloured blocks."""

import numpy as np
import pytest
from numpy.typing import NDArray

import ink_detector
from ink_detector import InkDetector
from mnistry.ocr.confidence import FEATURES, Confidence
from mnistry.ocr.evidence import Evidence, Networks, evidence
from mnistry.ocr.glyph_classes import DIGITS
from mnistry.ocr.scores import Scores

BY_DETECTOR, BY_CLASSIFIER = Confidence(detector=1.0, classifier=0.0), Confidence(detector=0.0, classifier=1.0)


def always_four(images: NDArray[np.uint8]) -> Scores:
    shares = np.full((len(images), 10), 0.01, np.float32)
    shares[:, 4] = 0.91
    return Scores(shares, np.full(len(images), 3, np.float32))


def seen(confidence: Confidence, names: tuple[str, ...] = DIGITS) -> Evidence:
    page = ink_detector.paper(96, 160)
    ink_detector.block_row(page, "27", 30, 30, (16, 28), 22)
    ink_detector.block(page, "other", (74, 30, 16, 28))
    return evidence(page, Networks(InkDetector(), always_four, names, confidence))


def in_order(of: Evidence) -> NDArray[np.int64]:
    return np.argsort(of.glyphs.candidates.boxes[:, 0])


def column(of: Evidence, name: str) -> list[float]:
    return of.features[in_order(of), FEATURES.index(name)].round(1).tolist()


def test_either_network_may_decide_which_digit_it_is() -> None:
    found = seen(BY_DETECTOR)
    assert found.probabilities[in_order(found)].argmax(axis=1)[:2].tolist() == [2, 7]
    other = found.with_confidence(BY_CLASSIFIER)
    assert other.probabilities.argmax(axis=1).tolist() == [4, 4, 4]
    assert np.array_equal(other.images, found.images)
    assert np.array_equal(other.features, seen(BY_CLASSIFIER).features)


def test_of_other_classes_only_the_classifier_knows() -> None:
    found = seen(BY_DETECTOR, names=tuple("abcdefghij"))
    assert found.probabilities.argmax(axis=1).tolist() == [4, 4, 4]


def test_the_features_are_those_that_are_named() -> None:
    found = seen(BY_DETECTOR)
    assert found.features.shape == (3, len(FEATURES))
    assert column(found, "margin") == [3.0] * 3
    assert column(found, "digits beside") == pytest.approx([0.9, 0.9, 0.9], abs=0.15)
    assert column(found, "letters beside") == pytest.approx([0.0, 0.9, 0.0], abs=0.15)
    digit = column(found, "digit")
    assert min(digit[:2]) > 5 > -5 > digit[2]
    value = column(found, "classifier")
    assert value[0] == value[1] == pytest.approx(np.log(0.01 / 0.99), abs=0.1), "of the digit that is read"


def test_nothing_was_found() -> None:
    found = evidence(ink_detector.paper(64, 64), Networks(InkDetector(), always_four))
    assert found.features.shape == (0, len(FEATURES))
    assert found.probabilities.shape == (0, 10)
    assert found.images.shape == (0, 28, 28)
