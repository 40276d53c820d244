"""Hard-negative mining: training pictures without digits in which the detector sees some are shown again.

Source: Felzenszwalb et al. 2010, Object Detection with Discriminatively Trained Part-Based Models, sec. 4.
"""

import numpy as np
from numpy.typing import NDArray

from mnistry.ocr.glyph_classes import DIGITS
from mnistry.ocr.peaks import Detect, candidates
from mnistry.ocr.views import View
from mnistry.training.detector.crops import Crops, Seed

SEED = 77_002  # apart from the seeds of training and of the pages
HARD = 0.25  # probability of a digit from which on a picture without any is a hard negative


def seeds(round_: int, n: int) -> list[Seed]:
    """Return the seeds of the pictures that a round, from 0, looks at."""
    return [(SEED, round_, k) for k in range(n)]


def hard(crops: Crops, round_: int, n: int, detect: Detect) -> NDArray[np.uint8]:
    """Return which of the round's pictures are hard negatives: (n,) 1 or 0."""
    found = np.zeros(n, np.uint8)
    for k, pixels in crops.digitless(seeds(round_, n)):
        found[k] = _strongest(pixels, detect) >= HARD
    return found


def _strongest(pixels: NDArray[np.uint8], detect: Detect) -> float:
    """Return the largest probability of a digit anywhere."""
    view = View(pixels, 1.0, 0.0, 0.0, (-1e9, -1e9, 1e9, 1e9))
    found = candidates(detect(pixels), view, 0)
    return float((found.heat * np.exp(found.glyph[:, : len(DIGITS)]).sum(axis=1)).max(initial=0.0))
