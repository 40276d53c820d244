"""Pages made by hand, of classes 0 to 9: digits 20 px high with what the classifier says of each."""

from dataclasses import dataclass

import numpy as np

from mnistry.ocr.candidates import Evidence
from mnistry.ocr.page import Box, Digit, Line, Page, Rejected, Sign
from mnistry.ocr.text import line_text

NAMES = tuple("0123456789")
SEEN = np.zeros((28, 28), np.uint8)


@dataclass(frozen=True)
class Ink:
    """A piece: `values` are its classes with their shares, the most probable one first."""

    values: str
    x: int
    y: int = 30
    log_odds: float = 12.0
    shares: tuple[float, ...] = (0.999, 0.001)
    rejected: bool = False
    width: int = 12
    height: int = 20

    @property
    def box(self) -> Box:
        return self.x, self.y, self.width, self.height

    @property
    def probabilities(self) -> list[float]:
        shares = dict(zip(self.values, self.shares, strict=False))
        return [shares.get(name, 1e-7) for name in NAMES]


def page_of(*ink: Ink, signs: tuple[Sign, ...] = (), min_confidence: float = 0.0) -> tuple[Page, Evidence]:
    """Digits with one `y` are a line; so are the signs, with the first."""
    accepted = [one for one in ink if not one.rejected]
    lines = []
    for k, y in enumerate(sorted({one.y for one in accepted})):
        digits = tuple(
            Digit(one.values[0], one.shares[0], one.box, dict(zip(NAMES, one.probabilities, strict=True)), SEEN)
            for one in accepted
            if one.y == y
        )
        lines.append(Line(line_text(digits, () if k else signs), digits, () if k else signs))
    rejected = tuple(Rejected(one.box, one.shares[0], "not a digit", SEEN) for one in ink if one.rejected)
    order = sorted(accepted, key=lambda one: one.y) + [one for one in ink if one.rejected]
    evidence = Evidence(
        np.array([one.probabilities for one in order], np.float32).reshape(-1, len(NAMES)),
        np.array([one.log_odds for one in order], np.float32),
        NAMES,
        min_confidence,
    )
    return Page(tuple(lines), rejected, 400, 300), evidence
