"""Reads a decoded picture: the detector's glyphs, the classifier's scores of their ink, lines, signs, confidence."""

import numpy as np
from numpy.typing import NDArray

from mnistry.errors import NoInkError
from mnistry.ocr import geometry, lines
from mnistry.ocr.confidence import Confidence
from mnistry.ocr.decode import Picture
from mnistry.ocr.evidence import Evidence, Networks, evidence
from mnistry.ocr.find_glyphs import Glyphs
from mnistry.ocr.glyph_classes import DIGITS, GLYPHS, OTHER, SIGNS
from mnistry.ocr.page import Box, Digit, Line, Page, Rejected, Sign
from mnistry.ocr.symbol import symbol
from mnistry.ocr.text import line_text

ACCEPTED = 0.5  # probability of being right, from which on a digit is read
SEEN = 0.3  # heat from which on a glyph that is no digit is reported as rejected
FIRST_SIGN, LAST_SIGN = len(DIGITS), len(DIGITS) + len(SIGNS)
SMALL_PX = 32  # of a picture's longer side: it is read as one digit, if its ink is in one piece
LETTER, SIGN, DOUBTFUL, UNSURE = "letter or drawing", "sign outside a line", "not a digit", "low confidence"
TOO_MUCH = "too much text in one picture"
_BLANK = np.zeros((geometry.SIDE_PX, geometry.SIDE_PX), np.uint8)


def read_page(picture: Picture, networks: Networks, min_confidence: float) -> tuple[Page, Evidence | None]:
    """Read a picture; return the page, and what it was read by: None if the classifier alone read it.

    Digits below `min_confidence` are rejected. A model of other classes than digits decides alone what a glyph is, and
    by its rejection score whether it is one.
    """
    if max(picture.pixels.shape[:2]) <= SMALL_PX and (page := _small(picture, networks, min_confidence)):
        return page, None
    seen = evidence(picture.pixels, networks)
    found = seen.glyphs.candidates
    if networks.names == DIGITS:
        sure = networks.confidence.of(seen.features)
        is_digit = sure >= ACCEPTED
    else:
        sure = seen.probabilities.max(axis=1, initial=0) / (1 + np.exp(-seen.scores.log_odds))
        is_digit = (seen.scores.log_odds >= 0) & (found.heat >= SEEN)
    accepted = is_digit & (sure >= min_confidence)
    return _Page(picture, seen, networks.confidence, sure, is_digit, accepted).page(), seen


def _small(picture: Picture, networks: Networks, min_confidence: float) -> Page | None:
    """Read a picture that is hardly larger than one digit with the classifier alone; None if it holds several pieces.

    The confidence is that of the class, times the probability of being any.
    """
    height, width = picture.pixels.shape[:2]
    try:
        found = symbol(picture.pixels, "the picture")
    except NoInkError:
        return Page((), (), picture.width, picture.height)
    if found.pieces > 1:
        return None
    scores = networks.classify(found.image[None])
    shares = scores.probabilities[0]
    confidence = float(shares.max() / (1 + np.exp(-float(scores.log_odds[0]))))
    left, top, right, bottom = found.box
    box = int(left), int(top), max(1, int(np.ceil(right)) - int(left)), max(1, int(np.ceil(bottom)) - int(top))
    if scores.log_odds[0] < 0 or confidence < min_confidence:
        reason = DOUBTFUL if scores.log_odds[0] < 0 else UNSURE
        return Page((), (Rejected(box, confidence, reason, found.image),), width, height)
    named = dict(zip(networks.names, map(float, shares), strict=True))
    digit = Digit(networks.names[int(shares.argmax())], confidence, box, named, found.image)
    return Page((Line(digit.value, (digit,), (), confidence),), (), width, height)


class _Page:
    """Puts a page together from what was decided about each glyph."""

    def __init__(
        self,
        picture: Picture,
        seen: Evidence,
        confidence: Confidence,
        sure: NDArray[np.float64],
        is_digit: NDArray[np.bool_],
        accepted: NDArray[np.bool_],
    ) -> None:
        self._picture, self._seen, self._names, self._sure = picture, seen, seen.names, sure
        self._confidence, self._is_digit, self._accepted = confidence, is_digit, accepted
        self._found = seen.glyphs.candidates
        self._glyph = self._found.glyph.argmax(axis=1)
        self._boxes = boxes_in_original(seen.glyphs, picture)

    def page(self) -> Page:
        """Return the page."""
        digits = np.flatnonzero(self._accepted)
        in_lines = [digits[line].tolist() for line in lines.linked(self._found.boxes[digits])]
        signs = self._signs(in_lines)
        read = [self._line(line, beside) for line, beside in zip(in_lines, signs, strict=True)]
        used = {*digits.tolist(), *(k for some in signs for k in some)}
        others = [k for k in np.flatnonzero(self._found.heat >= SEEN).tolist() if k not in used]
        rejected = [self._rejected(k) for k in others]
        left_out = in_original(np.array(self._seen.glyphs.left_out).reshape(-1, 4), self._picture)
        rejected += [Rejected(box, 0.0, TOO_MUCH, _BLANK) for box in left_out]
        return Page(tuple(read), tuple(rejected), self._picture.width, self._picture.height)

    def _line(self, line: list[int], signs: list[int]) -> Line:
        digits = tuple(self._digit(k) for k in line)
        beside = tuple(
            Sign(
                GLYPHS[self._glyph[k]], float(self._found.heat[k] * np.exp(self._found.glyph[k].max())), self._boxes[k]
            )
            for k in signs
        )
        exact = self._confidence.of_line([digit.confidence for digit in digits])
        return Line(line_text(digits, beside), digits, beside, exact)

    def _digit(self, k: int) -> Digit:
        shares = self._seen.probabilities[k]
        named = dict(zip(self._names, map(float, shares), strict=True))
        return Digit(
            self._names[int(shares.argmax())], float(self._sure[k]), self._boxes[k], named, self._seen.images[k]
        )

    def _signs(self, in_lines: list[list[int]]) -> list[list[int]]:
        """Return for each line the signs that stand in it or at its ends, from left to right."""
        is_sign = (self._glyph >= FIRST_SIGN) & (self._glyph < LAST_SIGN)
        signs = np.flatnonzero(is_sign & ~self._is_digit & (self._found.heat >= SEEN))
        if self._names != DIGITS:
            signs = signs[:0]
        return lines.signs_of(in_lines, signs, self._found.boxes)

    def _rejected(self, k: int) -> Rejected:
        if self._is_digit[k]:
            reason = UNSURE
        elif self._names != DIGITS or self._glyph[k] < len(DIGITS):
            reason = DOUBTFUL
        else:
            reason = LETTER if GLYPHS[self._glyph[k]] == OTHER else SIGN
        return Rejected(self._boxes[k], float(self._sure[k]), reason, self._seen.images[k])


def boxes_in_original(glyphs: Glyphs, picture: Picture) -> list[Box]:
    """Return the box of each glyph of the decoded picture in px of the original."""
    return in_original(glyphs.candidates.boxes + 0.5, picture)  # from pixels' middles to their edges


def in_original(boxes: NDArray[np.floating], picture: Picture) -> list[Box]:
    """Return boxes (n, 4) of the decoded picture, left, top, right, bottom, in whole px of the original."""
    height, width = picture.pixels.shape[:2]
    size = np.array([picture.width, picture.height])
    edges = np.round(boxes.reshape(-1, 2, 2) * (size / (width, height)))
    low = np.clip(edges[:, 0], 0, size - 1)
    high = np.clip(edges[:, 1], low + 1, size)
    found = np.concatenate([low, high - low], axis=1).astype(int).tolist()
    return [(x, y, w, h) for x, y, w, h in found]
