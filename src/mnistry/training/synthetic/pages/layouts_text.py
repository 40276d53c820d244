"""Layouts of running text: lines, a few words, columns of numbers, touching strings, words alone."""

import numpy as np

from mnistry.training.synthetic.pages import clutter, content
from mnistry.training.synthetic.pages.sheet import Sheet, marked, random_script, ruling_colour, write_on
from mnistry.training.synthetic.pages.writers import Span, random_writer


def rows(sheet: Sheet) -> None:
    """Lines of text, as in a notebook: each about as long as the page is wide, or ragged."""
    rng, em = sheet.rng, sheet.em_px
    script = random_script(rng)
    by = random_writer(sheet.materials, rng, script)
    words = float(rng.choice([0.0, 0.15, 0.5, 1.0], p=(0.45, 0.2, 0.2, 0.15)))
    pitch = em * float(rng.uniform(1.25, 3.0))
    cover = sheet.cover()
    start = float(rng.uniform(-1.5, 1.2)) * em
    y = float(rng.uniform(-0.6, 1.0)) * em
    if rng.random() < 0.4:
        ruled = y + em + float(rng.uniform(-0.1, 0.25)) * em
        clutter.rulings(sheet.canvas, sheet.canvas.layer(ruling_colour(sheet)), pitch, ruled, rng)
    if rng.random() < 0.2:
        clutter.margin(sheet.canvas, sheet.canvas.layer(ruling_colour(sheet)), rng)
    while y < sheet.canvas.height and not sheet.full():
        longest = sheet.room(em) if rng.random() < 0.5 else int(rng.integers(1, sheet.room(em) + 1))
        x = start + float(rng.choice([0.0, rng.uniform(0, 0.4) * sheet.canvas.width], p=(0.7, 0.3)))
        overlap = float(rng.uniform(0.1, 0.4)) if rng.random() < 0.12 and not by.printed else 0.0
        text = content.line(rng, longest, words, script)
        first = len(sheet.canvas.glyphs)
        span = write_on(cover, sheet, by, text, (x, y), em, overlap=overlap)
        marked(sheet, cover, span, em, first)
        y += pitch * float(rng.choice([1, 1, 1, 2]))


def few(sheet: Sheet) -> None:
    """One to three short texts anywhere on an else empty page, one of them perhaps marked."""
    rng = sheet.rng
    words = 0.0 if rng.random() < 0.75 else 0.6
    taken: list[Span] = []
    for _ in range(int(rng.integers(1, 4))):
        em = sheet.em_px * float(np.exp(rng.normal(0, 0.12)))
        script = random_script(rng)
        cover = sheet.cover()
        text = content.line(rng, int(rng.integers(1, 11)), words, script)
        x = float(rng.uniform(-0.05, 0.8)) * sheet.canvas.width
        y = float(rng.uniform(0, 1)) * (sheet.canvas.height - em)
        if any(y < s.bottom + 0.25 * em and y + 1.25 * em > s.top and x < s.right + 0.25 * em for s in taken):
            continue
        by = random_writer(sheet.materials, rng, script)
        overlap = float(rng.uniform(0.1, 0.4)) if rng.random() < 0.2 and not by.printed else 0.0
        first = len(sheet.canvas.glyphs)
        span = write_on(cover, sheet, by, text, (x, y), em, overlap=overlap)
        marked(sheet, cover, span, em, first)
        taken.append(span)


def alone(sheet: Sheet) -> None:
    """One digit, or one letter that is none even alone, and nothing else."""
    rng, em = sheet.rng, sheet.em_px
    script = random_script(rng)
    letters = [one for one in content.LETTERS[script] if one not in content.LIKE_DIGITS + content.DIGIT_ALONE]
    text = str(rng.integers(0, 10)) if rng.random() < 0.65 else letters[rng.integers(len(letters))]
    x = (sheet.canvas.width - 0.7 * em) * float(rng.uniform(0.2, 0.8))
    y = (sheet.canvas.height - em) * float(rng.uniform(0.2, 0.8))
    write_on(sheet.cover(), sheet, random_writer(sheet.materials, rng, script), text, (x, y), em)


def column(sheet: Sheet) -> None:
    """Short numbers one below the other, as in an addition, now and then with a line above the sum."""
    rng, em = sheet.rng, sheet.em_px
    for x in np.arange(rng.uniform(0, 3) * em, sheet.canvas.width, em * rng.uniform(2, 7)):
        cover, by = sheet.cover(), random_writer(sheet.materials, rng)
        pitch, y, digits = em * float(rng.uniform(1.05, 1.7)), float(rng.uniform(-0.5, 1)) * em, int(rng.integers(1, 5))
        while y < sheet.canvas.height and not sheet.full():
            span = write_on(cover, sheet, by, content.number(rng, digits), (float(x), y), em)
            if rng.random() < 0.08:
                clutter.underline(cover, span, em, rng)
            y += pitch
        if rng.random() < 0.5:
            return


def touching(sheet: Sheet) -> None:
    """Strings of two to six digits that touch or overlap, on a few lines."""
    rng, em = sheet.rng, sheet.em_px
    cover = sheet.cover()
    y = float(rng.uniform(-0.3, 0.5)) * em
    while y < sheet.canvas.height and not sheet.full():
        x = float(rng.uniform(-1, 2)) * em
        while x < sheet.canvas.width - em:
            by = random_writer(sheet.materials, rng, kind=str(rng.choice(["mnist", "mnist", "strokes", "hand"])))
            text = (content.number(rng, 6) + str(rng.integers(0, 10)))[:6]
            span = write_on(cover, sheet, by, text, (x, y), em, overlap=float(rng.uniform(0.03, 0.4)))
            x = span.right + em * float(rng.uniform(0.6, 3))
        y += em * float(rng.uniform(1.2, 2.2))


def words(sheet: Sheet) -> None:
    """Words alone, of one script, in print or in a hand: nothing of it is a digit."""
    rng, em = sheet.rng, sheet.em_px
    script = random_script(rng)
    by = random_writer(sheet.materials, rng, script, str(rng.choice(["hand", "print", "print", "display"])))
    cover, y = sheet.cover(), float(rng.uniform(-0.5, 1)) * em
    few_words = rng.random() < 0.4
    while y < sheet.canvas.height and not sheet.full():
        text = " ".join(content.word(rng, script, 3) for _ in range(int(rng.integers(1, 2 if few_words else 6))))
        span = write_on(cover, sheet, by, text, (float(rng.uniform(-2, 3)) * em, y), em)
        marked(sheet, cover, span, em)
        y += em * float(rng.uniform(1.3, 2.5)) * (3 if few_words else 1)
