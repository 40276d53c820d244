"""Paper, pens, and how sheets of them are usually taken."""

import numpy as np

from everyday import camera
from everyday.camera import phone
from everyday.kit import Kit
from everyday.sample import Sample
from everyday.sheet import Colour, Pen, Sheet, blank

PENS: tuple[Colour, ...] = ((22, 22, 28), (28, 40, 130), (40, 44, 52), (20, 30, 90), (160, 30, 36), (18, 90, 70))
RULING: tuple[Colour, ...] = ((150, 185, 225), (170, 190, 205), (190, 190, 190), (140, 160, 215))
SIZES = (0.4, 0.4, 0.17, 0.03)  # shares of small, usual and large pictures, and of a phone's largest
MARGIN: Colour = (226, 110, 116)
PRINT: Colour = (34, 34, 36)


def pen(kit: Kit) -> Pen:
    """Return a ball pen, a fountain pen or a fine felt pen."""
    stroke = 0.0 if kit.chance(0.25) else kit.between(0.06, 0.15)
    return Pen(kit.pick(PENS[:4] * 3 + PENS), stroke, kit.between(0.82, 1.0))


def print_pen(kit: Kit) -> Pen:
    """Return printer's ink."""
    tone = kit.between(10, 70)
    return Pen((tone, tone, tone), 0.0, kit.between(0.9, 1))


def size(kit: Kit, shape: float = 1.41) -> tuple[int, int]:
    """Return a sheet's width and height in px, `shape` times as high as wide: from 800 px to 12 megapixels."""
    long = kit.rng.choice([kit.between(800, 1100), kit.between(1200, 1700), kit.between(2000, 2600), 4000.0], p=SIZES)
    short = long / shape if shape >= 1 else long * shape
    smaller = min(1.0, float(np.sqrt(kit.max_px / (long * short))))
    long, short = long * smaller, short * smaller
    return (round(short), round(long)) if shape >= 1 else (round(long), round(short))


def white(kit: Kit, width: int, height: int) -> Sheet:
    """Return a sheet of white, ivory or recycled paper."""
    tone = kit.between(228, 253)
    colour = (tone, tone - kit.between(0, 3), tone - kit.between(0, 14))
    return blank(width, height, colour, kit.rng, kit.between(0, 2))


def ruled(kit: Kit, sheet: Sheet, pitch_px: float, first_px: float) -> None:
    """Print a ruling at every `pitch_px`, from `first_px` on."""
    line = Pen(kit.pick(RULING), opacity=kit.between(0.6, 1))
    thick, y = max(0.8, sheet.width / 900 * kit.between(0.7, 1.6)), first_px
    while y < sheet.height:
        sheet.stroke([(0, y), (sheet.width, y)], thick, line)
        y += pitch_px


def squared(kit: Kit, sheet: Sheet, pitch_px: float) -> None:
    """Print squares over the whole sheet."""
    line = Pen(kit.pick(RULING), opacity=kit.between(0.5, 1))
    thick = max(0.7, sheet.width / 1000 * kit.between(0.6, 1.4))
    for k in range(int(sheet.height / pitch_px) + 1):
        sheet.stroke([(0, k * pitch_px), (sheet.width, k * pitch_px)], thick, line)
    for k in range(int(sheet.width / pitch_px) + 1):
        sheet.stroke([(k * pitch_px, 0), (k * pitch_px, sheet.height)], thick, line)


def margin(kit: Kit, sheet: Sheet, x: float) -> None:
    """Print a notebook's margin line."""
    thick = max(1.0, sheet.width / 500 * kit.between(0.6, 1.3))
    sheet.stroke([(x, 0), (x, sheet.height)], thick, Pen(MARGIN, opacity=kit.between(0.7, 1)))


def on_table(kit: Kit, sheet: Sheet, **changed: float | int) -> Sample:
    """Photograph a sheet on a table, which is seen around it."""
    shape = kit.between(1.0, 1.15)
    long = max(sheet.width, sheet.height) * shape
    wide = sheet.width > sheet.height
    into = (round(long), round(long * 0.75)) if wide else (round(long * 0.75), round(long))
    return camera.photographed(kit, sheet, into, phone(kit, kit.between(0.68, 0.97), **changed))


def close(kit: Kit, sheet: Sheet, fill: float | None = None, **changed: float | int) -> Sample:
    """Photograph a sheet from so near that little else is seen."""
    shot = phone(kit, fill or kit.between(1.04, 1.15), **changed)
    return camera.photographed(kit, sheet, (sheet.width, sheet.height), shot)


def taken(kit: Kit, sheet: Sheet) -> Sample:
    """Take a sheet in any of the usual ways: photographed, scanned, or drawn on a screen."""
    which = kit.rng.random()
    if which < 0.35:
        return on_table(kit, sheet)
    if which < 0.65:
        return close(kit, sheet)
    if which < 0.85:
        return camera.scanned(kit, sheet)
    return camera.saved(kit, sheet)
