"""Numbers written on sheets and in notebooks: the paper and the way it is taken make the situation."""

import cv2
import numpy as np

from everyday import camera, papers, text, textures
from everyday.camera import phone
from everyday.kit import Kit
from everyday.papers import pen, size, white
from everyday.sample import Sample
from everyday.sheet import Pen, Sheet, blank
from everyday.writer import Writer, any_hand, by_hand, hand_font, printed


def some_lines(kit: Kit, sheet: Sheet, by: Writer, em: float, count: int, rise: float = 0.0) -> None:
    """Write a number or two in each of some lines, from the upper left."""
    x, y = sheet.width * kit.between(0.1, 0.25), sheet.height * kit.between(0.08, 0.2)
    pitch = em * kit.between(1.6, 2.6)
    for _ in range(count):
        if y + 1.6 * em > sheet.height:
            return
        words = text.numbers(kit, 1 if kit.chance(0.7) else 2)
        by.write(sheet, words, x + em * kit.between(-0.3, 0.3), y, em, rise=rise)
        y += pitch


def height_for(kit: Kit, sheet: Sheet) -> float:
    """Return a digit height that people write in on such a sheet, and that a reader answers for."""
    return max(sheet.width * float(np.exp(kit.between(np.log(1 / 36), np.log(1 / 11)))), max(sheet.pixels.shape) / 70)


def sheet_on_table(kit: Kit) -> Sample:
    """A sheet on a table, photographed at an angle."""
    sheet = white(kit, *size(kit, kit.between(1.25, 1.5)))
    some_lines(kit, sheet, any_hand(kit, pen(kit)), height_for(kit, sheet), kit.whole(2, 6))
    return papers.on_table(kit, sheet)


def notebook(kit: Kit) -> Sample:
    """A notebook with a margin and rulings."""
    sheet = white(kit, *size(kit))
    em = height_for(kit, sheet)
    pitch = em * kit.between(1.25, 2.1)
    first = pitch * kit.between(2, 4)
    papers.ruled(kit, sheet, pitch, first)
    edge = sheet.width * kit.between(0.1, 0.2)
    papers.margin(kit, sheet, edge)
    by = any_hand(kit, pen(kit))
    for k in range(1, kit.whole(4, 9)):
        y = first + k * pitch - em * kit.between(1.0, 1.15)
        if y + 2 * em < sheet.height:
            by.write(sheet, text.numbers(kit, kit.whole(1, 2)), edge + em * kit.between(0.25, 1.2), y, em)
    return kit.pick((papers.close, papers.on_table, papers.taken))(kit, sheet)


def ruled_paper(kit: Kit) -> Sample:
    """Ruled paper, filled line by line; digits stand on the lines and cross them."""
    sheet = white(kit, *size(kit, kit.between(0.7, 1.3)))
    em = height_for(kit, sheet)
    pitch = em * kit.between(1.2, 1.6)
    papers.ruled(kit, sheet, pitch, pitch)
    by = any_hand(kit, pen(kit))
    for k in range(2, min(kit.whole(4, 10), int(sheet.height / pitch) - 1)):
        y = k * pitch - em * kit.between(0.85, 1.08)
        count = kit.whole(1, max(1, int(sheet.width / em / 6)))
        by.write(sheet, text.numbers(kit, min(count, 4)), em * kit.between(1, 2), y, em)
    return papers.taken(kit, sheet)


def squared_paper(kit: Kit) -> Sample:
    """Squared paper, a digit or a half to a square."""
    sheet = white(kit, *size(kit, kit.between(0.8, 1.4)))
    em = height_for(kit, sheet)
    pitch = em * kit.pick((0.55, 0.7, 1.1, 1.25))
    papers.squared(kit, sheet, pitch)
    by = any_hand(kit, pen(kit))
    step = pitch * (2 if pitch < em else 1) + em * kit.between(0.3, 1)
    y = 2 * step
    for _ in range(kit.whole(2, 7)):
        if y + 2 * em < sheet.height:
            by.write(sheet, text.numbers(kit, kit.whole(1, 2)), em * kit.between(1.2, 3), y, em)
        y += step
    return papers.taken(kit, sheet)


def sticky_note(kit: Kit) -> Sample:
    """A coloured note on a table or a wall, with one or two numbers."""
    side = kit.whole(360, 900)
    colour = kit.pick(((250.0, 238, 130), (255, 190, 140), (180, 230, 250), (190, 240, 170), (250, 180, 210)))
    sheet = blank(side, side, colour, kit.rng, 4)
    em = side / kit.between(5.5, 9)
    by, y = any_hand(kit, pen(kit)), side * kit.between(0.15, 0.3)
    for _ in range(kit.whole(1, 3)):
        by.write(sheet, text.number(kit, 2, 5), side * kit.between(0.1, 0.2), y, em, rise=kit.around(0.03, 0.03))
        y += em * kit.between(1.5, 2)
    into = round(side * kit.between(1.4, 2.2)), round(side * kit.between(1.3, 2))
    around = kit.pick((textures.ground, textures.wall))(kit, *into)
    return camera.photographed(kit, sheet, into, phone(kit, kit.between(0.5, 0.85)), around)


def folded(kit: Kit) -> Sample:
    """A sheet that was folded: each part lit in another way, with a crease between."""
    sheet = white(kit, *size(kit))
    some_lines(kit, sheet, any_hand(kit, pen(kit)), height_for(kit, sheet), kit.whole(3, 7))
    for axis in kit.pick(((0,), (1,), (0, 1))):
        at = round(sheet.pixels.shape[axis] * kit.between(0.42, 0.58))
        away = np.abs(np.arange(sheet.pixels.shape[axis]) - at) / sheet.pixels.shape[axis]
        side = np.where(np.arange(sheet.pixels.shape[axis]) < at, 1.0, kit.between(0.75, 0.92))
        light = side * (1 - kit.between(0.1, 0.3) * np.exp(-(away * 250)))
        sheet.pixels *= (
            light.astype(np.float32)[:, None, None] if axis == 0 else light.astype(np.float32)[None, :, None]
        )
    return papers.on_table(kit, sheet)


def show_through(kit: Kit) -> Sample:
    """Thin paper: what stands on its back shows through, mirrored."""
    width, height = size(kit)
    back = blank(width, height, (255, 255, 255), kit.rng)
    lines, em = printed(kit, Pen((0, 0, 0))), width / kit.between(28, 40)
    for y in np.arange(height * 0.06, height * 0.9, em * kit.between(1.6, 2.4)):
        lines.write(back, text.words(kit, kit.whole(3, 5)), width * 0.08, float(y), em)
    sheet = white(kit, width, height)
    seen = cv2.GaussianBlur(back.pixels[:, ::-1], (0, 0), width / 900)
    sheet.pixels *= 1 - kit.between(0.06, 0.16) * (1 - seen / 255)
    some_lines(kit, sheet, any_hand(kit, pen(kit)), height_for(kit, sheet), kit.whole(3, 6))
    return camera.scanned(kit, sheet) if kit.chance(0.6) else papers.close(kit, sheet)


def pen_beside(kit: Kit) -> Sample:
    """A sheet with a pen lying beside the numbers."""
    sheet = white(kit, *size(kit))
    em = height_for(kit, sheet)
    some_lines(kit, sheet, any_hand(kit, pen(kit)), em, kit.whole(2, 5))
    right = max(float(digit.hull[:, 0].max()) for digit in sheet.digits)
    below = max(float(digit.hull[:, 1].max()) for digit in sheet.digits)
    thick, long = sheet.width * kit.between(0.018, 0.04), sheet.width * kit.between(0.5, 0.8)
    angle = kit.between(-0.25, 0.25) + (np.pi / 2 if right < 0.8 * sheet.width and kit.chance(0.6) else 0)
    beside = angle > 1
    x0 = min(right + em + 0.2 * long, sheet.width * 0.97) if beside else sheet.width * 0.12
    y0 = sheet.height * 0.1 if beside else min(below + em + 0.3 * long, sheet.height * 0.95)
    x1, y1 = x0 + long * np.cos(angle), y0 + long * np.sin(angle)
    body = tuple(kit.rng.uniform(10, 230, 3).tolist())
    sheet.stroke(
        [(x0 + thick / 2, y0 + thick / 2), (x1 + thick / 2, y1 + thick / 2)], thick, Pen((60, 60, 60), opacity=0.5)
    )
    sheet.stroke([(x0, y0), (x1, y1)], thick, Pen(body))
    sheet.stroke([(x0, y0 - thick / 5), (x1, y1 - thick / 5)], thick / 6, Pen((255, 255, 255), opacity=0.6))
    return papers.close(kit, sheet) if kit.chance(0.5) else papers.on_table(kit, sheet)


def shadow_across(kit: Kit) -> Sample:
    """A deep shadow that falls across the writing, or light from one side."""
    sheet = white(kit, *size(kit))
    some_lines(kit, sheet, any_hand(kit, pen(kit)), height_for(kit, sheet), kit.whole(3, 6))
    return papers.close(kit, sheet, shadow=kit.between(0.4, 0.72), shade=kit.between(0, 0.6))


def crooked(kit: Kit) -> Sample:
    """A sheet that lies well askew: turned by 4 to 10 degrees."""
    sheet = white(kit, *size(kit, kit.between(0.7, 1.4)))
    if kit.chance(0.5):
        papers.ruled(kit, sheet, sheet.height / kit.between(12, 24), sheet.height / 10)
    some_lines(kit, sheet, any_hand(kit, pen(kit)), height_for(kit, sheet), kit.whole(2, 5))
    turn = kit.pick((-1, 1)) * kit.between(0.07, 0.175)
    return papers.on_table(kit, sheet, turn=turn) if kit.chance(0.6) else camera.scanned(kit, sheet, turn)


def uphill(kit: Kit) -> Sample:
    """Lines that rise or fall on blank paper."""
    sheet = white(kit, *size(kit, kit.between(0.7, 1.3)))
    em = height_for(kit, sheet)
    rise = kit.pick((-1, 1)) * kit.between(0.03, 0.11)
    by, y = any_hand(kit, pen(kit)), sheet.height * kit.between(0.2, 0.3)
    for _ in range(kit.whole(2, 5)):
        if em < y < sheet.height - 3 * em:
            count = max(1, min(4, int(sheet.width / em / 5)))
            by.write(sheet, text.numbers(kit, count), sheet.width * 0.12, y, em, rise=rise)
        y += em * kit.between(2, 2.8)
    return papers.taken(kit, sheet)


def pencil(kit: Kit) -> Sample:
    """Pencil of low contrast."""
    sheet = white(kit, *size(kit))
    if kit.chance(0.4):
        papers.squared(kit, sheet, sheet.width / kit.between(25, 45))
    tone = kit.between(95, 150)
    lead = Pen((tone, tone, tone + 4), kit.between(0.06, 0.12), kit.between(0.75, 0.95), kit.between(0.3, 0.7))
    by = by_hand(kit, lead) if kit.chance(0.7) else hand_font(kit, lead)
    some_lines(kit, sheet, by, height_for(kit, sheet), kit.whole(2, 6))
    return papers.close(kit, sheet) if kit.chance(0.6) else camera.scanned(kit, sheet)


def noisy_photo(kit: Kit) -> Sample:
    """A photo taken in poor light: noise, blur, strong JPEG."""
    width, height = round(kit.between(600, 1300)), round(kit.between(600, 1300))
    sheet = white(kit, width, height)
    em = max(width / kit.between(9, 18), 0.022 * max(width, height))
    some_lines(kit, sheet, any_hand(kit, pen(kit)), em, kit.whole(2, 5))
    poor = {"noise": kit.between(9, 20), "jpeg": kit.whole(18, 45), "exposure": kit.between(0.4, 0.75)}
    return papers.close(kit, sheet, blur_px=kit.between(0.8, 1.6), **poor)
