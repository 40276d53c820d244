"""Layouts without lines: scattered glyphs, drawings, plots, displays, and nothing to read."""

import cv2
import numpy as np
from numpy.typing import NDArray

from mnistry.training.synthetic.pages import clutter, content
from mnistry.training.synthetic.pages.alphabets import SevenSegments
from mnistry.training.synthetic.pages.canvas import Pose, inked, line_px, rendered
from mnistry.training.synthetic.pages.sheet import ANOTHER, Sheet, write_on
from mnistry.training.synthetic.pages.writers import Span, random_writer


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
    side = int(2.4 * em) + 8  # scribbles reach beyond a digit's box
    own = np.zeros((side, side), np.uint8)
    clutter.scribble(own, (side / 2, side / 2), em, sheet.rng)
    left, top = int(at[0] + em / 2 - side / 2), int(at[1] + em / 2 - side / 2)
    if (patch := inked(own, top)) is not None:
        sheet.canvas.write(cover, patch, left + patch.first, ANOTHER, em)


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
            drawing(sheet, cover, (rng.random() * (canvas.width - em), rng.random() * (canvas.height - em)), em)


def display(sheet: Sheet) -> None:
    """A seven-segment display in its case, lit or of liquid crystal, whose dark segments shimmer through."""
    rng, em, canvas = sheet.rng, sheet.em_px, sheet.canvas
    writer = random_writer(sheet.materials, rng, kind="segments" if rng.random() < 0.8 else "display")
    lit = rng.random() < 0.5
    panel = canvas.layer((rng.uniform(0, 45, 3) if lit else rng.uniform(110, 200, 3)).astype(np.float32))
    colour = rng.uniform(0, 255, 3) if lit else rng.uniform(0, 70, 3)
    if lit:
        colour[rng.integers(3)] = rng.uniform(200, 255)
    ghosts, cover = canvas.layer(colour.astype(np.float32)), canvas.layer(colour.astype(np.float32))
    text = str(
        rng.choice(
            [
                content.number(rng, 8),
                f"{rng.integers(0, 24):02d}:{rng.integers(0, 60):02d}",
                f"{rng.uniform(0, 999):.1f}",
                f"-{rng.uniform(0, 99):.2f}",
            ]
        )
    )
    x, y = float(rng.uniform(-1, 2)) * em, float(rng.uniform(0.1, 0.8)) * max(1.0, canvas.height - 1.5 * em)
    span = write_on(cover, sheet, writer, text, (x, y), em)
    rim = rng.uniform(0.15, 1, 2) * em
    corner = int(span.left - rim[0]), int(span.top - rim[1])
    cv2.rectangle(panel, corner, (int(span.right + rim[0]), int(span.bottom + rim[1])), 255, -1)
    first = writer.alphabets[0]
    if isinstance(first, SevenSegments) and rng.random() < 0.6:
        shade = int(rng.uniform(10, 60))
        for glyph in list(canvas.glyphs):
            left, top = glyph.hull.min(axis=0)
            shape = first.draw("8", rng)
            patch = rendered(shape, float(top), Pose(em)) if shape else None
            if patch and glyph.glyph < 10 and np.ptp(glyph.hull[:, 0]) > 0.4 * em:
                canvas.stamp(ghosts, patch, int(left), shade)
    if lit and rng.random() < 0.6:
        glow = canvas.layer(colour.astype(np.float32))
        np.copyto(glow, cv2.blur(cover, (int(em / 3) | 1,) * 2) // 3)


def plot(sheet: Sheet) -> None:
    """A diagram or a screenshot: axes with numbers, curves, a frame, a legend."""
    rng, canvas = sheet.rng, sheet.canvas
    ink, em = sheet.cover(printed=True), sheet.em_px
    writer = random_writer(sheet.materials, rng, kind="print")
    left, top = rng.uniform(1.2, 3.5) * em, rng.uniform(-1, 1.5) * em
    right, bottom = canvas.width - rng.uniform(-1, 1) * em, canvas.height - rng.uniform(1.3, 3) * em
    thick = float(rng.uniform(0.6, 2.5))
    box = [[left, top], [left, bottom], [right, bottom]] + ([[right, top], [left, top]] if rng.random() < 0.6 else [])
    line_px(ink, np.array(box), thick)
    for x in np.arange(left, right, em * rng.uniform(2, 5)):
        line_px(ink, np.array([[x, bottom], [x, bottom + 0.25 * em]]), thick)
        write_on(ink, sheet, writer, content.number(rng, 3), (float(x) - 0.5 * em, bottom + 0.4 * em), em)
    for y in np.arange(bottom, top, -em * rng.uniform(1.5, 4)):
        line_px(ink, np.array([[left - 0.25 * em, y], [left, y]]), thick)
        write_on(ink, sheet, writer, f"{rng.uniform(0, 10):.1f}", (left - 2.2 * em, float(y) - em / 2), em)
    for _ in range(int(rng.integers(1, 4))):
        n = int(rng.integers(3, 40))
        curve = np.cumsum(rng.normal(0, abs(bottom - top) / n, n)) + (top + bottom) / 2
        points = np.stack([np.linspace(left, right, n), np.clip(curve, top, max(top, bottom))], axis=1)
        line_px(canvas.layer(rng.uniform(0, 255, 3).astype(np.float32)), points, float(rng.uniform(1, 4)))
    if rng.random() < 0.5:
        word = " ".join(content.word(rng, "latin", 3) for _ in range(2))
        write_on(ink, sheet, writer, word, (left + em, top + 0.5 * em), em)
