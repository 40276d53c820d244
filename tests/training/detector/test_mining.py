import numpy as np
import pytest

import small_pages
from mnistry.ocr.glyph_classes import GLYPHS
from mnistry.ocr.peaks import Maps
from mnistry.training.detector import mining
from mnistry.training.detector.crops import Crops
from small_pages import RECIPE


def maps(heat: float, glyph: str) -> Maps:
    """What a detector says that sees one glyph, of this class, in the middle of any picture."""
    h, w = RECIPE.height // 2, RECIPE.width // 2
    found = Maps(
        np.zeros((h, w), np.float32),
        np.zeros((len(GLYPHS), h, w), np.float32),
        np.ones((2, h, w), np.float32),
        np.ones((2, h, w), np.float32),
        np.ones((2, h, w), np.float32),
        np.zeros((2 * h, 2 * w), np.float32),
        np.ones((2, h // 4, w // 4), np.float32),
    )
    found.heat[h // 2, w // 2] = heat
    found.glyph[GLYPHS.index(glyph)] = 20
    return found


@pytest.mark.parametrize(("heat", "glyph", "hard"), [(0.9, "7", True), (0.9, "other", False), (0.2, "7", False)])
def test_a_hard_negative_is_a_picture_without_digits_in_which_one_is_seen(
    heat: float, glyph: str, hard: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_pages.use(monkeypatch)
    with Crops(RECIPE, 0) as crops:
        found = mining.hard(crops, 1, 30, lambda pixels: maps(heat, glyph))
        without = [k for k, _ in crops.digitless(mining.seeds(1, 30))]
    assert 0 < len(without) < 30
    assert np.flatnonzero(found).tolist() == (without if hard else [])
