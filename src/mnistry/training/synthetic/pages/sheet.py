"""A synthetic page while it is laid out: its canvas, its usual size of digits, its inks, and its lines."""

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from mnistry.ocr.glyph_classes import GLYPHS, OTHER
from mnistry.training.synthetic.pages import clutter
from mnistry.training.synthetic.pages.canvas import Canvas, Colour, line_px
from mnistry.training.synthetic.pages.materials import Materials
from mnistry.training.synthetic.pages.writers import Span, Writer, write

MAX_GLYPHS = 160
ANOTHER = GLYPHS.index(OTHER)


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


def random_script(rng: np.random.Generator) -> str:
    """Return a script; most often Latin."""
    return str(rng.choice(["latin", "greek", "cyrillic", "arabic"], p=(0.79, 0.07, 0.09, 0.05)))


def write_on(
    cover: NDArray[np.uint8], sheet: Sheet, by: Writer, text: str, start: tuple[float, float], em: float, **more: float
) -> Span:
    """Write a text as a line of its own."""
    return write(sheet.canvas, cover, text, by, start, em, sheet.rng, turn=sheet.turn, line=sheet.next_line(), **more)  # type: ignore[arg-type]


def ruling_colour(sheet: Sheet) -> Colour:
    """Return a colour between paper and ink, or that of printed rulings."""
    rng = sheet.rng
    paper = sheet.canvas.shade
    toward = sheet.print_ink if rng.random() < 0.6 else rng.uniform(0, 255, 3)
    return (paper + (toward - paper) * rng.uniform(0.15, 1)).astype(np.float32)


def marked(sheet: Sheet, cover: NDArray[np.uint8], span: Span, em: float, first: int | None = None) -> None:
    """Now and then underline, encircle, frame or cross out what was just written, from glyph `first` on."""
    rng = sheet.rng
    which = rng.random()
    own = cover if rng.random() < 0.6 else sheet.cover(printed=True)
    if which < 0.06:
        clutter.underline(own, span, em, rng)
    elif which < 0.10:
        clutter.encircle(own, span, em, rng)
    elif which < 0.13:
        clutter.frame(own, span, em, rng)
    elif which < 0.145 and first is not None:
        cancel(sheet, cover, span, first, em)


def cancel(sheet: Sheet, cover: NDArray[np.uint8], span: Span, first: int, em: float) -> None:
    """Cross out what was written since glyph `first`, so thoroughly that it is not to be read any more."""
    rng = sheet.rng
    n = max(4, int((span.right - span.left) / (0.25 * em)))
    x = np.linspace(span.left, span.right, n)
    y = (span.top + span.bottom) / 2 + np.where(np.arange(n) % 2, 0.35, -0.35) * em + rng.normal(0, 0.08 * em, n)
    line_px(cover, np.stack([x, y], axis=1), float(rng.uniform(0.08, 0.16)) * em)
    for _ in range(int(rng.integers(1, 3))):
        ends = (span.top + span.bottom) / 2 + rng.normal(0, 0.15, 2) * em
        line_px(cover, np.array([[span.left, ends[0]], [span.right, ends[1]]]), float(rng.uniform(0.08, 0.16)) * em)
    glyphs = sheet.canvas.glyphs
    glyphs[first:] = [replace(one, glyph=ANOTHER) for one in glyphs[first:]]
