"""Fonts, drawn one character at a time, so that each digit's place is known."""

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

TRIAL_PX = 200
HEIGHT_OF = "80HNΗНاب"  # a font's size is set by the first of these that it has


@dataclass(frozen=True, eq=False)
class Glyph:
    """A shape: `mask` (h, w) uint8, 255 for ink.

    Its upper edge is `top` px below the digits' top, its left edge `bearing` px right of where writing is;
    `advance` is the width that it takes of the line, None if that is its ink and the writer's gap.
    """

    mask: NDArray[np.uint8]
    top: float
    bearing: float = 0.0
    advance: float | None = None


@dataclass(frozen=True)
class Face:
    """A font's file, and the characters that it has ink for."""

    path: str
    characters: frozenset[str]

    def glyph(self, character: str, height_px: float) -> Glyph | None:
        """Return a character where digits are `height_px` high; None if the font lacks it."""
        if character not in self.characters:
            return None
        height_of = next((one for one in HEIGHT_OF if one in self.characters), min(self.characters))
        return _glyph(self.path, character, height_of, max(6, round(height_px)))


@lru_cache(maxsize=256)
def _sized(path: str, height_of: str, height_px: int) -> tuple[ImageFont.FreeTypeFont, float]:
    """Return the font in the size at which a character is so high, and how far its top is below the origin."""
    _, top, _, bottom = ImageFont.truetype(path, TRIAL_PX).getbbox(height_of)
    font = ImageFont.truetype(path, max(5, round(TRIAL_PX * height_px / max(1.0, bottom - top))))
    return font, font.getbbox(height_of)[1]


@lru_cache(maxsize=8192)
def _glyph(path: str, character: str, height_of: str, height_px: int) -> Glyph | None:
    font, top = _sized(path, height_of, height_px)
    margin = 2 * height_px
    canvas = Image.new("L", (int(font.getlength(character)) + 2 * margin, 6 * height_px))
    ImageDraw.Draw(canvas).text((margin, margin), character, fill=255, font=font)
    drawn = np.asarray(canvas)
    x, y, w, h = cv2.boundingRect(drawn)
    if not w:
        return None
    mask = np.ascontiguousarray(drawn[y : y + h, x : x + w])
    return Glyph(mask, y - margin - top, x - margin, font.getlength(character))
