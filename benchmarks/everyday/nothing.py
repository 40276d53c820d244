"""Pictures without a digit: nothing is to be read in them."""

import cv2
import numpy as np

from everyday import camera, papers, text, textures
from everyday.camera import Shot, phone
from everyday.kit import Kit
from everyday.papers import pen, print_pen, size, white
from everyday.patterns import PATTERNS
from everyday.sample import Sample
from everyday.sheet import Pen, Sheet, blank
from everyday.tables import grid, line_pen
from everyday.writer import hand_font, printed

# Letters that look like no digit, even alone.
ALONE = {
    "latin": "ACEFHKMNPRTUVWXaefhkmnprtuvw",
    "greek": "αγλμξπχψωΓΔΛΞΠΣΨΩ",
    "cyrillic": "жшщюдЖШЩЮЯДЛМИ",
    "arabic": "بتثجحخدسشصضطظفق",
}


def blank_page(kit: Kit) -> Sample:
    """A blank page, scanned or photographed from near."""
    sheet = white(kit, *size(kit))
    return camera.scanned(kit, sheet) if kit.chance(0.6) else papers.close(kit, sheet)


def vignette(kit: Kit) -> Sample:
    """A blank sheet with dark corners."""
    sheet = white(kit, *size(kit, kit.between(0.7, 1.3)))
    shot = Shot(1.1, exposure=kit.between(0.7, 1), noise=kit.between(0, 4), jpeg=kit.pick((None, 80)))
    sheet.pixels = camera.lit(kit, sheet.pixels, Shot(vignette=kit.between(0.5, 0.95), shade=kit.between(0, 0.4)))
    return Sample(camera.exposed(kit, camera.lit(kit, sheet.pixels, shot), shot), ())


def empty_sheet_on_table(kit: Kit) -> Sample:
    """An empty sheet on a table, its corners and its shadow."""
    sheet = white(kit, *size(kit))
    if kit.chance(0.3):
        papers.ruled(kit, sheet, sheet.width / kit.between(14, 30), sheet.width / 9)
    return papers.on_table(kit, sheet)


def empty_paper(kit: Kit) -> Sample:
    """Empty squared or ruled paper, with a margin."""
    sheet = white(kit, *size(kit, kit.between(0.7, 1.4)))
    pitch = sheet.width / kit.between(14, 45)
    if kit.chance(0.5):
        papers.squared(kit, sheet, pitch)
    else:
        papers.ruled(kit, sheet, pitch, pitch * 2)
    if kit.chance(0.5):
        papers.margin(kit, sheet, sheet.width * kit.between(0.1, 0.25))
    return papers.taken(kit, sheet)


def empty_form(kit: Kit) -> Sample:
    """An empty form or table: labels, boxes and lines, nothing filled in."""
    sheet = white(kit, *size(kit, kit.between(0.7, 1.2)))
    em, lines = sheet.width / kit.between(24, 34), line_pen(kit)
    words, y = printed(kit, print_pen(kit)), em * 2
    while y + 4 * em < sheet.height:
        words.write(sheet, f"{kit.pick(text.LABELS)}:", em * 1.5, y, em * 0.8)
        count, side = kit.whole(1, 8), em * kit.between(1.2, 1.6)
        if kit.chance(0.5):
            xs = [em * 9 + k * side for k in range(count + 1)]
            grid(sheet, xs, [y - 0.5 * em, y + em], max(1, em / 20), lines)
        else:
            sheet.stroke([(em * 9, y + em), (sheet.width - 2 * em, y + em)], max(1, em / 20), lines)
        y += em * kit.between(2.2, 3)
    return papers.taken(kit, sheet)


def words_only(kit: Kit) -> Sample:
    """Words by hand or in print, with O, l, I, S, Z, B, g and q in them."""
    sheet = white(kit, *size(kit, kit.between(0.6, 1.4)))
    em = max(sheet.width / kit.between(12, 40), max(sheet.pixels.shape) / 80)
    by = hand_font(kit, pen(kit)) if kit.chance(0.6) else printed(kit, print_pen(kit))
    y = em * kit.between(1, 3)
    for _ in range(kit.whole(1, 8)):
        x = em * kit.between(1, 2)
        while y + 2 * em < sheet.height and x < sheet.width - 8 * em:
            x = by.write(sheet, text.word(kit, 0.5), x, y, em).right + em * kit.between(0.6, 1.2)
        y += em * kit.between(1.8, 2.6)
    return papers.taken(kit, sheet)


def single_letters(kit: Kit) -> Sample:
    """One to three letters that look like no digit: Latin, Greek, Cyrillic, Arabic."""
    script = kit.pick(("latin", "latin", *ALONE))
    faces = kit.stock.scripts.get(script) or kit.stock.hand
    if script == "latin":
        faces = [*kit.stock.hand, *kit.stock.print]
    em = kit.between(30, 200)
    by, x = printed(kit, pen(kit), faces), em * kit.between(0.6, 1.5)
    sheet = white(kit, round(em * kit.between(4, 7)), round(em * kit.between(2.4, 4)))
    for _ in range(kit.whole(1, 3)):
        if x + 1.2 * em < sheet.width:
            x = by.write(sheet, kit.pick(ALONE[script]), x, em * 0.8, em).right + em * kit.between(0.3, 0.8)
    return papers.taken(kit, sheet)


def signature(kit: Kit) -> Sample:
    """A signature on an empty sheet or above a line."""
    em = kit.between(40, 140)
    sheet = white(kit, round(em * kit.between(7, 10)), round(em * kit.between(3, 6)))
    ink, length = pen(kit), kit.whole(5, 11)
    x, y, points = em, sheet.height * 0.5, []
    for k in range(length * 4):
        high = em * (kit.between(0.5, 1.1) if k < 4 or kit.chance(0.12) else kit.between(0.12, 0.35))
        points.append((x, y + (-high if k % 2 else high * kit.between(0.2, 0.8))))
        x += em * kit.between(0.02, 0.2) * (1 if kit.chance(0.85) else -0.8)
    curve = cv2.resize(np.array(points, np.float32)[None], (len(points) * 8, 1), interpolation=cv2.INTER_CUBIC)[0]
    sheet.stroke([(float(a), float(b)) for a, b in curve], em * kit.between(0.03, 0.07), ink)
    if kit.chance(0.5):
        flourish = [(em, y + 0.5 * em), (x * 0.6, y + 0.35 * em), (x, y + 0.6 * em)]
        sheet.stroke(flourish, em * 0.05, ink, 0.02 * em)
    if kit.chance(0.4):
        sheet.stroke([(0.5 * em, y + em), (sheet.width - em, y + em)], max(1, em / 40), line_pen(kit))
    return papers.taken(kit, sheet)


def drawing(kit: Kit) -> Sample:
    """A drawing: a house, a face, a flower, a fish, arrows; or a scribble."""
    width, height = size(kit, kit.between(0.7, 1.3))
    sheet, ink = white(kit, width, height), pen(kit)
    side = min(width, height)
    for _ in range(kit.whole(1, 3)):
        at = kit.between(0.2, 0.7) * width, kit.between(0.2, 0.7) * height
        kit.pick(DRAWINGS)(kit, sheet, at, side * kit.between(0.15, 0.4), Pen(ink.colour))
    return papers.taken(kit, sheet)


def _polygon(sheet: Sheet, at: tuple[float, float], size_px: float, points: str, ink: Pen, thick: float) -> None:
    """Draw lines through "x,y" in tenths of the size; "|" lifts the pen."""
    for stroke in points.split(" | "):
        path = [tuple(float(n) / 10 * size_px for n in point.split(",")) for point in stroke.split()]
        sheet.stroke([(at[0] + x, at[1] + y) for x, y in path], thick, ink, size_px * 0.006)


def _ring(kit: Kit, sheet: Sheet, at: tuple[float, float], half: tuple[float, float], ink: Pen, thick: float) -> None:
    angles = np.linspace(0, 2 * np.pi * 1.02, 40) + kit.between(0, 6)
    sheet.stroke([(at[0] + half[0] * np.cos(a), at[1] + half[1] * np.sin(a)) for a in angles], thick, ink)


def _house(kit: Kit, sheet: Sheet, at: tuple[float, float], side: float, ink: Pen) -> None:
    points = "0,4 0,10 10,10 10,4 0,4 5,0 10,4 | 4,10 4,7 6,7 6,10 | 7,5 9,5 9,7 7,7 7,5 | 8,5 8,7 | 7,6 9,6"
    _polygon(sheet, at, side, points, ink, side * 0.015)


def _face(kit: Kit, sheet: Sheet, at: tuple[float, float], side: float, ink: Pen) -> None:
    thick = side * 0.02
    _ring(kit, sheet, (at[0] + side / 2, at[1] + side / 2), (side / 2, side / 2), ink, thick)
    for x in (0.32, 0.68):
        sheet.stroke(
            [(at[0] + x * side, at[1] + 0.36 * side), (at[0] + x * side + 2, at[1] + 0.38 * side)], 2 * thick, ink
        )
    _polygon(sheet, at, side, "2.5,6.5 3.5,7.6 5,8 6.5,7.6 7.5,6.5", ink, thick)


def _fish(kit: Kit, sheet: Sheet, at: tuple[float, float], side: float, ink: Pen) -> None:
    points = "0,3 2,1.2 5,0.8 8,3 10,1 10,5 8,3 5,5.2 2,4.8 0,3 | 2,2.4 2.2,2.6 | 3.4,1.6 3.8,3 3.4,4.4"
    _polygon(sheet, at, side, points, ink, side * 0.018)


def _arrow(kit: Kit, sheet: Sheet, at: tuple[float, float], side: float, ink: Pen) -> None:
    points = kit.pick(
        ("0,0 10,4 | 8.2,1.8 10,4 7.4,4.8", "0,5 4,8 10,0", "0,0 10,10 | 10,0 0,10", "5,0 5,10 | 3,7.5 5,10 7,7.5")
    )
    _polygon(sheet, at, side * 0.7, points, ink, side * 0.025)


def _scribble(kit: Kit, sheet: Sheet, at: tuple[float, float], side: float, ink: Pen) -> None:
    n = kit.whole(12, 50)
    path = np.cumsum(kit.rng.normal(0, side * 0.13, (n, 2)), axis=0)
    curve = cv2.resize(path.astype(np.float32)[None], (n * 8, 1), interpolation=cv2.INTER_CUBIC)[0]
    sheet.stroke([(at[0] + float(x), at[1] + float(y)) for x, y in curve], side * 0.015, ink)


def _hatching(kit: Kit, sheet: Sheet, at: tuple[float, float], side: float, ink: Pen) -> None:
    step, slope = side * kit.between(0.025, 0.07), kit.between(0.3, 1)
    for k in range(int(side / step)):
        x = at[0] + k * step
        sheet.stroke([(x, at[1]), (x - slope * side * 0.5, at[1] + side * kit.between(0.6, 0.7))], side * 0.01, ink)


DRAWINGS = (_house, _face, _fish, _arrow, _scribble, _scribble, _hatching)


def hatching(kit: Kit) -> Sample:
    """Hatching and crossed strokes over a part of the page."""
    sheet = white(kit, *size(kit, kit.between(0.7, 1.3)))
    ink, side = Pen(pen(kit).colour, opacity=0.9), min(sheet.width, sheet.height)
    for _ in range(kit.whole(1, 3)):
        at = kit.between(0.25, 0.6) * sheet.width, kit.between(0.1, 0.5) * sheet.height
        for _ in range(kit.whole(1, 2)):
            _hatching(kit, sheet, at, side * kit.between(0.25, 0.5), ink)
    return papers.taken(kit, sheet)


def no_sheet(kit: Kit) -> Sample:
    """A table, a floor, a wall, or a photo of other things, without writing."""
    width, height = round(kit.between(400, 1000)), round(kit.between(400, 1000))
    if kit.stock.photos and kit.chance(0.75):
        shot = Shot(noise=kit.between(0, 3), jpeg=kit.pick((None, 85)))
        return Sample(camera.exposed(kit, textures.photo(kit, width, height), shot), ())
    pixels, shot = textures.ground(kit, width, height), phone(kit, 1.0)
    return Sample(camera.exposed(kit, camera.lit(kit, pixels, shot), shot), ())


def patterns(kit: Kit) -> Sample:
    """Bricks, fences, blinds, tiles, blank keys, leaves, cables."""
    width, height = round(kit.between(500, 1500)), round(kit.between(500, 1500))
    sheet = blank(width, height, (128, 128, 128), kit.rng)
    kit.pick(PATTERNS)(kit, sheet)
    shot = phone(kit, 1.0)
    return Sample(camera.exposed(kit, camera.lit(kit, sheet.pixels, shot), shot), ())
