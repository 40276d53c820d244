"""Layouts in cells: tables, form fields, sudokus."""

import numpy as np

from mnistry.training.synthetic.pages import content
from mnistry.training.synthetic.pages.canvas import line_px
from mnistry.training.synthetic.pages.sheet import Sheet, ruling_colour, write_on
from mnistry.training.synthetic.pages.writers import random_writer, write


def table(sheet: Sheet) -> None:
    """Cells with numbers or words, some empty; with all, some or no lines; texts may touch the lines."""
    rng, em, canvas = sheet.rng, sheet.em_px, sheet.canvas
    tall, wide = em * float(rng.uniform(1.15, 2.4)), em * float(rng.uniform(1.2, 5.5))
    left, top = float(rng.uniform(-1, 0.5)) * wide, float(rng.uniform(-1, 0.5)) * tall
    lined = rng.random(2) < 0.85
    grid = canvas.layer(ruling_colour(sheet) if rng.random() < 0.6 else sheet.print_ink)
    thick = float(rng.uniform(0.02, 0.12)) * em
    columns, lines = int((canvas.width - left) / wide) + 1, int((canvas.height - top) / tall) + 1
    end_x, end_y = left + columns * wide, top + lines * tall
    for k in range(columns + 1 if lined[0] else 0):
        line_px(grid, np.array([[left + k * wide, top], [left + k * wide, end_y]]), thick)
    for k in range(lines + 1 if lined[1] else 0):
        line_px(grid, np.array([[left, top + k * tall], [end_x, top + k * tall]]), thick)
    cover, by = sheet.cover(), random_writer(sheet.materials, rng)
    labels = random_writer(sheet.materials, rng, kind="print")
    room, sparse, shift = max(1, int(wide / (0.62 * em))), float(rng.uniform(0, 0.5)), float(rng.uniform(0, 0.5))
    for row in range(lines):
        line, y = sheet.next_line(), top + row * tall + (tall - em) * float(rng.uniform(0.2, 0.8))
        free = left  # a broad hand overruns its cell, but does not write over the next one
        for column in range(columns):
            if rng.random() < sparse or sheet.full():
                continue
            label = column == 0 and room > 2 and rng.random() < 0.5
            text = content.word(rng, "latin", 2, max(2, room)) if label else content.number(rng, min(7, room))
            x = left + column * wide + max(0.02 * em, shift * (wide - len(text) * 0.6 * em))
            if x >= free:
                written = write(canvas, cover, text, labels if label else by, (x, y), em, rng, line=line, cell=column)
                free = written.right


def comb(sheet: Sheet) -> None:
    """Form fields: a row of boxes with a digit in each, often touching them, and a printed label beside or above."""
    rng, em, canvas = sheet.rng, sheet.em_px, sheet.canvas
    cover, by, labels = (
        sheet.cover(),
        random_writer(sheet.materials, rng),
        random_writer(sheet.materials, rng, kind="print"),
    )
    y = float(rng.uniform(-0.2, 0.8)) * em
    while y < canvas.height and not sheet.full():
        small = em * float(rng.uniform(0.35, 0.8))
        x = float(rng.uniform(-1, 2)) * em
        label = " ".join(content.word(rng, "latin", 2, 8) for _ in range(int(rng.integers(1, 3))))
        if rng.random() < 0.6:
            above = rng.random() < 0.5
            span = write_on(sheet.cover(printed=True), sheet, labels, label, (x, y if above else y + 0.4 * em), small)
            x, y = (x, y + small * 1.6) if above else (span.right + 0.5 * em, y)
        boxes, side, tall = (
            int(rng.integers(1, 10)),
            em * float(rng.uniform(0.85, 1.5)),
            em * float(rng.uniform(1.05, 1.6)),
        )
        _boxes(sheet, (x, y), boxes, (side, tall))
        line = sheet.next_line()
        for k, digit in enumerate(content.number(rng, boxes)):
            at = x + k * side + float(rng.uniform(-0.1, 0.35)) * em
            top = y + (tall - em) * 0.5 + float(rng.normal(0, 0.1)) * em
            write(canvas, cover, digit, by, (at, top), em, rng, line=line, cell=k)
        y += tall + em * float(rng.uniform(0.2, 1.5))


def _boxes(sheet: Sheet, at: tuple[float, float], n: int, size: tuple[float, float]) -> None:
    rng, (x, y), (wide, tall) = sheet.rng, at, size
    grid = sheet.canvas.layer(ruling_colour(sheet) if rng.random() < 0.5 else sheet.print_ink)
    thick, end = float(rng.uniform(0.02, 0.12)) * sheet.em_px, x + n * wide
    open_top = rng.random() < 0.25  # a comb: teeth on a line
    for k in range(n + 1):
        line_px(grid, np.array([[x + k * wide, y + (0.6 * tall if open_top else 0)], [x + k * wide, y + tall]]), thick)
    for level in (y + tall,) if open_top else (y, y + tall):
        line_px(grid, np.array([[x, level], [end, level]]), thick)


def sudoku(sheet: Sheet) -> None:
    """A grid of square cells with a digit in some, every third line bold."""
    rng, em, canvas = sheet.rng, sheet.em_px, sheet.canvas
    side = em * float(rng.uniform(1.25, 2.2))
    left, top = float(rng.uniform(-2, 1)) * side, float(rng.uniform(-2, 1)) * side
    grid, thin = canvas.layer(sheet.print_ink), float(rng.uniform(0.02, 0.05)) * em
    printed, by = random_writer(sheet.materials, rng, kind="print"), random_writer(sheet.materials, rng)
    below, above = sheet.cover(printed=True), sheet.cover()
    for k in range(10):
        thick = thin * (2.5 if k % 3 == 0 else 1)
        line_px(grid, np.array([[left + k * side, top], [left + k * side, top + 9 * side]]), thick)
        line_px(grid, np.array([[left, top + k * side], [left + 9 * side, top + k * side]]), thick)
    for row in range(9):
        line = sheet.next_line()
        for column in range(9):
            if rng.random() < 0.55:
                continue
            given = rng.random() < 0.5
            x = left + (column + 0.5) * side - float(rng.uniform(0.15, 0.5)) * em
            y = top + (row + 0.5) * side - em / 2 + float(rng.normal(0, 0.06)) * em
            digit = str(rng.integers(1, 10))
            write(
                canvas,
                below if given else above,
                digit,
                printed if given else by,
                (x, y),
                em,
                rng,
                line=line,
                cell=column,
            )
