"""Pictures to send that are hard to read."""

import io

import numpy as np
from PIL import Image


def slow_page(side: int = 50) -> bytes:
    """A picture that takes a good part of a second: full of ink that must be cut."""
    rng = np.random.default_rng(0)
    out = io.BytesIO()
    noise = np.kron(rng.integers(0, 2, (side, side), np.uint8) * 255, np.ones((16, 16), np.uint8))
    Image.fromarray(noise).save(out, "PNG")
    return out.getvalue()
