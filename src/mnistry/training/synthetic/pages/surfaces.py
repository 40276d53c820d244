"""The surfaces of synthetic pages: paper, wood, cloth, walls, and crops of photos."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.float32]


def surface(height: int, width: int, photos: Sequence[NDArray[np.uint8]], rng: np.random.Generator) -> Pixels:
    """Return what a sheet may lie on (h, w, 3) float32, 0–255: a photo more often than a drawn texture."""
    if len(photos) and rng.random() < 0.6:
        return photo(height, width, photos, rng)
    return TEXTURES[rng.integers(len(TEXTURES))](height, width, rng)


def photo(height: int, width: int, photos: Sequence[NDArray[np.uint8]], rng: np.random.Generator) -> Pixels:
    """Return a random part of a random photo, turned by quarters, mirrored, at a random scale."""
    image = photos[int(rng.integers(len(photos)))]
    image = np.rot90(image, int(rng.integers(4)))
    image = image[:, ::-1] if rng.random() < 0.5 else image
    most = min(image.shape[0] / height, image.shape[1] / width)
    share = most * float(np.exp(rng.uniform(np.log(0.3), 0)))
    h, w = max(8, int(height * share)), max(8, int(width * share))
    y, x = int(rng.integers(0, image.shape[0] - h + 1)), int(rng.integers(0, image.shape[1] - w + 1))
    part = np.ascontiguousarray(image[y : y + h, x : x + w])
    how = cv2.INTER_AREA if share > 1 else cv2.INTER_CUBIC
    return cv2.resize(part, (width, height), interpolation=how).astype(np.float32)


def paper(height: int, width: int, rng: np.random.Generator) -> Pixels:
    """Return paper, a board or a screen: one colour, with some grain and unevenness."""
    level = float(rng.uniform(150, 255) if rng.random() < 0.8 else rng.uniform(0, 150))
    tint = rng.normal(0, 8 if rng.random() < 0.8 else 35, 3)
    colour = np.clip(level + tint, 0, 255).astype(np.float32)
    if rng.random() < 0.3:
        return np.broadcast_to(colour, (height, width, 3)).copy()
    page = np.repeat(_clouds(height, width, rng, 3, float(rng.uniform(0, 14)))[..., None], 3, axis=2)
    if rng.random() < 0.4:
        page += rng.normal(0, rng.uniform(0.5, 6), (height, width, 1)).astype(np.float32)
    return page + colour


def _clouds(height: int, width: int, rng: np.random.Generator, octaves: int, sd: float) -> NDArray[np.float32]:
    """Return smooth noise (h, w) of several scales with about this standard deviation."""
    total = np.zeros((height, width), np.float32)
    for k in range(octaves):
        cells = max(2, int(2 ** (k + rng.uniform(0.5, 2))))
        small = rng.normal(0, sd / (k + 1), (cells, cells)).astype(np.float32)
        total += cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)
    return total


def _wood(height: int, width: int, rng: np.random.Generator) -> Pixels:
    colour = np.array([rng.uniform(60, 210), rng.uniform(40, 160), rng.uniform(20, 110)])
    fine = rng.normal(0, 1, (height, max(2, width // int(rng.integers(20, 60)))))
    grain = cv2.resize(fine.astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC) * rng.uniform(3, 14)
    rows = np.arange(height)[:, None] + _clouds(height, width, rng, 2, 6.0)
    rings = np.sin(rows * rng.uniform(0.1, 0.6)) * rng.uniform(4, 22)
    planks = (np.arange(height)[:, None] % max(20, int(rng.uniform(0.3, 1.2) * height)) < 2) * -60.0
    page = colour + (grain + rings + (planks if rng.random() < 0.5 else 0))[..., None]
    return (page if rng.random() < 0.5 else page[:, ::-1]).astype(np.float32)


def _cloth(height: int, width: int, rng: np.random.Generator) -> Pixels:
    colour, other = rng.uniform(20, 240, 3), rng.uniform(20, 240, 3)
    pitch = rng.uniform(3, 30, 2)
    rows, columns = np.arange(height)[:, None], np.arange(width)[None]
    weave = (np.sin(rows * 2 * np.pi / pitch[0]) + np.sin(columns * 2 * np.pi / pitch[1])) / 4 + 0.5
    if rng.random() < 0.4:
        weave = (weave > 0.5).astype(float)
    share = weave[..., None] * rng.uniform(0.1, 1)
    return (colour * (1 - share) + other * share + rng.normal(0, 5, (height, width, 1))).astype(np.float32)


def _bricks(height: int, width: int, rng: np.random.Generator) -> Pixels:
    tall, wide, joint = int(rng.integers(10, 50)), int(rng.integers(20, 110)), int(rng.integers(1, 6))
    rows, columns = np.arange(height)[:, None], np.arange(width)[None]
    course = rows // tall
    seam = (rows % tall < joint) | ((columns + (course % 2) * wide // 2) % wide < joint)
    number = course * 31 + (columns + (course % 2) * wide // 2) // wide
    shade = rng.normal(0, 15, 4096).astype(np.float32)[number % 4096]
    brick = rng.uniform(40, 220, 3) + shade[..., None] + rng.normal(0, 5, (height, width, 1))
    return np.where(seam[..., None], rng.uniform(60, 240, 3), brick).astype(np.float32)


def _stripes(height: int, width: int, rng: np.random.Generator) -> Pixels:
    """Return fences, blinds, keyboards: bars or cells with lit and dark sides."""
    pitch, angle = float(rng.uniform(8, 60)), float(rng.choice([0, np.pi / 2, rng.uniform(0, np.pi)]))
    rows, columns = np.arange(height)[:, None], np.arange(width)[None]
    phase = (rows * np.sin(angle) + columns * np.cos(angle)) % pitch / pitch
    bars = np.interp(phase, [0, 0.1, 0.5, 0.6, 1], [0, 1, 0.8, 0.1, 0])
    if rng.random() < 0.4:
        across = (columns * np.sin(angle) - rows * np.cos(angle)) % (pitch * rng.uniform(0.8, 1.5)) / pitch
        bars = bars * (across > 0.15)
    return (rng.uniform(0, 255, 3) * (1 - bars[..., None]) + rng.uniform(0, 255, 3) * bars[..., None]).astype(
        np.float32
    )


def _noise(height: int, width: int, rng: np.random.Generator) -> Pixels:
    """Return foliage, stone, carpet: coloured noise of random grain."""
    grain = float(np.exp(rng.uniform(0, np.log(20))))
    size = max(2, int(width / grain)), max(2, int(height / grain))
    small = rng.normal(0, rng.uniform(10, 60), (size[1], size[0], 3)) * rng.uniform(0.3, 1, 3)
    small += rng.normal(0, 30, (size[1], size[0], 1))
    return cv2.resize(small.astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC) + rng.uniform(
        30, 225, 3
    ).astype(np.float32)


TEXTURES = (_wood, _wood, _cloth, _bricks, _stripes, _noise, paper)
