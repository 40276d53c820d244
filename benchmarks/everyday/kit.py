"""What a situation is drawn from: MNIST's test images, fonts and photos of the split `figures`, and a seed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from everyday.faces import Face
from everyday.mnist_ink import MnistInk
from mnistry.data import load_dataset
from mnistry.training.synthetic import page_fonts, photos

T = TypeVar("T")
DISPLAY = "dseg"  # the package of fonts that look as seven-segment displays do


@dataclass(frozen=True, eq=False)
class Stock:
    """Digits, fonts by what they are for, and photos (h, w, 3) uint8: none is learned by a network here."""

    digits: MnistInk
    hand: Sequence[Face]
    print: Sequence[Face]
    segments: Sequence[Face]
    scripts: Mapping[str, Sequence[Face]] = field(default_factory=dict)
    photos: Sequence[NDArray[np.uint8]] = ()


def figures() -> Stock:
    """Return what is kept for figures; fonts and photos are fetched once. Raises `DataError` if they cannot be."""
    listed = [font for font in page_fonts.known() if font.split == "figures"]
    page_fonts.fetch_all(listed)
    faces = {font: Face(str(font.path), page_fonts.characters(font)) for font in listed}
    latin = {font: face for font, face in faces.items() if font.script == "latin"}
    scripts: dict[str, list[Face]] = {}
    for font, face in faces.items():
        scripts.setdefault(font.script, []).append(face)
    return Stock(
        MnistInk(load_dataset().test),
        [face for font, face in latin.items() if font.kind == "hand"],
        [face for font, face in latin.items() if font.kind == "print"],
        [face for font, face in latin.items() if font.package == DISPLAY],
        scripts,
        photos.load("figures"),
    )


@dataclass(frozen=True, eq=False)
class Kit:
    """The stock and the random generator of one picture; its sheet has at most about `max_px` pixels."""

    stock: Stock
    rng: np.random.Generator
    max_px: float = 12e6

    def chance(self, share: float) -> bool:
        """Return true in this share of calls."""
        return bool(self.rng.random() < share)

    def between(self, low: float, high: float) -> float:
        """Return a number between two others."""
        return float(self.rng.uniform(low, high))

    def whole(self, low: int, high: int) -> int:
        """Return an integer from `low` to `high`, both included."""
        return int(self.rng.integers(low, high + 1))

    def pick(self, items: Sequence[T]) -> T:
        """Return one of the items."""
        return items[int(self.rng.integers(len(items)))]

    def around(self, middle: float, sd: float) -> float:
        """Return a normally distributed number."""
        return float(self.rng.normal(middle, sd))
