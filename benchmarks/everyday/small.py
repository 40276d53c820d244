"""Small pictures, and pictures cut close: single digits, numbers, two lines of 28 px, digits that fill the picture."""

import cv2
import numpy as np

from everyday import camera, papers, text
from everyday.kit import Kit
from everyday.papers import pen, white
from everyday.sample import Sample
from everyday.sheet import Inked, Sheet, blank
from everyday.writer import any_hand, by_hand, printed

FIELD_PX = 28


def _cropped(kit: Kit, sheet: Sheet, rim: tuple[float, float]) -> Sample:
    """Cut the picture to its digits' ink, with a rim of so many digit heights."""
    points = np.concatenate([digit.hull for digit in sheet.digits])
    low, high = points.min(axis=0), points.max(axis=0)
    near = [round(kit.between(*rim) * (high[1] - low[1])) for _ in range(4)]
    x0, y0 = max(0, int(low[0]) - near[0]), max(0, int(low[1]) - near[1])
    x1, y1 = min(sheet.width, int(high[0]) + 1 + near[2]), min(sheet.height, int(high[1]) + 1 + near[3])
    moved = [Inked(one.value, one.hull - np.array((x0, y0), np.float32), one.line, one.number) for one in sheet.digits]
    part = Sheet(np.ascontiguousarray(sheet.pixels[y0:y1, x0:x1]), kit.rng, moved)
    part.pixels += kit.rng.normal(0, kit.between(0, 3), (y1 - y0, x1 - x0, 1)).astype(np.float32)
    return camera.saved(kit, part, jpeg=kit.pick((None, None, 90, 75)))


def _strip(kit: Kit, digits: str, em: float) -> Sheet:
    """Write a number on a strip of paper."""
    sheet = white(kit, round(em * (len(digits) * 1.3 + 2)), round(em * 2.4))
    if kit.chance(0.15):
        sheet.pixels[:] = 255 - sheet.pixels * 0.9
        any_hand(kit, papers.Pen((245, 245, 245), kit.between(0.08, 0.16))).write(sheet, digits, em, 0.7 * em, em)
    else:
        any_hand(kit, pen(kit)).write(sheet, digits, em, 0.7 * em, em)
    return sheet


def cropped_digit(kit: Kit) -> Sample:
    """A single digit, cropped to its ink."""
    return _cropped(kit, _strip(kit, str(kit.whole(0, 9)), kit.between(18, 160)), (0.0, 0.04))


def digit_with_rim(kit: Kit) -> Sample:
    """A single digit with some paper around it."""
    return _cropped(kit, _strip(kit, str(kit.whole(0, 9)), kit.between(18, 200)), (0.1, 1.0))


def cropped_number(kit: Kit) -> Sample:
    """A number, cropped to its ink or nearly."""
    return _cropped(kit, _strip(kit, text.number(kit, 2, 7), kit.between(18, 90)), (0.0, 0.15))


def cell_crop(kit: Kit) -> Sample:
    """A cell cut out of a table, with parts of its lines along the edges."""
    em = kit.between(22, 80)
    sheet = _strip(kit, text.number(kit, 1, 4), em)
    points = np.concatenate([digit.hull for digit in sheet.digits])
    (left, top), (right, bottom) = points.min(axis=0) - 0.18 * em, points.max(axis=0) + 0.18 * em
    lines = papers.Pen(kit.pick(((30.0, 30, 32), (110, 112, 118), (90, 120, 180))))
    thick = max(1.0, em * kit.between(0.03, 0.07))
    sides = [((left, 0), (left, sheet.height)), ((right, 0), (right, sheet.height)),
             ((0, top), (sheet.width, top)), ((0, bottom), (sheet.width, bottom))]  # fmt: skip
    for side in kit.rng.permutation(4)[: kit.whole(2, 4)]:
        sheet.stroke(list(sides[side]), thick, lines)
    return _cropped(kit, sheet, (0.19, 0.24))


def two_small_lines(kit: Kit) -> Sample:
    """A small picture of two lines of 28-px digits, as those who cut up MNIST make."""
    rows, columns, dark = 2, kit.whole(3, 6), kit.chance(0.4)
    close = kit.whole(0, 4)  # px by which fields overlap
    step, edge = FIELD_PX - close, 0 if kit.chance(0.4) else kit.whole(2, 10)
    ink = np.zeros((rows * step + close + 2 * edge, columns * step + close + 2 * edge), np.uint8)
    sheet = blank(ink.shape[1], ink.shape[0], (0, 0, 0), kit.rng)
    for row in range(rows):
        line = sheet.new_line()
        sheet.numbers += 1
        for column in range(columns):
            value, left, top = str(kit.whole(0, 9)), edge + column * step, edge + row * step
            image = kit.stock.digits.image(value, kit.rng)
            window = ink[top : top + FIELD_PX, left : left + FIELD_PX]
            np.maximum(window, image, out=window)
            sheet.digit(value, image, left, top, line)
    grey = ink if dark else 255 - ink
    sheet.pixels[:] = grey[..., None]
    return camera.saved(kit, sheet)


def small_line(kit: Kit) -> Sample:
    """A small picture of one line: a number of 14 to 24 px."""
    em = kit.between(14, 24)
    by = any_hand(kit, pen(kit)) if kit.chance(0.8) else printed(kit, papers.print_pen(kit))
    digits = text.number(kit, 2, 6)
    sheet = white(kit, round(by.width(digits, em) + em * kit.between(1, 3)), round(em * kit.between(1.6, 3)))
    by.write(sheet, digits, em * kit.between(0.4, 0.8), (sheet.height - em) / 2, em)
    return camera.saved(kit, sheet, jpeg=kit.pick((None, None, 85)))


def filling(kit: Kit) -> Sample:
    """Large digits that fill the picture."""
    em = kit.between(300, 900)
    digits = text.number(kit, 1, 4)
    sheet = white(kit, round(em * (0.85 * len(digits) + 0.8)), round(em * kit.between(1.15, 1.4)))
    by = any_hand(kit, papers.Pen(kit.pick(papers.PENS), kit.between(0.05, 0.16)))
    by.write(sheet, digits, em * 0.25, em * kit.between(0.06, 0.12), em)
    scanned = kit.chance(0.4)
    return camera.saved(kit, sheet, jpeg=kit.pick((None, 80))) if scanned else papers.close(kit, sheet, fill=1.02)


def drawn_on_screen(kit: Kit) -> Sample:
    """Digits drawn with a finger on a phone, in a large empty field."""
    width, height = round(kit.between(600, 1100)), round(kit.between(900, 1600))
    sheet = blank(width, height, kit.pick(((255.0, 255, 255), (250, 250, 245), (240, 244, 250))), kit.rng)
    em = width / kit.between(4, 9)
    by = by_hand(kit, papers.Pen(kit.pick(((0.0, 0, 0), (20, 20, 160), (200, 30, 30))), kit.between(0.06, 0.14)), 0.08)
    y = height * kit.between(0.1, 0.4)
    for _ in range(kit.whole(1, 2)):
        by.write(sheet, text.number(kit, 1, max(1, int(width / em) - 2)), width * kit.between(0.1, 0.2), y, em)
        y += em * kit.between(1.6, 2.2)
    return camera.saved(kit, sheet)


def messenger_jpeg(kit: Kit) -> Sample:
    """A picture made small and saved by a messenger: a number of 20 px or less, with JPEG's traces."""
    em = kit.between(60, 110)
    sheet = _strip(kit, text.number(kit, 2, 6), em)
    factor = kit.between(14, 22) / em
    small = cv2.resize(sheet.pixels, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA).astype(np.float32)
    scale = np.array((small.shape[1] / sheet.width, small.shape[0] / sheet.height), np.float32)
    digits = [Inked(one.value, one.hull * scale, one.line, one.number) for one in sheet.digits]
    return camera.saved(kit, Sheet(small, kit.rng, digits), jpeg=kit.whole(40, 75))
