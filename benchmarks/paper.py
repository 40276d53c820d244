"""Pages of handwritten digits with known truth, drawn from MNIST's validation images on synthetic paper.

A page has lines of digits, apart or in pairs that touch, in some ink on some paper: plain, ruled or
squared, light on dark, unevenly lit, photographed at an angle, blurred, noisy, saved as JPEG.
"""

import io
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mnistry.data.dataset import Dataset


@dataclass(frozen=True)
class Paper:
    """What a page is drawn on and with. Lengths are in digit heights, angles in degrees."""

    height_px: int = 64
    rulings: str = ""  # "", "lines" or "squares"
    dark: bool = False
    shadow: float = 0.0  # how much darker one side is, as a share
    perspective: float = 0.0
    slant: float = 0.0
    blur: float = 0.0
    noise: float = 2.0  # grey levels, sd
    contrast: float = 1.0
    jpeg: int = 90


@dataclass(frozen=True, eq=False)
class Sheet:
    """A page: `pixels` (h, w, 3) uint8 and the `lines` that are written on it."""

    pixels: NDArray[np.uint8]
    lines: tuple[str, ...]


def random_paper(rng: np.random.Generator) -> Paper:
    """A paper as it may come: a third of them scans, a third photos, a third drawings."""
    kind = rng.integers(3)
    if kind == 0:
        return Paper(
            int(rng.integers(24, 90)), noise=2, slant=rng.uniform(-2, 2), jpeg=95, rulings=rng.choice(["", ""])
        )
    if kind == 1:
        return Paper(
            height_px=int(rng.integers(30, 140)),
            rulings=str(rng.choice(["", "", "lines", "squares"])),
            shadow=rng.uniform(0, 0.5),
            perspective=rng.uniform(0, 0.06),
            slant=rng.uniform(-4, 4),
            blur=rng.uniform(0, 1.2),
            noise=rng.uniform(1, 6),
            contrast=rng.uniform(0.4, 1),
            jpeg=int(rng.integers(40, 95)),
        )
    return Paper(int(rng.integers(28, 120)), dark=bool(rng.integers(2)), noise=0, jpeg=100)


def sheet(
    dataset: Dataset, rng: np.random.Generator, paper: Paper, lines: int, digits: int, *, touching: bool = False
) -> Sheet:
    """Draw a page of `lines` lines of `digits` digits each; `touching` joins them in pairs."""
    images, labels = dataset.validation.images[..., 0], dataset.validation.labels
    h = paper.height_px
    canvas = np.zeros((int((1.9 * lines + 0.8) * h), int((1.35 * digits + 2) * h)), np.float32)
    written = []
    for i in range(lines):
        chosen = rng.integers(0, len(images), digits)
        strokes = [_pen(images[k], h * rng.uniform(0.9, 1.1)) for k in chosen]
        x = h * rng.uniform(0.4, 0.8)
        for j, ink in enumerate(strokes):
            top = int((0.6 + 1.9 * i) * h + rng.uniform(-0.06, 0.06) * h + (h - ink.shape[0]) / 2)
            if touching and j % 2:
                x = _against(canvas, ink, top, x)
            left = int(x)
            field = canvas[top : top + ink.shape[0], left : left + ink.shape[1]]
            np.maximum(field, ink, out=field)
            x = left + ink.shape[1] + h * rng.uniform(0.15, 0.35) * (1 if not touching or j % 2 else 0)
        written.append("".join(dataset.class_names[labels[k]] for k in chosen))
    return Sheet(_photographed(canvas, rng, paper), tuple(written))


def _pen(image: NDArray[np.uint8], height_px: float) -> NDArray[np.float32]:
    """An MNIST digit enlarged to this height (its 20 px), with strokes as sharp as a pen's, 0–1."""
    times = height_px / 20
    large = cv2.resize(image.astype(np.float32) / 255, None, fx=times, fy=times, interpolation=cv2.INTER_CUBIC)
    sharp = np.clip((large - 0.4) * max(1.0, times / 1.5) + 0.5, 0, 1)  # at half, hairlines would break
    rows, columns = np.flatnonzero(sharp.max(1) > 0.3), np.flatnonzero(sharp.max(0) > 0.3)
    return sharp[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].astype(np.float32)


def _against(canvas: NDArray[np.float32], ink: NDArray[np.float32], top: int, x: float) -> float:
    """How far left the digit must go to touch what is there: until a few pixels are shared."""
    height, width = ink.shape
    for left in range(int(x) + 2, int(x) - width, -1):
        shared = np.minimum(canvas[top : top + height, left : left + width], ink)
        if (shared > 0.5).sum() >= max(2, (height / 20) ** 2):
            return left
    return x


def _photographed(ink: NDArray[np.float32], rng: np.random.Generator, paper: Paper) -> NDArray[np.uint8]:
    height, width = ink.shape
    ground = np.ones((height, width), np.float32)
    step = int(0.95 * paper.height_px) if paper.rulings == "lines" else max(8, int(0.5 * paper.height_px))
    if paper.rulings:
        ground[step // 2 :: step] = 0.78
    if paper.rulings == "squares":
        ground[:, step // 2 :: step] = 0.78
    ink, ground = _moved(ink, paper, 0), _moved(ground, paper, 1)
    height, width = ink.shape
    if paper.blur:
        ink = cv2.GaussianBlur(ink, (0, 0), paper.blur).astype(np.float32)
    pen = np.array([[20, 20, 25], [25, 35, 130], [150, 25, 30]][rng.integers(3)], np.float32) / 255
    sheet_colour = np.array([0.97, 0.96, 0.93]) if paper.shadow else np.ones(3)
    colour = sheet_colour + (pen - sheet_colour) * paper.contrast
    picture = (ground[..., None] * (1 - ink[..., None]) * sheet_colour) + ink[..., None] * colour
    ramp = np.linspace(0, 1, width)[None] * rng.uniform(0.3, 1) + np.linspace(0, 1, height)[:, None] * rng.uniform(
        0, 0.7
    )
    picture *= (1 - paper.shadow * np.clip(ramp, 0, 1))[..., None]
    if paper.dark:
        picture = 1 - picture
    noisy = 255 * picture + rng.normal(0, paper.noise, picture.shape) if paper.noise else 255 * picture
    pixels = np.clip(noisy, 0, 255).astype(np.uint8)
    if paper.jpeg >= 100:
        return pixels
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=paper.jpeg)
    return np.array(Image.open(buffer))


def _moved(layer: NDArray[np.float32], paper: Paper, outside: float) -> NDArray[np.float32]:
    """Turned and seen at an angle; the same for every layer of one paper."""
    height, width = layer.shape
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    lean = paper.perspective * np.array([[1, 1], [-1, 0.5], [-0.3, -1], [0.6, -0.4]]) * min(height, width)
    angle = np.deg2rad(paper.slant)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    middle = corners.mean(axis=0)
    moved = ((corners - middle) @ turn.T + middle + lean).astype(np.float32)
    room = moved.min(axis=0)
    moved -= room
    size = np.ceil(moved.max(axis=0)).astype(int)
    matrix = cv2.getPerspectiveTransform(corners, moved)
    return cv2.warpPerspective(layer, matrix, (int(size[0]), int(size[1])), borderValue=outside).astype(np.float32)
