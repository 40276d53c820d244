"""Finds the glyphs of a picture: thumbnails first, then a closer look where there is text; one candidate a glyph."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mnistry.ocr import merge, peaks
from mnistry.ocr.peaks import Candidates, Detect, Maps
from mnistry.ocr.views import READ_PX, Area, Spots, View, closer, thumbnails

MIN_HEAT = 0.12  # of a candidate that is looked at
MIN_EM_PX = 3.0  # digit height in a thumbnail, below which nothing is written but texture


@dataclass(frozen=True, eq=False)
class Glyphs:
    """What was found: the candidates, and the views and maps that their `view` counts.

    `left_out` are areas with text that were not looked at closely, because there is too much of it in the picture.
    """

    candidates: Candidates
    views: list[View]
    maps: list[Maps]
    left_out: list[Area]


def find_glyphs(pixels: NDArray[np.uint8], detect: Detect) -> Glyphs:
    """Find all glyphs of a picture (h, w, 3) uint8, RGB, that `detect` sees at some scale."""
    views = thumbnails(pixels)
    maps = [detect(view.pixels) for view in views]
    seen_px = sum(view.pixels.shape[0] * view.pixels.shape[1] for view in views)
    close, left_out = closer(pixels, _too_small(maps[0], views[0]), seen_px)
    maps += [detect(view.pixels) for view in close]
    return glyphs_of([*views, *close], maps, left_out)


def glyphs_of(views: list[View], maps: list[Maps], left_out: list[Area]) -> Glyphs:
    """Return the candidates of all views, one for each glyph."""
    found = peaks.joined([peaks.candidates(m, view, k) for k, (m, view) in enumerate(zip(maps, views, strict=True))])
    found = found.part(found.heat >= MIN_HEAT)
    return Glyphs(found.part(merge.distinct(found)), views, maps, left_out)


def _too_small(maps: Maps, view: View) -> Spots:
    """Return the text of the finest thumbnail that is too small there to be read."""
    spots = peaks.spots(maps, view)
    there = spots.em_px * view.scale
    return spots.part((there > MIN_EM_PX) & (there < READ_PX))
