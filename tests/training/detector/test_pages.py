import numpy as np
import pytest

import small_pages
from mnistry.ocr.glyph_classes import GLYPHS
from mnistry.ocr.peaks import Maps
from mnistry.training.detector import pages
from mnistry.training.detector.judge import Verdict


def blind(pixels: np.ndarray) -> Maps:
    """What a detector says that sees nothing."""
    h, w = pixels.shape[0] // 2, pixels.shape[1] // 2
    flat = np.zeros((2, h, w), np.float32)
    glyph = np.zeros((len(GLYPHS), h, w), np.float32)
    ink, text = np.zeros((2 * h, 2 * w), np.float32), np.zeros((2, h // 4, w // 4), np.float32)
    return Maps(flat[0], glyph, flat, flat, flat, ink, text)


def test_pages_are_always_the_same_and_other_ones_in_each_split(monkeypatch: pytest.MonkeyPatch) -> None:
    small_pages.use(monkeypatch)
    first, second = list(pages.drawn("validation", 3)), list(pages.drawn("validation", 3))
    assert [page.pixels.shape[:2] for page in first] == list(pages.SIZES[:3])
    assert all(np.array_equal(a.pixels, b.pixels) for a, b in zip(first, second, strict=True))
    assert not np.array_equal(first[0].pixels, next(pages.drawn("figures", 1)).pixels)


def test_a_blind_detector_is_silent_on_all_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    small_pages.use(monkeypatch)
    verdict = pages.validate(blind, pages.drawn("validation", 4))
    assert verdict.true > 0
    assert verdict == Verdict(verdict.true, 0, 0, verdict.lines, 0, verdict.empty, verdict.empty)
    assert verdict.score == 0
