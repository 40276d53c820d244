"""Pages with their truth that a test makes, without drawing them, and what could be found on them."""

import numpy as np

from mnistry.ocr.glyph_classes import GLYPHS
from mnistry.training.detector.judge import Found
from mnistry.training.synthetic.pages.scene import Scene

BOX = 30.0


def scene(*lines: str, seen: float = 1.0, em_px: float = 24.0) -> Scene:
    """A blank page whose glyphs stand in a grid of 30 px, each 20 px wide and 24 px high."""
    placed = [(row, column, glyph) for row, line in enumerate(lines) for column, glyph in enumerate(line)]
    n = len(placed)
    return Scene(
        np.zeros((200, 200, 3), np.uint8),
        np.zeros((200, 200), np.int16),
        np.array([GLYPHS.index(glyph) if glyph in GLYPHS else len(GLYPHS) - 1 for _, _, glyph in placed], np.int64),
        np.array([box(row, column) for row, column, _ in placed], np.float32).reshape(n, 4),
        np.full(n, em_px, np.float32),
        np.full(n, seen, np.float32),
        np.array([row for row, _, _ in placed], np.int64),
        np.zeros(n, np.int64),
    )


def box(row: int, column: int, shift: float = 0.0) -> tuple[float, float, float, float]:
    x, y = BOX * column + shift, 50.0 * row
    return x, y, x + 20, y + 24


def found(*digits: tuple[int, tuple[float, float, float, float]]) -> Found:
    boxes = np.array([place for _, place in digits], np.float64).reshape(-1, 4)
    return Found(np.array([value for value, _ in digits], np.int64), boxes)
