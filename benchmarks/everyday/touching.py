"""Digits that touch, and 1s: in company, beside rulings, beside the edges of boxes."""

from everyday import camera, papers, text
from everyday.kit import Kit
from everyday.papers import pen, white
from everyday.sample import Sample
from everyday.sheet import Sheet
from everyday.tables import line_pen
from everyday.writer import Writer, any_hand, by_hand, european


def _meeting(kit: Kit, shortest: int, longest: int) -> Sample:
    """Write one to eight touching strings, well apart from each other."""
    em = kit.between(28, 110)
    ink = pen(kit)
    by = by_hand(kit, ink) if kit.chance(0.8) else european(kit, ink)
    columns, rows = (1 if longest > 3 else kit.whole(1, 3)), kit.whole(1, 4)
    wide, pitch = em * (longest * 0.75 + kit.between(1, 1.8)), em * kit.between(1.7, 2.3)
    sheet = white(kit, round(columns * wide + em), round(rows * pitch + em))
    for row in range(rows):
        line = sheet.new_line()
        for column in range(columns):
            digits = text.number(kit, shortest, longest)
            if shortest > 2 and kit.chance(0.25):
                digits = digits[0] + "0" * (len(digits) - 1)  # 1000, 6000
            x = 0.8 * em + column * wide + kit.between(0, 0.3) * em
            by.touching(sheet, digits, x, em * 0.8 + row * pitch, em, line)
    return papers.taken(kit, sheet)


def touching_pairs(kit: Kit) -> Sample:
    """Pairs of digits that overlap by 10 to 40 %."""
    return _meeting(kit, 2, 2)


def touching_strings(kit: Kit) -> Sample:
    """Strings of three to six digits that all touch."""
    return _meeting(kit, 3, 6)


def ones(kit: Kit) -> Sample:
    """1, 11 and 111 alone and in company, apart or touching."""
    em = kit.between(28, 110)
    ink = pen(kit)
    by = any_hand(kit, ink)
    touch = by_hand(kit, ink) if kit.chance(0.5) else european(kit, ink)
    rows, pitch = kit.whole(1, 4), em * kit.between(1.6, 2.2)
    sheet = white(kit, round(em * kit.between(5.5, 8)), round(rows * pitch + em))
    for row in range(rows):
        x, y = em * kit.between(0.6, 1.4), em * 0.7 + row * pitch
        digits = kit.pick(("1", "11", "111", "1111", "101", "711", "114", "1171"))
        if len(digits) > 1 and kit.chance(0.3):
            touch.touching(sheet, digits, x, y, em)
        else:
            by.write(sheet, digits, x, y, em)
    return papers.taken(kit, sheet)


def ones_beside_lines(kit: Kit) -> Sample:
    """1s beside margins, rulings, the edges of boxes and the lines of tables."""
    em = kit.between(28, 80)
    by = any_hand(kit, pen(kit))
    return kit.pick((_beside_margin, _in_boxes, _beside_columns))(kit, by, em)


def _with_ones(kit: Kit) -> str:
    return "".join(kit.pick("1117402") for _ in range(kit.whole(1, 3))) + ("1" if kit.chance(0.6) else "")


def _beside_margin(kit: Kit, by: Writer, em: float) -> Sample:
    rows, pitch = kit.whole(3, 6), em * kit.between(1.3, 1.7)
    sheet = white(kit, round(em * kit.between(7, 10)), round((rows + 1) * pitch + em))
    edge = em * kit.between(1, 1.6)
    papers.margin(kit, sheet, edge)
    papers.ruled(kit, sheet, pitch, pitch)
    for row in range(rows):
        digits = "1" + _with_ones(kit) if kit.chance(0.7) else _with_ones(kit)
        by.write(sheet, digits, edge + em * kit.between(0.12, 0.3), (row + 2) * pitch - em * 1.04, em)
    return papers.taken(kit, sheet)


def _in_boxes(kit: Kit, by: Writer, em: float) -> Sample:
    count, side, tall = kit.whole(3, 7), em * kit.between(0.8, 1.1), em * kit.between(1.2, 1.5)
    rows, pitch = kit.whole(1, 3), tall * 1.6
    sheet = white(kit, round(count * side + 2 * em), round(rows * pitch + em))
    lines, thick = line_pen(kit), max(1.0, em * kit.between(0.025, 0.07))
    for row in range(rows):
        line, y = sheet.new_line(), 0.7 * em + row * pitch
        for k in range(count):
            x = em + k * side
            sheet.frame(x, y, x + side, y + tall, thick, lines)
            digit = kit.pick("11170")
            near = kit.pick((0.5, 0.5, 0.22, 0.78)) if digit == "1" else 0.5
            by.centred(sheet, digit, x + near * side, y + (tall - em) / 2, em, line)
    return papers.taken(kit, sheet)


def _beside_columns(kit: Kit, by: Writer, em: float) -> Sample:
    columns, rows, tall, wide = kit.whole(2, 4), kit.whole(2, 5), em * kit.between(1.3, 1.7), em * kit.between(2.4, 3)
    sheet: Sheet = white(kit, round(columns * wide + 1.6 * em), round(rows * tall + 1.6 * em))
    lines, thick = line_pen(kit), max(1.0, em * kit.between(0.025, 0.07))
    for k in range(columns + 1):
        sheet.stroke([(0.8 * em + k * wide, 0.6 * em), (0.8 * em + k * wide, sheet.height - 0.6 * em)], thick, lines)
    for row in range(rows):
        line = sheet.new_line()
        for column in range(columns):
            digits = kit.pick(("1", "11", "1", "17", "71", "10", "41"))
            x = 0.8 * em + column * wide + em * kit.between(0.12, 0.5)
            by.write(sheet, digits, x, 0.8 * em + row * tall + (tall - em) / 2, em, line)
    return camera.scanned(kit, sheet) if kit.chance(0.5) else papers.taken(kit, sheet)
