from dataclasses import replace

import keras
import numpy as np
import pytest

from mnistry.training.detector import network
from mnistry.training.detector.loop import DetectorLoop
from mnistry.training.detector.targets import Targets, stacked
from mnistry.training.synthetic.pages import scene
from mnistry.training.synthetic.pages.materials import Materials
from small_pages import RECIPE

STEPS = 40


@pytest.fixture(scope="module")
def batch(materials: Materials) -> Targets:
    return stacked([scene.draw(64, 96, materials, np.random.default_rng(k), 24.0) for k in range(4)])


def made(**changes: object) -> DetectorLoop:
    recipe = replace(RECIPE, epochs=2, crops=STEPS * 4, learning_rate=0.01, **changes)
    return DetectorLoop(network.build(recipe.widths, recipe.deep), recipe)


def test_it_learns_and_detects_with_the_mean_of_its_weights(batch: Targets) -> None:
    loop, losses = made(), list[float]()
    before = loop.variables()
    means = loop.epoch([batch] * STEPS, 1, lambda step, loss: losses.append(loss))
    assert len(losses) == STEPS
    assert means["loss"] == pytest.approx(losses[-1])
    assert losses[-1] < 0.8 * losses[0]
    assert not all(np.array_equal(a, b) for a, b in zip(before, loop.variables(), strict=True))
    raw = [keras.ops.convert_to_numpy(variable).copy() for variable in loop.model.variables]
    with loop.detecting() as detect:
        maps = detect(batch.pictures[0])
        held = [keras.ops.convert_to_numpy(variable).copy() for variable in loop.model.variables]
    assert all(np.array_equal(a, b) for a, b in zip(held, loop.variables(), strict=True))
    assert not all(np.array_equal(a, b) for a, b in zip(held, raw, strict=True))
    assert maps.heat.shape == (32, 48)
    assert maps.ink.shape == (64, 96)
    assert 0 <= maps.heat.min() <= maps.heat.max() <= 1
    after = [keras.ops.convert_to_numpy(variable) for variable in loop.model.variables]
    assert all(np.array_equal(a, b) for a, b in zip(after, raw, strict=True))


def test_the_rate_rises_then_falls_to_a_hundredth() -> None:
    loop = made(warm_up=10)
    rates = [loop._rate(number) for number in range(1, 2 * STEPS + 1)]
    assert int(np.argmax(rates)) + 1 == 10
    assert rates[0] == pytest.approx(0.001, rel=0.01)
    assert rates[-1] == pytest.approx(0.0001)
