"""What each piece of ink on a page may be: the alternatives that `best_reading` chooses from, line by line.

Beside the digits of a line these are pieces that were rejected, stand in the line and have a digit's height.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mnistry.ocr.best_reading import Alternative
from mnistry.ocr.page import Digit, Line, Page, Rejected
from mnistry.ocr.text import in_order, upright

# The log odds of being a digit, beyond which there is no doubt: 97 % of the validation images are above 5, 12 % of
# generated non-digits above -5 (the bundled model).
DOUBT = 5.0
MIN_PROBABILITY = 3e-4  # of a class: of each validation image that is misread, the right class is above it
OVERLAP = 0.5  # of the lower of two pieces: what their heights share if they are in one line
HEIGHT_RATIO = 2.0  # of two digits of a line, at most
REACH = 3.0  # digit heights: the largest gap within a line

Piece = Digit | Rejected


@dataclass(frozen=True, eq=False)
class Evidence:
    """What the classifier says of a page's digits and then its rejected pieces, n together.

    `probabilities` (n, classes), and `log_odds` (n,) of being a digit. No digit is to have less than `min_confidence`.
    """

    probabilities: NDArray[np.float32]
    log_odds: NDArray[np.float32]
    class_names: tuple[str, ...]
    min_confidence: float = 0.0


@dataclass(frozen=True, eq=False)
class Position:
    """A piece of ink, what it may be, and its `probabilities` by class name."""

    piece: Piece
    alternatives: tuple[Alternative, ...]
    probabilities: dict[str, float]

    def digit(self, value: str | None) -> Digit | None:
        """Return the piece as a digit of this value, None if it is to be none."""
        if value is None or (isinstance(self.piece, Digit) and self.piece.value == value):
            return self.piece if value is not None and isinstance(self.piece, Digit) else None
        (log_probability,) = (one.log_probability for one in self.alternatives if one.value == value)
        confidence = float(np.exp(log_probability))
        return Digit(value, confidence, self.piece.box, self.probabilities, self.piece.image)


@dataclass(frozen=True, eq=False)
class CandidateLine:
    """A line as it was read, None if all its pieces were rejected, and its positions in reading order."""

    line: Line | None
    positions: tuple[Position, ...]

    @property
    def alternatives(self) -> list[tuple[Alternative, ...]]:
        """Return those of each position."""
        return [position.alternatives for position in self.positions]


def lines(page: Page, evidence: Evidence) -> list[CandidateLine]:
    """Return the page's lines with the rejected pieces that stand in them; if it has none, lines of such pieces."""
    positions = {one.piece: one for one in _positions(page, evidence)}
    doubtful = [piece for piece in page.rejected if len(positions[piece].alternatives) > 1]
    if not page.lines:
        tallest = max((upright(piece.box, page.turned)[3] for piece in doubtful), default=0)
        doubtful = [piece for piece in doubtful if upright(piece.box, page.turned)[3] * HEIGHT_RATIO >= tallest]
    found: list[tuple[Line | None, list[Rejected]]] = [(line, []) for line in page.lines]
    for piece in sorted(doubtful, key=lambda piece: upright(piece.box, page.turned)[1]):
        near = [_distance(piece, line.digits if line else others, page.turned) for line, others in found]
        if near and min(near) < math.inf:
            found[near.index(min(near))][1].append(piece)
        elif not page.lines:
            found.append((None, [piece]))
    return [
        CandidateLine(line, tuple(positions[one] for one in in_order(line.digits if line else (), others, page.turned)))
        for line, others in found
    ]


def _positions(page: Page, evidence: Evidence) -> Iterator[Position]:
    pieces = [*page.digits, *page.rejected]
    for piece, shares, log_odds in zip(pieces, evidence.probabilities, evidence.log_odds, strict=True):
        probabilities = dict(zip(evidence.class_names, map(float, shares), strict=True))
        yield Position(piece, tuple(_alternatives(piece, probabilities, float(log_odds), evidence)), probabilities)


def _alternatives(
    piece: Piece, probabilities: dict[str, float], log_odds: float, evidence: Evidence
) -> Iterator[Alternative]:
    """Yield what a piece may be, with log probabilities; what was read as it is, whatever the evidence says."""
    accepted = piece.value if isinstance(piece, Digit) else None
    # The reader has more to go by than these log odds: what it read is more probable than what it did not.
    log_odds = min(log_odds, 0.0) if accepted is None else max(log_odds, 0.0)
    if accepted is None or log_odds < DOUBT:
        yield Alternative(None, -float(np.logaddexp(0, log_odds)))
    if log_odds < -DOUBT:
        return
    is_digit = -float(np.logaddexp(0, -log_odds))
    least = max(MIN_PROBABILITY, evidence.min_confidence)
    for name, share in probabilities.items():
        if name == accepted or share * (np.exp(is_digit) if accepted is None else 1.0) >= least:
            yield Alternative(name, is_digit + math.log(max(share, 1e-9)))


def _distance(piece: Piece, others: Sequence[Piece], turned: int) -> float:
    """Return the smallest gap between a piece and others in one line with it, in px; infinity if it is in none."""
    x, y, width, height = upright(piece.box, turned)
    nearest = math.inf
    for other in others:
        left, top, wide, high = upright(other.box, turned)
        level = min(y + height, top + high) - max(y, top) >= OVERLAP * min(height, high)
        gap = max(left - x - width, x - left - wide, 0)
        if level and max(height, high) <= HEIGHT_RATIO * min(height, high) and gap <= REACH * high:
            nearest = min(nearest, gap)
    return nearest
