"""How the learning rate goes, step by step: the same curve for Keras' loop and for torch's."""

import numpy as np
from keras.optimizers import schedules as keras_schedules
from numpy.typing import NDArray

from mnistry.training.recipes import Recipe

WARM_UP = 0.3  # share of the steps of a cycle in which the rate rises
FROM = 1 / 25  # of the highest rate


def rates(recipe: Recipe, epoch_steps: int) -> NDArray[np.float64]:
    """The rate of every step, from first to last: (epochs × epoch_steps,).

    Source of "one-cycle": Smith & Topin 2017, Super-Convergence; its shares are torch's OneCycleLR's.
    """
    total = recipe.epochs * epoch_steps
    step = np.arange(total, dtype=np.float64)
    if recipe.schedule == "step":
        return recipe.learning_rate * recipe.epoch_decay ** (step // epoch_steps)
    warm = int(WARM_UP * total) if recipe.schedule == "one-cycle" else 0
    rise = FROM + (1 - FROM) * step / max(warm, 1)
    fall = 0.5 * (1 + np.cos(np.pi * (step - warm) / (total - warm)))
    return recipe.learning_rate * np.where(step < warm, rise, fall)


def for_keras(recipe: Recipe, epoch_steps: int) -> keras_schedules.LearningRateSchedule:
    """The same curve in Keras' own words, which its saved models understand."""
    total, rate = recipe.epochs * epoch_steps, recipe.learning_rate
    if recipe.schedule == "step":
        return keras_schedules.ExponentialDecay(rate, epoch_steps, recipe.epoch_decay, staircase=True)
    if recipe.schedule == "cosine":
        return keras_schedules.CosineDecay(rate, total)
    warm = int(WARM_UP * total)
    return keras_schedules.CosineDecay(rate * FROM, total - warm, warmup_target=rate, warmup_steps=warm)
