"""Learning-rate schedules, step by step: the same curve for Keras' loop and for torch's."""

import numpy as np
from keras.optimizers import schedules as keras_schedules
from numpy.typing import NDArray

from mnistry.training.recipes import Recipe

WARM_UP = 0.3  # share of a cycle's steps in which the rate rises
FROM = 1 / 25  # the first rate, as a share of the highest


def rates(recipe: Recipe, epoch_steps: int) -> NDArray[np.float64]:
    """Return the learning rate of every step, from first to last: (epochs × epoch_steps,).

    Source of "one-cycle": Smith & Topin 2017, Super-Convergence; its proportions are torch's OneCycleLR's.
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
    """Return the same curve as one of Keras' schedules, which its saved models can contain."""
    total, rate = recipe.epochs * epoch_steps, recipe.learning_rate
    if recipe.schedule == "step":
        return keras_schedules.ExponentialDecay(rate, epoch_steps, recipe.epoch_decay, staircase=True)
    if recipe.schedule == "cosine":
        return keras_schedules.CosineDecay(rate, total)
    warm = int(WARM_UP * total)
    return keras_schedules.CosineDecay(rate * FROM, total - warm, warmup_target=rate, warmup_steps=warm)
