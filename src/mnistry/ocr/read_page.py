"""Reads a decoded picture: the detector's glyphs, the classifier's scores of their ink, lines, signs, confidence."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mnistry.ocr import geometry, glyph_image, lines
from mnistry.ocr.confidence import Confidence, log_odds
from mnistry.ocr.decode import Picture
from mnistry.ocr.find_glyphs import Glyphs, find_glyphs
from mnistry.ocr.glyph_classes import DIGITS, GLYPHS, OTHER, SIGNS
from mnistry.ocr.page import Box, Digit, Line, Page, Rejected, Sign
from mnistry.ocr.peaks import Detect
from mnistry.ocr.scores import Classify, Scores
from mnistry.ocr.text import line_text
from mnistry.ocr.views import WANTED_PX

ACCEPTED = 0.5  # probability of being right, from which on a digit is read
SEEN = 0.3  # heat from which on a glyph that is no digit is reported as rejected
FIRST_SIGN, LAST_SIGN = len(DIGITS), len(DIGITS) + len(SIGNS)
BESIDE = 1.2  # digit heights from a line's end, within which a sign belongs to it
LETTER, SIGN, DOUBTFUL, UNSURE = "letter or drawing", "sign outside a line", "not a digit", "low confidence"
TOO_MUCH = "too much text in one picture"
_BLANK = np.zeros((geometry.SIDE_PX, geometry.SIDE_PX), np.uint8)


@dataclass(frozen=True, eq=False)
class Evidence:
    """What both networks say of n glyphs: `images` (n, 28, 28), the classifier's `scores`, and both together.

    `probabilities` (n, classes) are of both, and `features` (n, 7) those of `confidence.FEATURES`.
    """

    glyphs: Glyphs
    images: NDArray[np.uint8]
    scores: Scores
    probabilities: NDArray[np.float32]
    features: NDArray[np.float64]

    def with_confidence(self, confidence: Confidence) -> "Evidence":
        """Return the same with other weights of the two networks."""
        return _evidence(self.glyphs, self.images, self.scores, confidence)


def evidence(pixels: NDArray[np.uint8], detect: Detect, classify: Classify, confidence: Confidence) -> Evidence:
    """Find the glyphs of a picture and score each."""
    return scored(find_glyphs(pixels, detect), classify, confidence)


def scored(glyphs: Glyphs, classify: Classify, confidence: Confidence) -> Evidence:
    """Score each glyph that was found."""
    images = glyph_image.images(glyphs)
    return _evidence(glyphs, images, classify(images), confidence)


def _evidence(glyphs: Glyphs, images: NDArray[np.uint8], scores: Scores, confidence: Confidence) -> Evidence:
    found, n_digits = glyphs.candidates, len(DIGITS)
    probabilities = scores.probabilities
    if probabilities.shape[1] == n_digits:
        of_classifier = np.log(np.maximum(probabilities, 1e-9))
        probabilities = confidence.combined(found.glyph[:, :n_digits], of_classifier)
    at, value = np.arange(len(found)), probabilities.argmax(axis=1)
    heights = found.boxes[:, 3] - found.boxes[:, 1]
    columns = [
        log_odds(found.heat),
        log_odds(np.exp(found.glyph[:, :n_digits]).sum(axis=1)),
        log_odds(probabilities[at, value]),
        log_odds(scores.probabilities[at, value]),
        np.clip(scores.log_odds, -8, 8),
        np.abs(np.log(np.maximum(heights, 1) / np.maximum(found.em_px, 1))),
        np.abs(np.log2(np.maximum(found.view_px, 1) / WANTED_PX)),
    ]
    return Evidence(glyphs, images, scores, probabilities, np.stack(columns, axis=1).astype(np.float64))


def read_page(
    picture: Picture,
    detect: Detect,
    classify: Classify,
    names: tuple[str, ...],
    confidence: Confidence,
    min_confidence: float,
) -> Page:
    """Read a picture; `classify` scores images (n, 28, 28) uint8. Digits below `min_confidence` are rejected.

    A model of other classes than digits decides alone what a glyph is, and by its rejection score whether it is one.
    """
    return page_and_evidence(picture, detect, classify, names, confidence, min_confidence)[0]


def page_and_evidence(
    picture: Picture,
    detect: Detect,
    classify: Classify,
    names: tuple[str, ...],
    confidence: Confidence,
    min_confidence: float,
) -> tuple[Page, Evidence]:
    """Read a picture as `read_page` does; return what it was read by, too."""
    seen = evidence(picture.pixels, detect, classify, confidence)
    found = seen.glyphs.candidates
    if len(names) == len(DIGITS):
        sure = confidence.of(seen.features)
        is_digit = sure >= ACCEPTED
    else:
        sure = seen.probabilities.max(axis=1, initial=0) / (1 + np.exp(-seen.scores.log_odds))
        is_digit = (seen.scores.log_odds >= 0) & (found.heat >= SEEN)
    accepted = is_digit & (sure >= min_confidence)
    return _Page(picture, seen, names, sure, is_digit, accepted).page(), seen


def in_original(picture: Picture, box: Sequence[float] | NDArray[np.floating]) -> Box:
    """Return left, top, right and bottom of the decoded picture as a box in px of the original."""
    height, width = picture.pixels.shape[:2]
    scale = np.array([picture.width / width, picture.height / height] * 2)
    left, top, right, bottom = np.asarray(box) * scale
    x, y = int(np.clip(left, 0, picture.width - 1)), int(np.clip(top, 0, picture.height - 1))
    end_x, end_y = min(picture.width, int(np.ceil(right))), min(picture.height, int(np.ceil(bottom)))
    return x, y, max(1, end_x - x), max(1, end_y - y)


class _Page:
    """Puts a page together from what was decided about each glyph."""

    def __init__(
        self,
        picture: Picture,
        seen: Evidence,
        names: tuple[str, ...],
        sure: NDArray[np.float64],
        is_digit: NDArray[np.bool_],
        accepted: NDArray[np.bool_],
    ) -> None:
        self._picture, self._seen, self._names, self._sure = picture, seen, names, sure
        self._is_digit, self._accepted = is_digit, accepted
        self._found = seen.glyphs.candidates
        self._glyph = self._found.glyph.argmax(axis=1) if len(self._found) else np.zeros(0, np.int64)

    def page(self) -> Page:
        """Return the page."""
        digits = np.flatnonzero(self._accepted)
        boxes = self._found.boxes.astype(np.float64)
        in_lines = [[int(digits[k]) for k in line] for line in lines.linked(boxes[digits])]
        signs = self._signs(in_lines)
        read = [self._line(line, signs[number]) for number, line in enumerate(in_lines)]
        used = {*digits.tolist(), *(k for some in signs for k in some)}
        others = [k for k in range(len(self._found)) if k not in used and self._found.heat[k] >= SEEN]
        rejected = [self._rejected(k) for k in others]
        rejected += [
            Rejected(in_original(self._picture, area), 0.0, TOO_MUCH, _BLANK) for area in self._seen.glyphs.left_out
        ]
        return Page(tuple(read), tuple(rejected), self._picture.width, self._picture.height)

    def _line(self, line: list[int], signs: list[int]) -> Line:
        digits = tuple(self._digit(k) for k in line)
        beside = tuple(
            Sign(GLYPHS[self._glyph[k]], float(self._found.heat[k] * np.exp(self._found.glyph[k].max())), self._box(k))
            for k in signs
        )
        exact = float(np.prod([digit.confidence for digit in digits]))
        return Line(line_text(digits, beside), digits, beside, exact)

    def _digit(self, k: int) -> Digit:
        shares = self._seen.probabilities[k]
        named = dict(zip(self._names, map(float, shares), strict=True))
        return Digit(self._names[int(shares.argmax())], float(self._sure[k]), self._box(k), named, self._seen.images[k])

    def _signs(self, in_lines: list[list[int]]) -> list[list[int]]:
        """Return for each line the signs that stand in it or at its ends, from left to right."""
        found, boxes = self._found, self._found.boxes
        is_sign = (self._glyph >= FIRST_SIGN) & (self._glyph < LAST_SIGN) & ~self._is_digit & (found.heat >= SEEN)
        if len(self._names) != len(DIGITS):
            is_sign[:] = False
        chosen: list[list[int]] = [[] for _ in in_lines]
        spans = [(boxes[line].min(axis=0), boxes[line].max(axis=0)) for line in in_lines]
        for k in np.flatnonzero(is_sign)[np.argsort(boxes[is_sign, 0], kind="stable")].tolist():
            x, y = (boxes[k, 0] + boxes[k, 2]) / 2, (boxes[k, 1] + boxes[k, 3]) / 2
            for number, (low, high) in enumerate(spans):
                em = float(np.median(boxes[in_lines[number], 3] - boxes[in_lines[number], 1]))
                level = low[1] - 0.3 * em <= y <= high[3] + 0.35 * em
                if level and low[0] - BESIDE * em <= x <= high[2] + BESIDE * em:
                    chosen[number].append(k)
                    break
        return chosen

    def _rejected(self, k: int) -> Rejected:
        if self._is_digit[k]:
            reason = UNSURE
        elif len(self._names) != len(DIGITS) or self._glyph[k] < len(DIGITS):
            reason = DOUBTFUL
        else:
            reason = LETTER if GLYPHS[self._glyph[k]] == OTHER else SIGN
        return Rejected(self._box(k), float(self._sure[k]), reason, self._seen.images[k])

    def _box(self, k: int) -> Box:
        return in_original(self._picture, self._found.boxes[k])
