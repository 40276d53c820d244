"""Training images, bent and worn as other hands, pens and cameras would have them: batch → batch, training only.

The hand is in here: what moves ink to other places. What pens, paper and cameras do to it is in
`wear`. `augment` puts both together as an `Augmentation` says; `mnistry data augment` draws what
comes of it.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mnistry.training.augment import degrade
from mnistry.training.augment.degrade import Images

Places = NDArray[np.float32]  # (2, n, h, w): where each pixel comes from, x and y in px

CHUNK = 1024  # images changed at once, of 28 px
ROWS = 30_000  # of one picture that OpenCV takes, with room for paper between images
KNOTS = 4  # of the elastic field, each way
MARGIN_PX = 2  # around each image of a sheet


@dataclass(frozen=True)
class Augmentation:
    """How far images are moved at most (shift, in px) or by how much they vary (sd).

    `turn` and `slant` in radians, `scale` and `aspect` as shares, `elastic` in px, at the knots of its
    field. `thicken` and `thin` are the shares of images whose strokes grow or shrink by a px, `blur` of
    those that are blurred, `coarse` of those that come from a picture of a few pixels, `erase` of those
    that lose a patch, `grain` of those with noise. `fade` is the lowest brightness that ink is drawn at,
    and `degrade_share` the share of each of `degrade.KINDS`.
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


# What a recipe's `augmentation` names. "affine" and "writers": other hands, for MNIST's own images, the second
# with elastic deformation (docs/design/0008). "pens": other pens and cameras too (docs/reading.md).
AFFINE = Augmentation(turn=0.12, slant=0.15, scale=0.08, aspect=0.08, shift=1.5)
WRITERS = replace(AFFINE, elastic=0.4)
PENS = replace(AFFINE, elastic=0.6, thicken=0.12, thin=0.06, blur=0.15, coarse=0.08, fade=0.6, degrade_share=0.01)
AUGMENTATIONS: dict[str, Augmentation | None] = {"none": None, "affine": AFFINE, "writers": WRITERS, "pens": PENS}


def augment(images: Images, how: Augmentation, rng: np.random.Generator) -> Images:
    """Change every image (n, h, w, c) by chance; the channels of one image alike."""
    out, chunk = np.empty_like(images), max(1, min(CHUNK, ROWS // images.shape[1]))
    for at in range(0, len(images), chunk):
        out[at : at + chunk] = _chunk(images[at : at + chunk], how, rng)
    return out


def _chunk(images: Images, how: Augmentation, rng: np.random.Generator) -> Images:
    n, height, width, channels = images.shape
    places = affine(n, height, width, how, rng)
    places += elastic(n, height, width, how.elastic, rng)
    augmented = np.stack([moved(images[..., channel], places) for channel in range(channels)], axis=-1)
    if channels > 1:  # strokes and grain are those of ink, which has no colour
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
        if share:  # what is not asked for draws no numbers, so that a new kind changes no recipe without it
            ink = change(ink, share, rng)
    return ink[..., None]


def affine(n: int, height: int, width: int, how: Augmentation, rng: np.random.Generator) -> Places:
    """Turned, slanted, scaled and shifted about the middle: where each pixel of the new images comes from."""
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
    """A smooth field of displacements, drawn at a few knots: a hand that is never twice the same.

    `sd_px` is that at the knots; between them they are averaged, so that of all pixels it is half as large.

    Source: Simard, Steinkraus & Platt 2003, Best practices for convolutional neural networks, who
    smooth a field drawn at every pixel.
    """
    knots = rng.normal(0, sd_px, (n, KNOTS, KNOTS, 2)).astype(np.float32)
    return np.einsum("hk,nklc,wl->cnhw", _smooth(height), knots, _smooth(width), optimize=True)


def moved(images: Images, places: Places) -> Images:
    """Each pixel from its place, between pixels by bilinear interpolation; outside is paper."""
    import cv2

    n, height, width = images.shape
    x, y = places
    # All images stand one below the other in one picture, paper between them: one call moves them all.
    picture = np.zeros((n, height + 2, width), np.uint8)
    picture[:, 1:-1] = images
    tops = np.arange(1, n * (height + 2), height + 2, dtype=np.float32)[:, None, None]
    stacked = np.clip(y, -1, height) + tops
    moved = cv2.remap(
        picture.reshape(-1, width), x.reshape(-1, width), stacked.reshape(-1, width), cv2.INTER_LINEAR, borderValue=0
    )
    return np.asarray(moved, np.uint8).reshape(n, height, width)


def sheet(images: Images, how: Augmentation, rng: np.random.Generator, drawn: int = 9) -> Images:
    """A picture (h, w) or (h, w, 3): a row an image (n, h, w, c), first as it is, then drawn anew so many times."""
    columns = np.stack([images] + [augment(images, how, rng) for _ in range(drawn)], axis=1)
    cells = np.pad(columns, [(0, 0), (0, 0), (MARGIN_PX, MARGIN_PX), (MARGIN_PX, MARGIN_PX), (0, 0)])
    cells[:, 0] = np.maximum(cells[:, 0], 60)  # on grey: what is not drawn anew
    n, _, height, _, channels = cells.shape
    picture = cells.transpose(0, 2, 1, 3, 4).reshape(n * height, -1, channels)
    return picture[..., 0] if channels == 1 else picture


def _smooth(size: int) -> NDArray[np.float32]:
    """What each of the knots weighs at each pixel (size, knots): hats, smoothed."""
    at = np.linspace(0, KNOTS - 1, size)[:, None]
    weight = np.exp(-0.5 * ((at - np.arange(KNOTS)) / 0.6) ** 2)
    return (weight / weight.sum(axis=1, keepdims=True)).astype(np.float32)
