"""Reads a decoded picture: ink, layout, cuts, geometry, the classifier's scores, the best path."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mnistry.ocr import best_path, binarize, cuts, layout, placement
from mnistry.ocr.best_path import Costs
from mnistry.ocr.binarize import Ink
from mnistry.ocr.decode import Picture
from mnistry.ocr.layout import Layout, Segment
from mnistry.ocr.page import Box, Digit, Line, Page, Rejected
from mnistry.ocr.scores import Classify, Scores
from mnistry.ocr.text import line_text

MAX_STACKED = 3  # pieces of one digit, one above the other
SURE = 4.0  # log odds of being a digit, above which a piece is not cut
MAX_LOOKED_AT_PX = 150_000_000  # total of all parts, one byte each; the largest pieces are cut first
EACH = 4_000  # pixels added per part, since a small one takes time too


Row = tuple[Segment, ...]  # segments that are scored as one image


def transcribe(
    picture: Picture,
    classify: Classify,
    names: tuple[str, ...],
    min_confidence: float,
) -> Page:
    """Read a picture; `classify` scores images (n, 28, 28) uint8. Digits below `min_confidence` are rejected."""
    known = _Known(binarize.shrunk(binarize.find(picture.pixels, picture.upscale)), classify)
    laid_out = layout.in_lines(_whole(layout.pieces(known.ink), known))
    written, costs = _divided(laid_out, known)
    spans = [best_path.spans(line, laid_out.height_px) for line in written]
    lines, rejected = [], []
    scored = known.by_row([[tuple(line[i:j]) for i, j in row] for line, row in zip(written, spans, strict=True)])
    for line, candidates, scores in zip(written, spans, scored, strict=True):
        digits = []
        best = best_path.best(line, candidates, scores.log_confidence, scores.log_odds, laid_out.height_px, costs)
        for k, is_digit in best:
            first, last = candidates[k]
            box, probabilities = _box(line[first:last], picture, known.ink), scores.probabilities[k]
            image = known.image(tuple(line[first:last]))
            confidence = float(probabilities.max())
            if is_digit and confidence >= min_confidence:
                shares = dict(zip(names, map(float, probabilities), strict=True))
                digits.append(Digit(names[int(probabilities.argmax())], confidence, box, shares, image))
            else:
                reason = "low confidence" if is_digit else "not a digit"
                rejected.append(Rejected(box, confidence, reason, image))
        if digits:
            lines.append(Line(line_text(digits), tuple(digits)))
    return Page(tuple(lines), tuple(rejected), picture.width, picture.height)


class _Known:
    """The classifier's scores for a picture's ink; each row of segments is normalized and scored only once."""

    def __init__(self, found: Ink, classify: Classify) -> None:
        self.ink = found
        self._classify = classify
        self._scored: dict[Row, tuple[NDArray[np.uint8], NDArray[np.float32], np.float32]] = {}

    def image(self, row: Row) -> NDArray[np.uint8]:
        """Return the network's input for a row that was scored (28, 28)."""
        return self._scored[row][0]

    def scores(self, rows: Sequence[Row]) -> Scores:
        """Return the scores of each row, from one call of the classifier."""
        new = [row for row in dict.fromkeys(rows) if row not in self._scored]
        if new:
            images = [placement.place(row, self.ink) for row in new]
            scores = self._classify(np.stack(images))
            self._scored |= dict(zip(new, zip(images, scores.probabilities, scores.log_odds, strict=True), strict=True))
        if not rows:
            return Scores(np.empty((0, 1), np.float32), np.empty(0, np.float32))
        _, probabilities, log_odds = zip(*(self._scored[row] for row in rows), strict=True)
        return Scores(np.stack(probabilities), np.array(log_odds))

    def by_row(self, groups: Sequence[Sequence[Row]]) -> list[Scores]:
        """Return the scores of each group's rows, from one call for all groups."""
        self.scores([row for rows in groups for row in rows])
        return [self.scores(rows) for rows in groups]


def _whole(pieces: list[Segment], known: _Known) -> list[Segment]:
    """Join pieces that, one above the other, are one digit, e.g. a 5 whose bar is separate; return all pieces."""
    for _ in range(MAX_STACKED - 1):
        stacks = layout.stacks(pieces)
        if not stacks:
            break
        apart = sorted({i for stack in stacks for i in stack})
        log_odds = known.scores([(pieces[i],) for i in apart] + [(pieces[i], pieces[j]) for i, j in stacks]).log_odds
        alone = dict(zip(apart, log_odds[: len(apart)], strict=True))
        gain = {stack: log_odds[len(apart) + k] for k, stack in enumerate(stacks)}
        taken: dict[int, Segment | None] = {}
        for i, j in sorted(stacks, key=lambda stack: -gain[stack]):
            lesser = min(alone[i], alone[j])
            if gain[i, j] > max(0.0, lesser) and lesser < SURE and not {i, j} & taken.keys():
                taken[i], taken[j] = layout.joined(pieces[i], pieces[j]), None
        if not taken:
            break
        pieces = [p for i, piece in enumerate(pieces) if (p := taken.get(i, piece)) is not None]
    return pieces


def _divided(laid_out: Layout, known: _Known) -> tuple[list[list[Segment]], Costs]:
    """Cut each piece that is not clearly a digit, if that yields digits; return the lines and the costs."""
    pieces = [piece for line in laid_out.lines for piece in line]
    if not pieces:
        return [], best_path.ALONE
    log_odds = known.scores([(piece,) for piece in pieces]).log_odds
    parts = _parts([piece if odd <= SURE else None for piece, odd in zip(pieces, log_odds, strict=True)], known.ink)
    scored = known.by_row([[(part,) for _, _, part in some] for some in parts])

    def divided(costs: Costs) -> list[list[tuple[Segment, float]]]:
        return [
            best_path.divide(some, scores.probabilities, scores.log_odds, laid_out.height_px, costs)
            or [(piece, float(odd))]
            for piece, odd, some, scores in zip(pieces, log_odds, parts, scored, strict=True)
        ]

    beyond = sum(odd > best_path.PLAIN for some in divided(best_path.ALONE) for _, odd in some)
    costs = best_path.costs_beside(beyond)
    segments = iter([segment for segment, _ in some] for some in divided(costs))
    return [[segment for _ in line for segment in next(segments)] for line in laid_out.lines], costs


def _parts(pieces: list[Segment | None], found: Ink) -> list[list[tuple[int, int, Segment]]]:
    """Return the `cuts.parts` of each piece that is not None; the largest first, until there are too many pixels."""
    parts: list[list[tuple[int, int, Segment]]] = [[] for _ in pieces]
    room = MAX_LOOKED_AT_PX
    there = [(k, piece) for k, piece in enumerate(pieces) if piece is not None]
    for k, piece in sorted(there, key=lambda each: -each[1].mask.size):
        if room > 0:
            parts[k] = cuts.parts(piece, found)
            room -= sum(EACH + part.mask.size for *_, part in parts[k])
    return parts


def _box(segments: list[Segment], picture: Picture, found: Ink) -> Box:
    """Return the segments' bounding box, in px of the original picture."""
    x0, y0, x1, y1 = placement.bounds(segments)
    height, width = found.strokes.shape
    across, down = picture.width / width, picture.height / height  # slightly different for a long thin picture
    x, y = min(int(x0 * across), picture.width - 1), min(int(y0 * down), picture.height - 1)
    right, bottom = int(np.ceil(x1 * across)), int(np.ceil(y1 * down))
    return x, y, max(1, min(right, picture.width) - x), max(1, min(bottom, picture.height) - y)
