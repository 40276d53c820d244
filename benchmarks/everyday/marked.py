"""Numbers that are underlined, circled, framed, or stand beside words, crossed out or not."""

import numpy as np

from everyday import papers, text
from everyday.kit import Kit
from everyday.papers import pen, print_pen, size, white
from everyday.sample import Sample
from everyday.sheet import Pen, Sheet
from everyday.writer import Span, Writer, any_hand, hand_font, printed


def _note(kit: Kit) -> tuple[Sheet, float, Pen, Writer]:
    """Return a small sheet, the height of digits on it, a pen, and who writes with it."""
    sheet, ink = white(kit, *size(kit, kit.between(0.5, 1.2))), pen(kit)
    em = max(sheet.width / kit.between(10, 24), max(sheet.pixels.shape) / 60)
    return sheet, em, ink, any_hand(kit, ink)


def underline(kit: Kit, sheet: Sheet, span: Span, em: float, ink: Pen) -> None:
    """Underline a text, once or twice; in half of all cases so near that the line touches it."""
    y = span.bottom + em * (kit.between(-0.06, 0.04) if kit.chance(0.5) else kit.between(0.08, 0.25))
    for k in range(2 if kit.chance(0.25) else 1):
        at = y + k * em * kit.between(0.12, 0.2)
        ends = [(span.left - em * kit.between(-0.05, 0.4), at), (span.right + em * kit.between(-0.1, 0.5), at)]
        slope = kit.around(0, 0.05) * em
        sheet.stroke([ends[0], (ends[1][0], ends[1][1] + slope)], em * kit.between(0.05, 0.11), ink, 0.012 * em)


def circle(kit: Kit, sheet: Sheet, span: Span, em: float, ink: Pen) -> None:
    """Draw a ring by hand around a text; its ends do not quite meet."""
    middle = (span.left + span.right) / 2, (span.top + span.bottom) / 2
    half = (span.right - span.left) / 2 * 1.2 + 0.35 * em, (span.bottom - span.top) / 2 * 1.15 + 0.3 * em
    angles = np.linspace(0, 2 * np.pi * kit.between(0.95, 1.12), 40) + kit.between(0, 6)
    swell = 1 + 0.05 * np.sin(angles * 2 + kit.between(0, 6))
    points = [(middle[0] + half[0] * np.cos(a) * s, middle[1] + half[1] * np.sin(a) * s)
              for a, s in zip(angles, swell, strict=True)]  # fmt: skip
    sheet.stroke(points, em * kit.between(0.05, 0.11), ink)


def underlined(kit: Kit) -> Sample:
    """Underlined numbers; the line may touch them."""
    sheet, em, ink, by = _note(kit)
    y = em * kit.between(1, 2)
    for _ in range(kit.whole(1, 3)):
        if y + 2 * em < sheet.height:
            span = by.write(sheet, text.number(kit, 2, 6), sheet.width * kit.between(0.1, 0.25), y, em)
            underline(kit, sheet, span, em, ink)
        y += em * kit.between(2, 2.6)
    return papers.taken(kit, sheet)


def circled(kit: Kit) -> Sample:
    """Numbers in a row or below each other, one or more of them circled."""
    sheet, em, ink, by = _note(kit)
    red = Pen((190, 30, 36)) if kit.chance(0.3) else ink
    y, below = em * kit.between(1.6, 2.2), kit.chance(0.5)
    line, x = sheet.new_line(), sheet.width * 0.12
    for k in range(kit.whole(2, 4)):
        digits = text.number(kit, 1, 3)
        if y + 2 * em > sheet.height or x + 3 * em > sheet.width:
            break
        span = by.write(sheet, digits, x, y, em, line)
        if k == 0 or kit.chance(0.4):
            circle(kit, sheet, span, em, red)
        x, y = (x, y + em * 2.2) if below else (span.right + em * 1.9, y)
        line = sheet.new_line() if below else line
    return papers.taken(kit, sheet)


def framed(kit: Kit) -> Sample:
    """Numbers in frames drawn around them, as results are marked."""
    sheet, em, ink, by = _note(kit)
    y = em * kit.between(1.4, 2.2)
    for k in range(kit.whole(1, 4)):
        if y + 2 * em < sheet.height:
            span = by.write(sheet, text.number(kit, 1, 5), sheet.width * kit.between(0.12, 0.25), y, em)
            if k == 0 or kit.chance(0.5):
                near = em * kit.between(0.12, 0.45)
                left, top, right, bottom = span.left - near, span.top - near, span.right + near, span.bottom + near
                corners = [(left, top), (right, top), (right, bottom), (left, bottom), (left, top)]
                sheet.stroke([(x, at) for x, at in corners], em * kit.between(0.05, 0.1), ink, 0.015 * em)
        y += em * kit.between(2.1, 2.7)
    return papers.taken(kit, sheet)


def crossed_out(kit: Kit) -> Sample:
    """Words that are crossed out, with numbers beside them."""
    sheet, em, ink, by = _note(kit)
    letters = hand_font(kit, ink)
    y = em * kit.between(1, 2)
    for _ in range(kit.whole(2, 5)):
        if y + 2 * em > sheet.height:
            break
        x = sheet.width * 0.08
        if kit.chance(0.75):
            span = letters.write(sheet, text.word(kit, 0), x, y, em * 0.95)
            for _ in range(kit.whole(1, 3)):
                at = span.top + em * kit.between(0.35, 0.75)
                ends = [(span.left - 0.1 * em, at), (span.right + 0.1 * em, at + em * kit.around(0, 0.1))]
                sheet.stroke(ends, em * 0.08, ink, 0.03 * em)
            x = span.right + em * kit.between(0.6, 1.2)
        if x + 3 * em < sheet.width:
            by.write(sheet, text.number(kit, 1, 4), x, y, em)
        y += em * kit.between(1.9, 2.5)
    return papers.taken(kit, sheet)


def words_beside(kit: Kit) -> Sample:
    """Words beside digits: rooms, weights, units; by hand or in print."""
    sheet, em, ink, by = _note(kit)
    if kit.chance(0.35):
        by = printed(kit, print_pen(kit))
    letters = by if by.drawn is None else hand_font(kit, ink)
    y = em * kit.between(1, 1.8)
    for _ in range(kit.whole(2, 5)):
        if y + 2 * em > sheet.height:
            break
        before = kit.chance(0.5)
        x, digits = sheet.width * 0.08, text.number(kit, 1, 4)
        if before:
            x = letters.write(sheet, kit.pick(text.ROOMS), x, y, em).right + 0.6 * em
        span = by.write(sheet, digits, x, y, em)
        if not before or kit.chance(0.2):
            unit = kit.pick(text.UNITS) if kit.chance(0.6) else text.word(kit, 0.3)
            letters.write(sheet, unit, span.right + em * kit.between(0.3, 0.7), y, em)
        y += em * kit.between(1.9, 2.5)
    return papers.taken(kit, sheet)


def sentences(kit: Kit) -> Sample:
    """Printed text with a few numbers in it."""
    sheet = white(kit, *size(kit))
    em = max(sheet.width / kit.between(42, 60), max(sheet.pixels.shape) / 110, 13)
    by, y = printed(kit, print_pen(kit)), em * 3
    pitch = em * kit.between(1.8, 2.3)
    while y < sheet.height - 4 * em and sheet.lines < 8:
        line, x = None, em * 3
        while x < sheet.width - 10 * em:
            if kit.chance(0.1):
                line = sheet.new_line() if line is None else line
                x = by.write(sheet, text.number(kit, 1, 4), x, y, em, line).right + 0.55 * em
            else:
                x = by.write(sheet, text.word(kit, 0.15), x, y, em).right + 0.55 * em
        y += pitch
    return papers.taken(kit, sheet)


def address(kit: Kit) -> Sample:
    """An envelope with an address: the number of a house and a postcode among words."""
    width = round(kit.between(700, 1500))
    sheet = white(kit, width, round(width / kit.between(1.5, 2)))
    em, ink = width / kit.between(24, 32), pen(kit)
    by = any_hand(kit, ink) if kit.chance(0.7) else printed(kit, print_pen(kit))
    letters = by if by.drawn is None else hand_font(kit, ink)
    x, y = width * kit.between(0.3, 0.42), sheet.height * kit.between(0.35, 0.45)
    letters.write(sheet, f"{kit.pick(text.NAMES)} {kit.pick(text.SURNAMES)}", x, y, em)
    y += em * kit.between(1.8, 2.1)
    street, house, first = kit.pick(text.STREETS), text.number(kit, 1, 3), kit.chance(0.4)
    if first:
        letters.write(sheet, street, by.write(sheet, house, x, y, em).right + 0.6 * em, y, em)
    else:
        by.write(sheet, house, letters.write(sheet, street, x, y, em).right + 0.6 * em, y, em)
    y += em * kit.between(1.8, 2.1)
    letters.write(
        sheet, kit.pick(text.TOWNS), by.write(sheet, text.number(kit, 4, 5), x, y, em).right + 0.6 * em, y, em
    )
    stamp = width * 0.1
    sheet.fill(width - 1.5 * stamp, stamp * 0.4, width - 0.5 * stamp, stamp * 1.6, tuple(kit.rng.uniform(60, 220, 3)))
    return papers.on_table(kit, sheet) if kit.chance(0.6) else papers.taken(kit, sheet)
