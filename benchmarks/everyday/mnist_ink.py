"""MNIST's digits as a pen would have written them: of any size, with sharp edges and one width of stroke."""

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from everyday.faces import Glyph
from mnistry.data.split import Split

LARGE_PX = 96  # a digit's height where its strokes are made wider or thinner
MNIST_PX = 20  # a digit's height in MNIST
TRIED = 10
OPEN = 0.115  # strokes thinner than this leave loops open, so that their middle lines are still the digit's
AROUND = ((1, 0), (1, -1), (0, -1), (-1, -1), (-1, 0), (-1, 1), (0, 1), (1, 1))  # shifts: north, north-east, …
Mask = NDArray[np.uint8]


class MnistInk:
    """The digits of a split of MNIST, to be written with a pen."""

    def __init__(self, digits: Split) -> None:
        self._images = digits.images[..., 0]
        self._places = [np.flatnonzero(digits.labels == value) for value in range(10)]
        self._widths = _widths(self._images)

    def draw(self, value: str, height_px: float, stroke: float, turn: float, rng: np.random.Generator) -> Glyph:
        """Draw a random image of a digit; `stroke` is its pen's width in digit heights, 0 for that of the image.

        With a pen, the image is one that was written with a pen about as wide.
        """
        tried = rng.choice(self._places[int(value)], TRIED if stroke else 1)
        place = tried[np.abs(self._widths[tried] - stroke).argmin()]
        large = _enlarged(self._images[place])
        if stroke and self._widths[place] < OPEN:
            large = _stroked(large, stroke * LARGE_PX)
        mask = sized(large, height_px / LARGE_PX, turn)
        left, top, w, h = cv2.boundingRect((mask > 40).astype(np.uint8))
        mask = np.ascontiguousarray(mask[top : top + h, left : left + w])
        free = height_px - mask.shape[0]
        return Glyph(mask, free * float(rng.uniform(0.4, 0.8)) if free > 0 else free / 2)

    def image(self, value: str, rng: np.random.Generator) -> Mask:
        """Return a random image of a digit, as MNIST has it: (28, 28), white on black."""
        return self._images[rng.choice(self._places[int(value)])]


def _widths(images: Mask) -> NDArray[np.float32]:
    """Return how wide each image's strokes are, in digit heights: twice its ink over the length of its edges."""
    ink = images.astype(np.float32)
    down, right = np.diff(ink, axis=1)[:, :, :-1], np.diff(ink, axis=2)[:, :-1]
    return 2 * ink.sum(axis=(1, 2)) / np.hypot(down, right).sum(axis=(1, 2)) / MNIST_PX


def _enlarged(image: Mask) -> Mask:
    """Return a digit's box, with a rim, so large that the digit is about `LARGE_PX` high, with sharp edges."""
    scale = LARGE_PX / MNIST_PX
    x, y, w, h = cv2.boundingRect((image > 60).astype(np.uint8))
    image = np.pad(image, 4)[y : y + h + 8, x : x + w + 8]
    large = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC).astype(np.float32)
    return np.clip((cv2.GaussianBlur(large, (0, 0), scale * 0.3) - 112) * scale / 2 + 128, 0, 255).astype(np.uint8)


def _stroked(mask: Mask, pen_px: float) -> Mask:
    """Draw the strokes' middle lines again with one pen."""
    line = np.pad(_middle_lines(mask.tobytes(), *mask.shape), round(pen_px))
    pen = max(1, round(pen_px))
    drawn = cv2.dilate(line, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (pen, pen)))
    soft = cv2.GaussianBlur(drawn * np.float32(255), (0, 0), 2.5)
    return np.clip((soft - 105) * 2.5 + 128, 0, 255).astype(np.uint8)


@lru_cache(maxsize=4096)
def _middle_lines(content: bytes, height: int, width: int) -> Mask:
    """Thin a mask's strokes to lines of one pixel (h, w), 0 or 1, without breaking them.

    Source: Zhang & Suen 1984, A fast parallel algorithm for thinning digital patterns.
    """
    image = np.pad(np.frombuffer(content, np.uint8).reshape(height, width) > 127, 1)
    while True:
        before = image.copy()
        for first in (True, False):
            around = [np.roll(image, shift, (0, 1)) for shift in AROUND]
            count = np.sum(around, axis=0)
            ends = np.sum([~a & b for a, b in zip(around, around[1:] + around[:1], strict=True)], axis=0)
            n, e, s, w = around[0], around[2], around[4], around[6]
            kept = (n & e & s) | (e & s & w) if first else (n & e & w) | (n & s & w)
            image &= ~((count >= 2) & (count <= 6) & (ends == 1) & ~kept)
        if np.array_equal(image, before):
            return image[1:-1, 1:-1].astype(np.uint8)


def sized(mask: Mask, scale: float, turn: float = 0.0) -> Mask:
    """Return a mask scaled and turned by `turn` radians, with edges as sharp as its new size allows."""
    if scale > 1:
        mask = cv2.resize(mask, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC).astype(np.uint8)
        mask = np.clip((mask.astype(np.float32) - 128) * scale + 128, 0, 255).astype(np.uint8)
    else:
        mask = cv2.resize(mask, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA).astype(np.uint8)
    if not turn:
        return mask
    rim = int(abs(turn) * max(mask.shape)) + 1
    mask = np.pad(mask, rim)
    h, w = mask.shape
    return cv2.warpAffine(mask, cv2.getRotationMatrix2D((w / 2, h / 2), -np.degrees(turn), 1), (w, h)).astype(np.uint8)
