from dataclasses import replace

import keras
import numpy as np
import pytest

from mnistry.training.loops import schedules
from mnistry.training.recipes import FAST, KERAS_EXAMPLE, PYTORCH_EXAMPLE, TUTORIAL, Recipe

SHORT = [replace(recipe, epochs=3) for recipe in (TUTORIAL, FAST, KERAS_EXAMPLE, PYTORCH_EXAMPLE)]


@pytest.mark.parametrize("recipe", SHORT, ids=lambda recipe: recipe.name)
def test_keras_goes_the_same_way(recipe: Recipe) -> None:
    ours = schedules.rates(recipe, 20)
    keras_schedule = schedules.for_keras(recipe, 20)
    theirs = [float(keras.ops.convert_to_numpy(keras_schedule(step))) for step in range(60)]
    assert ours.shape == (60,)
    assert ours == pytest.approx(theirs, rel=1e-5, abs=1e-9)


def test_one_cycle_is_torch_s_but_for_the_straight_rise() -> None:
    import torch

    parameter = torch.nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([parameter])
    scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.01, total_steps=1001)
    theirs = []
    for _ in range(1000):
        theirs.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    ours = schedules.rates(replace(FAST, learning_rate=0.01, epochs=1), 1000)
    assert ours[[0, 300]] == pytest.approx(np.array(theirs)[[0, 299]], rel=0.01)
    assert ours[300:] == pytest.approx(np.array(theirs)[300:], abs=2e-5)
    assert (np.diff(ours[:300]) > 0).all()


def test_a_step_down_after_each_epoch() -> None:
    rates = schedules.rates(replace(PYTORCH_EXAMPLE, epochs=3), 2)
    assert rates == pytest.approx([1, 1, 0.7, 0.7, 0.49, 0.49])
