"""The result of reading a picture: `Page` → `Line` → `Digit` and `Sign`, and what was rejected."""

from dataclasses import dataclass, field
from typing import NotRequired, TypedDict

import numpy as np
from numpy.typing import NDArray

Box = tuple[int, int, int, int]


@dataclass(frozen=True, eq=False)
class Digit:
    """One digit: its class name `value`, and the confidence, position and evidence.

    `box` is (x, y, width, height) in px of the original picture, with EXIF's rotation applied;
    `probabilities` are calibrated, by class name; `image` (28, 28) uint8 is the network's input.
    """

    value: str
    confidence: float
    box: Box
    probabilities: dict[str, float]
    image: NDArray[np.uint8] = field(repr=False)


@dataclass(frozen=True, eq=False)
class Sign:
    """One sign of a line, e.g. a comma or a plus: its class name `value`, the confidence, and the position."""

    value: str
    confidence: float
    box: Box


@dataclass(frozen=True, eq=False)
class Rejected:
    """Ink that was not accepted as a digit: its position, the confidence of its best class, and the reason."""

    box: Box
    confidence: float
    reason: str
    image: NDArray[np.uint8] = field(repr=False)


@dataclass(frozen=True, eq=False)
class Line:
    """Digits and signs from left to right; `text` has a space wherever the gap between two digits is large.

    A sign is a space in `text` too, unless `signs=True` was asked for (`text.line_text`). `confidence` is the
    probability that `text` is exact, None if the reader does not know it.
    """

    text: str
    digits: tuple[Digit, ...]
    signs: tuple[Sign, ...] = ()
    confidence: float | None = None


class DigitJson(TypedDict):
    """A digit as JSON; its box is [x, y, width, height]. The server's page adds the network's input, in Base64."""

    value: str
    confidence: float
    box: list[int]
    probabilities: dict[str, float]
    image: NotRequired[str]


class SignJson(TypedDict):
    """A sign as JSON."""

    value: str
    confidence: float
    box: list[int]


class LineJson(TypedDict):
    """A line as JSON; without signs and a confidence of its own it has no such keys."""

    text: str
    digits: list[DigitJson]
    signs: NotRequired[list[SignJson]]
    confidence: NotRequired[float]


class RejectedJson(TypedDict):
    """Rejected ink as JSON, as for `DigitJson`."""

    box: list[int]
    confidence: float
    reason: str
    image: NotRequired[str]


class PageJson(TypedDict):
    """A page as JSON; `page` is its number in a file of several, `turned` is there only if the picture was turned."""

    page: NotRequired[int]
    text: str
    width: int
    height: int
    turned: NotRequired[int]
    lines: list[LineJson]
    rejected: list[RejectedJson]


@dataclass(frozen=True, eq=False)
class Page:
    """What was read from a picture of `width` × `height` px, line by line.

    `turned` is by how many degrees the picture was turned clockwise before it was read: 0, 90, 180 or 270. Boxes,
    width and height are those of the picture as given. `number` is the page's, from 1, if it was found in a file of
    several; otherwise None.
    """

    lines: tuple[Line, ...]
    rejected: tuple[Rejected, ...]
    width: int
    height: int
    turned: int = 0
    number: int | None = None

    @property
    def text(self) -> str:
        """The text of the lines, joined by line breaks; "" if nothing was read."""
        return "\n".join(line.text for line in self.lines)

    @property
    def digits(self) -> tuple[Digit, ...]:
        """All digits in reading order."""
        return tuple(digit for line in self.lines for digit in line.digits)

    def as_json(self) -> PageJson:
        """Return the object that `mnistry read --json` prints, except for the file and the model."""
        found: PageJson = {
            "text": self.text,
            "width": self.width,
            "height": self.height,
            "lines": [_line_json(line) for line in self.lines],
            "rejected": [
                {"box": list(piece.box), "confidence": round(piece.confidence, 4), "reason": piece.reason}
                for piece in self.rejected
            ],
        }
        if self.turned:
            found["turned"] = self.turned
        return found if self.number is None else {"page": self.number, **found}


def _line_json(line: Line) -> LineJson:
    found: LineJson = {
        "text": line.text,
        "digits": [
            {
                "value": digit.value,
                "confidence": round(digit.confidence, 4),
                "box": list(digit.box),
                "probabilities": {name: round(p, 4) for name, p in digit.probabilities.items()},
            }
            for digit in line.digits
        ],
    }
    if line.signs:
        found["signs"] = [
            {"value": sign.value, "confidence": round(sign.confidence, 4), "box": list(sign.box)} for sign in line.signs
        ]
    if line.confidence is not None:
        found["confidence"] = round(line.confidence, 4)
    return found
