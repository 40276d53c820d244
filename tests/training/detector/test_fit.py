import numpy as np
import pytest

import small_pages
from mnistry.training.detector import mining, network
from mnistry.training.detector.crops import Crops
from mnistry.training.detector.fit import Fitting
from mnistry.training.detector.loop import DetectorLoop
from small_pages import RECIPE


def fitting() -> Fitting:
    return Fitting(DetectorLoop(network.build(RECIPE.widths, RECIPE.deep), RECIPE), RECIPE)


def test_its_state_holds_the_best_network_and_the_hard_negatives(monkeypatch: pytest.MonkeyPatch) -> None:
    small_pages.use(monkeypatch)
    first = fitting()
    with Crops(RECIPE, 0) as crops:
        first.loop.epoch(crops.epoch(1), 1, lambda step, loss: None)
    first.keep(1, 0.5)
    best = [array.copy() for array in first.best]
    with Crops(RECIPE, 0) as crops:
        first.loop.epoch(crops.epoch(2), 2, lambda step, loss: None)
    first.keep(2, 0.4)
    assert first.best_epoch == 1
    first.hard[1, [0, 3]] = 1
    second = fitting()
    second.load(first.state())
    assert second.best_epoch == 1
    assert all(np.array_equal(a, b) for a, b in zip(second.best, best, strict=True))
    assert not all(np.array_equal(a, b) for a, b in zip(second.loop.variables(), best, strict=True))
    assert second.mined == first.mined == [mining.seeds(1, 4)[0], mining.seeds(1, 4)[3]]
    assert all(np.array_equal(a, b) for a, b in zip(first.state(), second.state(), strict=True))
    second.keep(3, 0.5)  # as good: the later one
    assert second.best_epoch == 3
