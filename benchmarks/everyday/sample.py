"""A picture with its truth: digits with their boxes, by line and by number."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from everyday.kit import Kit

Box = tuple[float, float, float, float]  # left, top, right, bottom in px


@dataclass(frozen=True)
class TrueDigit:
    """A digit of a picture; `line` and `number` say which line it stands in, and which number (a run of digits)."""

    value: str
    box: Box
    line: int
    number: int


@dataclass(frozen=True, eq=False)
class Sample:
    """A picture (h, w, 3) uint8 and its digits in reading order."""

    pixels: NDArray[np.uint8]
    digits: tuple[TrueDigit, ...]

    @property
    def lines(self) -> tuple[str, ...]:
        """The digits of each line, without the spaces and signs between them."""
        found: dict[int, str] = {}
        for digit in self.digits:
            found[digit.line] = found.get(digit.line, "") + digit.value
        return tuple(found[line] for line in sorted(found))


@dataclass(frozen=True)
class Kind:
    """A kind of situation: the group that it is counted in, and the function that draws one."""

    name: str
    group: str
    draw: Callable[[Kit], Sample]

    @property
    def what(self) -> str:
        """What it shows."""
        return (self.draw.__doc__ or "").strip()
