"""What pages are made of, by split: digits of a data set, fonts by kind and script, and photos."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mnistry.data.split import Split
from mnistry.training.synthetic import page_fonts, photos
from mnistry.training.synthetic.page_fonts import SplitName
from mnistry.training.synthetic.pages.alphabets import Font, Mnist
from mnistry.training.synthetic.pages.content import LETTERS

KINDS = ("hand", "print", "display")
_OTHERS = "0123456789,.-'/:+×÷=<>%()#*$€£&?!@"


@dataclass(frozen=True, eq=False)
class Materials:
    """Digits, fonts by (kind, script), and photos (h, w, 3) uint8, none of which another split has."""

    digits: Mnist
    fonts: Mapping[tuple[str, str], Sequence[Font]]
    photos: Sequence[NDArray[np.uint8]] = ()

    def font(self, kind: str, script: str, rng: np.random.Generator) -> Font | None:
        """Return a random font of a kind and script; of any kind if there is none of this; None if there is none."""
        known = self.fonts.get((kind, script)) or [font for k in KINDS for font in self.fonts.get((k, script), ())]
        return known[int(rng.integers(len(known)))] if known else None


def materials(split: SplitName, digits: Split) -> Materials:
    """Return a split's materials, with these digits; fonts and photos are fetched once and cached.

    Raises `DataError` if they cannot be fetched.
    """
    listed = [font for font in page_fonts.known() if font.split == split]
    page_fonts.fetch_all(listed)
    fonts: dict[tuple[str, str], list[Font]] = {}
    for font in listed:
        wanted = frozenset(LETTERS[font.script] + _OTHERS)
        fonts.setdefault((font.kind, font.script), []).append(Font(font.path, page_fonts.characters(font) & wanted))
    return Materials(Mnist(digits), fonts, photos.load(split))
