"""Training images, bent and worn as other hands, pens and cameras would have them: batch → batch, training only."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

CHUNK = 1024  # images bent at once
KNOTS = 4  # of the elastic field, each way


@dataclass(frozen=True)
class Augmentation:
    """How far images are moved at most (shift, in px) or by how much they vary (sd).

    `turn` and `slant` in radians, `scale` and `aspect` as shares, `elastic` in px; `thicken` and `thin`
    are the shares of images whose strokes grow or shrink by a px, `blur` of those that are blurred,
    `coarse` of those that come from a picture of a few pixels, `fade` the lowest brightness that ink is
    drawn at.

    Source: Simard, Steinkraus & Platt 2003, Best practices for convolutional neural networks (elastic).
    """

    turn: float = 0.12
    slant: float = 0.15
    scale: float = 0.08
    aspect: float = 0.08
    shift: float = 1.5
    elastic: float = 0.6
    thicken: float = 0.12
    thin: float = 0.06
    blur: float = 0.15
    coarse: float = 0.08
    fade: float = 0.6


def augment(images: NDArray[np.uint8], how: Augmentation, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Bend every image (n, h, w, 1) by chance; new images of the same shape."""
    out = np.empty_like(images)
    for at in range(0, len(images), CHUNK):
        out[at : at + CHUNK, ..., 0] = _chunk(images[at : at + CHUNK, ..., 0], how, rng)
    return out


def _chunk(images: NDArray[np.uint8], how: Augmentation, rng: np.random.Generator) -> NDArray[np.uint8]:
    import cv2

    n, height, width = images.shape
    x, y = _places(n, height, width, how, rng)
    # All images of a chunk stand one below the other in one picture: one call bends them all.
    top = (np.arange(n) * height)[:, None, None]
    inside = (x > -1) & (x < width) & (y > -1) & (y < height)
    y = np.clip(y, 0, height - 1) + top
    stack = cv2.remap(
        images.reshape(n * height, width),
        x.reshape(-1, width),
        y.reshape(-1, width).astype(np.float32),
        cv2.INTER_LINEAR,
    ).reshape(n, height, width)
    bent = np.where(inside, stack, 0).astype(np.uint8)
    cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    chance = rng.random(n)
    for chosen, change in (
        (chance < how.thicken, lambda strip: cv2.dilate(strip, cross)),
        (chance > 1 - how.thin, lambda strip: cv2.erode(strip, cross)),
        (rng.random(n) < how.blur, lambda strip: cv2.GaussianBlur(strip, (3, 3), 0)),
    ):
        if chosen.any():
            changed = change(bent[chosen].reshape(-1, width)).reshape(-1, height, width)
            # A fine stroke that would vanish stays.
            bent[chosen] = np.where(changed.sum(axis=(1, 2), keepdims=True) > 1500, changed, bent[chosen])
    for k in np.flatnonzero(rng.random(n) < how.coarse):
        bent[k] = _coarse(bent[k], int(rng.integers(9, 19)))
    bright = rng.uniform(how.fade, 1, (n, 1, 1)) ** (rng.random((n, 1, 1)) < 0.3)
    return (bent * bright).astype(np.uint8)


def _coarse(image: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """As if it had been so many pixels wide."""
    import cv2

    small = cv2.resize(image, (side, side), interpolation=cv2.INTER_AREA)
    return cv2.resize(small, image.shape[::-1], interpolation=cv2.INTER_CUBIC).astype(np.uint8)


def _places(
    n: int, height: int, width: int, how: Augmentation, rng: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Where each pixel (n, h, w) of the new images comes from: x and y in the old one."""
    turn, slant = rng.normal(0, how.turn, n), rng.normal(0, how.slant, n)
    aspect = rng.normal(0, how.aspect, n)
    scale = np.exp(rng.normal(0, how.scale, n))
    cos, sin = np.cos(turn), np.sin(turn)
    matrix = np.array([[cos * np.exp(aspect), -sin + slant], [sin, cos * np.exp(-aspect)]]).transpose(2, 0, 1)
    matrix = (matrix / scale[:, None, None]).astype(np.float32)
    middle = np.array([(width - 1) / 2, (height - 1) / 2], np.float32)
    columns, rows = np.meshgrid(np.arange(width), np.arange(height))
    grid = np.stack([columns, rows], axis=-1).astype(np.float32) - middle
    places = np.einsum("nij,hwj->nhwi", matrix, grid) + middle
    places += rng.uniform(-how.shift, how.shift, (n, 1, 1, 2)).astype(np.float32)
    knots = rng.normal(0, how.elastic, (n, KNOTS, KNOTS, 2)).astype(np.float32)
    places += np.einsum("hk,nklc,wl->nhwc", _smooth(height), knots, _smooth(width), optimize=True)
    return places[..., 0].astype(np.float32), places[..., 1].astype(np.float32)


def _smooth(size: int) -> NDArray[np.float32]:
    """What each of the knots weighs at each pixel (size, knots): hats, smoothed."""
    at = np.linspace(0, KNOTS - 1, size)[:, None]
    weight = np.exp(-0.5 * ((at - np.arange(KNOTS)) / 0.6) ** 2)
    return (weight / weight.sum(axis=1, keepdims=True)).astype(np.float32)
