"""A page while it is drawn: paper, layers of ink, and which pixels belong to which glyph."""

import math
from dataclasses import dataclass, field
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from mnistry.training.synthetic.pages.alphabets import EM_PX, Shape

SOLID = 96  # of 255: from this strength on, a pixel belongs to a stroke
Colour = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Placed:
    """A glyph on the page: its place in `GLYPHS`, its line's digit height, and the convex hull of its ink (n, 2), px.

    `line` is the number of its line, and `cell` that of the word in it: -1 for what is in no line. `shown` is the share
    of its pixels that nothing hides.
    """

    glyph: int
    em_px: float
    hull: NDArray[np.float32]
    line: int = -1
    cell: int = -1
    shown: float = 1.0


@dataclass(frozen=True)
class Pose:
    """How one glyph is drawn: digit height in px, factor on the width, slant and turn in radians, strokes' weight.

    `weight` is from -1, as thin as can be, to 1, with 0 for the mask as it is.
    """

    em_px: float
    aspect: float = 1.0
    slant: float = 0.0
    turn: float = 0.0
    weight: float = 0.0


@dataclass(frozen=True, eq=False)
class Patch:
    """A glyph in its final size: `ink` (h, w) uint8, whose upper edge is at row `top_px` of the page.

    Its strokes are in the columns from `first` up to `end`; further out is only their soft edge.
    """

    ink: NDArray[np.uint8]
    top_px: int
    first: int
    end: int

    @property
    def width(self) -> int:
        """The strokes' width in px."""
        return self.end - self.first


@dataclass(eq=False)
class Canvas:
    """`paper` (h, w, 3) float32, 0–255; each layer of ink is a colour and how much it covers (h, w) uint8."""

    paper: NDArray[np.float32]
    layers: list[tuple[NDArray[np.uint8], Colour]] = field(default_factory=list)
    glyphs: list[Placed] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.height, self.width = self.paper.shape[:2]
        self.owner = np.zeros((self.height, self.width), np.int16)  # 1 + the glyph's place in `glyphs`; 0 for none
        self.strength = np.zeros((self.height, self.width), np.uint8)

    @cached_property
    def shade(self) -> Colour:
        """The paper's mean colour (3,)."""
        return np.array(cv2.mean(self.paper)[:3], np.float32)

    def layer(self, colour: Colour) -> NDArray[np.uint8]:
        """Add a layer of ink of this colour (3,), above all others, and return its coverage, to be drawn on."""
        cover = np.zeros((self.height, self.width), np.uint8)
        self.layers.append((cover, colour))
        return cover

    def write(
        self, cover: NDArray[np.uint8], patch: Patch, x: int, glyph: int, em_px: float, line: int = -1, cell: int = -1
    ) -> None:
        """Draw a glyph with its first column of strokes at `x`, and record it; do nothing outside the page."""
        left = x - patch.first
        window = self._window(patch.ink, left, patch.top_px)
        if window is None:
            return
        rows, columns, inside = window
        np.maximum(cover[rows, columns], inside, out=cover[rows, columns])
        points = cv2.findNonZero((patch.ink > SOLID).astype(np.uint8))
        hull = cv2.convexHull(points)[:, 0] + np.array([left + 0.5, patch.top_px + 0.5])
        self.glyphs.append(Placed(glyph, em_px, hull.astype(np.float32), line, cell))
        strength, owner = self.strength[rows, columns], self.owner[rows, columns]
        mine = (inside > SOLID) & (inside >= strength)
        owner[mine] = len(self.glyphs)
        np.maximum(strength, inside, out=strength)

    def stamp(self, cover: NDArray[np.uint8], patch: Patch, x: int, strength: int) -> None:
        """Draw a glyph as `write` does, with this strength (1–255), but as nothing that is to be found."""
        if (window := self._window(patch.ink, x - patch.first, patch.top_px)) is not None:
            rows, columns, inside = window
            shade = (inside * np.float32(strength / 255)).astype(np.uint8)
            np.maximum(cover[rows, columns], shade, out=cover[rows, columns])

    def flattened(self) -> NDArray[np.float32]:
        """Return the page with its ink (h, w, 3) float32, 0–255."""
        page = self.paper.copy()
        for cover, colour in self.layers:
            x, y, w, h = cv2.boundingRect(cover)
            if w and h:
                part, share = page[y : y + h, x : x + w], cover[y : y + h, x : x + w, None] * np.float32(1 / 255)
                part += (colour - part) * share
        return page

    def _window(self, patch: NDArray[np.uint8], left: int, top: int) -> tuple[slice, slice, NDArray[np.uint8]] | None:
        y0, x0 = max(0, top), max(0, left)
        y1, x1 = min(self.height, top + patch.shape[0]), min(self.width, left + patch.shape[1])
        if y0 >= y1 or x0 >= x1:
            return None
        return slice(y0, y1), slice(x0, x1), patch[y0 - top : y1 - top, x0 - left : x1 - left]


def rendered(shape: Shape, top: float, pose: Pose) -> Patch | None:
    """Return a shape in its final size, with the digits' top at `top`; None if nothing is left of its strokes."""
    mask = _weighted(shape.mask, pose.weight)
    scale = pose.em_px / EM_PX
    if (grain := int(1 / (scale * min(1.0, pose.aspect)))) > 1:
        mask = cv2.blur(cv2.copyMakeBorder(mask, grain, grain, grain, grain, cv2.BORDER_CONSTANT), (grain, grain))
    rim = (mask.shape[0] - shape.mask.shape[0]) // 2
    (xx, xy), (yx, yy) = turn = _turned(pose, scale)
    # Turned about the middle of a digit of its line, so that signs keep their place beside it.
    left, up = -rim, shape.top_px - EM_PX / 2 - rim
    right, down = left + mask.shape[1], up + mask.shape[0]
    across = [xx * u + xy * v for u in (left, right) for v in (up, down)]
    along = [yx * u + yy * v for u in (left, right) for v in (up, down)]
    y = top + pose.em_px / 2 + min(along)
    place = math.floor(y) - 1
    shift = 1 - min(across) + xx * left + xy * up, y - place - min(along) + yx * left + yy * up
    size = math.ceil(max(across) - min(across)) + 3, math.ceil(max(along) - min(along)) + 3
    matrix = np.array([[*turn[0], shift[0]], [*turn[1], shift[1]]])
    drawn = cv2.warpAffine(mask, matrix, size, flags=cv2.INTER_LINEAR)
    return inked(drawn.astype(np.uint8, copy=False), place)


def _turned(pose: Pose, scale: float) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return the matrix that scales, slants and then turns."""
    cos, sin, slant = math.cos(pose.turn), math.sin(pose.turn), -math.tan(pose.slant)
    return (
        (scale * cos * pose.aspect, scale * (cos * slant - sin)),
        (scale * sin * pose.aspect, scale * (sin * slant + cos)),
    )


def inked(ink: NDArray[np.uint8], top_px: int) -> Patch | None:
    """Return a drawing (h, w), whose upper edge is at a row of the page, as a glyph; None if it has no strokes."""
    columns = np.flatnonzero(ink.max(axis=0) > SOLID)
    return Patch(ink, top_px, int(columns[0]), int(columns[-1]) + 1) if len(columns) else None


def _weighted(mask: NDArray[np.uint8], weight: float) -> NDArray[np.uint8]:
    """Broaden strokes by up to 5 px on either side, or thin them towards their middle line."""
    if weight > 0.1:
        r = 1 + int(weight * 4)
        wide = cv2.copyMakeBorder(mask, r, r, r, r, cv2.BORDER_CONSTANT)
        return cv2.dilate(wide, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * r + 1, 2 * r + 1))).astype(np.uint8)
    if weight < -0.1:
        distance = cv2.distanceTransform((mask > 110).astype(np.uint8), cv2.DIST_L2, 3)
        nearby = cv2.dilate(distance, np.ones((9, 9), np.uint8))
        kept = (distance > (0.75 * -weight) * nearby) & (distance > 0)
        return cv2.blur(kept.astype(np.uint8) * 255, (2, 2)).astype(np.uint8)
    return mask


def line_px(cover: NDArray[np.uint8], points: NDArray[np.floating], thick_px: float, strength: int = 255) -> None:
    """Draw a polyline through points (n, 2), with a thickness in px that may be less than 1."""
    whole = max(1, round(thick_px))
    shade = round(strength * min(1.0, thick_px / whole))
    at = np.round(np.asarray(points) * 16).astype(np.int32)
    if shade >= 255:
        cv2.polylines(cover, [at], False, 255, whole, cv2.LINE_AA, 4)
        return
    own = np.zeros_like(cover)
    cv2.polylines(own, [at], False, shade, whole, cv2.LINE_AA, 4)
    np.maximum(cover, own, out=cover)
