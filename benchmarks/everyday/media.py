"""What is written with and shown on: marker, chalk, whiteboards, displays, screens, labels, plots."""

import cv2
import matplotlib as mpl
import numpy as np
from numpy.typing import NDArray

from everyday import camera, papers, text, textures
from everyday.camera import phone
from everyday.kit import Kit
from everyday.papers import pen, print_pen, white
from everyday.sample import Sample
from everyday.sheet import Colour, Inked, Pen, Sheet, blank
from everyday.writer import Writer, any_hand, by_hand, hand_font, printed

INKS: tuple[Colour, ...] = ((20, 20, 24), (24, 40, 150), (170, 24, 34), (16, 110, 70))


def _rows(kit: Kit, sheet: Sheet, by: Writer, em: float, count: int) -> None:
    left, y = (
        em * kit.between(0.6, 1) + max(0.0, sheet.width - 7 * em) * kit.between(0, 0.6),
        em * kit.between(0.8, 1.6),
    )
    longest = max(1, min(5, int((sheet.width - left) / em) - 1))
    for _ in range(count):
        if y + 1.3 * em < sheet.height:
            by.write(sheet, text.number(kit, 1, longest), left + em * kit.between(-0.2, 0.2), y, em)
        y += em * kit.between(1.5, 2)


def marker(kit: Kit) -> Sample:
    """A thick marker on paper or cardboard."""
    em = kit.between(60, 200)
    sheet = white(kit, round(em * kit.between(4, 7)), round(em * kit.between(2.5, 6)))
    if kit.chance(0.3):
        sheet.pixels *= np.array([0.78, 0.66, 0.5], np.float32)
    by = by_hand(kit, Pen(kit.pick(INKS), kit.between(0.16, 0.22), kit.between(0.85, 1)))
    _rows(kit, sheet, by, em, kit.whole(1, 3))
    return papers.taken(kit, sheet)


def whiteboard(kit: Kit) -> Sample:
    """A whiteboard, with traces of what was wiped off, and a reflection."""
    width, height = round(kit.between(1000, 2000)), round(kit.between(750, 1400))
    sheet = blank(width, height, (232, 236, 238), kit.rng, 5)
    sheet.pixels += textures.noise(kit, width, height, (width / 4, height / 30))[..., None] * 2
    em = width / kit.between(10, 20)
    by = any_hand(kit, Pen(kit.pick(INKS), kit.between(0.08, 0.13), kit.between(0.8, 0.95), 0.1))
    _rows(kit, sheet, by, em, kit.whole(2, 5))
    middle, radius = (
        (round(kit.between(0.6, 0.95) * width), round(kit.between(0.1, 0.5) * height)),
        round(height * 0.12),
    )
    glare = cv2.circle(np.zeros((height, width), np.float32), middle, radius, 1.0, -1)
    glare = cv2.blur(cv2.blur(glare, (radius, radius)), (radius, radius))[..., None] * kit.between(0.3, 0.8)
    sheet.pixels += (255 - sheet.pixels) * glare
    return papers.close(kit, sheet)


def chalk(kit: Kit) -> Sample:
    """Chalk on a green or black board, with smears."""
    width, height = round(kit.between(900, 1800)), round(kit.between(700, 1300))
    board = kit.pick(((44.0, 74, 62), (38, 40, 42), (52, 66, 74)))
    sheet = blank(width, height, board, kit.rng, 4)
    smear = textures.noise(kit, width, height, (width / 5, height / 16)) * 7
    sheet.pixels += (smear + textures.noise(kit, width, height, (3, 3)) * 3)[..., None]
    em = width / kit.between(7, 16)
    colour = kit.pick(((238.0, 238, 230), (238, 238, 230), (240, 226, 130), (240, 170, 180)))
    by = by_hand(kit, Pen(colour, kit.between(0.08, 0.13), kit.between(0.85, 1), kit.between(0.3, 0.6)))
    _rows(kit, sheet, by, em, kit.whole(1, 4))
    return papers.close(kit, sheet, noise=kit.between(1, 4), exposure=kit.between(0.85, 1.1))


def white_on_dark(kit: Kit) -> Sample:
    """Light digits drawn on a dark screen."""
    em = kit.between(40, 220)
    level = kit.between(0, 45)
    sheet = blank(round(em * kit.between(4, 7)), round(em * kit.between(3, 5)), (level, level, level + 3), kit.rng)
    light = kit.pick(((255.0, 255, 255), (235, 235, 235), (120, 220, 255), (255, 230, 120)))
    by = by_hand(kit, Pen(light, kit.pick((0.0, kit.between(0.08, 0.18)))))
    _rows(kit, sheet, by, em, kit.whole(1, 3))
    return camera.saved(kit, sheet, jpeg=kit.pick((None, None, 85)))


def _display_text(kit: Kit) -> str:
    shown = "".join(str(kit.whole(0, 9)) for _ in range(kit.whole(2, 6)))
    if kit.chance(0.35) and len(shown) >= 3:
        at = kit.whole(1, len(shown) - 1)
        shown = f"{shown[:at]}{kit.pick('.:')}{shown[at:]}"
    return f"-{shown}" if kit.chance(0.1) else shown


def seven_segments(kit: Kit) -> Sample:
    """A seven-segment display of a scale, a clock, a meter, photographed."""
    em, shown = kit.between(60, 170), _display_text(kit)
    face, lcd = kit.pick(kit.stock.segments), kit.chance(0.6)
    wide = printed(kit, Pen((0, 0, 0)), [face]).width("8" * len(shown), em)
    width, height = round(wide + em * kit.between(2.2, 3.2)), round(em * kit.between(2.6, 3.4))
    case = tuple(kit.rng.uniform(15, 225, 3).tolist()) if kit.chance(0.3) else (kit.between(20, 220),) * 3
    sheet = blank(width, height, case, kit.rng, 3)
    panel = kit.pick(((168.0, 178, 152), (186, 192, 184), (150, 176, 190))) if lcd else (14.0, 12, 14)
    near = em * 0.5
    sheet.fill(near, near, width - near, em * 2.0, panel)
    lit = (38.0, 42, 38) if lcd else kit.pick(((255.0, 60, 40), (60, 240, 120), (90, 190, 255), (255, 180, 60)))
    x, y, line = em, near + em * 0.25, sheet.new_line()
    ghost = Pen(lit, opacity=kit.between(0.03, 0.1))
    for character in shown:
        if character in ".:":
            for dot in (0.95,) if character == "." else (0.3, 0.72):
                at = y + (dot - 0.06) * em
                sheet.fill(x - 0.04 * em, at, x + 0.06 * em, at + 0.1 * em, lit)
            x += 0.16 * em
            continue
        if (eight := face.glyph("8", em)) is not None:
            sheet.ink(eight.mask, round(x + eight.bearing), round(y + eight.top), ghost)
        x = printed(kit, Pen(lit), [face]).write(sheet, character, x, y, em, line).right + 0.08 * em
    if not lcd:
        sheet.pixels += cv2.GaussianBlur(sheet.pixels, (0, 0), em / 14) * 0.5
    label = printed(kit, Pen((235, 235, 235) if sum(case) < 330 else (25, 25, 25)))
    label.write(sheet, kit.pick(("kg", "TEMP", "kWh", "min", "SCALE", "ALARM", "")), em * 0.6, em * 2.2, em * 0.22)
    into = round(width * kit.between(1.05, 1.6)), round(height * kit.between(1.2, 1.9))
    return camera.photographed(kit, sheet, into, phone(kit, kit.between(0.65, 0.98)))


def label(kit: Kit) -> Sample:
    """A printed label or nameplate with a serial number, photographed."""
    em = kit.between(24, 70)
    colour = kit.pick(((245.0, 245, 242), (240, 214, 60), (190, 192, 196), (30, 32, 36), (170, 40, 40)))
    width, height = round(em * kit.between(11, 15)), round(em * kit.between(5, 7.5))
    sheet = blank(width, height, colour, kit.rng, 3)
    ink = Pen((240, 240, 240) if sum(colour) < 330 else (20, 20, 22))
    by = printed(kit, ink)
    sheet.frame(em * 0.3, em * 0.3, width - em * 0.3, height - em * 0.3, max(1, em / 14), ink)
    by.write(sheet, text.words(kit, 1).upper(), em, em * 0.9, em * 0.8)
    y = em * 2.3
    for heading in kit.rng.permutation(("No.", "Type", "Model", "V", "Lot"))[: kit.whole(1, 2)]:
        if y + 1.5 * em < height:
            x = by.write(sheet, str(heading), em, y, em * 0.8).right + 0.6 * em
            by.write(sheet, text.number(kit, 3, 8), x, y, em)
        y += em * 1.8
    into = round(width * kit.between(1.1, 1.5)), round(height * kit.between(1.2, 1.8))
    return camera.photographed(kit, sheet, into, phone(kit, kit.between(0.7, 0.98)))


def print_photo(kit: Kit) -> Sample:
    """A printed page of numbers, photographed."""
    sheet = white(kit, *papers.size(kit))
    em = max(sheet.width / kit.between(30, 44), max(sheet.pixels.shape) / 100, 14)
    by, y = printed(kit, print_pen(kit)), em * kit.between(3, 5)
    for _ in range(kit.whole(4, 12)):
        if y + 3 * em < sheet.height:
            by.write(sheet, text.numbers(kit, kit.whole(1, 4), 1, 5), em * 3, y, em)
        y += em * kit.between(1.8, 2.2)
    return papers.close(kit, sheet) if kit.chance(0.5) else papers.on_table(kit, sheet)


def screenshot(kit: Kit) -> Sample:
    """A screenshot of a program, saved as a JPEG: labels, fields, buttons."""
    em, dark = kit.between(14, 26), kit.chance(0.3)
    width, height = round(em * kit.between(26, 40)), round(em * kit.between(16, 26))
    ground, ink = ((30.0, 31, 34), (225.0, 226, 230)) if dark else ((243.0, 244, 246), (32.0, 34, 38))
    sheet = blank(width, height, ground, kit.rng)
    accent = kit.pick(((30.0, 110, 220), (210, 70, 60), (30, 140, 90)))
    sheet.fill(0, 0, width, em * 2.2, accent)
    faces = [face for face in kit.stock.print if "lato" in face.path or "barlow" in face.path]
    by = printed(kit, Pen(ink), faces)
    by.with_pen(Pen((255, 255, 255))).write(sheet, text.words(kit, 2).title(), em, em * 0.6, em)
    y = em * 4
    while y < height - 5 * em:
        by.write(sheet, f"{kit.pick(text.LABELS)}:", em * 1.5, y, em)
        field = 60.0 if dark else 255.0
        sheet.fill(em * 9, y - 0.5 * em, em * 20, y + 1.5 * em, (field, field, field))
        sheet.frame(em * 9, y - 0.5 * em, em * 20, y + 1.5 * em, 1, Pen((150, 152, 156)))
        by.write(sheet, text.amount(kit) if kit.chance(0.5) else text.number(kit, 1, 6), em * 9.6, y, em)
        y += em * kit.between(2.8, 3.2)
    sheet.fill(em * 1.5, y, em * 8, y + 2.2 * em, accent)
    by.with_pen(Pen((255, 255, 255))).write(
        sheet, kit.pick(("Save", "Cancel", "OK", "Send")), em * 2.5, y + 0.6 * em, em
    )
    return camera.saved(kit, sheet, jpeg=kit.whole(35, 85))


def plot(kit: Kit) -> Sample:
    """An image of MNIST in a plotting program's white margin, one or several side by side."""
    pixel, count = kit.whole(4, 10), kit.pick((1, 1, 3, 4))
    side, edge = 28 * pixel, kit.whole(20, 60)
    colours = mpl.colormaps[kit.pick(("viridis", "gray", "gray_r", "magma", "Blues"))]
    sheet = blank(count * (side + edge) + edge, side + 2 * edge, (255, 255, 255), kit.rng)
    line, words = sheet.new_line(), printed(kit, Pen((0, 0, 0)))
    titled, framed = kit.chance(0.5), kit.chance(0.5)
    for k in range(count):
        value, left = str(kit.whole(0, 9)), edge + k * (side + edge)
        image = kit.stock.digits.image(value, kit.rng)
        large = cv2.resize(image, (side, side), interpolation=cv2.INTER_NEAREST).astype(np.uint8)
        sheet.pixels[edge : edge + side, left : left + side] = colours(large)[..., :3] * 255
        _record(sheet, value, large, left, edge, line)
        if framed:
            sheet.frame(left, edge, left + side, edge + side, 1.5, Pen((0, 0, 0)))
        if titled:
            words.write(sheet, kit.pick(("label", "test", "image", "digit")), left + side * 0.3, edge * 0.3, edge * 0.4)
    return camera.saved(kit, sheet, jpeg=kit.pick((None, None, 80)))


def _record(sheet: Sheet, value: str, mask: NDArray[np.uint8], left: int, top: int, line: int) -> None:
    """Record a digit that was not inked, with a number of its own."""
    points = cv2.findNonZero((mask > 90).astype(np.uint8)).astype(np.float32)
    hull = cv2.convexHull(points)[:, 0] + np.array([left + 0.5, top + 0.5], np.float32)
    sheet.numbers += 1
    sheet.digits.append(Inked(value, hull, line, sheet.numbers))


def grey_frame(kit: Kit) -> Sample:
    """A digit or a number on a card with a thick grey frame, or in the middle of a darker field."""
    em = kit.between(40, 160)
    digits = text.number(kit, 1, 3)
    width, height = round(em * (len(digits) * 0.9 + kit.between(1, 2))), round(em * kit.between(1.8, 2.6))
    edge, tone = round(em * kit.between(0.2, 1.2)), kit.between(90, 190)
    sheet = blank(width + 2 * edge, height + 2 * edge, (tone, tone, tone + kit.around(0, 6)), kit.rng)
    sheet.fill(edge, edge, edge + width, edge + height, (250, 250, 250))
    by = any_hand(kit, pen(kit))
    left = edge + max(0.2 * em, (width - by.width(digits, em)) / 2)
    by.write(sheet, digits, left, edge + (height - em) / 2, em)
    return camera.saved(kit, sheet, jpeg=kit.pick((None, 90))) if kit.chance(0.6) else papers.close(kit, sheet)


def price_tag(kit: Kit) -> Sample:
    """A price by hand on a coloured tag, or chalked on a slate: words and an amount."""
    em, dark = kit.between(50, 120), kit.chance(0.4)
    width, height = round(em * kit.between(6, 8)), round(em * kit.between(3.2, 4.2))
    colour = (40.0, 42, 44) if dark else kit.pick(((250.0, 236, 90), (255, 255, 250), (255, 150, 90)))
    sheet = blank(width, height, colour, kit.rng, 4)
    ink = (
        Pen((240, 240, 235), kit.between(0.08, 0.13), 0.95, 0.5)
        if dark
        else Pen(kit.pick(INKS), kit.between(0.08, 0.14))
    )
    hand_font(kit, ink).write(sheet, text.word(kit, 0.1), em * 0.8, em * 0.6, em * 0.8)
    price = f"{kit.whole(0, 99)}{kit.pick('.,')}{kit.whole(0, 99):02d}{kit.pick(('', ' €', ''))}"
    by_hand(kit, ink).write(sheet, price, em * kit.between(0.8, 1.6), em * kit.between(1.8, 2.1), em)
    into = round(width * kit.between(1.1, 1.6)), round(height * kit.between(1.2, 1.8))
    return camera.photographed(kit, sheet, into, phone(kit, kit.between(0.65, 0.95)))
