"""Draws a synthetic picture of a page, with the truth: each glyph's class and box, its line, and the ink's pixels."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from mnistry.training.synthetic.pages import camera, clutter, layouts, sheet, surfaces
from mnistry.training.synthetic.pages.canvas import Canvas
from mnistry.training.synthetic.pages.materials import Materials

MIN_CONTRAST = 28  # grey levels between pen and paper
MIN_VISIBLE = 7  # grey levels between a glyph and its surroundings in the picture, or it is ignored
MIN_SEEN = 0.7  # of a glyph's box inside the picture: less of it is ignored


@dataclass(frozen=True, eq=False)
class Scene:
    """A picture and its truth.

    `pixels` (h, w, 3) uint8; `owner` (h, w) int16 is 0 for no ink, else 1 + the glyph that the pixel belongs to.
    For n glyphs: `glyphs` (n,) places in `GLYPHS`; `boxes` (n, 4) float32, left, top, right and bottom in px, of
    the visible part; `em_px` (n,) the digit height of its line; `seen` (n,) the share that can be seen in the picture;
    `lines` and `cells` (n,) number its line and the word or cell in it, -1 for none.
    """

    pixels: NDArray[np.uint8]
    owner: NDArray[np.int16]
    glyphs: NDArray[np.int64]
    boxes: NDArray[np.float32]
    em_px: NDArray[np.float32]
    seen: NDArray[np.float32]
    lines: NDArray[np.int64]
    cells: NDArray[np.int64]


def draw(height: int, width: int, materials: Materials, rng: np.random.Generator, em_px: float | None = None) -> Scene:
    """Draw a picture of this size; its digits are about `em_px` high, by default of any size."""
    em = em_px or _em(rng)
    if rng.random() < 0.06:
        return _finished(_nothing(height, width, materials, rng), None, Canvas(np.zeros((8, 8, 3), np.float32)), rng)
    on_table = rng.random() < 0.3
    tilt = float(rng.choice([0.0, 0.02, 0.06, 0.14], p=(0.3, 0.3, 0.3, 0.1)))
    if on_table:
        page_h, page_w = (int(side * rng.uniform(0.45, 1.3)) for side in (height, width))
    else:
        grown = 1 + 2.2 * tilt
        page_h, page_w = int(height * grown) + 8, int(width * grown) + 8
    canvas = Canvas(_ground(page_h, page_w, materials, rng))
    kinds, shares = zip(*layouts.LAYOUTS, strict=True)
    page = _sheet(canvas, materials, rng, em)
    kinds[rng.choice(len(kinds), p=np.array(shares) / sum(shares))](page)
    if rng.random() < 0.05:
        _show_through(canvas, materials, rng, em)
    if rng.random() < 0.06:
        before = len(canvas.layers)
        clutter.thing(canvas, rng)
        clutter.hide(canvas, before)
    shift = rng.uniform(-0.35, 0.35, 2) * (width, height) if on_table else np.zeros(2)
    matrix = camera.homography((page_w, page_h), (width, height), rng, tilt)
    matrix = np.array([[1, 0, shift[0]], [0, 1, shift[1]], [0, 0, 1]]) @ matrix
    around = surfaces.surface(height, width, materials.photos, rng) if on_table else None
    return _finished(around if around is not None else np.zeros((height, width, 3), np.float32), matrix, canvas, rng)


def _em(rng: np.random.Generator) -> float:
    """Return a digit height in px: most often one that the detector answers for, at times smaller or larger."""
    which = rng.random()
    if which < 0.8:
        return float(np.exp(rng.uniform(np.log(15), np.log(46))))
    return float(np.exp(rng.uniform(np.log(5), np.log(15)) if which < 0.9 else rng.uniform(np.log(46), np.log(140))))


def _nothing(height: int, width: int, materials: Materials, rng: np.random.Generator) -> NDArray[np.float32]:
    """Return a surface without any sheet."""
    return surfaces.surface(height, width, materials.photos, rng)


def _ground(height: int, width: int, materials: Materials, rng: np.random.Generator) -> NDArray[np.float32]:
    """Return what is written on: paper, and now and then a wall, a board, a photo."""
    if rng.random() < 0.9:
        return surfaces.paper(height, width, rng)
    page = surfaces.surface(height, width, materials.photos, rng)
    middle = np.array(cv2.mean(page)[:3], np.float32)
    return (middle + (page - middle) * float(rng.uniform(0.1, 0.7))).astype(np.float32)


def _sheet(canvas: Canvas, materials: Materials, rng: np.random.Generator, em_px: float) -> sheet.Sheet:
    paper = canvas.shade
    turn = float(rng.normal(0, 0.02)) if rng.random() < 0.4 else 0.0
    return sheet.Sheet(canvas, materials, rng, em_px, _ink(paper, rng), _ink(paper, rng), turn)


def _show_through(canvas: Canvas, materials: Materials, rng: np.random.Generator, em_px: float) -> None:
    """Let the writing of the sheet's other side be seen faintly, mirrored: it is nothing to read."""
    back = Canvas(canvas.paper)
    kinds, shares = zip(*layouts.LAYOUTS, strict=True)
    kinds[rng.choice(len(kinds), p=np.array(shares) / sum(shares))](_sheet(back, materials, rng, em_px))
    strength = np.float32(rng.uniform(0.05, 0.18))
    for cover, colour in back.layers[:4]:
        canvas.layers.insert(0, ((cover[:, ::-1] * strength).astype(np.uint8), colour))


def _ink(paper: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """Return an ink's colour: darker than light paper, lighter than dark paper, or only of another colour."""
    level = float(paper.mean())
    for _ in range(20):
        if rng.random() < 0.7:
            colour = np.full(3, rng.uniform(0, 110) if level > 128 else rng.uniform(150, 255)) + rng.normal(0, 12, 3)
        else:
            colour = rng.uniform(0, 255, 3)
        if abs(float(colour.mean()) - level) > MIN_CONTRAST or np.abs(colour - paper).max() > 3 * MIN_CONTRAST:
            break
    else:
        colour = np.full(3, 0.0 if level > 128 else 255.0)
    return np.clip(colour, 0, 255).astype(np.float32)


def _finished(
    around: NDArray[np.float32], matrix: NDArray[np.float64] | None, canvas: Canvas, rng: np.random.Generator
) -> Scene:
    """Take the picture: the page seen through `matrix`, or nothing but what is around it."""
    height, width = around.shape[:2]
    pixels, owner = around, np.zeros((height, width), np.int16)
    if matrix is not None:
        size = width, height
        edge = np.ones((canvas.height, canvas.width), np.float32)
        there = cv2.warpPerspective(edge, matrix, size)[..., None]
        page = cv2.warpPerspective(canvas.flattened(), matrix, size, borderMode=cv2.BORDER_REPLICATE)
        pixels = (around + (page - around) * there).astype(np.float32)
        owner = cv2.warpPerspective(canvas.owner, matrix, size, flags=cv2.INTER_NEAREST).astype(np.int16)
    boxes, seen = _boxes(canvas, matrix, height, width)
    picture = camera.exposed(camera.lit(pixels, rng), rng)
    if len(boxes):
        seen = np.where(_visible(picture, owner, len(boxes)), seen, np.minimum(seen, 0.5)).astype(np.float32)
    if len(boxes) and rng.random() < 0.12:
        _crop(picture, owner, boxes, seen, rng)
    return Scene(
        picture,
        owner,
        np.array([one.glyph for one in canvas.glyphs], np.int64),
        boxes,
        np.array([one.em_px for one in canvas.glyphs], np.float32),
        seen,
        np.array([one.line for one in canvas.glyphs], np.int64),
        np.array([one.cell for one in canvas.glyphs], np.int64),
    )


def _visible(picture: NDArray[np.uint8], owner: NDArray[np.int16], n: int) -> NDArray[np.bool_]:
    """Return which of n glyphs stand out from what is around them (n,): in a dark shadow nobody can read."""
    wide = cv2.dilate(owner, np.ones((3, 3), np.uint8))
    near = np.flatnonzero(wide)
    of, is_ink = wide.ravel()[near], owner.ravel()[near] > 0
    levels = picture.reshape(-1, 3)[near]
    apart = np.zeros(n)
    for channel in range(3):
        ink, paper = (
            np.bincount(of[part], levels[part, channel], n + 1)[1:]
            / np.maximum(np.bincount(of[part], minlength=n + 1)[1:], 1)
            for part in (is_ink, ~is_ink)
        )
        apart = np.maximum(apart, np.abs(ink - paper))
    return apart >= MIN_VISIBLE


def _crop(
    picture: NDArray[np.uint8],
    owner: NDArray[np.int16],
    boxes: NDArray[np.float32],
    seen: NDArray[np.float32],
    rng: np.random.Generator,
) -> None:
    """Cut the picture off around one glyph or a few, so tightly that it may touch their ink; pad it as reading does."""
    first = int(rng.integers(len(boxes)))
    near = np.abs(boxes - boxes[first]).max(axis=1) < rng.choice([1, 1, 60, 120])
    group = boxes[near]
    rim = rng.uniform(-1.5, 6, 4)
    left, top = (int(max(0, v)) for v in group[:, :2].min(axis=0) - rim[:2])
    right, bottom = (int(np.ceil(v)) for v in group[:, 2:].max(axis=0) + rim[2:])
    kept = picture[top:bottom, left:right].copy()
    if kept.shape[0] < 8 or kept.shape[1] < 4:
        return
    edge = np.concatenate([kept[0], kept[-1], kept[:, 0], kept[:, -1]])
    picture[:] = np.median(edge, axis=0).astype(np.uint8)
    picture[top:bottom, left:right] = kept
    inside = np.zeros(owner.shape, bool)
    inside[top:bottom, left:right] = True
    owner[~inside] = 0
    areas = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1)
    np.clip(boxes, (left, top, left, top), (right, bottom, right, bottom), out=boxes)
    seen *= np.maximum(boxes[:, 2:] - boxes[:, :2], 0).prod(axis=1) / np.maximum(areas, 1e-6)


def _boxes(
    canvas: Canvas, matrix: NDArray[np.float64] | None, height: int, width: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the boxes of what is visible of each glyph, and how large a share of its box that is."""
    n = len(canvas.glyphs)
    if n == 0 or matrix is None:
        return np.zeros((0, 4), np.float32), np.zeros(0, np.float32)
    hulls = [one.hull for one in canvas.glyphs]
    starts = np.cumsum([0, *map(len, hulls[:-1])])
    points = np.concatenate(hulls)
    mapped = cv2.perspectiveTransform(points[None].astype(np.float64), matrix)[0]
    low, high = np.minimum.reduceat(mapped, starts), np.maximum.reduceat(mapped, starts)
    on_page = np.minimum.reduceat(points, starts) > -2
    on_page &= np.maximum.reduceat(points, starts) < np.array([canvas.width, canvas.height]) + 2
    low, high = low - 0.5, high + 0.5
    inner_low, inner_high = np.clip(low, 0, (width, height)), np.clip(high, 0, (width, height))
    share = np.prod(np.maximum(inner_high - inner_low, 0), axis=1) / np.maximum(np.prod(high - low, axis=1), 1e-6)
    share = np.where(on_page.all(axis=1), share, np.minimum(share, 0.5)) * [one.shown for one in canvas.glyphs]
    return np.concatenate([inner_low, inner_high], axis=1).astype(np.float32), share.astype(np.float32)
