"""How probable it is that a digit is there and is the one that was read: one logistic regression over the evidence.

Source: Platt 1999, Probabilistic Outputs for Support Vector Machines.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FEATURES = ("heat", "digit", "value", "classifier", "margin", "height", "scale", "digits beside", "letters beside")
CERTAIN = 9.0  # log odds: more says nothing


@dataclass(frozen=True)
class Confidence:
    """`weights` of `FEATURES` and `bias`, fitted on validation pages; `line` and `line_bias` are those of a whole line.

    `detector` and `classifier` weigh the two networks' log probabilities of the digit's value.
    """

    weights: tuple[float, ...] = (0.9, 0.6, 1.0, 0.25, 0.15, -0.5, -0.3, 0.0, 0.0)
    bias: float = 0.0
    line: float = 1.0
    line_bias: float = 0.0
    detector: float = 1.0
    classifier: float = 0.7

    def combined(self, of_detector: NDArray[np.floating], of_classifier: NDArray[np.floating]) -> NDArray[np.float32]:
        """Return the probabilities of the classes (n, classes) from both networks' log probabilities."""
        logits = self.detector * of_detector + self.classifier * of_classifier
        shares = np.exp(logits - logits.max(axis=1, keepdims=True, initial=-1e9))
        return (shares / shares.sum(axis=1, keepdims=True)).astype(np.float32)

    def of(self, features: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return the probability of being right (n,) from features (n, `FEATURES`)."""
        return 1 / (1 + np.exp(-(features @ np.array(self.weights) + self.bias)))

    def of_line(self, parts: Sequence[float]) -> float:
        """Return the probability that a line is exact from those of its digits, which may depend on each other."""
        return float(1 / (1 + np.exp(-(self.line * log_odds(np.prod(parts)) + self.line_bias))))


def log_odds(probability: NDArray[np.floating] | np.floating) -> NDArray[np.float64]:
    """Return log(p / (1 - p)), limited to ±`CERTAIN`."""
    p = np.clip(np.float64(probability), 1e-12, 1 - 1e-12)
    return np.clip(np.log(p / (1 - p)), -CERTAIN, CERTAIN)
