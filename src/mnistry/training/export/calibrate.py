"""Confidence that can be believed: one temperature for all logits."""

import numpy as np
from numpy.typing import NDArray

from mnistry.errors import needs_extra


def fit_temperature(logits: NDArray[np.float32], labels: NDArray[np.int64]) -> float:
    """The temperature by which to divide `logits` (n, classes) so that confidence matches accuracy.

    Minimises the cross-entropy with `labels` (n,) of validation images, between 1/20 and 20: above 1
    where the network is too sure of itself, below 1 where it is too modest.

    Source: Guo et al. 2017, On Calibration of Modern Neural Networks.
    """
    with needs_extra("train", "calibrating"):
        from scipy.optimize import minimize_scalar
        from scipy.special import log_softmax

    wide = logits.astype(np.float64)

    def cross_entropy(log_temperature: float) -> float:
        scores = log_softmax(wide / np.exp(log_temperature), axis=1)
        return -float(scores[np.arange(len(labels)), labels].mean())

    best = minimize_scalar(cross_entropy, bounds=(-np.log(20), np.log(20)), method="bounded")
    return float(np.exp(best.x))
