"""What the detector saw of a picture, for the page: maps as small PNGs, and every glyph with what became of it."""

from typing import TypedDict

from mnistry.ocr import overlay
from mnistry.ocr.detections import Detections, outcomes
from mnistry.ocr.page import Page


class DetectionJson(TypedDict):
    """A glyph that was found; `kind` is digit, sign or other, `outcome` what became of it."""

    name: str
    kind: str
    probability: float
    box: list[int]
    outcome: str


class CloseUpJson(TypedDict):
    """A part of the picture that was looked at closely."""

    box: list[int]
    scale: float


class DetectionsJson(TypedDict):
    """All of it; `heat` and `ink` are PNGs of the whole picture as data URLs."""

    heat: str
    ink: str
    glyphs: list[DetectionJson]
    close_ups: list[CloseUpJson]


def as_json(seen: Detections, page: Page) -> DetectionsJson:
    """Return what was seen of the picture that `page` was read from."""
    return {
        "heat": overlay.data_url(seen.heat, overlay.HEAT),
        "ink": overlay.data_url(seen.ink, overlay.INK),
        "glyphs": [
            {
                "name": glyph.name,
                "kind": glyph.kind,
                "probability": round(glyph.probability, 4),
                "box": list(glyph.box),
                "outcome": outcome,
            }
            for glyph, outcome in zip(seen.glyphs, outcomes(seen, page), strict=True)
        ],
        "close_ups": [{"box": list(area.box), "scale": round(area.scale, 3)} for area in seen.close_ups],
    }
