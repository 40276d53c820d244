"""Images of non-digits for a network to learn to reject: two digits in one, letters, scribbles, shapes, textures.

This is outlier exposure. Source: Hendrycks, Mazeika & Dietterich 2019, Deep Anomaly Detection with Outlier
Exposure.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from mnistry.data.split import Split
from mnistry.ocr import geometry

SIDE_PX = 112
# Letters that some writing style writes like a digit are left out: O I l Z z S s q g b o i j y.
LETTERS = "ABCDEFGHJKLMNPQRTUVWXYacdefhkmnprtuvwx"
SIGNS = "+-*=?!&%$#@<>{}[]~^;:"
SLIM, LEAN, FILLED = 2.2, 40, 0.7  # of a 1: least length over width, most lean in degrees, least share of its box


def nondigits(n: int, digits: Split, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Generate `n` images (n, 28, 28, 1) of non-digits, some of them made of `digits`.

    All kinds are equally frequent, except shapes, which are twice as frequent.
    """
    kinds: tuple[Callable[[Split, np.random.Generator], NDArray[np.uint8]], ...]
    kinds = (pair, sign, scribble, shape, shape, texture)
    images = []
    while len(images) < n:
        canvas = kinds[len(images) % len(kinds)](digits, rng)
        if canvas.any() and not could_be_one(canvas):
            images.append(geometry.to_mnist(canvas))
    return np.stack(images)[..., None]


def could_be_one(canvas: NDArray[np.uint8]) -> bool:
    """Whether all ink (h, w) is roughly one upright stroke, which could be a 1 of a broad pen, whatever was meant."""
    import cv2

    ink = (canvas > 64).astype(np.uint8)
    if not ink.any():
        return False
    corners = cv2.boxPoints(cv2.minAreaRect(cv2.findNonZero(ink)))
    short, long = sorted(corners[1:3] - corners[:2], key=lambda side: float(np.hypot(*side)))
    width, length = float(np.hypot(*short)) + 1, float(np.hypot(*long)) + 1
    upright = abs(long[1]) > length * np.cos(np.deg2rad(LEAN))
    return upright and length > SLIM * width and int(ink.sum()) > FILLED * length * width


def pair(digits: Split, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Two digits side by side that touch, or nearly touch: what a missing cut leaves."""
    left, right = (geometry.cropped(_any(digits, rng)) for _ in range(2))
    return _joined(left, right, rng)


def sign(digits: Split, rng: np.random.Generator) -> NDArray[np.uint8]:
    """A letter or a sign, drawn with one of Hershey's fonts."""
    import cv2

    canvas = np.zeros((SIDE_PX, SIDE_PX), np.uint8)
    letters = LETTERS if rng.random() < 0.8 else SIGNS
    font = int(rng.choice([0, 1, 2, 3, 4, 5, 6, 7])) + (16 if rng.random() < 0.3 else 0)
    character = letters[rng.integers(len(letters))]
    cv2.putText(canvas, character, (32, 80), font, 2.4, 255, int(rng.integers(2, 12)), cv2.LINE_AA)
    return _distorted(canvas, rng)


def scribble(digits: Split, rng: np.random.Generator) -> NDArray[np.uint8]:
    """One to three pen strokes that wander, turn or zigzag."""
    import cv2

    canvas = np.zeros((SIDE_PX, SIDE_PX), np.uint8)
    for _ in range(int(rng.integers(1, 4))):
        count = int(rng.integers(5, 16))
        knots = rng.uniform(12, 100, (count, 2))
        if rng.random() < 0.4:  # a zigzag from one side to the other
            knots[:, 0] = np.sort(knots[:, 0])
            knots[::2, 1] = rng.uniform(15, 40, len(knots[::2]))
            knots[1::2, 1] = rng.uniform(70, 98, len(knots[1::2]))
        steps = np.linspace(0, count - 1, 12 * count)
        curve = np.stack([np.interp(steps, np.arange(count), knots[:, i]) for i in (0, 1)], axis=1)
        smooth = np.ones(int(rng.integers(1, 14)))
        curve = np.stack([np.convolve(curve[:, i], smooth / len(smooth), "valid") for i in (0, 1)], axis=1)
        points = np.round(curve * 16).astype(np.int32)
        cv2.polylines(canvas, [points], False, 255, int(rng.integers(2, 10)), cv2.LINE_AA, 4)
    return canvas


def shape(digits: Split, rng: np.random.Generator) -> NDArray[np.uint8]:
    """A filled shape or an outline: a blob, a disc, a bar, a box, a star, a garment."""
    import cv2

    canvas = np.zeros((SIDE_PX, SIDE_PX), np.uint8)
    if rng.random() < 0.1:
        axes = int(rng.integers(22, 50)), int(rng.integers(22, 50))
        cv2.ellipse(canvas, (56, 56), axes, rng.uniform(0, 180), 0, 360, int(rng.integers(120, 256)), -1, cv2.LINE_AA)
        return canvas
    count = int(rng.integers(3, 12))
    angles = np.sort(rng.uniform(0, 2 * np.pi, count))
    radii = rng.uniform(15, 50, count)
    points = np.stack([56 + radii * np.cos(angles), 56 + radii * np.sin(angles)], axis=1)
    if rng.random() < 0.5:  # mirror-symmetric, as man-made things are
        side = points[points[:, 0] > 56]
        points = np.concatenate([side, (side * [-1, 1] + [112, 0])[::-1]]) if len(side) > 1 else points
    outline = [np.round(points).astype(np.int32)]
    if rng.random() < 0.65:
        cv2.fillPoly(canvas, outline, int(rng.integers(120, 256)), cv2.LINE_AA)
        if rng.random() < 0.5:
            canvas = (canvas * rng.uniform(0.5, 1, (14, 14)).repeat(8, 0).repeat(8, 1)).astype(np.uint8)
    else:
        cv2.polylines(canvas, outline, True, 255, int(rng.integers(2, 10)), cv2.LINE_AA)
    return _distorted(canvas, rng)


def texture(digits: Split, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Noise of random grain size, hatching, dots, specks, or a flat bar."""
    import cv2

    kind = rng.integers(5)
    if kind == 0:
        grain = int(rng.integers(4, 29))
        noise = (rng.random((grain, grain)) ** rng.uniform(0.5, 4) * 255).astype(np.uint8)
        return cv2.resize(noise, (56, 56), interpolation=cv2.INTER_LINEAR).astype(np.uint8)
    canvas = np.zeros((SIDE_PX, SIDE_PX), np.uint8)
    if kind == 1:
        step, wide = int(rng.integers(8, 24)), int(rng.integers(2, 7))
        for at in range(-SIDE_PX, 2 * SIDE_PX, step):
            cv2.line(canvas, (at, 6), (at + int(rng.integers(-3, 3)), 106), 255, wide, cv2.LINE_AA)
        return _distorted(canvas, rng)
    if kind == 2:
        for _ in range(int(rng.integers(2, 14))):
            x, y = (int(v) for v in rng.integers(10, 100, 2))
            cv2.circle(canvas, (x, y), int(rng.integers(2, 9)), 255, -1, cv2.LINE_AA)
        return canvas
    if kind == 3:
        specks = rng.random((int(rng.integers(14, SIDE_PX)),) * 2) < rng.uniform(0.05, 0.4)
        return cv2.resize(255 * specks.astype(np.uint8), (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_AREA).astype(
            np.uint8
        )
    length, wide = int(rng.integers(60, 100)), int(rng.integers(4, 60))
    canvas[56 - wide // 2 : 56 + wide // 2 + 1, 56 - length // 2 : 56 + length // 2] = rng.integers(150, 256)
    return canvas


def _any(digits: Split, rng: np.random.Generator) -> NDArray[np.uint8]:
    return digits.images[rng.integers(len(digits)), ..., 0]


def _joined(left: NDArray[np.uint8], right: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Put two digits side by side, overlapping by up to 2 px or 1 px apart, and shifted a little up or down."""
    gap = int(rng.integers(-2, 2))
    height = max(left.shape[0], right.shape[0]) + 6
    canvas = np.zeros((height, left.shape[1] + right.shape[1] + max(gap, 0) + 2), np.uint8)
    x = 0
    for part in (left, right):
        top = int(np.clip((height - part.shape[0]) // 2 + rng.integers(-3, 4), 0, height - part.shape[0]))
        field = canvas[top : top + part.shape[0], x : x + part.shape[1]]
        np.maximum(field, part[:, : field.shape[1]], out=field)
        x = max(0, x + part.shape[1] + gap)
    return canvas


def _distorted(canvas: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Turn, slant and squeeze an image by random amounts."""
    import cv2

    angle, slant, squeeze = rng.normal(0, 0.2), rng.normal(0, 0.2), np.exp(rng.normal(0, 0.2))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    matrix = turn @ np.array([[squeeze, slant], [0, 1]])
    middle = np.array([SIDE_PX / 2, SIDE_PX / 2])
    whole = np.concatenate([matrix, (middle - matrix @ middle)[:, None]], axis=1)
    return cv2.warpAffine(canvas, whole, (SIDE_PX, SIDE_PX)).astype(np.uint8)
