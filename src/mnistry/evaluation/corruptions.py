"""The fifteen corruptions of MNIST-C, to test a network on degraded images: batch → batch.

    corrupt(images, "fog", seed=0)

Reimplemented from the paper's description, with our own severities: accuracies on these images are not
comparable with those on the published ones. Never used in training, because then they would no longer
measure robustness; the recipe `reader` trains on degradations similar to some (docs/design/0009).

Source: Mu & Gilmer 2019, MNIST-C: A Robustness Benchmark for Computer Vision, section 3 and figure 1.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from mnistry.errors import DataError

Images = NDArray[np.uint8]  # (n, h, w), 0–255, white ink on black
Corruption = Callable[[Images, np.random.Generator], NDArray[np.floating]]


def corrupt(images: Images, name: str, seed: int = 0) -> Images:
    """Corrupt grey images (n, h, w, 1); returns new images of the same shape, the same for the same seed.

    Raises `DataError` for a name that is not in `CORRUPTIONS`, or images in colour.
    """
    if name not in CORRUPTIONS:
        raise DataError(f"no corruption {name!r}: there are {', '.join(CORRUPTIONS)}")
    if images.shape[-1] != 1:
        raise DataError(f"images of {images.shape[-1]} channels: corruptions are for grey ones, of 1")
    rng = np.random.default_rng((seed, list(CORRUPTIONS).index(name)))
    changed = CORRUPTIONS[name](images[..., 0], rng)
    return np.clip(np.rint(changed), 0, 255).astype(np.uint8)[..., None]


def _shot_noise(images: Images, rng: np.random.Generator) -> NDArray[np.floating]:
    """Too little light: each pixel is a photon count (Poisson) with a mean of at most five."""
    return rng.poisson(images / 255 * 5) / 5 * 255.0


def _impulse_noise(images: Images, rng: np.random.Generator) -> NDArray[np.floating]:
    """Salt and pepper on 27 % of the pixels."""
    chance = rng.random(images.shape)
    return np.where(chance < 0.135, 0.0, np.where(chance > 1 - 0.135, 255.0, images))


def _glass_blur(images: Images, rng: np.random.Generator) -> NDArray[np.floating]:
    """Seen through frosted glass: blurred, neighbouring pixels swapped at random, blurred again."""
    out = _blurred(images.astype(np.float32), 0.8)
    rows, columns = np.indices(images.shape[1:])
    which = np.arange(len(images))[:, None, None]
    for _ in range(2):
        step = rng.integers(-1, 2, (2, *images.shape))
        y = np.clip(rows + step[0], 0, images.shape[1] - 1)
        x = np.clip(columns + step[1], 0, images.shape[2] - 1)
        out = out[which, y, x]
    return _blurred(out, 0.8)


def _motion_blur(images: Images, rng: np.random.Generator) -> NDArray[np.floating]:
    """Blurred along a line of seven pixels, at a random angle."""
    import cv2

    out = np.empty(images.shape, np.float32)
    for i, angle in enumerate(rng.uniform(0, np.pi, len(images))):
        kernel = np.zeros((9, 9), np.float32)
        reach = 3.5 * np.array([np.cos(angle), np.sin(angle)])
        for t in np.linspace(-1, 1, 29):
            x, y = np.rint(4 + t * reach).astype(int)
            kernel[y, x] += 1
        out[i] = cv2.filter2D(images[i].astype(np.float32), -1, kernel / kernel.sum(), borderType=cv2.BORDER_CONSTANT)
    return out


def _shear(images: Images, rng: np.random.Generator) -> NDArray[np.floating]:
    """Sheared by 0.3 to 0.6 of the height, to either side."""
    return _warped(images, [[[1, s], [0, 1]] for s in rng.choice([-1, 1], len(images)) * rng.uniform(0.3, 0.6)])


def _scale(images: Images, rng: np.random.Generator) -> NDArray[np.floating]:
    """Scaled down to 0.6 of the size."""
    return _warped(images, [[[0.6, 0], [0, 0.6]]] * len(images))


def _rotate(images: Images, rng: np.random.Generator) -> NDArray[np.floating]:
    """Rotated by 20 to 40 degrees, in either direction."""
    angles = np.deg2rad(rng.uniform(20, 40, len(images)) * rng.choice([-1, 1], len(images)))
    return _warped(images, [[[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]] for a in angles])


def _brightness(images: Images, rng: np.random.Generator) -> NDArray[np.floating]:
    """Brightened everywhere: black becomes medium grey."""
    return images + 0.5 * 255


def _translate(images: Images, rng: np.random.Generator) -> NDArray[np.floating]:
    """Moved by five pixels, in a random direction."""
    angles = rng.uniform(0, 2 * np.pi, len(images))
    return _warped(images, [np.eye(2)] * len(images), 5 * np.stack([np.cos(angles), np.sin(angles)], axis=1))


def _stripe(images: Images, rng: np.random.Generator) -> NDArray[np.floating]:
    """A wide vertical stripe in the middle is inverted."""
    out, width = images.astype(np.float32), images.shape[2]
    stripe = slice(round(width * 0.4), round(width * 0.6))
    out[:, :, stripe] = 255 - out[:, :, stripe]
    return out


def _fog(images: Images, rng: np.random.Generator) -> NDArray[np.floating]:
    """Behind clouds of several sizes, in places brighter than the ink, with less contrast."""
    clouds = np.zeros(images.shape, np.float32)
    for cells in (2, 4, 8, 16):
        clouds += _smooth_noise(images.shape, cells, rng) / cells**0.8
    clouds -= clouds.min(axis=(1, 2), keepdims=True)
    clouds /= clouds.max(axis=(1, 2), keepdims=True)
    thick = 1.5
    return 255 * (images / 255 + thick * clouds) / (1 + thick)


def _spatter(images: Images, rng: np.random.Generator) -> NDArray[np.floating]:
    """Bright drops over a tenth of the image."""
    drops = _blurred(rng.standard_normal(images.shape).astype(np.float32), 1.2)
    edge = np.quantile(drops, 0.9, axis=(1, 2), keepdims=True)
    return images + 255 * 0.8 * np.clip((drops - edge) / (0.3 * np.abs(edge)), 0, 1)


def _dotted_line(images: Images, rng: np.random.Generator) -> NDArray[np.floating]:
    """A dotted line from one side to the other."""
    return _overlaid(images, rng, dots=14, swing_px=0)


def _zigzag(images: Images, rng: np.random.Generator) -> NDArray[np.floating]:
    """A zigzag from one side to the other."""
    return _overlaid(images, rng, dots=0, swing_px=2.5)


def _canny_edges(images: Images, rng: np.random.Generator) -> NDArray[np.floating]:
    """Only the outline, as found by Canny's edge detector."""
    import cv2

    return np.stack([cv2.Canny(image, 100, 200) for image in images]).astype(np.float32)


CORRUPTIONS: dict[str, Corruption] = {
    "shot_noise": _shot_noise,
    "impulse_noise": _impulse_noise,
    "glass_blur": _glass_blur,
    "motion_blur": _motion_blur,
    "shear": _shear,
    "scale": _scale,
    "rotate": _rotate,
    "brightness": _brightness,
    "translate": _translate,
    "stripe": _stripe,
    "fog": _fog,
    "spatter": _spatter,
    "dotted_line": _dotted_line,
    "zigzag": _zigzag,
    "canny_edges": _canny_edges,
}


def _blurred(images: NDArray[np.float32], sd_px: float) -> NDArray[np.float32]:
    import cv2

    return np.stack([cv2.GaussianBlur(image, (0, 0), sd_px) for image in images]).astype(np.float32)


def _warped(images: Images, matrices: object, shift_px: object = 0.0) -> NDArray[np.float32]:
    """Transform each image by its matrix (n, 2, 2) about the centre, then shift it (n, 2) px right and down."""
    import cv2

    n, height, width = images.shape
    middle = np.array([(width - 1) / 2, (height - 1) / 2])
    turn = np.asarray(matrices, np.float64)
    moved = np.broadcast_to(middle + np.asarray(shift_px) - turn @ middle, (n, 2))
    whole = np.concatenate([turn, moved[..., None]], axis=2)
    each = (cv2.warpAffine(image, matrix, (width, height)) for image, matrix in zip(images, whole, strict=True))
    return np.stack(list(each)).astype(np.float32)


def _smooth_noise(shape: tuple[int, ...], cells: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Return smooth noise (n, h, w), interpolated from `cells` random cells along each axis."""
    import cv2

    n, height, width = shape
    knots = rng.standard_normal((n, cells + 1, cells + 1)).astype(np.float32)
    return np.stack([cv2.resize(k, (width, height), interpolation=cv2.INTER_CUBIC) for k in knots])


def _overlaid(images: Images, rng: np.random.Generator, dots: int, swing_px: float) -> NDArray[np.float32]:
    """Draw a bright line over each image from left to right, about 1.5 px wide."""
    import cv2

    n, height, width = images.shape
    out = images.copy()
    for image, (start, end) in zip(out, rng.uniform(0.15 * height, 0.85 * height, (n, 2)), strict=True):
        x = np.linspace(1, width - 2, dots or 13)
        y = start + (end - start) * x / width + swing_px * (-1) ** np.arange(len(x))
        points = np.rint(16 * np.stack([x, y], axis=1)).astype(np.int32)  # sixteenths of a px
        if dots:
            for point in points:
                cv2.circle(image, point.tolist(), 10, 255, -1, cv2.LINE_AA, shift=4)
        else:
            cv2.polylines(image, [points], False, 255, 1, cv2.LINE_AA, shift=4)
    return out.astype(np.float32)
