"""Writers: who or what writes a line of a synthetic page, with which shapes, pen and spacing."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mnistry.ocr.glyph_classes import DIGITS, class_index
from mnistry.training.synthetic.pages.alphabets import Alphabet, SevenSegments, Shape, Strokes
from mnistry.training.synthetic.pages.canvas import Canvas, Pose, rendered
from mnistry.training.synthetic.pages.materials import Materials

MIN_APART = 0.3  # of a digit's height, between the middles of two overlapping glyphs


@dataclass(frozen=True, eq=False)
class Writer:
    """Writes characters with the first alphabet that has them.

    `gap` is the usual distance of two glyphs in digit heights, negative where they touch; `jitter` are the
    standard deviations of size (a factor's logarithm), baseline and gap (in digit heights), and turn (radians).
    """

    alphabets: tuple[Alphabet, ...]
    weight: float
    aspect: float
    slant: float
    gap: float
    jitter: tuple[float, float, float, float]
    printed: bool = False

    def shape(self, character: str, rng: np.random.Generator) -> Shape | None:
        """Return the character's shape, or None if no alphabet has it."""
        for alphabet in self.alphabets:
            if (found := alphabet.draw(character, rng)) is not None:
                return found
        return None

    def pose(self, em_px: float, turn: float, rng: np.random.Generator) -> Pose:
        """Return how the next glyph is drawn in a line of this digit height and turn."""
        size, _, _, turned = self.jitter
        return Pose(
            em_px * float(np.exp(rng.normal(0, size))) if size else em_px,
            self.aspect,
            self.slant,
            turn + (float(rng.normal(0, turned)) if turned else 0.0),
            self.weight,
        )


def random_writer(
    materials: Materials, rng: np.random.Generator, script: str = "latin", kind: str | None = None
) -> Writer:
    """Return a random writer: `kind` is mnist, strokes, font, print, display or segments; by default any of these."""
    kind = kind or str(rng.choice(["mnist", "strokes", "hand", "print", "display", "segments"], p=KIND_SHARES))
    fonts = [f for k in ("hand", "print") if (f := materials.font(k, script, rng))]
    if kind in ("print", "display"):
        font = materials.font(kind, script, rng)
        spacing = float(rng.uniform(0.07, 0.28))
        own: tuple[Alphabet, ...] = (font,) if font else ()
        return Writer((*own, *fonts), 0.0, float(np.exp(rng.normal(0, 0.08))), 0.0, spacing, (0, 0, 0, 0), True)
    if kind == "segments":
        spacing = float(rng.uniform(0.1, 0.4))
        return Writer((SevenSegments(rng), *fonts), 0.0, 1.0, 0.0, spacing, (0, 0, 0, 0), True)
    weight = float(np.clip(rng.normal(-0.05, 0.45), -1, 0.9))
    signs = Strokes(rng)
    others: tuple[Alphabet, ...] = (signs, *fonts) if rng.random() < 0.6 else (*fonts, signs)
    first: dict[str, tuple[Alphabet, ...]] = {
        "mnist": (materials.digits,),
        "strokes": (signs,),
        "hand": tuple(fonts[:1]),
    }
    gap = float(
        rng.choice([rng.uniform(0.05, 0.3), rng.uniform(0.2, 0.9), rng.uniform(-0.06, 0.06)], p=(0.5, 0.33, 0.17))
    )
    return Writer(
        (*first[kind], *others),
        weight,
        float(np.exp(rng.normal(0, 0.12))),
        float(np.clip(rng.normal(0.05, 0.13), -0.35, 0.5)),
        gap,
        (float(rng.uniform(0.02, 0.12)), float(rng.uniform(0, 0.08)), float(rng.uniform(0.01, 0.1)), 0.06),
    )


KIND_SHARES = (0.5, 0.17, 0.11, 0.12, 0.05, 0.05)


@dataclass(frozen=True)
class Span:
    """Where a text was written: left, top, right and bottom in px, of its digits' height."""

    left: float
    top: float
    right: float
    bottom: float


def write(
    canvas: Canvas,
    cover: NDArray[np.uint8],
    text: str,
    by: Writer,
    start: tuple[float, float],
    em_px: float,
    rng: np.random.Generator,
    *,
    turn: float = 0.0,
    line: int = -1,
    cell: int = 0,
    overlap: float = 0.0,
) -> Span:
    """Write a text from `start` (x and the digits' top), along a line turned by `turn` radians; return where it is.

    With `overlap`, each glyph overlaps the one before by this share of the narrower one's width.
    """
    left, top = start
    x, before = left, 0
    space = float(rng.uniform(0.35, 0.9)) * em_px
    for k, character in enumerate(text):
        if character == " ":
            x, cell, before = x + space, cell + 1, 0
            continue
        shape = by.shape(character, rng)
        if shape is None:
            continue
        pose = by.pose(em_px, turn, rng)
        rise = float(rng.normal(0, by.jitter[1])) * em_px if by.jitter[1] else 0.0
        patch = rendered(shape, top + (x - left) * np.tan(turn) + rise, pose)
        if patch is None:
            continue
        at = round(x)
        if before:
            gap = by.gap + (float(rng.normal(0, by.jitter[2])) if by.jitter[2] else 0.0)
            gap_px = -overlap * min(before, patch.width) if overlap else gap * em_px
            at = max(round(x + gap_px), int(np.ceil(x + MIN_APART * em_px - (before + patch.width) / 2)))
        canvas.write(cover, patch, at, class_index(character), pose.em_px, line, cell)
        x, before = at + patch.width, patch.width
        if x > canvas.width + em_px and k:
            break
    along = (x - left) * np.tan(turn)
    return Span(left, min(top, top + along), x, max(top, top + along) + em_px)


def is_digit(glyph: int) -> bool:
    """Whether a place in `GLYPHS` is a digit's."""
    return glyph < len(DIGITS)
