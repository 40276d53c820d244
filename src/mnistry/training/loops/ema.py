"""Exponential moving average (EMA) of the weights, which is more accurate than the last step's weights."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

WARM_UP = 10  # steps; an early average covers few steps, so its decay is lower


class WeightAverages:
    """Exponential moving averages (EMA) of a model's float variables, normalisation statistics included.

    At step t, from 1, the decay is the smaller of `decay` and (1 + t) / (10 + t).

    Source: Polyak & Juditsky 1992, Acceleration of Stochastic Approximation by Averaging; the warm-up
    is that of TensorFlow's ExponentialMovingAverage.
    """

    def __init__(self, variables: Sequence[Any], decay: float) -> None:
        self._decay = decay
        self._of = [variable for variable in variables if keras.backend.is_float_dtype(variable.dtype)]
        # Copied through numpy: on torch, a variable made from another would share its memory.
        self._means = [keras.Variable(_copy(variable), trainable=False, dtype=variable.dtype) for variable in self._of]

    def update(self, step: int) -> None:
        """Update the averages with the variables as the step, counted from 1, has left them."""
        decay = min(self._decay, (1 + step) / (WARM_UP + step))
        if keras.backend.backend() == "torch":
            from torch.optim.swa_utils import get_ema_multi_avg_fn

            get_ema_multi_avg_fn(decay)([m.value.data for m in self._means], [v.value.data for v in self._of], step)
            return
        for mean, variable in zip(self._means, self._of, strict=True):
            mean.assign(mean * decay + variable * (1 - decay))

    def swap(self) -> None:
        """Exchange the averages and the model's variables; a second call undoes this."""
        for mean, variable in zip(self._means, self._of, strict=True):
            kept = _copy(mean)
            mean.assign(variable)
            variable.assign(kept)

    def state(self) -> list[NDArray[Any]]:
        """Return copies of the averages."""
        return [_copy(mean) for mean in self._means]

    def load(self, arrays: Sequence[NDArray[Any]]) -> None:
        """Restore such a state."""
        for mean, array in zip(self._means, arrays, strict=True):
            mean.assign(array)


def _copy(variable: Any) -> NDArray[Any]:
    return np.array(keras.ops.convert_to_numpy(variable))


@contextmanager
def averaged(averages: WeightAverages | None) -> Iterator[None]:
    """Hold the averages, if there are any, in the model's variables while the context lasts."""
    if averages:
        averages.swap()
    try:
        yield
    finally:
        if averages:
            averages.swap()
