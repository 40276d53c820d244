import numpy as np
import pytest

import small_pages
from mnistry.ocr.glyph_classes import DIGITS
from mnistry.training.detector.crops import Crops, drawn
from mnistry.training.detector.targets import Targets
from small_pages import RECIPE


def pixels(batches: list[Targets]) -> np.ndarray:
    return np.concatenate([batch.pictures for batch in batches])


def test_an_epoch_is_the_same_in_other_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    small_pages.use(monkeypatch, at_once=False)
    with Crops(RECIPE, 3, processes=1) as crops:
        there = list(crops.epoch(2))
        digitless = dict(crops.digitless([(9, k) for k in range(20)]))
    small_pages.use(monkeypatch)
    with Crops(RECIPE, 3) as crops:
        here = list(crops.epoch(2))
        assert not np.array_equal(pixels(list(crops.epoch(1))), pixels(here))
    assert len(there) == RECIPE.steps
    for a, b in zip(there, here, strict=True):
        assert all(np.array_equal(x, y) for x, y in zip(vars(a).values(), vars(b).values(), strict=True))
    pages = [drawn((9, k), RECIPE.height, RECIPE.width, small_pages.materials("training")) for k in range(20)]
    assert list(digitless) == [k for k, page in enumerate(pages) if not (page.glyphs < len(DIGITS)).any()]
    assert all(np.array_equal(digitless[k], pages[k].pixels) for k in digitless)


def test_hard_negatives_are_mixed_in(monkeypatch: pytest.MonkeyPatch) -> None:
    small_pages.use(monkeypatch)
    mined = [(9, k) for k in range(3)]
    with Crops(RECIPE, 3) as crops:
        seeds = [crops._seeds(1, step, mined) for step in range(200)]
        assert crops._seeds(1, 7, mined) == seeds[7]
    hard = [sum(seed in mined for seed in of) for of in seeds]
    assert all(len(of) == len(set(of)) == RECIPE.batch_size for of in seeds)
    assert np.mean(hard) == pytest.approx(RECIPE.batch_size * RECIPE.mined_share, abs=0.3)
    assert max(hard) == 3
