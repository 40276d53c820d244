"""How a synthetic page is laid out: lines, tables, forms, columns, touching strings, sudokus, drawings, or nothing."""

from collections.abc import Callable
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from mnistry.ocr.glyph_classes import GLYPHS, OTHER
from mnistry.training.synthetic.pages import clutter, content
from mnistry.training.synthetic.pages.canvas import Canvas, Colour, Placed, line_px
from mnistry.training.synthetic.pages.materials import Materials
from mnistry.training.synthetic.pages.writers import Span, Writer, random_writer, write

MAX_GLYPHS = 160
_OTHER = GLYPHS.index(OTHER)


@dataclass(eq=False)
class Sheet:
    """A page that is being laid out: `em_px` is its usual digit height, `ink` and `print_ink` its colours."""

    canvas: Canvas
    materials: Materials
    rng: np.random.Generator
    em_px: float
    ink: Colour
    print_ink: Colour
    turn: float = 0.0
    lines: int = field(default=0)

    def next_line(self) -> int:
        """Return the number of a new line."""
        self.lines += 1
        return self.lines - 1

    def cover(self, *, printed: bool = False) -> NDArray[np.uint8]:
        """Return a new layer of ink, in the colour of the pen, or of what was printed before."""
        return self.canvas.layer(self.print_ink if printed else self.ink)

    def full(self) -> bool:
        """Whether there are glyphs enough."""
        return len(self.canvas.glyphs) >= MAX_GLYPHS

    def room(self, em_px: float) -> int:
        """Return how many characters fit into a line."""
        return max(1, int(self.canvas.width / (0.62 * em_px)))


def _script(rng: np.random.Generator) -> str:
    return str(rng.choice(["latin", "greek", "cyrillic", "arabic"], p=(0.79, 0.07, 0.09, 0.05)))


def rows(sheet: Sheet) -> None:
    """Lines of text, as in a notebook: each about as long as the page is wide, or ragged."""
    rng, em = sheet.rng, sheet.em_px
    script = _script(rng)
    by = random_writer(sheet.materials, rng, script)
    words = float(rng.choice([0.0, 0.15, 0.5, 1.0], p=(0.45, 0.2, 0.2, 0.15)))
    pitch = em * float(rng.uniform(1.25, 3.0))
    cover = sheet.cover()
    start = float(rng.uniform(-1.5, 1.2)) * em
    y = float(rng.uniform(-0.6, 1.0)) * em
    if rng.random() < 0.4:
        ruled = y + em + float(rng.uniform(-0.1, 0.25)) * em
        clutter.rulings(sheet.canvas, sheet.canvas.layer(_ruling_colour(sheet)), pitch, ruled, rng)
    if rng.random() < 0.2:
        clutter.margin(sheet.canvas, sheet.canvas.layer(_ruling_colour(sheet)), rng)
    while y < sheet.canvas.height and not sheet.full():
        longest = sheet.room(em) if rng.random() < 0.5 else int(rng.integers(1, sheet.room(em) + 1))
        x = start + float(rng.choice([0.0, rng.uniform(0, 0.4) * sheet.canvas.width], p=(0.7, 0.3)))
        overlap = float(rng.uniform(0.1, 0.4)) if rng.random() < 0.12 and not by.printed else 0.0
        text = content.line(rng, longest, words, script)
        span = write_on(cover, sheet, by, text, (x, y), em, overlap=overlap)
        _marked(sheet, cover, span, em)
        y += pitch * float(rng.choice([1, 1, 1, 2]))


def write_on(
    cover: NDArray[np.uint8], sheet: Sheet, by: Writer, text: str, start: tuple[float, float], em: float, **more: float
) -> Span:
    """Write a text as a line of its own."""
    return write(sheet.canvas, cover, text, by, start, em, sheet.rng, turn=sheet.turn, line=sheet.next_line(), **more)  # type: ignore[arg-type]


def _ruling_colour(sheet: Sheet) -> Colour:
    """Return a colour between paper and ink, or that of printed rulings."""
    rng = sheet.rng
    paper = sheet.canvas.paper.mean(axis=(0, 1))
    toward = sheet.print_ink if rng.random() < 0.6 else rng.uniform(0, 255, 3)
    return (paper + (toward - paper) * rng.uniform(0.15, 1)).astype(np.float32)


def _marked(sheet: Sheet, cover: NDArray[np.uint8], span: Span, em: float) -> None:
    """Now and then underline, encircle or frame what was just written."""
    rng = sheet.rng
    which = rng.random()
    own = cover if rng.random() < 0.6 else sheet.cover(printed=True)
    if which < 0.06:
        clutter.underline(own, span, em, rng)
    elif which < 0.10:
        clutter.encircle(own, span, em, rng)
    elif which < 0.13:
        clutter.frame(own, span, em, rng)


def few(sheet: Sheet) -> None:
    """One to three short texts anywhere on an else empty page, one of them perhaps marked."""
    rng = sheet.rng
    words = 0.0 if rng.random() < 0.75 else 0.6
    for _ in range(int(rng.integers(1, 4))):
        em = sheet.em_px * float(np.exp(rng.normal(0, 0.12)))
        script = _script(rng)
        cover = sheet.cover()
        text = content.line(rng, int(rng.integers(1, 11)), words, script)
        x = float(rng.uniform(-0.05, 0.8)) * sheet.canvas.width
        y = float(rng.uniform(0, 1)) * (sheet.canvas.height - em)
        by = random_writer(sheet.materials, rng, script)
        overlap = float(rng.uniform(0.1, 0.4)) if rng.random() < 0.2 and not by.printed else 0.0
        span = write_on(cover, sheet, by, text, (x, y), em, overlap=overlap)
        _marked(sheet, cover, span, em)


def table(sheet: Sheet) -> None:
    """Cells with numbers or words, some empty; with all, some or no lines; texts may touch the lines."""
    rng, em, canvas = sheet.rng, sheet.em_px, sheet.canvas
    tall, wide = em * float(rng.uniform(1.15, 2.4)), em * float(rng.uniform(1.2, 5.5))
    left, top = float(rng.uniform(-1, 0.5)) * wide, float(rng.uniform(-1, 0.5)) * tall
    lined = rng.random(2) < 0.85
    grid = canvas.layer(_ruling_colour(sheet) if rng.random() < 0.6 else sheet.print_ink)
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
        for column in range(columns):
            if rng.random() < sparse or sheet.full():
                continue
            label = column == 0 and room > 2 and rng.random() < 0.5
            text = content.word(rng, "latin", 2, max(2, room)) if label else content.number(rng, min(7, room))
            x = left + column * wide + max(0.02 * em, shift * (wide - len(text) * 0.6 * em))
            write(canvas, cover, text, labels if label else by, (x, y), em, rng, line=line, cell=column)


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
    grid = sheet.canvas.layer(_ruling_colour(sheet) if rng.random() < 0.5 else sheet.print_ink)
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


def scattered(sheet: Sheet) -> None:
    """Glyphs of different sizes anywhere, as on a board or in a drawing, with scribbles between them."""
    rng, canvas = sheet.rng, sheet.canvas
    cover = sheet.cover()
    taken: list[Span] = []
    for _ in range(int(rng.integers(2, 14))):
        em = sheet.em_px * float(np.exp(rng.normal(0, 0.25)))
        x, y = float(rng.uniform(0, 1)) * (canvas.width - 0.6 * em), float(rng.uniform(0, 1)) * (canvas.height - em)
        if any(x < s.right + 2 and x + em > s.left and y < s.bottom and y + em > s.top for s in taken):
            continue
        if rng.random() < 0.2:
            drawing(sheet, cover, (x, y), em)
            taken.append(Span(x, y, x + em, y + em))
            continue
        text = str(rng.integers(0, 10)) if rng.random() < 0.75 else content.ALONE[rng.integers(len(content.ALONE))]
        taken.append(write_on(cover, sheet, random_writer(sheet.materials, rng), text, (x, y), em))


def drawing(sheet: Sheet, cover: NDArray[np.uint8], at: tuple[float, float], em: float) -> None:
    """Scribble something of a digit's size, recorded as another glyph."""
    middle = at[0] + em / 2, at[1] + em / 2
    points = clutter.scribble(cover, middle, em, sheet.rng).astype(np.float32)
    sheet.canvas.glyphs.append(Placed(_OTHER, em, cv2.convexHull(points[:, None])[:, 0].astype(np.float32)))


def empty(sheet: Sheet) -> None:
    """Nothing to read: a blank page, rulings, hatching, a frame, a drawing, a signature."""
    rng, canvas, em = sheet.rng, sheet.canvas, sheet.em_px
    cover = sheet.cover()
    for _ in range(int(rng.integers(0, 4))):
        kind = rng.integers(7)
        if kind == 0:
            clutter.hatching(canvas, cover, rng)
        elif kind == 1:
            clutter.signature(
                cover, (rng.uniform(0, 0.6) * canvas.width, rng.uniform(0.2, 0.8) * canvas.height), em, rng
            )
        elif kind == 2:
            clutter.rulings(canvas, cover, em * float(rng.uniform(0.5, 3)), float(rng.uniform(0, 40)), rng)
        elif kind == 3:
            corners = rng.uniform(-0.1, 1.1, 4) * (canvas.width, canvas.height, canvas.width, canvas.height)
            span = Span(min(corners[::2]), min(corners[1::2]), max(corners[::2]), max(corners[1::2]))
            clutter.frame(cover, span, em, rng)
        elif kind == 4:
            clutter.margin(canvas, cover, rng)
        elif kind == 5:
            size = em * float(np.exp(rng.uniform(0.7, 2.5)))
            clutter.scribble(cover, (rng.uniform(0, canvas.width), rng.uniform(0, canvas.height)), size, rng)
        else:
            drawing(sheet, cover, (rng.uniform(0, canvas.width - em), rng.uniform(0, canvas.height - em)), em)


def words(sheet: Sheet) -> None:
    """Words alone, of one script, in print or in a hand: nothing of it is a digit."""
    rng, em = sheet.rng, sheet.em_px
    script = _script(rng)
    by = random_writer(sheet.materials, rng, script, str(rng.choice(["hand", "print", "print", "display"])))
    cover, y = sheet.cover(), float(rng.uniform(-0.5, 1)) * em
    few_words = rng.random() < 0.4
    while y < sheet.canvas.height and not sheet.full():
        text = " ".join(content.word(rng, script, 3) for _ in range(int(rng.integers(1, 2 if few_words else 6))))
        span = write_on(cover, sheet, by, text, (float(rng.uniform(-2, 3)) * em, y), em)
        _marked(sheet, cover, span, em)
        y += em * float(rng.uniform(1.3, 2.5)) * (3 if few_words else 1)


LAYOUTS: tuple[tuple[Callable[[Sheet], None], float], ...] = (
    (rows, 0.21),
    (few, 0.16),
    (table, 0.1),
    (comb, 0.08),
    (sudoku, 0.03),
    (column, 0.06),
    (touching, 0.1),
    (scattered, 0.06),
    (words, 0.1),
    (empty, 0.1),
)
