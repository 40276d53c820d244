"""Numbers in forms, boxes, tables, sudokus, calendars and receipts: a row is one line, read across."""

import numpy as np

from everyday import camera, papers, text
from everyday.kit import Kit
from everyday.papers import pen, print_pen, size, white
from everyday.sample import Sample
from everyday.sheet import Pen, Sheet
from everyday.writer import Writer, any_hand, by_hand, printed


def line_pen(kit: Kit) -> Pen:
    """Return what lines of forms and tables are printed or drawn with: black, grey or a colour."""
    return Pen(kit.pick(((30.0, 30, 32), (30, 30, 32), (120, 120, 125), (90, 120, 180), (200, 90, 80))))


def boxes(kit: Kit, sheet: Sheet, by: Writer, at: tuple[float, float], digits: str, em: float, line: int) -> float:
    """Draw a form's boxes with a digit in each, some of which touch their box; return the right end."""
    (x, y), wide, tall = at, em * kit.between(1.0, 1.35), em * kit.between(1.15, 1.5)
    lines, thick = line_pen(kit), max(1.0, em * kit.between(0.025, 0.07))
    comb = kit.chance(0.3)  # teeth on a line
    for k in range(len(digits) + 1):
        sheet.stroke([(x + k * wide, y + (0.55 * tall if comb else 0)), (x + k * wide, y + tall)], thick, lines)
    for level in (y + tall,) if comb else (y, y + tall):
        sheet.stroke([(x, level), (x + len(digits) * wide, level)], thick, lines)
    for k, digit in enumerate(digits):
        shift = kit.around(0, 0.06) if kit.chance(0.7) else kit.pick((-0.2, 0.2))
        below = kit.around(0, 0.06) if kit.chance(0.7) else kit.pick((-0.22, 0.26))
        by.centred(sheet, digit, x + (k + 0.5) * wide + shift * em, y + (tall - em) / 2 + below * em, em, line)
    return x + len(digits) * wide


def form_boxes(kit: Kit) -> Sample:
    """A form with a box for each digit, which some digits touch."""
    em = kit.between(26, 90)
    count = kit.whole(5, 9)
    width, height = round(em * (count * 1.4 + kit.between(2, 4))), round(em * kit.between(2.5, 3.4))
    rows = kit.whole(1, 3)
    sheet = white(kit, width, height * rows)
    by, words = any_hand(kit, pen(kit)), printed(kit, print_pen(kit))
    for row in range(rows):
        y = row * height + em * kit.between(0.9, 1.1)
        if kit.chance(0.5):
            words.write(sheet, kit.pick(text.LABELS) + ":", em, y - 0.7 * em, max(14, em * 0.38))
        boxes(kit, sheet, by, (em * kit.between(0.7, 1.1), y), text.number(kit, count - 2, count), em, sheet.new_line())
    return papers.taken(kit, sheet)


def form(kit: Kit) -> Sample:
    """A form with printed labels, and numbers written by hand on dotted or plain lines, or in boxes."""
    sheet = white(kit, *size(kit, kit.between(0.65, 1.2)))
    em = max(sheet.width / kit.between(20, 34), max(sheet.pixels.shape) / 75)
    by, words = any_hand(kit, pen(kit)), printed(kit, print_pen(kit))
    small, y = em * kit.between(0.55, 0.85), em * kit.between(2.5, 4)
    if kit.chance(0.5):
        words.write(sheet, text.words(kit, 2), sheet.width * 0.3, em, em * 1.1)
    right = sheet.width * kit.between(0.28, 0.36)
    style = kit.whole(0, 2)
    for label in kit.rng.permutation(text.LABELS)[: kit.whole(3, 7)]:
        if y + 2 * em > sheet.height:
            break
        words.write(sheet, f"{label}:", sheet.width * 0.08, y + em - small, small)
        if style == 0:
            boxes(kit, sheet, by, (right, y - 0.2 * em), text.number(kit, 2, 7), em, sheet.new_line())
        else:
            if style == 1:
                sheet.stroke(
                    [(right - em / 2, y + 1.1 * em), (sheet.width * 0.9, y + 1.1 * em)], em / 20, line_pen(kit)
                )
            by.write(sheet, text.number(kit, 2, 7), right, y + em * kit.around(0, 0.06), em)
        y += em * kit.between(1.9, 2.6)
    return papers.taken(kit, sheet)


def grid(sheet: Sheet, xs: list[float], ys: list[float], thick: float, lines: Pen) -> None:
    """Draw a table's lines."""
    for x in xs:
        sheet.stroke([(x, ys[0]), (x, ys[-1])], thick, lines)
    for y in ys:
        sheet.stroke([(xs[0], y), (xs[-1], y)], thick, lines)


def table(kit: Kit) -> Sample:
    """A table with lines, a printed head, and names in its first column."""
    sheet = white(kit, *size(kit, kit.between(0.7, 1.2)))
    em = max(sheet.width / kit.between(24, 36), max(sheet.pixels.shape) / 80)
    columns, rows = kit.whole(2, 4), kit.whole(3, 8)
    tall, first, wide = em * kit.between(1.5, 2), em * kit.between(6, 7.5), em * kit.between(3.2, 4)
    left, top = em * kit.between(1, 2), em * kit.between(1, 2.5)
    columns = min(columns, int((sheet.width - left - first - em) / wide))
    rows = min(rows, int((sheet.height - top) / tall) - 1)
    xs = [left, *(left + first + k * wide for k in range(columns + 1))]
    grid(sheet, xs, [top + k * tall for k in range(rows + 1)], max(1, em * kit.between(0.02, 0.06)), line_pen(kit))
    words, by = printed(kit, print_pen(kit)), any_hand(kit, pen(kit))
    small = em * 0.75
    for x in xs[1:-1]:
        words.write(sheet, kit.pick(("Mon", "Tue", "May", "Jan", "Test", "Week")), x + 0.3 * em, top + 0.4 * em, small)
    for row in range(1, rows):
        line, y = sheet.new_line(), top + row * tall + (tall - em) * kit.between(0.35, 0.65)
        words.write(sheet, kit.pick(text.NAMES), left + 0.4 * em, y + em - small, small)
        for x in xs[1:-1]:
            digits = text.number(kit, 1, 3)
            by.write(sheet, digits, x + kit.between(0.15, max(0.2, 3 - 0.9 * len(digits))) * em, y, em, line)
    return papers.taken(kit, sheet)


def small_table(kit: Kit) -> Sample:
    """A small, narrow table: two or three columns of one or two digits, close to their lines."""
    em = kit.between(22, 70)
    columns, rows = kit.whole(2, 3), kit.whole(4, 10)
    wide, tall = em * kit.between(1.4, 2), em * kit.between(1.15, 1.5)
    sheet = white(kit, round(columns * wide + 2 * em), round(rows * tall + 2 * em))
    xs, ys = [em + k * wide for k in range(columns + 1)], [em + k * tall for k in range(rows + 1)]
    grid(sheet, xs, ys, max(1, em * kit.between(0.02, 0.08)), line_pen(kit))
    by = any_hand(kit, pen(kit))
    for y in ys[:-1]:
        line = sheet.new_line()
        for x in xs[:-1]:
            digits = str(kit.whole(0, 9)) if wide < 1.75 * em or kit.chance(0.6) else str(kit.whole(10, 99))
            left = x + max(0.05 * em, (wide - by.width(digits, em)) / 2 + kit.around(0, 0.1) * em)
            by.write(sheet, digits, left, y + (tall - em) / 2 + kit.around(0, 0.06) * em, em, line)
    return papers.taken(kit, sheet)


def plain_table(kit: Kit) -> Sample:
    """A table without lines: the cells of a row stand apart, aligned below each other."""
    em = kit.between(24, 60)
    columns, rows, longest = kit.whole(2, 5), kit.whole(3, 8), kit.whole(2, 4)
    by = any_hand(kit, pen(kit)) if kit.chance(0.6) else printed(kit, print_pen(kit))
    wide = by.width("0" * longest, em) + em * kit.between(1.2, 2.2)
    pitch = em * kit.between(1.7, 2.4)
    sheet = white(kit, round(columns * wide + 3 * em), round(rows * pitch + 3 * em))
    for row in range(rows):
        line = sheet.new_line()
        for column in range(columns):
            digits = text.number(kit, max(1, longest - 1), longest)
            indent = by.width("0" * (longest - len(digits)), em)
            by.write(sheet, digits, 1.5 * em + column * wide + indent, 1.5 * em + row * pitch, em, line)
    return papers.taken(kit, sheet)


def sudoku(kit: Kit) -> Sample:
    """A sudoku, printed, with some of its cells filled in by hand."""
    em = kit.between(22, 60)
    side, edge = em * kit.between(1.3, 2.0), em * kit.between(0.6, 2)
    sheet = white(kit, *(round(9 * side + 2 * edge),) * 2)
    lines, thin = Pen((20, 20, 22)), max(0.8, em * kit.between(0.02, 0.04))
    at = [edge + k * side for k in range(10)]
    grid(sheet, at, at, thin, lines)
    grid(sheet, at[::3], at[::3], thin * kit.between(2.2, 3.5), lines)
    given, by = printed(kit, Pen((25, 25, 28))), any_hand(kit, pen(kit))
    if kit.chance(0.3):
        given = by
    filled, by_printer = kit.between(0.3, 0.6), kit.between(0.3, 1)
    for y in at[:-1]:
        line = sheet.new_line()
        for x in at[:-1]:
            if kit.chance(filled):
                one, digit = (given if kit.chance(by_printer) else by), str(kit.whole(1, 9))
                top = y + (side - em) / 2 + kit.around(0, 0.04) * em
                one.centred(sheet, digit, x + side / 2 + kit.around(0, 0.05) * em, top, em, line)
    return papers.taken(kit, sheet)


def calendar(kit: Kit) -> Sample:
    """A month of a printed calendar."""
    em = kit.between(18, 40)
    wide, tall = em * kit.between(2.2, 3), em * kit.between(2, 3.2)
    sheet = white(kit, round(7 * wide + 2 * em), round(7 * tall + 4 * em))
    words = printed(kit, print_pen(kit))
    words.write(sheet, kit.pick(("May", "June", "Juli", "avril", "March")), 2 * em, em, 1.4 * em)
    top, days, before = 3.6 * em, kit.whole(28, 31), kit.whole(0, 6)
    for k, weekday in enumerate(text.WEEKDAYS):
        words.write(sheet, weekday, em + k * wide + 0.3 * em, top, 0.8 * em)
    weeks = (days + before + 6) // 7
    if kit.chance(0.5):
        xs, ys = [em + k * wide for k in range(8)], [top + (k + 1) * tall - 0.6 * em for k in range(weeks + 1)]
        grid(sheet, xs, ys, max(1, em / 25), line_pen(kit))
    rows = [sheet.new_line() for _ in range(weeks)]
    for day in range(1, days + 1):
        row, column = divmod(day - 1 + before, 7)
        words.write(sheet, str(day), em + column * wide + 0.4 * em, top + (row + 1) * tall - 0.3 * em, em, rows[row])
    return papers.taken(kit, sheet)


def receipt(kit: Kit) -> Sample:
    """A receipt: printed words with amounts at the right."""
    em = kit.between(16, 34)
    faces = [face for face in kit.stock.print if "mono" in face.path or "anonymous" in face.path]
    words = printed(kit, Pen((50, 50, 56), 0.0, kit.between(0.7, 0.95)), faces)
    rows = kit.whole(6, 14)
    width, pitch = round(em * kit.between(20, 24)), em * kit.between(1.6, 1.9)
    sheet = white(kit, width, round((rows + 4) * pitch + 4 * em))
    words.write(sheet, kit.pick(text.SURNAMES).upper(), em * kit.between(4, 8), em, 1.2 * em)
    y = em * 3.5
    words.write(sheet, text.date(kit), em, y, em)
    for _ in range(rows):
        y += pitch
        price, line = f"{kit.whole(0, 99)}{kit.pick('.,')}{kit.whole(0, 99):02d}", sheet.new_line()
        words.write(sheet, text.word(kit, 0.1)[:9], em, y, em)
        if kit.chance(0.2):
            words.write(sheet, f"{kit.whole(2, 9)} x", em * 10, y, em, line)
        words.write(sheet, price, width - words.width(price, em) - em, y, em, line)
    total = f"{kit.whole(20, 300)}{kit.pick('.,')}{kit.whole(0, 99):02d}"
    words.write(sheet, "TOTAL", em, y + 1.6 * pitch, em)
    words.write(sheet, total, width - words.width(total, em) - em, y + 1.6 * pitch, em)
    return papers.on_table(kit, sheet) if kit.chance(0.6) else papers.close(kit, sheet)


def marks_by_hand(kit: Kit) -> Sample:
    """A table drawn with a ruler or by hand, filled by hand."""
    em = kit.between(28, 70)
    columns, rows = kit.whole(2, 4), kit.whole(3, 6)
    wide, tall = em * kit.between(2.8, 3.6), em * kit.between(1.5, 2.1)
    sheet = white(kit, round(columns * wide + 3 * em), round(rows * tall + 3 * em))
    ink = pen(kit)
    by = by_hand(kit, ink)
    thick, wobble = max(1.0, em * (ink.stroke or 0.09) * 0.8), em * kit.pick((0.0, 0.015, 0.03))
    left, top = em * kit.between(0.8, 1.5), em * kit.between(0.8, 1.5)
    for k in range(columns + 1):
        x = left + k * wide + kit.around(0, 0.03) * em
        sheet.stroke([(x, top), (x + kit.around(0, 0.06) * em, top + rows * tall)], thick, ink, wobble)
    for k in range(rows + 1):
        y = top + k * tall + kit.around(0, 0.03) * em
        sheet.stroke([(left, y), (left + columns * wide, y + kit.around(0, 0.06) * em)], thick, ink, wobble)
    for row in range(rows):
        line = sheet.new_line()
        for column in range(columns):
            digits = text.number(kit, 1, 3)
            x = left + column * wide + float(np.clip(kit.around(0.5, 0.2), 0.2, 0.9)) * em
            by.write(sheet, digits, x, top + row * tall + (tall - em) * kit.between(0.35, 0.65), em, line)
    return camera.scanned(kit, sheet) if kit.chance(0.4) else papers.close(kit, sheet)
