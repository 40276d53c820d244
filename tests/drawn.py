"""Digits drawn for the tests: MNIST's validation images as ink on pictures of any size."""

import cv2
import numpy as np
from numpy.typing import NDArray

from mnistry.data.dataset import Dataset


def pen(image: NDArray[np.uint8], times: int) -> NDArray[np.uint8]:
    """An MNIST image enlarged, with edges as sharp as a pen's: white on black (28·times, 28·times)."""
    large = cv2.resize(image.astype(np.float32), None, fx=times, fy=times, interpolation=cv2.INTER_CUBIC)
    return np.clip((large - 127) * times / 2 + 127, 0, 255).astype(np.uint8)


def row(dataset: Dataset, label_order: str, times: int = 3, gap_px: int = 0) -> NDArray[np.uint8]:
    """Digits side by side, white on black: the first validation image of each, in this order."""
    labels = dataset.validation.labels
    images = dataset.validation.images[..., 0]
    digits = [
        np.pad(pen(images[np.flatnonzero(labels == int(d))[0]], times), ((0, 0), (0, gap_px))) for d in label_order
    ]
    return np.concatenate(digits, axis=1)
