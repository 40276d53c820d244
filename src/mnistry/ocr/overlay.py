"""Shows a map of probabilities as a small PNG: in 16 steps from transparent to its colour."""

import base64
import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

STEPS = 16
Colour = tuple[int, int, int]


@dataclass(frozen=True)
class Look:
    """The colours of the smallest and of the largest probability, and which are transparent and which opaque."""

    small: Colour
    large: Colour
    transparent: float = 0.0
    opaque: float = 1.0


HEAT = Look((255, 190, 0), (215, 0, 30), 0.1, 0.6)
INK = Look((190, 40, 210), (120, 0, 190))
WHITE_INK = Look((255, 255, 255), (255, 255, 255))


def data_url(values: NDArray[np.uint8], look: Look) -> str:
    """Return the PNG of a map as a data URL."""
    return f"data:image/png;base64,{base64.b64encode(png(values, look)).decode()}"


def png(values: NDArray[np.uint8], look: Look) -> bytes:
    """Return the PNG of a map (h, w), whose 255 is a probability of 1."""
    share = np.linspace(0, 1, STEPS)
    colours = np.array(look.small) + share[:, None] * (np.array(look.large) - look.small)
    opacity = np.clip((share - look.transparent) / (look.opaque - look.transparent), 0, 1)
    image = Image.fromarray((values.astype(np.uint16) * STEPS // 256).astype(np.uint8), "P")
    image.putpalette(colours.astype(np.uint8).tobytes())
    buffer = io.BytesIO()
    image.save(buffer, "PNG", bits=4, transparency=(255 * opacity).astype(np.uint8).tobytes())
    return buffer.getvalue()
