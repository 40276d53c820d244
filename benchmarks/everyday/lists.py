"""Columns, lists, running lines, and whole pages of numbers."""

import numpy as np

from everyday import camera, papers, text
from everyday.kit import Kit
from everyday.papers import pen, print_pen, size, white
from everyday.sample import Sample
from everyday.sheet import Pen
from everyday.writer import any_hand, by_hand, european, hand_font, printed


def column(kit: Kit) -> Sample:
    """A column of single digits, one close below the other."""
    em = kit.between(28, 90)
    rows, pitch = kit.whole(5, 11), em * kit.between(1.12, 1.5)
    sheet = white(kit, round(em * kit.between(3, 8)), round(rows * pitch + 2 * em))
    by = any_hand(kit, pen(kit)) if kit.chance(0.8) else printed(kit, print_pen(kit))
    middle = sheet.width * kit.between(0.35, 0.6)
    for row in range(rows):
        digit = str(kit.whole(0, 9)) if kit.chance(0.8) else "1"
        at = middle + kit.around(0, 0.07) * em
        by.centred(sheet, digit, at, 1.1 * em + row * pitch, em, sheet.new_line())
    return papers.taken(kit, sheet)


def framed_list(kit: Kit) -> Sample:
    """A frame around a list of numbers."""
    em = kit.between(28, 80)
    rows, pitch = kit.whole(3, 8), em * kit.between(1.4, 1.9)
    longest = kit.whole(1, 4)
    sheet = white(kit, round(em * (longest + kit.between(3.5, 6))), round(rows * pitch + 3.4 * em))
    ink = pen(kit)
    by, wobble = any_hand(kit, ink), kit.pick((0.0, 0.0, 0.02)) * em
    near, far = em * kit.between(0.6, 1.1), (sheet.width, sheet.height)
    corners = [(near, near), (far[0] - near, near), (far[0] - near, far[1] - near), (near, far[1] - near), (near, near)]
    sheet.stroke(
        [(x, y) for x, y in corners], em * kit.between(0.03, 0.1), ink if wobble else Pen((30, 30, 32)), wobble
    )
    for row in range(rows):
        by.write(sheet, text.number(kit, 1, longest), near + em * kit.between(0.8, 1.2), 1.8 * em + row * pitch, em)
    return papers.taken(kit, sheet)


def addition(kit: Kit) -> Sample:
    """Numbers below each other, a plus, a rule, and their sum."""
    em = kit.between(30, 80)
    terms = [kit.whole(1, 9999) for _ in range(kit.whole(2, 4))]
    pitch, right = em * kit.between(1.3, 1.6), em * kit.between(6, 7)
    sheet = white(kit, round(right + em * kit.between(1.5, 4)), round((len(terms) + 1) * pitch + 3 * em))
    if kit.chance(0.3):
        papers.squared(kit, sheet, em * kit.between(0.9, 1.2))
    ink = pen(kit)
    by, y = any_hand(kit, ink), 1.2 * em
    step = em * kit.between(0.78, 0.95)
    for k, number in enumerate([*terms, sum(terms)]):
        line = sheet.new_line()
        if k == len(terms) - 1:
            by.write(sheet, "+", right - 5.6 * em, y, em)
        if k == len(terms):
            rule = y - 0.2 * em + kit.around(0, 0.05) * em
            ends = [(right - 5.5 * em, rule), (right + 0.4 * em, rule + kit.around(0, 0.06) * em)]
            sheet.stroke(ends, em * 0.07, ink, 0.01 * em)
            y += 0.15 * em
        for place, digit in enumerate(str(number)):
            middle = right - (len(str(number)) - place - 0.5) * step
            by.centred(sheet, digit, middle, y + kit.around(0, 0.04) * em, em, line)
        y += pitch
    return papers.taken(kit, sheet)


def running_columns(kit: Kit) -> Sample:
    """Two columns of running lines, far apart: the left one is read first."""
    em = kit.between(18, 38)
    by = by_hand(kit, pen(kit), gap=0.12) if kit.chance(0.5) else printed(kit, print_pen(kit))
    rows, pitch = kit.whole(4, 9), em * kit.between(1.7, 2.1)
    wide, apart = em * kit.between(10, 14), em * kit.between(5.5, 8)
    sheet = white(kit, round(2 * wide + apart + 3 * em), round((rows + 1.5) * pitch + 3 * em))
    for side in range(2):
        left, y = 1.5 * em + side * (wide + apart), 1.5 * em + side * pitch * kit.between(0.35, 0.6)
        for _ in range(rows - side * kit.whole(0, 2)):
            line, x = sheet.new_line(), left
            while True:
                digits = text.number(kit, 2, 5)
                if x + by.width(digits, em) > left + wide:
                    break
                x = by.write(sheet, digits, x, y, em, line).right + 0.7 * em
            y += pitch
    return papers.taken(kit, sheet)


def scanned_a4(kit: Kit) -> Sample:
    """One small number on a scanned A4 page."""
    dpi = kit.pick([dpi for dpi in (100, 150, 150, 200, 300) if dpi == 100 or 96.7 * dpi**2 < kit.max_px])
    width, height = round(8.27 * dpi), round(11.69 * dpi)
    sheet = white(kit, width, height)
    em = max(dpi * kit.between(0.15, 0.32), height / 100)
    by = any_hand(kit, pen(kit)) if kit.chance(0.7) else printed(kit, print_pen(kit))
    x, y = kit.between(0.15, 0.7) * width, kit.between(0.08, 0.85) * height
    by.write(sheet, text.number(kit, 1, 5), x, y, em)
    return camera.scanned(kit, sheet)


def dense_page(kit: Kit) -> Sample:
    """A page of 600 to 900 digits, by hand or in print."""
    width, height = round(kit.between(1500, 2000)), round(kit.between(2000, 2600))
    sheet = white(kit, width, height)
    which = kit.whole(0, 3)
    ink = pen(kit)
    by = (by_hand(kit, ink, jitter=0.03, gap=0.12), by_hand(kit, ink, jitter=0.05, gap=0.15), hand_font(kit, ink),
          printed(kit, print_pen(kit)))[which]  # fmt: skip
    rows = kit.whole(22, 28)
    pitch = (height - 240) / rows
    em = min(pitch / kit.between(1.6, 1.9), width / 32)
    if kit.chance(0.3):
        papers.ruled(kit, sheet, pitch, 120 + 1.05 * em)
    for row in range(rows):
        line, x, y = sheet.new_line(), em * 1.6, 120 + row * pitch
        while True:
            digits = text.number(kit, 3, 6)
            if x + by.width(digits, em) > width - 2.2 * em:
                break
            x = by.write(sheet, digits, x, y, em, line).right + 0.8 * em
    return camera.scanned(kit, sheet) if kit.chance(0.6) else papers.close(kit, sheet)


def printed_lines(kit: Kit) -> Sample:
    """Lines of forty printed digits without spaces, as of a table of random numbers."""
    em = kit.between(12, 20)
    rows, count, pitch = kit.whole(4, 7), kit.whole(30, 44), em * kit.between(2, 2.8)
    by = printed(kit, print_pen(kit))
    sheet = white(kit, round(by.width("0" * count, em) + 4 * em), round(rows * pitch + 3 * em))
    for row in range(rows):
        by.write(sheet, text.number(kit, count, count), 2 * em, 2 * em + row * pitch, em)
    return camera.scanned(kit, sheet) if kit.chance(0.4) else camera.saved(kit, sheet)


def sizes_mixed(kit: Kit) -> Sample:
    """Small numbers beside one three times as large."""
    sheet = white(kit, *size(kit, kit.between(0.8, 1.3)))
    small = max(sheet.width / kit.between(24, 32), max(sheet.pixels.shape) / 75)
    large = small * kit.between(2.4, 3.6)
    by, y = any_hand(kit, pen(kit)), sheet.height * 0.1
    by.write(sheet, text.number(kit, 2, 3), sheet.width * 0.15, y, large)
    y += large * 1.5
    for _ in range(kit.whole(2, 5)):
        if y + 2 * small < sheet.height:
            by.write(sheet, text.numbers(kit, kit.whole(1, 3), 2, 4), sheet.width * 0.15, y, small)
        y += small * kit.between(1.9, 2.4)
    return papers.taken(kit, sheet)


def european_digits(kit: Kit) -> Sample:
    """A European hand: the 1 with a long flag, the 7 with a bar, the 9 with a straight stem."""
    sheet = white(kit, *size(kit, kit.between(0.6, 1.2)))
    em = max(sheet.width / kit.between(11, 22), max(sheet.pixels.shape) / 60)
    if kit.chance(0.4):
        papers.squared(kit, sheet, em * kit.between(0.5, 0.7))
    by, y = european(kit, pen(kit)), sheet.height * 0.12
    for _ in range(kit.whole(2, 5)):
        digits = "".join(kit.pick("1117794012356") for _ in range(kit.whole(2, 5)))
        if y + 1.5 * em < sheet.height:
            by.write(sheet, digits, sheet.width * kit.between(0.08, 0.2), y, em)
        y += em * kit.between(1.6, 2.2)
    return papers.taken(kit, sheet)


def whole_page_by_hand(kit: Kit) -> Sample:
    """A page of some 100 to 250 digits by hand, ragged, with empty lines, as notes are."""
    sheet = white(kit, *size(kit))
    em = max(sheet.width / kit.between(24, 32), max(sheet.pixels.shape) / 70)
    by, y, pitch = any_hand(kit, pen(kit)), sheet.height * 0.06, em * kit.between(1.7, 2.2)
    while y + 2 * em < sheet.height * 0.96:
        if kit.chance(0.85):
            count = max(1, int(float(np.sqrt(kit.rng.random())) * sheet.width / em / 4.6))
            by.write(sheet, text.numbers(kit, min(count, 6)), sheet.width * 0.08, y, em, rise=kit.around(0, 0.004))
        y += pitch
    return papers.taken(kit, sheet)
