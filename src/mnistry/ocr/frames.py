"""Finds the frames of an animation that differ, since a frame that was there before has nothing new to read."""

import hashlib
import time

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mnistry.ocr import picture_file
from mnistry.safety.limits import LIMITS

ROWS = 256  # of a frame, about, converted at once: a second copy of a large one takes too much memory
CELL_PX, CELLS = 4, 512  # a frame is compared in square cells, at least so wide and at most so many along a side
SAME = 6  # grey levels by which a cell's mean may change where a lossy format encodes the same again


def differing(image: Image.Image, what: str, max_px: int | None = None) -> tuple[tuple[int, ...], str | None]:
    """Return the numbers, from 1, of the frames that show something new; and what was not looked at, or None.

    A frame is new if it differs visibly from the last one that was, and is not exactly like one before that.
    A frame that cannot be decoded is the last: reading it raises. `LIMITS.pages` frames are looked at, or as many as
    `LIMITS.frames_s` seconds allow, until `LIMITS.frames` are found.
    """
    numbers: list[int] = []
    seen: set[bytes] = set()
    last = np.empty(0, np.uint8)
    deadline = time.monotonic() + LIMITS.frames_s
    number = 1
    try:
        while _go_to(image, number):
            if number > LIMITS.pages or len(numbers) == LIMITS.frames or (numbers and time.monotonic() > deadline):
                wanted = (
                    f"wanted at most {LIMITS.pages:,}, {LIMITS.frames} of them new, seen within {LIMITS.frames_s:g} s"
                )
                return tuple(numbers), f"{what}: too many frames: only the first {number - 1:,} are read: {wanted}"
            picture_file.check_size(*image.size, what, max_px)
            digest, cells = _seen(image)
            if digest not in seen and _differs(cells, last):
                numbers.append(number)
                last = cells
            seen.add(digest)
            number += 1
    except Exception:  # reading that frame raises it again, with its name
        numbers.append(number)
    return tuple(numbers), None


def _go_to(image: Image.Image, number: int) -> bool:
    """Go to a frame, counted from 1; False after the last. Raises `EOFError` if the header promises more."""
    try:
        picture_file.step(image, number - 1)
    except EOFError:
        if image.format != "GIF" and number <= getattr(image, "n_frames", 1):  # a GIF's header has no number
            raise
        return False
    return True


def _seen(image: Image.Image) -> tuple[bytes, NDArray[np.uint8]]:
    """Return a digest of a frame, and the means of its cells (h, w, 4); colours that are transparent do not count."""
    side = max(CELL_PX, -(-max(image.size) // CELLS))
    rows = side * max(1, ROWS // side)
    digest = hashlib.sha256(repr(image.size).encode())
    cells: list[NDArray[np.uint8]] = []
    for top in range(0, image.height, rows):
        strip = image.crop((0, top, image.width, min(top + rows, image.height))).convert("RGBA").convert("RGBa")
        digest.update(strip.tobytes())
        cells.append(np.asarray(strip.reduce(side)))
    return digest.digest(), np.concatenate(cells)


def _differs(cells: NDArray[np.uint8], last: NDArray[np.uint8]) -> bool:
    return cells.shape != last.shape or bool((np.abs(cells.astype(np.int16) - last) > SAME).any())
