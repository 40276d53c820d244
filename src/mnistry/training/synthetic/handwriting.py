"""Digits drawn from stroke templates: school writing styles that MNIST's American writers do not show.

A 1 with a long flag or a base, a crossed 7, a looped 2, an open 4 or 8, a 9 with a curved tail: each is a
few strokes through points of a unit square. They are then distorted, slanted, squeezed and drawn with a
pen of any width. The points were set by hand after the letter forms of schools in Germany, France,
the United Kingdom, Poland and the United States.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from mnistry.data.split import Split
from mnistry.ocr import geometry

SIDE_PX = 120  # side of the drawing, before it is placed in MNIST's geometry
DIGIT_PX = 80

# Points "x,y" in hundredths of the height, y downwards; "/" follows a corner, "|" lifts the pen.
TEMPLATES: dict[int, tuple[str, ...]] = {
    0: (
        "40,0 12,18 3,50 12,85 36,100 62,85 70,50 62,15 38,0",
        "55,6 30,2 6,30 8,75 35,100 65,75 66,30 45,3 25,8",
        "35,5 5,40 15,90 50,95 68,50 50,8 30,0",
    ),
    1: (
        "30,0 30,100",
        "12,22 36,0 / 36,100",
        "0,45 42,0 / 42,100",
        "0,60 25,30 46,0 / 44,100",
        "12,20 36,0 / 36,100 | 10,100 62,100",
        "0,40 36,0 / 36,100 | 10,99 66,100",
    ),
    2: (
        "6,22 22,3 50,2 66,22 55,50 3,100 / 72,100",
        "10,15 40,0 64,20 50,55 20,93 3,92 10,78 35,90 55,100 78,93",
        "2,30 20,2 55,5 62,35 35,70 0,97 / 30,90 50,100 75,95",
        "10,25 15,8 35,0 55,12 50,40 10,100 / 65,98",
    ),
    3: (
        "6,12 35,0 60,17 48,42 25,47 / 55,55 66,78 40,100 2,90",
        "5,3 62,0 / 28,40 / 56,48 66,72 45,97 2,93",
        "10,8 45,0 62,20 35,45 30,42 50,50 64,70 50,95 20,100 0,85",
    ),
    4: (
        "22,0 4,58 / 72,58 | 52,25 48,100",
        "50,0 0,66 / 74,66 | 50,0 50,100",
        "10,0 6,50 / 60,48 | 58,0 55,100",
        "35,0 2,62 / 40,60 75,52 | 50,38 38,100",
    ),
    5: (
        "16,0 12,42 / 40,36 66,60 50,95 2,95 | 14,0 66,0",
        "62,0 16,2 / 10,42 / 40,38 62,65 45,98 0,94",
        "20,5 10,40 / 45,40 60,70 35,100 2,88 | 26,4 74,-4",
        "64,2 25,3 12,25 30,42 55,60 55,88 30,100 2,92",
    ),
    6: (
        "52,0 22,25 4,65 18,96 45,98 60,76 42,55 12,66",
        "30,0 8,45 5,80 30,100 55,85 50,60 25,55 6,75",
        "66,10 40,2 10,35 4,75 30,100 62,85 55,55 20,52 5,70",
    ),
    7: (
        "3,2 66,2 / 28,100",
        "3,4 66,2 / 28,100 | 16,52 64,48",
        "4,20 5,3 / 66,2 / 40,50 30,100 | 14,55 62,50",
        "3,10 25,0 45,8 66,2 / 35,55 30,100",
        "0,5 70,0 / 45,40 38,100 | 20,45 66,50",
    ),
    8: (
        "58,12 35,0 12,14 20,38 50,58 62,82 35,100 6,84 16,60 48,36 60,14 52,6",
        "35,0 12,20 35,45 58,20 35,0 | 34,46 4,72 34,100 66,72 34,46",
        "66,5 40,0 12,15 20,38 52,60 60,82 35,100 8,86 12,62 45,38 72,14",
    ),
    9: (
        "60,16 35,0 8,20 12,46 40,48 60,14 / 58,100",
        "60,15 35,0 8,18 15,45 42,46 60,15 / 62,60 50,94 25,100 5,88",
        "58,20 40,0 10,15 12,42 40,50 62,25 / 50,70 20,100",
        "62,8 30,2 5,25 25,45 60,35 64,10 / 66,70 40,98 4,96",
    ),
}


@dataclass(frozen=True)
class WritingStyle:
    """How a digit is drawn.

    `slant` and `turn` are in radians, `aspect` is a factor on the width, and `pen` (its width) and `wobble`
    (standard deviation of the points) are shares of the height.
    """

    slant: float
    turn: float
    aspect: float
    pen: float
    wobble: float


def digits(n: int, rng: np.random.Generator) -> Split:
    """Draw `n` digits, classes balanced, in `n` writing styles, from random templates: images (n, 28, 28, 1)."""
    labels = rng.permutation(np.resize(np.arange(10), n))
    images = np.stack([draw(TEMPLATES[d][rng.integers(len(TEMPLATES[d]))], random_style(rng), rng) for d in labels])
    return Split(images[..., None], labels.astype(np.int64))


def random_style(rng: np.random.Generator) -> WritingStyle:
    """Draw a random writing style; fine pens are as likely as broad ones."""
    return WritingStyle(
        slant=float(np.clip(rng.normal(0.08, 0.2), -0.4, 0.6)),
        turn=float(np.clip(rng.normal(0, 0.09), -0.25, 0.25)),
        aspect=float(np.exp(rng.normal(0, 0.2))),
        pen=float(np.exp(rng.uniform(np.log(0.04), np.log(0.22)))),
        wobble=float(rng.uniform(0.01, 0.045)),
    )


def draw(template: str, style: WritingStyle, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Draw a template in a writing style, in MNIST's geometry (28, 28)."""
    canvas = ink(template, style, rng)
    return geometry.to_mnist(canvas, style.pen * DIGIT_PX)


def ink(template: str, style: WritingStyle, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Return the drawing itself (120, 120): 0 for paper, 255 for ink."""
    import cv2

    cos, sin = np.cos(style.turn), np.sin(style.turn)
    turned = np.array([[cos, -sin], [sin, cos]]) @ np.array([[style.aspect, -np.tan(style.slant)], [0, 1]])
    drawn = [curve @ turned.T for curve in curves(template, style.wobble, rng)]
    points = np.concatenate(drawn)
    low, high = points.min(axis=0), points.max(axis=0)
    scale = (DIGIT_PX - style.pen * DIGIT_PX) / max(float((high - low).max()), 1e-6)
    thickness = max(1, round(style.pen * DIGIT_PX))
    canvas = np.zeros((SIDE_PX, SIDE_PX), np.uint8)
    for curve in drawn:
        at = (curve - (low + high) / 2) * scale + SIDE_PX / 2
        cv2.polylines(canvas, [np.round(at * 16).astype(np.int32)], False, 255, thickness, cv2.LINE_AA, 4)
    return canvas


def curves(template: str, wobble: float, rng: np.random.Generator) -> list[NDArray[np.float64]]:
    """Return a template's strokes as smooth curves (points, 2), in heights of a digit; `wobble` moves their points."""
    return [_curve(_points(stroke), wobble, rng) for stroke in template.split(" | ")]


def _points(stroke: str) -> NDArray[np.float64]:
    """Parse a stroke into (points, 2), as shares of the height; a corner appears twice."""
    points: list[list[float]] = []
    for word in stroke.split():
        points.append(points[-1] if word == "/" else [float(number) / 100 for number in word.split(",")])
    return np.array(points)


def _curve(points: NDArray[np.float64], wobble: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """Catmull-Rom spline through the points, each moved a little at random; broken where a point appears twice.

    Source: Catmull & Rom 1974, A class of local interpolating splines.
    """
    corners = [0, *(i for i in range(1, len(points)) if np.array_equal(points[i], points[i - 1])), len(points)]
    moved = points + rng.normal(0, wobble, points.shape)
    for i in corners[1:-1]:
        moved[i] = moved[i - 1]
    parts = [moved[a:b] for a, b in pairwise(corners)]
    return np.concatenate([_spline(part) for part in parts if len(part) > 1])


def _spline(points: NDArray[np.float64]) -> NDArray[np.float64]:
    p = np.concatenate([2 * points[:1] - points[1:2], points, 2 * points[-1:] - points[-2:-1]])
    t = np.linspace(0, 1, 12, endpoint=False)[:, None]
    found = [
        0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
        for a, b, c, d in zip(p[:-3], p[1:-2], p[2:-1], p[3:], strict=True)
    ]
    return np.concatenate([*found, points[-1:]])
