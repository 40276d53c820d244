"""Writes text on a sheet: by hand, with MNIST's digits or a European hand's, or in print."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from everyday import strokes
from everyday.faces import Face, Glyph
from everyday.kit import Kit
from everyday.sheet import Pen, Sheet

DIGITS = "0123456789"
MAX_OVERLAP = 0.4  # of the narrower digit's width
Drawn = Callable[[str, float], Glyph | None]


@dataclass(frozen=True)
class Span:
    """Where a text stands, in px; `top` and `bottom` are those of its digits."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, eq=False)
class Writer:
    """Who writes: `drawn` gives digits and signs, `face` all that it does not; without `drawn` all are printed.

    `gap` is the distance of drawn digits in digit heights; `jitter` how uneven sizes, gaps and baseline are.
    """

    kit: Kit
    face: Face
    pen: Pen
    drawn: Drawn | None = None
    gap: float = 0.0
    jitter: float = 0.0

    def write(
        self, sheet: Sheet, text: str, x: float, y: float, height_px: float, line: int | None = None, rise: float = 0.0
    ) -> Span:
        """Write a text whose digits' top is at `y`; it rises by `rise` px for each px to the right.

        Its digits belong to `line`, by default a new one. Writing stops where the sheet ends.
        """
        rng, left = self.kit.rng, x
        if line is None and set(text) & set(DIGITS):
            line = sheet.new_line()
        space = height_px * (0.55 if not self.jitter else float(rng.uniform(0.55, 0.9)))
        sheet.numbers += 1
        for character in text:
            if character == " ":
                x, sheet.numbers = x + space, sheet.numbers + 1
                continue
            size = height_px * (1 + self.jitter * float(rng.normal(0, 0.6)))
            glyph = self._glyph(character, size)
            if glyph is None:
                continue
            shift = self.jitter * height_px * float(rng.normal(0, 0.35)) + (height_px - size)
            at = round(x + glyph.bearing), round(y + glyph.top + shift - rise * (x - left))
            if not sheet.holds(glyph.mask, *at):
                break
            sheet.ink(glyph.mask, *at, self.pen)
            if character in DIGITS and line is not None:
                sheet.digit(character, glyph.mask, *at, line)
            else:
                sheet.numbers += 1
            x += self._advance(glyph, height_px)
        sheet.numbers += 1
        low, high = sorted((y, y - rise * (x - left)))
        return Span(left, low, x - self.gap * height_px, high + height_px)

    def centred(self, sheet: Sheet, digit: str, middle: float, y: float, height_px: float, line: int) -> None:
        """Write one digit, a number of its own, whose ink has its middle at x = `middle`."""
        glyph = self._glyph(digit, height_px * (1 + self.jitter * self.kit.around(0, 0.4)))
        if glyph is None:
            raise ValueError(f"{digit!r}: wanted a digit of this writer")
        at = round(middle - glyph.mask.shape[1] / 2), round(y + glyph.top)
        sheet.ink(glyph.mask, *at, self.pen)
        sheet.numbers += 1
        sheet.digit(digit, glyph.mask, *at, line)
        sheet.numbers += 1

    def touching(self, sheet: Sheet, text: str, x: float, y: float, height_px: float, line: int | None = None) -> Span:
        """Write digits that overlap, in 10 to 40 % of the narrower one's width, so that their strokes meet."""
        line, left = sheet.new_line() if line is None else line, x
        sheet.numbers += 1
        before: tuple[NDArray[np.uint8], int, int] | None = None
        for character in text:
            glyph = self._glyph(character, height_px * (1 + self.jitter * self.kit.around(0, 0.5)))
            if glyph is None:
                raise ValueError(f"{character!r}: wanted a digit of this writer to write in touch")
            top = round(y + glyph.top + self.jitter * height_px * self.kit.around(0, 0.3))
            at = round(x) if before is None else self._against(before, glyph.mask, top)
            if not sheet.holds(glyph.mask, at, top):
                break
            sheet.ink(glyph.mask, at, top, self.pen)
            sheet.digit(character, glyph.mask, at, top, line)
            before, x = (glyph.mask, at, top), at + glyph.mask.shape[1]
        sheet.numbers += 1
        return Span(left, y, x, y + height_px)

    def width(self, text: str, height_px: float) -> float:
        """Return about how wide a text will be, in px."""
        if self.drawn:
            return sum(0.9 if c == " " else 0.45 if c in ".,:'" else 0.75 + self.gap for c in text) * height_px
        glyphs = [self.face.glyph(character, height_px) for character in text]
        return sum(0.55 * height_px if glyph is None else glyph.advance or 0.0 for glyph in glyphs)

    def with_pen(self, pen: Pen) -> "Writer":
        """Return the same hand with another pen."""
        return replace(self, pen=pen)

    def _glyph(self, character: str, height_px: float) -> Glyph | None:
        found = self.drawn(character, height_px) if self.drawn else None
        return found or self.face.glyph(character, height_px)

    def _advance(self, glyph: Glyph, height_px: float) -> float:
        if glyph.advance is not None:
            return glyph.advance + self.jitter * height_px * abs(float(self.kit.rng.normal(0, 0.2)))
        return glyph.mask.shape[1] + height_px * max(0.03, self.gap + self.jitter * float(self.kit.rng.normal(0, 0.5)))

    def _against(self, before: tuple[NDArray[np.uint8], int, int], mask: NDArray[np.uint8], top: int) -> int:
        """Return how far left a digit goes: by a random share of the narrower width, and on until the strokes meet."""
        other, left, other_top = before
        narrower, end = min(other.shape[1], mask.shape[1]), left + other.shape[1]
        at = end
        for share in np.linspace(self.kit.between(0.1, 0.3), MAX_OVERLAP, 9):
            at = round(end - share * narrower)
            if _meet(other, (left, other_top), mask, (at, top)):
                break
        return at


def _meet(first: NDArray[np.uint8], at: tuple[int, int], second: NDArray[np.uint8], second_at: tuple[int, int]) -> bool:
    """Whether two masks share ink."""
    x0, y0 = max(at[0], second_at[0]), max(at[1], second_at[1])
    x1 = min(at[0] + first.shape[1], second_at[0] + second.shape[1])
    y1 = min(at[1] + first.shape[0], second_at[1] + second.shape[0])
    if x0 >= x1 or y0 >= y1:
        return False
    one = first[y0 - at[1] : y1 - at[1], x0 - at[0] : x1 - at[0]]
    other = second[y0 - second_at[1] : y1 - second_at[1], x0 - second_at[0] : x1 - second_at[0]]
    return int((np.minimum(one, other) > 127).sum()) >= 3


def by_hand(kit: Kit, pen: Pen, jitter: float | None = None, gap: float | None = None) -> Writer:
    """Return a writer whose digits are MNIST's: each by another hand, with one pen."""
    slant = kit.around(0.12, 0.1)

    def drawn(character: str, height_px: float) -> Glyph | None:
        if character in DIGITS:
            return kit.stock.digits.draw(character, height_px, pen.stroke, kit.around(0, 0.04), kit.rng)
        return _sign(character, height_px, pen, slant, kit)

    even = kit.between(0.02, 0.1) if jitter is None else jitter
    return Writer(kit, kit.pick(kit.stock.hand), pen, drawn, kit.between(0.08, 0.3) if gap is None else gap, even)


def european(kit: Kit, pen: Pen) -> Writer:
    """Return a writer with a long flag on the 1, a bar through the 7, an open 4: one form of each digit."""
    slant, stroke = kit.around(0.1, 0.12), pen.stroke or kit.between(0.06, 0.14)
    forms: dict[str, str] = {digit: kit.pick(known) for digit, known in strokes.EUROPEAN.items()}

    def drawn(character: str, height_px: float) -> Glyph | None:
        if character in forms:
            return strokes.draw(forms[character], height_px, stroke, slant, kit.rng)
        return _sign(character, height_px, replace(pen, stroke=stroke), slant, kit)

    return Writer(kit, kit.pick(kit.stock.hand), pen, drawn, kit.between(0.1, 0.3), kit.between(0.02, 0.08))


def _sign(character: str, height_px: float, pen: Pen, slant: float, kit: Kit) -> Glyph | None:
    templates = strokes.SIGNS.get(character)
    return strokes.draw(kit.pick(templates), height_px, pen.stroke or 0.09, slant, kit.rng) if templates else None


def hand_font(kit: Kit, pen: Pen) -> Writer:
    """Return a writer whose letters and digits are those of a handwriting font."""
    return Writer(kit, kit.pick(kit.stock.hand), pen, None, 0.0, kit.between(0.01, 0.05))


def printed(kit: Kit, pen: Pen, faces: Sequence[Face] = ()) -> Writer:
    """Return a writer that prints, in one of these fonts."""
    return Writer(kit, kit.pick(faces or kit.stock.print), pen)


def any_hand(kit: Kit, pen: Pen) -> Writer:
    """Return a writer by hand: most often with MNIST's digits."""
    which = kit.rng.random()
    return by_hand(kit, pen) if which < 0.7 else european(kit, pen) if which < 0.85 else hand_font(kit, pen)
