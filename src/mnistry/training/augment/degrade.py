"""Augmentation that imitates what pens, paper and cameras do to a digit: batch → batch, training only.

Each degradation is a function of its own. It takes images (n, h, w) uint8, 0–255, white ink on black, in most
cases the share of them to change, and a generator; it returns new images of the same shape. None is meant to be a
corruption that `mnistry.evaluation.corruptions` measures with, but several are related: docs/design/0009 says which.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Images = NDArray[np.uint8]

INK = 1500  # least sum of the pixels of a digit that can still be read
ERASED_PX = (4, 9)  # sides of the erased rectangle: from, and up to but not including
BAND = (0.08, 0.3)  # width of an inverted band, as a share of the image's side


def thickness(images: Images, thicken: float, thin: float, rng: np.random.Generator) -> Images:
    """Broaden strokes by 1 px in a share of the images, thin them in another; a stroke that would vanish stays."""
    import cv2

    cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    chance = rng.random(len(images))
    broader = _where(images, chance < thicken, lambda strip: cv2.dilate(strip, cross))
    return _where(broader, chance > 1 - thin, lambda strip: cv2.erode(strip, cross))


def blurred(images: Images, share: float, rng: np.random.Generator) -> Images:
    """Put a share of the images out of focus."""
    import cv2

    return _where(images, rng.random(len(images)) < share, lambda strip: cv2.GaussianBlur(strip, (3, 3), 0))


def coarse(images: Images, share: float, rng: np.random.Generator) -> Images:
    """Make a share of the images look as if they had been 9 to 18 pixels wide."""
    import cv2

    out = images.copy()
    for k in np.flatnonzero(rng.random(len(images)) < share):
        side = int(rng.integers(9, 19))
        small = cv2.resize(images[k], (side, side), interpolation=cv2.INTER_AREA)
        out[k] = cv2.resize(small, images[k].shape[::-1], interpolation=cv2.INTER_CUBIC)
    return out


def faded(images: Images, lowest: float, rng: np.random.Generator) -> Images:
    """Draw three images in ten fainter, down to `lowest` of their brightness."""
    n = len(images)
    bright = rng.uniform(lowest, 1, (n, 1, 1)) ** (rng.random((n, 1, 1)) < 0.3)
    return (images * bright).astype(np.uint8)


def erased(images: Images, share: float, rng: np.random.Generator) -> Images:
    """Random erasing: remove one small rectangle from a share of the images.

    Source: Zhong et al. 2017, Random Erasing Data Augmentation.
    """
    out = images.copy()
    _, height, width = images.shape
    for k in np.flatnonzero(rng.random(len(images)) < share):
        tall, wide = rng.integers(*ERASED_PX, 2)
        top, left = rng.integers(0, max(1, height - tall + 1)), rng.integers(0, max(1, width - wide + 1))
        out[k, top : top + tall, left : left + wide] = 0
    return out


def grainy(images: Images, share: float, rng: np.random.Generator) -> Images:
    """Add Gaussian noise with a standard deviation of 5 to 40 levels to a share of the images."""
    out = images.copy()
    chosen = np.flatnonzero(rng.random(len(images)) < share)
    level = rng.uniform(5, 40, (len(chosen), 1, 1)).astype(np.float32)
    noise = level * rng.standard_normal((len(chosen), *images.shape[1:]), np.float32)
    out[chosen] = np.clip(images[chosen] + noise, 0, 255).astype(np.uint8)
    return out


def specked(images: Images, share: float, rng: np.random.Generator) -> Images:
    """Add black and white specks to up to a fifth of the pixels of a share of the images, as on a bad copy."""
    out, chosen = images.copy(), np.flatnonzero(rng.random(len(images)) < share)
    dense = rng.uniform(0.02, 0.2, (len(chosen), 1, 1))
    speck = rng.choice(np.array([0, 255], np.uint8), (len(chosen), *images.shape[1:]))
    out[chosen] = np.where(rng.random(speck.shape) < dense, speck, images[chosen])
    return out


def shaded(images: Images, share: float, rng: np.random.Generator) -> Images:
    """Put a share of the images on unevenly lit paper, which reduces the contrast of the ink."""
    import cv2

    out, (_, height, width) = images.copy(), images.shape
    for k in np.flatnonzero(rng.random(len(images)) < share):
        cells = int(rng.integers(2, 7))  # patches of light per axis
        light = cv2.resize(rng.random((cells, cells), np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
        paper = 255 * (rng.uniform(0, 0.4) + rng.uniform(0, 0.6) * light)
        out[k] = np.clip(paper + images[k] * rng.uniform(0.4, 1), 0, 255)
    return out


def inverted(images: Images, share: float, rng: np.random.Generator) -> Images:
    """Invert a vertical or horizontal band, at any position, in a share of the images: black on white."""
    out = images.copy()
    for k in np.flatnonzero(rng.random(len(images)) < share):
        band = out[k] if rng.random() < 0.5 else out[k].T
        broad = max(1, round(len(band) * rng.uniform(*BAND)))
        at = int(rng.integers(0, len(band) - broad + 1))
        band[at : at + broad] = 255 - band[at : at + broad]
    return out


def hollow(images: Images, share: float, rng: np.random.Generator) -> Images:
    """Reduce a share of the images to a thin line around each stroke."""
    import cv2

    cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    return _where(images, rng.random(len(images)) < share, lambda strip: cv2.subtract(cv2.dilate(strip, cross), strip))


# Degradations of a digit in a picture, in addition to pen width and focus. Each is applied with its own
# probability, so an image may get several. None adds strokes: a digit with foreign strokes is what a wrong
# cut leaves, and the network must tell that from a digit (docs/design/0009).
KINDS: tuple[Callable[[Images, float, np.random.Generator], Images], ...] = (
    hollow,
    inverted,
    shaded,
    specked,
    grainy,
)


def _where(images: Images, chosen: NDArray[np.bool_], change: Callable[[Images], NDArray[Any]]) -> Images:
    """Change the chosen images, all in one strip, except those that would lose their ink."""
    if not chosen.any():
        return images
    out, (_, height, width) = images.copy(), images.shape
    apart = np.pad(images[chosen], [(0, 0), (1, 1), (0, 0)])  # a margin of paper, so that no image affects the next
    changed = change(apart.reshape(-1, width)).reshape(-1, height + 2, width)[:, 1:-1]
    out[chosen] = np.where(changed.sum(axis=(1, 2), keepdims=True) > INK, changed, images[chosen])
    return out
