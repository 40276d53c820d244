"""How a picture of a page comes about: perspective, light, lens, sensor, and what programs do to it afterwards."""

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.float32]


def homography(
    size: tuple[int, int], onto: tuple[int, int], rng: np.random.Generator, tilt: float
) -> NDArray[np.float64]:
    """Return the map from a page (width, height) onto a picture: turned, scaled, seen at an angle of about `tilt`."""
    (w, h), (out_w, out_h) = size, onto
    corners = np.array([[0, 0], [w, 0], [w, h], [0, h]], np.float64) - (w / 2, h / 2)
    angle = rng.normal(0, tilt)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    seen = corners @ turn.T * np.exp(rng.normal(0, 0.06, 2))
    seen *= 1 + rng.normal(0, tilt * 0.7, (4, 1))
    seen += (out_w / 2, out_h / 2)
    whole = (corners + np.array([w / 2, h / 2])).astype(np.float32)
    return np.asarray(cv2.getPerspectiveTransform(whole, seen.astype(np.float32)), np.float64)


def lit(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """Throw shadows, darken the corners, add a reflection: each now and then."""
    height, width = pixels.shape[:2]
    light = np.ones((height, width), np.float32)
    if rng.random() < 0.35:
        light *= _gradient(height, width, rng, float(rng.uniform(0.2, 0.85)))
    if rng.random() < 0.22:
        light *= _shadow(height, width, rng)
    if rng.random() < 0.15:
        rows, columns = np.linspace(-1, 1, height)[:, None], np.linspace(-1, 1, width)[None]
        light *= (
            (1 - float(rng.uniform(0.2, 0.9)) * (rows**2 + columns**2) / 2 * rng.uniform(0.5, 1.2))
            .clip(0.03)
            .astype(np.float32)
        )
    if rng.random() < 0.07:
        light *= _fold(height, width, rng)
    lit_pixels = pixels * light[..., None]
    if rng.random() < 0.08:
        glare = np.zeros((height, width), np.float32)
        middle = int(rng.uniform(0, width)), int(rng.uniform(0, height))
        cv2.circle(glare, middle, int(rng.uniform(0.05, 0.3) * height), 1.0, -1)
        glare = cv2.blur(glare, (31, 31))
        lit_pixels = lit_pixels + (255 - lit_pixels) * (glare * float(rng.uniform(0.3, 1)))[..., None]
    return lit_pixels.astype(np.float32)


def _gradient(height: int, width: int, rng: np.random.Generator, depth: float) -> NDArray[np.float32]:
    corners = rng.uniform(1 - depth * 0.8, 1.05, (2, 2)).astype(np.float32)
    return cv2.resize(corners, (width, height), interpolation=cv2.INTER_LINEAR).astype(np.float32)


def _fold(height: int, width: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Return the light on a folded sheet: one side is darker, and the crease itself is lit or dark."""
    angle = rng.uniform(0, np.pi)
    along = np.arange(width)[None] * np.cos(angle) + np.arange(height)[:, None] * np.sin(angle)
    apart = along - rng.uniform(0.2, 0.8) * float(along.max() - along.min()) - float(along.min())
    crease = rng.uniform(-0.35, 0.25) * np.exp(-((apart / rng.uniform(0.7, 3)) ** 2))
    return (1 - rng.uniform(0, 0.25) * (apart > 0) + crease).astype(np.float32)


def _shadow(height: int, width: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Return a shadow with one to several straight edges, hard or soft: of a hand, a phone, a window."""
    mask = np.zeros((height, width), np.float32)
    for _ in range(int(rng.integers(1, 4))):
        points = rng.uniform(-0.4, 1.4, (int(rng.integers(3, 6)), 2)) * (width, height)
        cv2.fillPoly(mask, [cv2.convexHull(points.astype(np.int32))], 1.0)
    soft = int(rng.choice([1, 5, 15, 41]))
    return (1 - cv2.blur(mask, (soft, soft)) * float(rng.uniform(0.15, 0.65))).astype(np.float32)


def exposed(pixels: Pixels, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Change contrast, colour, sharpness, grain and resolution as cameras, scanners and programs do → uint8."""
    return _stored(_grainy(_blurred(_toned(pixels, rng), rng), rng), rng)


def _toned(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """Take away colour, invert, flatten contrast, bend the tone curve: each now and then."""
    if rng.random() < 0.3:
        pixels = np.repeat((pixels @ np.full(3, 1 / 3, np.float32))[..., None], 3, axis=2)
    if rng.random() < 0.2:
        pixels = np.float32(255) - pixels
    if rng.random() < 0.4:
        ends = rng.uniform(0, 255, 2) if rng.random() < 0.3 else np.array([rng.uniform(0, 60), rng.uniform(150, 255)])
        low, high = np.float32(ends.min()), np.float32(ends.max())
        if high - low > 60:
            pixels = low + pixels * ((high - low) / np.float32(255))
    if rng.random() < 0.25:
        gamma = np.float32(np.exp(rng.normal(0, 0.5)))
        pixels = np.float32(255) * (np.clip(pixels, 0, 255) / np.float32(255)) ** gamma
    return pixels


def _blurred(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    if rng.random() < 0.3:
        pixels = _resampled(pixels, float(rng.uniform(0.4, 0.95)), rng)
    if rng.random() < 0.35:
        return cv2.GaussianBlur(pixels, (0, 0), float(rng.uniform(0.3, 1.3))).astype(np.float32, copy=False)
    return _motion(pixels, rng) if rng.random() < 0.1 else pixels


def _grainy(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """Add noise, fine or as coarse as two pixels, in grey or in colour."""
    if rng.random() >= 0.45:
        return pixels
    height, width = pixels.shape[:2]
    sd = np.float32(np.exp(rng.uniform(np.log(0.8), np.log(13))))
    noise = rng.standard_normal((height, width, 3 if rng.random() < 0.5 else 1), dtype=np.float32) * sd
    coarse = rng.random() < 0.3
    grain = cv2.blur(noise, (2, 2)).reshape(noise.shape) * np.float32(1.7) if coarse else noise
    return (pixels + grain).astype(np.float32, copy=False)


def _stored(pixels: Pixels, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Compress as JPEG, or reduce to black and white, now and then."""
    whole = np.clip(pixels, 0, 255).astype(np.uint8)
    if rng.random() < 0.3:
        encoded = cv2.imencode(".jpg", whole, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(15, 95))])[1]
        whole = np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR), np.uint8)
    if rng.random() < 0.03:
        grey = whole.mean(axis=2).astype(np.uint8)
        level = cv2.threshold(grey, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)[0] + rng.integers(-20, 20)
        whole = np.where(grey > level, 255, 0).astype(np.uint8)[..., None].repeat(3, axis=2)
    return whole


def _resampled(pixels: Pixels, scale: float, rng: np.random.Generator) -> Pixels:
    """Return the picture as if it had been taken smaller and enlarged."""
    height, width = pixels.shape[:2]
    small = cv2.resize(pixels, (max(4, int(width * scale)), max(4, int(height * scale))), interpolation=cv2.INTER_AREA)
    how = (cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_NEAREST)[rng.choice(3, p=(0.45, 0.45, 0.1))]
    return cv2.resize(small, (width, height), interpolation=how).astype(np.float32)


def _motion(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    n = int(rng.integers(2, 5))
    kernel = np.zeros((n, n), np.float32)
    angle = rng.uniform(0, np.pi)
    ends = [
        (round((n - 1) / 2 * (1 + s * np.cos(angle))), round((n - 1) / 2 * (1 + s * np.sin(angle)))) for s in (-1, 1)
    ]
    cv2.line(kernel, ends[0], ends[1], 1.0)
    return cv2.filter2D(pixels, -1, kernel / kernel.sum()).astype(np.float32)
