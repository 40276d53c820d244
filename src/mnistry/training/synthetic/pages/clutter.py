"""What stands on pages beside glyphs: rulings, frames, underlines, circles, scribbles, drawings, and objects."""

from dataclasses import replace
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from mnistry.training.synthetic.pages.canvas import Canvas, line_px
from mnistry.training.synthetic.pages.writers import Span

Cover = NDArray[np.uint8]


def _wobbly(
    start: tuple[float, float], end: tuple[float, float], sd: float, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Return a hand-drawn straight line (n, 2): it wanders from the straight by `sd` px."""
    n = max(2, int(np.hypot(end[0] - start[0], end[1] - start[1]) / 25) + 2)
    points = np.linspace(start, end, n)
    return points + (rng.normal(0, sd, points.shape) if sd else 0.0)


def rulings(canvas: Canvas, cover: Cover, pitch_px: float, offset_px: float, rng: np.random.Generator) -> None:
    """Draw the lines of ruled or squared paper over the whole page."""
    thick = float(rng.uniform(0.5, 2.2)) * max(1.0, pitch_px / 40)
    tilt = float(rng.normal(0, 0.004)) * canvas.width
    squared = rng.random() < 0.35
    if squared and rng.random() < 0.6:
        pitch_px = pitch_px / float(rng.choice([2, 3]))
    for y in np.arange(offset_px % pitch_px, canvas.height, pitch_px):
        line_px(cover, np.array([[0, y], [canvas.width, y + tilt]]), thick)
    if squared:
        for x in np.arange(rng.uniform(0, pitch_px), canvas.width, pitch_px):
            line_px(cover, np.array([[x, 0], [x - tilt, canvas.height]]), thick)


def margin(canvas: Canvas, cover: Cover, rng: np.random.Generator) -> None:
    """Draw one or two upright lines of a notebook's margin."""
    x = float(rng.uniform(0.02, 0.4)) * canvas.width
    for k in range(int(rng.integers(1, 3))):
        at = x + k * 4
        line_px(cover, np.array([[at, 0], [at + rng.normal(0, 2), canvas.height]]), float(rng.uniform(0.7, 3)))


def underline(cover: Cover, span: Span, em_px: float, rng: np.random.Generator) -> None:
    """Underline a text once or twice, at times so near that it touches."""
    y = span.bottom + float(rng.uniform(-0.08, 0.25)) * em_px
    for k in range(1 + (rng.random() < 0.25)):
        at = y + k * float(rng.uniform(0.08, 0.2)) * em_px
        over = rng.uniform(-0.1, 0.6, 2) * em_px
        points = _wobbly(
            (span.left - over[0], at), (span.right + over[1], at + rng.normal(0, 0.06) * em_px), 0.02 * em_px, rng
        )
        line_px(cover, points, float(rng.uniform(0.03, 0.14)) * em_px)


def encircle(cover: Cover, span: Span, em_px: float, rng: np.random.Generator) -> None:
    """Draw a ring by hand around a text, which does not quite close."""
    middle = np.array([(span.left + span.right) / 2, (span.top + span.bottom) / 2])
    half = (
        np.array([(span.right - span.left) / 2, (span.bottom - span.top) / 2]) * rng.uniform(1.15, 1.5) + em_px * 0.25
    )
    angles = np.linspace(0, 2 * np.pi * rng.uniform(0.9, 1.1), 26) + rng.uniform(0, 6)
    ring = middle + np.stack([np.cos(angles), np.sin(angles)], axis=1) * half * rng.normal(1, 0.02, (26, 1))
    line_px(cover, ring, float(rng.uniform(0.04, 0.13)) * em_px)


def frame(cover: Cover, span: Span, em_px: float, rng: np.random.Generator) -> None:
    """Draw a box around a text, ruled or by hand, at times so near that it touches."""
    near = rng.uniform(-0.06, 0.5, 4) * em_px
    left, top, right, bottom = span.left - near[0], span.top - near[1], span.right + near[2], span.bottom + near[3]
    thick = float(rng.uniform(0.03, 0.14)) * em_px
    sd = float(rng.choice([0.0, 0.02 * em_px]))
    corners = [(left, top), (right, top), (right, bottom), (left, bottom), (left, top)]
    for a, b in pairwise(corners):
        line_px(cover, _wobbly(a, b, sd, rng), thick)


def scribble(
    cover: Cover, middle: tuple[float, float], size_px: float, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Draw a wild line, a zigzag, a spiral, a star or an arrow; return its points (n, 2)."""
    kind = rng.integers(5)
    t = np.linspace(0, 1, int(rng.integers(6, 24)))
    if kind == 0:
        points = rng.uniform(-0.5, 0.5, (len(t), 2))
    elif kind == 1:
        points = np.stack([t - 0.5, np.where(np.arange(len(t)) % 2, 0.4, -0.4) + rng.normal(0, 0.1, len(t))], axis=1)
    elif kind == 2:
        points = np.stack([np.cos(t * 14), np.sin(t * 14)], axis=1) * (t * 0.5)[:, None]
    elif kind == 3:
        angles = np.arange(6) * 4 * np.pi / 5
        points = np.stack([np.cos(angles), np.sin(angles)], axis=1) * 0.5
    else:
        points = np.array([[-0.5, 0], [0.5, 0], [0.25, -0.2], [0.5, 0], [0.25, 0.2]])
    angle = rng.uniform(0, 6.3) if kind in (0, 4) else rng.normal(0, 0.3)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    placed = points @ turn.T * size_px * rng.uniform(0.6, 1.2, 2) + middle
    line_px(cover, placed, float(rng.uniform(0.02, 0.1)) * size_px)
    return placed


def signature(cover: Cover, start: tuple[float, float], em_px: float, rng: np.random.Generator) -> None:
    """Draw a signature: loops that move to the right, with a flourish below."""
    n = int(rng.integers(20, 60))
    t = np.linspace(0, rng.uniform(3, 9) * np.pi, n)
    x = t / t[-1] * em_px * rng.uniform(2, 6) + np.sin(t) * em_px * rng.uniform(0.15, 0.5)
    y = np.cos(t * rng.uniform(0.8, 1.2)) * em_px * rng.uniform(0.2, 0.7) * np.linspace(1.3, 0.4, n)
    points = np.stack([x, y], axis=1) + rng.normal(0, 0.05 * em_px, (n, 2)) + start
    line_px(cover, points, float(rng.uniform(0.03, 0.12)) * em_px)
    if rng.random() < 0.4:
        line_px(
            cover,
            _wobbly((start[0], start[1] + em_px), (start[0] + 4 * em_px, start[1] + 0.7 * em_px), 2.0, rng),
            0.05 * em_px,
        )


def hatching(canvas: Canvas, cover: Cover, rng: np.random.Generator) -> None:
    """Fill a part of the page with parallel or crossed strokes."""
    side = float(rng.uniform(0.2, 0.6)) * canvas.height
    left, top = rng.uniform(0, canvas.width), rng.uniform(0, canvas.height)
    step, thick = float(rng.uniform(5, 20)), float(rng.uniform(0.7, 3.5))
    for angle in rng.uniform(0, 3.2, 1 + (rng.random() < 0.3)):
        along = np.array([np.cos(angle), np.sin(angle)])
        across = np.array([-along[1], along[0]])
        for k in np.arange(0, side, step):
            start = np.array([left, top]) + across * k + along * rng.normal(0, 3)
            line_px(cover, np.array([start, start + along * side * rng.uniform(0.8, 1.1)]), thick)


def thing(canvas: Canvas, rng: np.random.Generator) -> None:
    """Lay a pen, a ruler, a coin or a clip on the page, with a shadow; what it hides is hidden."""
    shadow, body = canvas.layer(np.zeros(3, np.float32)), canvas.layer(rng.uniform(0, 255, 3).astype(np.float32))
    x, y = rng.uniform(-0.1, 1.1) * canvas.width, rng.uniform(-0.1, 1.1) * canvas.height
    if rng.random() < 0.25:
        radius = int(rng.uniform(0.06, 0.25) * canvas.height)
        cv2.circle(shadow, (int(x) + 3, int(y) + 4), radius, 120, -1, cv2.LINE_AA)
        cv2.circle(body, (int(x), int(y)), radius, 255, -1, cv2.LINE_AA)
        cv2.circle(
            canvas.layer(rng.uniform(0, 255, 3).astype(np.float32)), (int(x), int(y)), int(radius * 0.85), 160, 2
        )
        return
    angle, long = rng.uniform(0, 6.3), rng.uniform(0.5, 1.4) * canvas.width
    thick = int(rng.uniform(0.03, 0.12) * canvas.height) + 2
    end = int(x + long * np.cos(angle)), int(y + long * np.sin(angle))
    cv2.line(
        shadow,
        (int(x) + thick // 3, int(y) + thick // 2),
        (end[0] + thick // 3, end[1] + thick // 2),
        110,
        thick,
        cv2.LINE_AA,
    )
    cv2.line(body, (int(x), int(y)), end, 255, thick, cv2.LINE_AA)
    shine = canvas.layer(np.full(3, 255, np.float32))
    cv2.line(
        shine,
        (int(x), int(y) - thick // 4),
        (end[0], end[1] - thick // 4),
        int(rng.integers(0, 160)),
        max(1, thick // 6),
        cv2.LINE_AA,
    )


def hide(canvas: Canvas, cover_before: int) -> None:
    """Take away the glyphs' pixels that layers from `cover_before` on hide, and record how many are left of each."""
    n = len(canvas.glyphs) + 1
    whole = np.bincount(canvas.owner.ravel(), minlength=n)
    for cover, _ in canvas.layers[cover_before:]:
        hidden = cover > 128
        canvas.owner[hidden] = 0
        canvas.strength[hidden] = 0
    shown = np.bincount(canvas.owner.ravel(), minlength=n) / np.maximum(whole, 1)
    for k in np.flatnonzero(shown[1:] < (whole[1:] > 0)):
        canvas.glyphs[k] = replace(canvas.glyphs[k], shown=float(shown[k + 1]))
