"""Geometric augmentation in the manner of other writers, combined with `degrade`: batch → batch, training only.

This module moves ink to other places, which imitates other writing styles; `degrade` imitates pens, paper and
cameras. `augment` applies both as an `Augmentation` specifies; `mnistry data augment` draws the results.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mnistry.training.augment import degrade
from mnistry.training.augment.degrade import Images

Places = NDArray[np.float32]  # (2, n, h, w): where each pixel comes from, x and y in px

CHUNK = 1024  # most images changed at once; tall images are limited by `ROWS`
ROWS = 30_000  # most that OpenCV accepts in one picture, with room for paper between images
KNOTS = 4  # of the elastic field, per axis
MARGIN_PX = 2  # around each image of a sheet


@dataclass(frozen=True)
class Augmentation:
    """The most that images are shifted (`shift`, in px), and the standard deviation of the other movements.

    `turn` and `slant` are in radians, `scale` and `aspect` are shares, and `elastic` is in px, at the knots of its
    field. `thicken` and `thin` are the shares of images whose strokes grow or shrink by 1 px, `blur` of those that
    are blurred, `coarse` of those that come from a picture of few pixels, `erase` of those that lose a rectangle,
    `grain` of those with noise. `fade` is the lowest brightness that ink is drawn at, and `degrade_share` the share
    of images for each of `degrade.KINDS`.
    """

    turn: float = 0.0
    slant: float = 0.0
    scale: float = 0.0
    aspect: float = 0.0
    shift: float = 0.0
    elastic: float = 0.0
    thicken: float = 0.0
    thin: float = 0.0
    blur: float = 0.0
    coarse: float = 0.0
    fade: float = 1.0
    erase: float = 0.0
    grain: float = 0.0
    degrade_share: float = 0.0


# The values of a recipe's `augmentation`. "affine" and "writers" imitate other writers, for MNIST's own images; the
# second adds elastic deformation (docs/design/0008). "pens" imitates other pens and cameras too (docs/reading.md).
AFFINE = Augmentation(turn=0.12, slant=0.15, scale=0.08, aspect=0.08, shift=1.5)
WRITERS = replace(AFFINE, elastic=0.4)
PENS = replace(AFFINE, elastic=0.6, thicken=0.12, thin=0.06, blur=0.15, coarse=0.08, fade=0.6, degrade_share=0.01)
AUGMENTATIONS: dict[str, Augmentation | None] = {"none": None, "affine": AFFINE, "writers": WRITERS, "pens": PENS}


def augment(images: Images, how: Augmentation, rng: np.random.Generator) -> Images:
    """Change every image (n, h, w, c) at random; the channels of an image change alike."""
    out, chunk = np.empty_like(images), max(1, min(CHUNK, ROWS // images.shape[1]))
    for at in range(0, len(images), chunk):
        out[at : at + chunk] = _chunk(images[at : at + chunk], how, rng)
    return out


def _chunk(images: Images, how: Augmentation, rng: np.random.Generator) -> Images:
    n, height, width, channels = images.shape
    places = affine(n, height, width, how, rng)
    places += elastic(n, height, width, how.elastic, rng)
    augmented = np.stack([moved(images[..., channel], places) for channel in range(channels)], axis=-1)
    if channels > 1:  # degradations are defined for ink, which has no colour
        return augmented
    ink = degrade.thickness(augmented[..., 0], how.thicken, how.thin, rng)
    ink = degrade.blurred(ink, how.blur, rng)
    ink = degrade.coarse(ink, how.coarse, rng)
    ink = degrade.faded(ink, how.fade, rng)
    kinds = [
        (how.erase, degrade.erased),
        (how.grain, degrade.grainy),
        *((how.degrade_share, kind) for kind in degrade.KINDS),
    ]
    for share, change in kinds:
        if share:  # an unused kind draws no random numbers, so a new kind leaves existing recipes unchanged
            ink = change(ink, share, rng)
    return ink[..., None]


def affine(n: int, height: int, width: int, how: Augmentation, rng: np.random.Generator) -> Places:
    """Turn, slant, stretch, scale and shift about the centre: where each pixel of the new images comes from."""
    turn, slant = rng.normal(0, how.turn, n), rng.normal(0, how.slant, n)
    aspect = rng.normal(0, how.aspect, n)
    scale = np.exp(rng.normal(0, how.scale, n))
    cos, sin = np.cos(turn), np.sin(turn)
    matrix = np.array([[cos * np.exp(aspect), -sin + slant], [sin, cos * np.exp(-aspect)]]).transpose(2, 0, 1)
    matrix = (matrix / scale[:, None, None]).astype(np.float32)
    middle = np.array([(width - 1) / 2, (height - 1) / 2], np.float32)
    grid = np.indices((height, width), np.float32)[::-1].reshape(2, -1) - middle[:, None]
    shift = rng.uniform(-how.shift, how.shift, (n, 1, 1, 2)).astype(np.float32)
    places = matrix.transpose(1, 0, 2) @ grid  # (2, n, h × w)
    places = places.reshape(2, n, height, width) + (shift + middle).transpose(3, 0, 1, 2)
    return places.astype(np.float32, copy=False)


def elastic(n: int, height: int, width: int, sd_px: float, rng: np.random.Generator) -> Places:
    """Elastic deformation: a smooth random field of displacements, as no writer repeats a digit exactly.

    `sd_px` is the standard deviation at the few knots where the field is drawn. Between them values are averaged,
    so that over all pixels it is half as large.

    Source: Simard, Steinkraus & Platt 2003, Best practices for convolutional neural networks, who
    smooth a field drawn at every pixel.
    """
    knots = rng.normal(0, sd_px, (n, KNOTS, KNOTS, 2)).astype(np.float32)
    return np.einsum("hk,nklc,wl->cnhw", _smooth(height), knots, _smooth(width), optimize=True)


def moved(images: Images, places: Places) -> Images:
    """Sample each pixel from its place, with bilinear interpolation; outside is paper."""
    import cv2

    n, height, width = images.shape
    x, y = places
    # All images are stacked in one picture, with paper between them, so that one call moves them all.
    picture = np.zeros((n, height + 2, width), np.uint8)
    picture[:, 1:-1] = images
    tops = np.arange(1, n * (height + 2), height + 2, dtype=np.float32)[:, None, None]
    stacked = np.clip(y, -1, height) + tops
    moved = cv2.remap(
        picture.reshape(-1, width), x.reshape(-1, width), stacked.reshape(-1, width), cv2.INTER_LINEAR, borderValue=0
    )
    return np.asarray(moved, np.uint8).reshape(n, height, width)


def sheet(images: Images, how: Augmentation, rng: np.random.Generator, drawn: int = 9) -> Images:
    """Return a picture (h, w) or (h, w, 3): one row per image (n, h, w, c), as it is and augmented `drawn` times."""
    columns = np.stack([images] + [augment(images, how, rng) for _ in range(drawn)], axis=1)
    cells = np.pad(columns, [(0, 0), (0, 0), (MARGIN_PX, MARGIN_PX), (MARGIN_PX, MARGIN_PX), (0, 0)])
    cells[:, 0] = np.maximum(cells[:, 0], 60)  # a grey background marks the original
    n, _, height, _, channels = cells.shape
    picture = cells.transpose(0, 2, 1, 3, 4).reshape(n * height, -1, channels)
    return picture[..., 0] if channels == 1 else picture


def _smooth(size: int) -> NDArray[np.float32]:
    """Return the weight of each knot at each pixel (size, knots): normalised Gaussians."""
    at = np.linspace(0, KNOTS - 1, size)[:, None]
    weight = np.exp(-0.5 * ((at - np.arange(KNOTS)) / 0.6) ** 2)
    return (weight / weight.sum(axis=1, keepdims=True)).astype(np.float32)
