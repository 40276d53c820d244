"""A sheet while it is written on: its pixels, and where each of its digits is."""

from dataclasses import dataclass, field
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

SOLID = 90  # of 255: from this strength on, a pixel counts as ink of its digit
Colour = tuple[float, ...]  # red, green, blue, 0–255
Point = tuple[float, float]


@dataclass(frozen=True)
class Pen:
    """What writes: `stroke` is its width in digit heights, 0 for each digit's own.

    `opacity` is how much it covers; `grain`, for pencil and chalk, how much of the paper's tooth shows through.
    """

    colour: Colour
    stroke: float = 0.0
    opacity: float = 1.0
    grain: float = 0.0


@dataclass(frozen=True, eq=False)
class Inked:
    """A digit on the sheet: the convex hull of its ink (n, 2) in px, its line, and its number."""

    value: str
    hull: NDArray[np.float32]
    line: int
    number: int


@dataclass(eq=False)
class Sheet:
    """`pixels` (h, w, 3) float32, 0–255, and the digits written so far."""

    pixels: NDArray[np.float32]
    rng: np.random.Generator
    digits: list[Inked] = field(default_factory=list)
    lines: int = 0
    numbers: int = 0

    @property
    def width(self) -> int:
        """In px."""
        return self.pixels.shape[1]

    @property
    def height(self) -> int:
        """In px."""
        return self.pixels.shape[0]

    def new_line(self) -> int:
        """Return the number of the next line in reading order."""
        self.lines += 1
        return self.lines - 1

    def holds(self, mask: NDArray[np.uint8], left: int, top: int) -> bool:
        """Whether a mask lies on the sheet."""
        return min(left, top) >= 0 and left + mask.shape[1] <= self.width and top + mask.shape[0] <= self.height

    def ink(self, mask: NDArray[np.uint8], left: int, top: int, pen: Pen) -> None:
        """Cover the sheet with the pen's colour where the mask (h, w) is; what lies outside is left out."""
        y0, x0, y1, x1 = max(0, top), max(0, left), top + mask.shape[0], left + mask.shape[1]
        window = self.pixels[y0 : max(y0, y1), x0 : max(x0, x1)]
        if not window.size:
            return
        part = mask[y0 - top :, x0 - left :][: window.shape[0], : window.shape[1]]
        cover = part * np.float32(pen.opacity / 255)
        if pen.grain:
            tooth = self.rng.random(part.shape, dtype=np.float32)
            tooth = cv2.GaussianBlur(tooth, (0, 0), 0.8) - 0.5 if min(part.shape) > 3 else tooth - 0.5
            cover *= np.clip(1 - pen.grain * (0.4 + 3.5 * tooth), 0, 1)
        window += (np.array(pen.colour, np.float32) - window) * cover[..., None]

    def digit(self, value: str, mask: NDArray[np.uint8], left: int, top: int, line: int) -> None:
        """Record a digit that was inked."""
        points = cv2.findNonZero((mask > SOLID).astype(np.uint8))
        if points is not None:
            hull = cv2.convexHull(points)[:, 0].astype(np.float32) + np.array([left + 0.5, top + 0.5], np.float32)
            self.digits.append(Inked(value, hull, line, self.numbers))

    def stroke(self, points: list[Point], thick_px: float, pen: Pen, wobble_px: float = 0.0) -> None:
        """Draw lines through points; `wobble_px` makes them a hand's."""
        at = np.array(points, np.float64)
        if wobble_px:
            steps = [max(2, int(np.hypot(*(b - a)) / 40) + 1) for a, b in pairwise(at)]
            parts = [np.linspace(a, b, n, endpoint=False) for a, b, n in zip(at[:-1], at[1:], steps, strict=True)]
            at = np.concatenate([*parts, at[-1:]])
            at = at + self.rng.normal(0, wobble_px, at.shape)
        whole = max(1, round(thick_px))
        low = np.floor(at.min(axis=0)).astype(int) - whole - 2
        low = np.clip(low, -whole - 2, (self.width + 2, self.height + 2))
        high = np.clip(np.ceil(at.max(axis=0)).astype(int) + whole + 2, low + 1, (self.width + 4, self.height + 4))
        mask = np.zeros((high[1] - low[1], high[0] - low[0]), np.uint8)
        shade = round(255 * min(1.0, thick_px / whole))
        cv2.polylines(mask, [np.round((at - low) * 16).astype(np.int32)], False, shade, whole, cv2.LINE_AA, 4)
        self.ink(mask, int(low[0]), int(low[1]), pen)

    def frame(self, left: float, top: float, right: float, bottom: float, thick_px: float, pen: Pen) -> None:
        """Draw a rectangle's four sides."""
        corners = [(left, top), (right, top), (right, bottom), (left, bottom), (left, top)]
        for a, b in pairwise(corners):
            self.stroke([a, b], thick_px, pen)

    def fill(self, left: float, top: float, right: float, bottom: float, colour: Colour) -> None:
        """Fill a rectangle."""
        rows, columns = slice(max(0, round(top)), round(bottom)), slice(max(0, round(left)), round(right))
        self.pixels[rows, columns] = colour


def blank(width: int, height: int, colour: Colour, rng: np.random.Generator, unevenness: float = 0.0) -> Sheet:
    """Return a sheet of one colour, whose tone may vary a little from place to place."""
    pixels = np.empty((height, width, 3), np.float32)
    pixels[:] = colour
    if unevenness:
        tone = cv2.resize(rng.normal(0, unevenness, (6, 5)).astype(np.float32), (width, height))
        pixels += tone[..., None]
    return Sheet(pixels, rng)
