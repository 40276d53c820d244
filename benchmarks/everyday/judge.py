"""Compares what was read with the truth: digits by place and value, numbers, lines, and silence."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from everyday.sample import Box, Sample
from mnistry.ocr.page import Page

MIN_IOU = 0.5
NARROWEST = 0.35  # a digit's box is taken as at least so wide, in its heights
HEIGHTS = (0.5, 2.0)  # what is read is about as high as the digit, else its middle does not count


@dataclass(frozen=True)
class FoundDigit:
    """A digit that was read."""

    value: str
    confidence: float
    box: Box


@dataclass(frozen=True)
class FoundLine:
    """A line that was read; `confidence`, that it is exact, is None if the reader has none."""

    digits: tuple[FoundDigit, ...]
    confidence: float | None = None

    @property
    def text(self) -> str:
        """Its digits, without spaces and signs."""
        return "".join(digit.value for digit in self.digits)


@dataclass(frozen=True)
class Verdict:
    """What one picture gave.

    `trusted` and `trusted_lines` are pairs for each digit and each line read: its confidence, and whether it is right.
    """

    digits: int
    found: int
    right: int
    lines: int
    found_lines: int
    exact_lines: int
    numbers: int
    right_numbers: int
    trusted: tuple[tuple[float, bool], ...]
    trusted_lines: tuple[tuple[float, bool], ...]

    @property
    def exact(self) -> bool:
        """Whether every digit and every line is right, and nothing else was read."""
        return self.right == self.digits == self.found and self.exact_lines == self.lines == self.found_lines


def lines_of(page: Page) -> tuple[FoundLine, ...]:
    """Return a reader's page as what is judged here."""
    return tuple(
        FoundLine(
            tuple(FoundDigit(one.value, one.confidence, _corners(one.box)) for one in line.digits),
            line.confidence,
        )
        for line in page.lines
        if line.digits
    )


def _corners(box: tuple[int, int, int, int]) -> Box:
    x, y, width, height = box
    return x, y, x + width, y + height


def judge(sample: Sample, lines: Sequence[FoundLine]) -> Verdict:
    """Compare what was read in a picture with its truth."""
    found = [digit for line in lines for digit in line.digits]
    pairs = matched([digit.box for digit in sample.digits], [digit.box for digit in found])
    right = {j for i, j in pairs if sample.digits[i].value == found[j].value}
    exact = _in_both(sample.lines, [line.text for line in lines])
    return Verdict(
        len(sample.digits),
        len(found),
        len(right),
        len(sample.lines),
        len(lines),
        len(exact),
        len({digit.number for digit in sample.digits}),
        _right_numbers(sample, found, {i for i, j in pairs if j in right}, {j for _, j in pairs}),
        tuple((digit.confidence, j in right) for j, digit in enumerate(found)),
        tuple((line.confidence, k in exact) for k, line in enumerate(lines) if line.confidence is not None),
    )


def matched(truth: Sequence[Box], found: Sequence[Box]) -> list[tuple[int, int]]:
    """Return which boxes belong together: IoU of at least a half, or the middle of what was read lies in the digit's.

    Each is in one pair at most, such that together they overlap most.
    """
    from scipy.optimize import linear_sum_assignment

    if not truth or not found:
        return []
    t, f = _widened(np.array(truth, np.float64)), _widened(np.array(found, np.float64))
    low, high = np.maximum(t[:, None, :2], f[None, :, :2]), np.minimum(t[:, None, 2:], f[None, :, 2:])
    shared = np.prod(np.maximum(high - low, 0), axis=2)
    areas = [np.prod(boxes[:, 2:] - boxes[:, :2], axis=1) for boxes in (t, f)]
    iou = shared / np.maximum(areas[0][:, None] + areas[1][None] - shared, 1e-9)
    middle = (f[:, :2] + f[:, 2:]) / 2
    inside = ((middle[None] >= t[:, None, :2]) & (middle[None] <= t[:, None, 2:])).all(axis=2)
    higher = (f[:, 3] - f[:, 1])[None] / np.maximum(t[:, 3] - t[:, 1], 1e-9)[:, None]
    inside &= (higher >= HEIGHTS[0]) & (higher <= HEIGHTS[1])
    score = np.where((iou >= MIN_IOU) | inside, 1 + iou, 0)
    rows, columns = linear_sum_assignment(score, maximize=True)
    return [(int(i), int(j)) for i, j in zip(rows, columns, strict=True) if score[i, j] > 0]


def _widened(boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return boxes of 1s as wide as a detector gives them."""
    middle = (boxes[:, 0] + boxes[:, 2]) / 2
    half = np.maximum(boxes[:, 2] - boxes[:, 0], NARROWEST * (boxes[:, 3] - boxes[:, 1])) / 2
    return np.stack([middle - half, boxes[:, 1], middle + half, boxes[:, 3]], axis=1)


def _right_numbers(sample: Sample, found: Sequence[FoundDigit], right: set[int], paired: set[int]) -> int:
    """Return how many numbers have all of their digits right, and no false one between them."""
    members: dict[int, list[int]] = {}
    for i, digit in enumerate(sample.digits):
        members.setdefault(digit.number, []).append(i)
    false = [digit.box for j, digit in enumerate(found) if j not in paired]
    count = 0
    for own in members.values():
        boxes = np.array([sample.digits[i].box for i in own])
        (left, top), (end, bottom) = boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)
        crossed = any(left <= (b[0] + b[2]) / 2 <= end and top <= (b[1] + b[3]) / 2 <= bottom for b in false)
        count += set(own) <= right and not crossed
    return count


def _in_both(truth: Sequence[str], found: Sequence[str]) -> set[int]:
    """Return which of the found lines are exact, in the order of the truth: the longest common subsequence."""
    best = np.zeros((len(truth) + 1, len(found) + 1), np.int64)
    for i, wanted in enumerate(truth, 1):
        for j, one in enumerate(found, 1):
            best[i, j] = best[i - 1, j - 1] + 1 if wanted == one else max(best[i - 1, j], best[i, j - 1])
    i, j, places = len(truth), len(found), set()
    while i and j:
        if truth[i - 1] == found[j - 1]:
            i, j = i - 1, j - 1
            places.add(j)
        elif best[i - 1, j] >= best[i, j - 1]:
            i -= 1
        else:
            j -= 1
    return places


def calibration_error(trusted: Iterable[tuple[float, bool]], weights: Sequence[float], bins: int = 15) -> float:
    """Return the expected calibration error of pairs (confidence, right) with weights, in equal bins."""
    pairs = list(trusted)
    if not pairs:
        return 0.0
    confidence, right = (np.array(column, np.float64) for column in zip(*pairs, strict=True))
    weight = np.array(weights, np.float64)
    places = np.clip((confidence * bins).astype(int), 0, bins - 1)
    apart = np.bincount(places, weight * (confidence - right), bins)
    return float(np.abs(apart).sum() / weight.sum())
