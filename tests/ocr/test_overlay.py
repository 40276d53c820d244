import io

import numpy as np
import pytest
from PIL import Image

from mnistry.ocr import overlay
from mnistry.ocr.overlay import HEAT, INK, WHITE_INK, Look


@pytest.mark.parametrize("look", [HEAT, INK, WHITE_INK])
def test_a_map_goes_from_transparent_to_its_colour(look: Look) -> None:
    values = np.repeat(np.arange(256, dtype=np.uint8)[None], 40, axis=0)
    shown = np.asarray(Image.open(io.BytesIO(overlay.png(values, look))).convert("RGBA"))
    assert shown.shape == (40, 256, 4)
    assert (shown[:, 0, 3] == 0).all()
    assert tuple(shown[0, -1]) == (*look.large, 255)
    assert (np.diff(shown[0, :, 3].astype(int)) >= 0).all()
    assert len(np.unique(shown[0], axis=0)) <= 16


def test_it_is_small_even_of_noise() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (900, 1200)).astype(np.uint8)
    assert len(overlay.png(noise, HEAT)) < 900 * 1200 / 2 * 1.05  # half a byte a pixel
    assert len(overlay.png(np.zeros((900, 1200), np.uint8), HEAT)) < 3_000
    assert overlay.data_url(noise[:9, :9], INK).startswith("data:image/png;base64,iVBOR")
