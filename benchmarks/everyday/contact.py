"""Pictures to look at: a contact sheet of each kind, and what was misread with what was found in it."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from everyday.judge import FoundLine, matched
from everyday.sample import Box, Sample

CELL_PX, COLUMNS, MAX_PX = 400, 5, 1600
MISSED, RIGHT, WRONG = (60, 110, 220), (20, 160, 60), (220, 40, 40)
Pixels = NDArray[np.uint8]


def small(sample: Sample) -> Pixels:
    """Return a picture as it stands on a contact sheet."""
    return _at_most(sample.pixels, CELL_PX - 6)[0]


def sheet(pictures: list[Pixels], path: Path) -> None:
    """Save small pictures side by side."""
    rows = -(-len(pictures) // COLUMNS)
    page = np.full((rows * CELL_PX, COLUMNS * CELL_PX, 3), 128, np.uint8)
    for k, picture in enumerate(pictures):
        y, x = k // COLUMNS * CELL_PX, k % COLUMNS * CELL_PX
        page[y : y + picture.shape[0], x : x + picture.shape[1]] = picture
    Image.fromarray(page).save(path)


def failure(sample: Sample, lines: Sequence[FoundLine], folder: Path, name: str) -> None:
    """Save a picture with boxes, and the lines that are written and that were read.

    Blue is a digit that was missed, green what was read right, red what was read wrong or is none.
    """
    pixels, scale = _at_most(sample.pixels, MAX_PX)
    pixels = pixels.copy()
    found = [digit for line in lines for digit in line.digits]
    pairs = matched([digit.box for digit in sample.digits], [digit.box for digit in found])
    right = {j for i, j in pairs if sample.digits[i].value == found[j].value}
    for i, digit in enumerate(sample.digits):
        if i not in {pair[0] for pair in pairs}:
            _box(pixels, digit.box, scale, MISSED, digit.value)
    for j, digit in enumerate(found):
        _box(pixels, digit.box, scale, RIGHT if j in right else WRONG, "" if j in right else digit.value)
    Image.fromarray(pixels).save(folder / f"{name}.png")
    texts = " / ".join(sample.lines), " / ".join(line.text for line in lines)
    with (folder / "failures.tsv").open("a", encoding="utf-8") as file:
        file.write("\t".join((name, *texts)) + "\n")


def _at_most(pixels: Pixels, side: int) -> tuple[Pixels, float]:
    scale = min(1.0, side / max(pixels.shape[:2]))
    size = max(1, round(pixels.shape[1] * scale)), max(1, round(pixels.shape[0] * scale))
    return cv2.resize(pixels, size, interpolation=cv2.INTER_AREA).astype(np.uint8), scale


def _box(pixels: Pixels, box: Box, scale: float, colour: tuple[int, int, int], text: str) -> None:
    left, top, right, bottom = (round(side * scale) for side in box)
    cv2.rectangle(pixels, (left, top), (right, bottom), colour, 1)
    cv2.putText(pixels, text, (left, max(10, top - 2)), cv2.FONT_HERSHEY_SIMPLEX, 0.45, colour, 1, cv2.LINE_AA)
