"""Temperature scaling: one temperature for all logits, so that confidence matches accuracy."""

import numpy as np
from numpy.typing import NDArray

from mnistry.errors import needs_extra


def fit_temperature(logits: NDArray[np.float32], labels: NDArray[np.int64]) -> float:
    """Temperature scaling: return the number to divide `logits` (n, classes) by, so that confidence matches accuracy.

    Minimises the cross-entropy with `labels` (n,) of validation images, between 1/20 and 20: above 1 if
    the network is overconfident, below 1 if it is underconfident.

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
