"""What a classifier says of images: the type of the function that reading is handed."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Scores:
    """Scores of n images: `probabilities` (n, classes), and `log_odds` (n,) of being a digit at all."""

    probabilities: NDArray[np.float32]
    log_odds: NDArray[np.float32]

    @property
    def log_confidence(self) -> NDArray[np.float32]:
        """The log probability of each image's most probable class (n,)."""
        return np.log(np.maximum(self.probabilities.max(axis=1), 1e-9))


Classify = Callable[[NDArray[np.uint8]], Scores]  # images (n, 28, 28) uint8
