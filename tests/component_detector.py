"""A detector that is no network: connected ink is a glyph, and the bundled classifier says which digit it is.

So what it says depends on how a picture is turned and enlarged, as a network's answer does.
"""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from mnistry.detector.detector import Detector
from mnistry.ocr import geometry
from mnistry.ocr.confidence import Confidence
from mnistry.ocr.glyph_classes import DIGITS, GLYPHS
from mnistry.ocr.peaks import STRIDE, TEXT_STRIDE, Maps
from mnistry.reader import Reader, scoring

INK = 90  # grey levels apart from the paper
SURE = 6.0  # logit


class ComponentDetector(Detector):
    """Dark ink on light paper; `looks` counts how often it was asked."""

    def __init__(self) -> None:
        self._reader, self.confidence, self.looks = Reader(threads=1), Confidence(), 0

    def detect(self, pixels: NDArray[np.uint8]) -> Maps:
        self.looks += 1
        h, w = pixels.shape[:2]
        grey = 255 - pixels.min(axis=2)
        maps = _blank(h, w)
        maps.ink[:] = grey / np.float32(255)
        n, labels, stats, _ = cv2.connectedComponentsWithStats((grey > INK).astype(np.uint8), connectivity=8)
        boxes = stats[1:n, :4]
        if not len(boxes):
            return maps
        images = [geometry.to_mnist(np.where(labels == k, grey, 0).astype(np.uint8)) for k in range(1, n)]
        scores = scoring(self._reader)(np.stack(images))
        for (x, y, wide, tall), shares, odds in zip(boxes, scores.probabilities, scores.log_odds, strict=True):
            _put(maps, (x, y, wide, tall), shares if odds >= 0 else None)
        return maps


def _blank(h: int, w: int) -> Maps:
    def zeros(stride: int, *channels: int) -> NDArray[Any]:
        return np.zeros((*channels, h // stride, w // stride), np.float32)

    return Maps(
        zeros(STRIDE), zeros(STRIDE, len(GLYPHS)), zeros(STRIDE, 2), zeros(STRIDE, 2), zeros(STRIDE, 2), zeros(1),
        zeros(TEXT_STRIDE, 2),
    )  # fmt: skip


def _put(maps: Maps, box: tuple[int, int, int, int], shares: NDArray[np.float32] | None) -> None:
    """Put a glyph into the maps: a digit by its probabilities, or another one."""
    x, y, wide, tall = box
    middle = np.array([x + (wide - 1) / 2, y + (tall - 1) / 2])
    column, row = ((middle - 0.5) / STRIDE).round().astype(int)
    maps.heat[row, column] = 0.95
    maps.glyph[:, row, column] = 0
    if shares is None:
        maps.glyph[-1, row, column] = SURE
    else:
        maps.glyph[: len(DIGITS), row, column] = SURE + np.log(np.maximum(shares, 1e-6))
    maps.size[:, row, column] = wide, tall
    maps.offset[:, row, column] = middle - (np.array([column, row]) * STRIDE + 0.5)
    cells = slice(y // STRIDE, (y + tall) // STRIDE + 1), slice(x // STRIDE, (x + wide) // STRIDE + 1)
    rows, columns = np.mgrid[cells]
    maps.owner[0][cells] = middle[0] - (columns * STRIDE + 0.5)
    maps.owner[1][cells] = middle[1] - (rows * STRIDE + 0.5)
    text = (
        slice(y // TEXT_STRIDE, (y + tall) // TEXT_STRIDE + 1),
        slice(x // TEXT_STRIDE, (x + wide) // TEXT_STRIDE + 1),
    )
    maps.text[0][text], maps.text[1][text] = 0.9, max(wide, tall)
