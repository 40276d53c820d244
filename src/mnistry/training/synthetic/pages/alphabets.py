"""The shapes of glyphs: MNIST's digits, digits and signs drawn from strokes, fonts, and seven-segment displays.

An alphabet draws characters as masks in which a digit is `EM_PX` high, so that one size fits a whole line.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from mnistry.data.split import Split
from mnistry.training.synthetic.handwriting import TEMPLATES, curves, random_style
from mnistry.training.synthetic.pages.stroke_signs import EUROPEAN, SIGN_TEMPLATES

EM_PX = 64  # height of a digit in a mask
RIM_PX = 2


@dataclass(frozen=True, eq=False)
class Shape:
    """A glyph's shape: `mask` (h, w) uint8, 255 for full stroke; its upper edge is `top_px` below the digits' top."""

    mask: NDArray[np.uint8]
    top_px: int


class Alphabet(Protocol):
    """Draws characters; each call may draw another form of it."""

    def draw(self, character: str, rng: np.random.Generator) -> Shape | None:
        """Return the character's shape, or None if this alphabet lacks it."""
        ...


class Mnist:
    """Digits of a data set in MNIST's geometry, each by another writer; enlarged, with sharp edges."""

    def __init__(self, digits: Split) -> None:
        self._images = digits.images[..., 0]
        self._places = [np.flatnonzero(digits.labels == value) for value in range(10)]

    def draw(self, character: str, rng: np.random.Generator) -> Shape | None:
        """Return a random image of the digit; None for anything else."""
        if not character.isdecimal() or character not in "0123456789":
            return None
        places = self._places[int(character)]
        image = self._images[places[rng.integers(len(places))]]
        scale = EM_PX / 20  # MNIST's digits fit a box of 20×20 px
        large = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC).astype(np.float32)
        sharp = np.clip((large - rng.uniform(90, 130)) * rng.uniform(2, 5) + 128, 0, 255).astype(np.uint8)
        shape = cropped(sharp)
        if shape is None:
            return None
        free = EM_PX - shape.mask.shape[0]
        return Shape(shape.mask, int(rng.uniform(0.3, 0.8) * free) if free > 0 else free // 2)


class Strokes:
    """Digits of several writing schools, and signs, drawn with one pen from stroke templates."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._style = random_style(rng)
        self._forms = rng.integers(0, 1 << 16, 64)  # a writer keeps the form of each digit

    def draw(self, character: str, rng: np.random.Generator) -> Shape | None:
        """Return the character in this writer's form; None for what has no template."""
        if character in "0123456789":
            templates = TEMPLATES[int(character)] + EUROPEAN.get(character, ())
        else:
            templates = SIGN_TEMPLATES.get(character, ())
        if not templates:
            return None
        template = templates[self._forms[ord(character) % 64] % len(templates)]
        style = self._style
        slant = np.array([[style.aspect, -np.tan(style.slant)], [0, 1]])
        margin = 3 * EM_PX
        pen = max(1, round(min(style.pen, 0.16) * EM_PX))
        canvas = np.zeros((7 * EM_PX, 7 * EM_PX), np.uint8)
        for curve in curves(template, style.wobble * 0.8, rng):
            at = (curve - (0.35, 0.5)) @ slant.T * EM_PX + (margin, margin + EM_PX / 2)
            points = np.round(at * 16).astype(np.int32)
            cv2.polylines(canvas, [points], False, 255, pen, cv2.LINE_AA, 4)
        return cropped(canvas, margin)


class SevenSegments:
    """Digits, points, minus and colon of a seven-segment display, with one form of segment."""

    _LIT = ("abcdef", "bc", "abged", "abgcd", "fgbc", "afgcd", "afgedc", "abc", "abcdefg", "abcdfg")

    def __init__(self, rng: np.random.Generator) -> None:
        self._wide = int(rng.uniform(0.42, 0.7) * EM_PX)
        self._thick = int(rng.uniform(0.07, 0.18) * EM_PX)
        self._gap = int(rng.integers(0, 4))
        self._slant = float(rng.choice([0.0, rng.uniform(0, 0.2)]))
        self._tailed = rng.random(2) < 0.7  # whether 6 and 9 have their horizontal end

    def draw(self, character: str, rng: np.random.Generator) -> Shape | None:
        """Return the character as segments; None for what a display cannot show."""
        w, h, t = self._wide, EM_PX, self._thick
        canvas = np.zeros((h + 2 * t, w + 2 * EM_PX), np.uint8)
        if character in "0123456789":
            lit = self._LIT[int(character)]
            lit = lit.replace("a", "") if character == "6" and not self._tailed[0] else lit
            lit = lit.replace("d", "") if character == "9" and not self._tailed[1] else lit
            for name in lit:
                cv2.fillConvexPoly(canvas, self._segment(name), 255, cv2.LINE_AA)
        elif character == "-":
            cv2.fillConvexPoly(canvas, self._segment("g"), 255, cv2.LINE_AA)
        elif character in ".:":
            for y in (h - t,) if character == "." else (h // 3, 2 * h // 3):
                cv2.rectangle(canvas, (EM_PX, y), (EM_PX + t, y + t), 255, -1)
        else:
            return None
        slanted = np.array([[1, -self._slant, self._slant * h / 2], [0, 1, 0]])
        return cropped(cv2.warpAffine(canvas, slanted, canvas.shape[::-1]).astype(np.uint8), 0)

    def _segment(self, name: str) -> NDArray[np.int32]:
        w, h, t, gap, left = self._wide, EM_PX - 1, self._thick, self._gap, EM_PX
        middle = h // 2
        if name in "agd":
            y = {"a": 0, "g": middle - t // 2, "d": h - t}[name]
            x0, x1 = left + gap + t // 3, left + w - gap - t // 3
            upper = [(x0, y + t // 2), (x0 + t // 2, y), (x1 - t // 2, y)]
            return np.array([*upper, (x1, y + t // 2), (x1 - t // 2, y + t), (x0 + t // 2, y + t)], np.int32)
        x = left if name in "fe" else left + w - t
        y0, y1 = (gap, middle - gap) if name in "fb" else (middle + gap, h - gap)
        upper = [(x, y0 + t // 2), (x + t // 2, y0), (x + t, y0 + t // 2)]
        return np.array([*upper, (x + t, y1 - t // 2), (x + t // 2, y1), (x, y1 - t // 2)], np.int32)


class Font:
    """The glyphs of a font's file, scaled so that its digits (or its capitals, if it has none) are `EM_PX` high."""

    def __init__(self, path: Path, characters: frozenset[str]) -> None:
        self._path = path
        self._characters = characters

    def draw(self, character: str, rng: np.random.Generator) -> Shape | None:
        """Return the font's glyph; None if it has none."""
        if character not in self._characters:
            return None
        return _font_shape(str(self._path), character, self._height_of())

    def _height_of(self) -> str:
        return next((one for one in "8HΗНا" if one in self._characters), min(self._characters))


@cache
def _font(path: str, height_of: str) -> tuple[object, int]:
    """Return the font at the size at which `height_of` is `EM_PX` high, and how far that character's top is down."""
    from PIL import ImageFont

    trial = ImageFont.truetype(path, 100)
    _, top, _, bottom = trial.getbbox(height_of)
    font = ImageFont.truetype(path, max(8, round(100 * EM_PX / max(10.0, bottom - top))))
    return font, round(font.getbbox(height_of)[1])


@cache
def _font_shape(path: str, character: str, height_of: str) -> Shape | None:
    from PIL import Image, ImageDraw

    font, top = _font(path, height_of)
    margin = 2 * EM_PX
    canvas = Image.new("L", (8 * EM_PX, 7 * EM_PX))
    ImageDraw.Draw(canvas).text((margin, margin), character, fill=255, font=font)  # type: ignore[arg-type]
    return cropped(np.array(canvas), margin + top)


def cropped(canvas: NDArray[np.uint8], top: int = 0) -> Shape | None:
    """Return the drawing's bounding box with a small rim; `top` is the row of the digits' top. None if it is blank."""
    x, y, w, h = cv2.boundingRect(cv2.threshold(canvas, 48, 255, cv2.THRESH_BINARY)[1])
    if w == 0 or h == 0:
        return None
    window = canvas[max(0, y - RIM_PX) : y + h + RIM_PX, max(0, x - RIM_PX) : x + w + RIM_PX]
    return Shape(np.ascontiguousarray(window), max(0, y - RIM_PX) - top)
