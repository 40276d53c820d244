"""What the detector saw of a picture, as layers over it: the heat of centres, the ink, every glyph, the close-ups."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mnistry.ocr.decode import Picture
from mnistry.ocr.find_glyphs import Glyphs
from mnistry.ocr.glyph_classes import DIGITS, GLYPHS, OTHER
from mnistry.ocr.glyph_image import RIM
from mnistry.ocr.merge import VALID_PX
from mnistry.ocr.page import Box, Page
from mnistry.ocr.peaks import STRIDE, TEXT_STRIDE, Maps
from mnistry.ocr.read_page import boxes_in_original, in_original
from mnistry.ocr.resize import resized
from mnistry.ocr.turned import box_as_given
from mnistry.ocr.views import View

LARGEST_PX, SMALLEST_PX = 1200, 400  # longest side of a layer; that of a small picture's layer
FAINT = "too faint"

_Region = tuple[float, float, float, float]  # left, top, right and bottom in px of a view


@dataclass(frozen=True)
class Detection:
    """A glyph that the detector found: its class `name`, the probability that it is there and is this one, its place.

    `name` is a digit, a sign, or "other", a letter or a drawing. `box` is in px of the picture as given.
    """

    name: str
    probability: float
    box: Box

    @property
    def kind(self) -> str:
        """Which kind of glyph it is: "digit", "sign" or "other"."""
        return "digit" if self.name in DIGITS else "other" if self.name == OTHER else "sign"


@dataclass(frozen=True)
class CloseUp:
    """A part of the picture that was looked at again, `scale` times as large as in the picture as given."""

    box: Box
    scale: float


@dataclass(frozen=True, eq=False)
class Detections:
    """All that the detector saw of a picture as given.

    `heat` and `ink` (h, w) uint8 cover the whole picture: the probability, 0 to 255, of a glyph's centre, of a stroke.
    `glyphs` are ordered by probability, the largest first.
    """

    heat: NDArray[np.uint8]
    ink: NDArray[np.uint8]
    glyphs: tuple[Detection, ...]
    close_ups: tuple[CloseUp, ...]


def detections(looked_at: Picture, glyphs: Glyphs, turned: int = 0) -> Detections:
    """Return what was seen of a picture; if it was turned clockwise before it was looked at, turn all back again."""
    canvas, found = _Canvas(looked_at), glyphs.candidates
    probabilities = found.heat * np.exp(found.glyph.max(axis=1))
    boxes = [_as_given(looked_at, box, turned) for box in boxes_in_original(glyphs, looked_at)]
    seen = [
        Detection(GLYPHS[found.glyph[k].argmax()], float(probabilities[k]), boxes[k])
        for k in np.argsort(-probabilities, kind="stable")
    ]
    closer = [view for view in glyphs.views if not _is_whole(view)]
    areas = in_original(np.array([_in_picture(view) for view in closer]).reshape(-1, 4), looked_at)
    close_ups = [
        CloseUp(_as_given(looked_at, area, turned), float(view.scale * looked_at.upscale))
        for area, view in zip(areas, closer, strict=True)
    ]
    heat, ink = (np.ascontiguousarray(np.rot90(of(glyphs), turned // 90)) for of in (canvas.heat, canvas.ink))
    return Detections(heat, ink, tuple(seen), tuple(close_ups))


def outcomes(seen: Detections, page: Page) -> list[str]:
    """Return for each glyph what became of it on the page: what it was read as, or why it was not."""
    became = {piece.box: piece.reason for piece in page.rejected}
    became |= {sign.box: f"the sign {sign.value} of a line" for line in page.lines for sign in line.signs}
    became |= {digit.box: f"read as {digit.value}" for digit in page.digits}
    return [became.get(glyph.box, FAINT) for glyph in seen.glyphs]


def _is_whole(view: View) -> bool:
    return view.core[2] - view.core[0] > view.pixels.shape[1]


def _in_picture(view: View) -> NDArray[np.float64]:
    """Return a view's core in px of the picture."""
    return (np.array(view.core) + [view.left, view.top] * 2) / view.scale


def _as_given(picture: Picture, box: Box, turned: int) -> Box:
    return box_as_given(box, turned, picture.width, picture.height)


class _Canvas:
    """Puts maps of views together to one of the whole picture, `scale` times as large as its pixels."""

    def __init__(self, picture: Picture) -> None:
        self._height, self._width = picture.pixels.shape[:2]
        longest = max(self._height, self._width)
        self._scale = min(LARGEST_PX / longest, max(1.0, SMALLEST_PX / longest))

    def heat(self, glyphs: Glyphs) -> NDArray[np.uint8]:
        """Return the largest probability that there is a glyph's centre, of the scales that can be trusted on it."""
        canvas = self._blank()
        for view, maps in zip(glyphs.views, glyphs.maps, strict=True):
            self._place(canvas, _trusted(maps), view, view.core, larger=True)
        return canvas

    def ink(self, glyphs: Glyphs) -> NDArray[np.uint8]:
        """Return the probability of a stroke: for a glyph that of the view it was found in, else of the finest."""
        canvas, found = self._blank(), glyphs.candidates
        for number, (view, maps) in enumerate(zip(glyphs.views, glyphs.maps, strict=True)):
            if number == 0 or not _is_whole(view):
                self._place(canvas, maps.ink, view, view.core)
        for number, (view, maps) in enumerate(zip(glyphs.views, glyphs.maps, strict=True)):
            if _is_whole(view):
                boxes = view.in_view(found.boxes[found.view == number])
                rim = RIM * (boxes[:, 2:] - boxes[:, :2])
                for box in np.concatenate([boxes[:, :2] - rim, boxes[:, 2:] + rim], axis=1).tolist():
                    self._place(canvas, maps.ink, view, tuple(box))
        return canvas

    def _blank(self) -> NDArray[np.uint8]:
        return np.zeros((max(1, round(self._height * self._scale)), max(1, round(self._width * self._scale))), np.uint8)

    def _place(
        self, canvas: NDArray[np.uint8], values: NDArray[np.float32], view: View, region: _Region, larger: bool = False
    ) -> None:
        """Put a region of a view's map on the canvas, in place of what is there, or where it is larger."""
        cell = view.pixels.shape[0] // values.shape[0]
        origin, side = np.array([view.left, view.top]), np.array([self._width, self._height]) * view.scale
        low = np.maximum(region[:2], np.maximum(-origin, 0)) // cell
        high = np.ceil(np.minimum(region[2:], np.minimum(view.pixels.shape[1::-1], side - origin)) / cell)
        begin, end = (np.rint((at * cell + origin) * self._scale / view.scale) for at in (low, high))
        if (high <= low).any() or (end <= begin).any():
            return
        (x0, y0), (x1, y1), (left, top), (right, bottom) = (at.astype(int).tolist() for at in (low, high, begin, end))
        part = (np.clip(values[y0:y1, x0:x1], 0, 1) * 255).astype(np.uint8)
        if larger:
            part = _pooled(part, math.ceil((x1 - x0) / (right - left)))
        part = resized(part, bottom - top, right - left)
        part = part[max(0, -top) : canvas.shape[0] - top, max(0, -left) : canvas.shape[1] - left]
        there = canvas[max(0, top) : bottom, max(0, left) : right]
        there[:] = np.maximum(there, part) if larger else part


def _trusted(maps: Maps) -> NDArray[np.float32]:
    """Return the heat where the text is of a height that candidates are taken from."""
    em_px = maps.text[1].repeat(TEXT_STRIDE // STRIDE, axis=0).repeat(TEXT_STRIDE // STRIDE, axis=1)
    return np.where((em_px >= VALID_PX[0]) & (em_px <= VALID_PX[1]), maps.heat, 0).astype(np.float32)


def _pooled(values: NDArray[np.uint8], times: int) -> NDArray[np.uint8]:
    """Downscale by max-pooling, so that no peak is lost."""
    if times < 2:
        return values
    rows, columns = (-(-side // times) * times for side in values.shape)
    wide = np.pad(values, ((0, rows - values.shape[0]), (0, columns - values.shape[1])))
    return wide.reshape(rows // times, times, columns // times, times).max(axis=(1, 3))
