"""Pixels → ink: how much each stands out from the paper around it, and which of them are strokes.

The paper is estimated, not assumed: a photo is darker at one side, a sheet lies on a table, chalk is
lighter than its board. Source of the scheme: Gatos, Pratikakis & Perantonis 2006, Adaptive degraded
document image binarization (rough ink → paper beneath it → ink).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnistry.ocr import ruled_lines

ROUGH_SIDE_PX = 96  # the shorter side of the small copy that polarity and stroke width are found on
MIN_CONTRAST = 14  # grey levels: less is paper, whatever it looks like
OF_CONTRAST = 0.45, 0.65  # of the strongest ink nearby: what belongs to a stroke, what every stroke has somewhere
OF_CONTRAST_EVEN = 0.25, 0.5  # …on paper that is the same everywhere
TWO_PAPERS = 80  # grey levels between two papers in one picture
EVEN = 0.9  # of a picture's edge: of one shade, if its paper is
MAX_COVERED = 0.5  # of a picture, by ink; more is a sheet on a table
SMALL_PX = 128  # the shorter side of a picture that no shadow falls on
FAINTEST = 0.4  # ink may be so much fainter than the strongest in the picture
FEW_PX = 60  # pixels that are as strong as the strongest ink, or it is noise
FINE_PX = 10  # of a stroke's width: more say nothing of a digit, and cost time
FAINT_SHARE = 0.25  # of a pixel of a smaller copy, that ink covers: a stroke, though a fine one


@dataclass(frozen=True)
class Ink:
    """`strength` (h, w) uint8: 0 for paper, in grey levels; `strokes` (h, w) bool; their width in px."""

    strength: NDArray[np.uint8]
    strokes: NDArray[np.bool_]
    stroke_px: float


def find(pixels: NDArray[np.uint8], upscale: float = 1.0) -> Ink:
    """Find the ink in a picture (h, w, 3) uint8, RGB: dark on light or light on dark, of any colour.

    `upscale` says how many times larger than it was taken it is: so much broader are its finest lines.
    """
    grey = _grey(pixels)
    if (even := _even_paper(grey)) is not None:
        level, noise = even
        return _without_rulings(_above_even_paper(grey, level), upscale, partial(_on_even_paper, noise))
    dark = _rough(grey)[0]
    bright = np.where(dark, 255 - grey, grey) if not dark.all() else 255 - grey
    return _without_rulings(bright, upscale, partial(_on_uneven_paper, dark))


def shrunk(ink: Ink) -> Ink:
    """The same ink with strokes less than 20 px wide, by a whole number of times, for large pictures."""
    import cv2

    times = int(ink.stroke_px / FINE_PX)
    if times < 2:
        return ink
    height, width = ink.strokes.shape
    size = max(1, width // times), max(1, height // times)
    strength = cv2.resize(ink.strength, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
    covered = cv2.resize(ink.strokes.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    return Ink(strength, covered > FAINT_SHARE, ink.stroke_px / times)


def _without_rulings(bright: NDArray[np.uint8], upscale: float, found: Callable[[NDArray[np.uint8]], Ink]) -> Ink:
    """What is found in bright ink on dark but for rulings; if that is nothing, the lines were what is written."""
    unruled = ruled_lines.without(bright, upscale)
    ink = found(unruled)
    return ink if unruled is bright or ink.strokes.any() else found(bright)


def _even_paper(grey: NDArray[np.uint8]) -> tuple[int, float] | None:
    """The paper's level and noise (sd), if the picture's edge and most inside it is of one shade, or it is small."""
    edge = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]]).astype(np.int16)
    level = int(np.median(edge))
    noise = 1.4826 * float(np.median(np.abs(edge - level)))
    if min(grey.shape) <= SMALL_PX and noise < MIN_CONTRAST:
        return level, noise
    if (np.abs(edge - level) < MIN_CONTRAST).mean() < EVEN:
        return None
    covered = float((np.abs(_few(grey).astype(np.int16) - level) > MIN_CONTRAST).mean())
    return (level, noise) if covered < MAX_COVERED else None


def _above_even_paper(grey: NDArray[np.uint8], level: int) -> NDArray[np.uint8]:
    """Where the paper is the same everywhere, all that differs from it is ink, however broad."""
    import cv2

    paper = np.full_like(grey, level)
    darker, lighter = cv2.subtract(paper, grey), cv2.subtract(grey, paper)
    dark = cv2.sumElems(darker)[0] >= cv2.sumElems(lighter)[0]
    return (darker if dark else lighter).astype(np.uint8, copy=False)


def _on_even_paper(noise: float, strength: NDArray[np.uint8]) -> Ink:
    stroke_px = _widest(strength > 0.5 * strength.max())
    strokes = _strokes(strength, noise, stroke_px, OF_CONTRAST_EVEN)
    return Ink(strength, strokes, _width(strokes, stroke_px))


def _on_uneven_paper(dark: NDArray[np.bool_], bright: NDArray[np.uint8]) -> Ink:
    """`dark` (h, w) says where the ink was darker than its paper; where that changes, two papers meet."""
    stroke_px = _rough(255 - bright)[1]
    strength, noise = _above_paper(255 - bright, stroke_px)
    if not dark.all() and dark.any():
        strength[_seam(dark)] = 0
    strokes = _strokes(strength, noise, stroke_px, OF_CONTRAST)
    return Ink(strength, strokes, _width(strokes, stroke_px))


def _seam(dark: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Where two papers meet, which is known but roughly."""
    import cv2

    reach = max(3, 3 * min(dark.shape) // ROUGH_SIDE_PX) | 1
    around = np.ones((reach, reach), np.uint8)
    return cv2.morphologyEx(dark.astype(np.uint8), cv2.MORPH_GRADIENT, around) > 0


def _width(strokes: NDArray[np.bool_], otherwise: float) -> float:
    """How wide strokes are, in px: twice the distance from their middle line to paper."""
    ridge = _ridge(strokes)
    return max(1.0, 2 * float(np.percentile(ridge, 60)) - 0.5) if len(ridge) else otherwise


def _widest(strokes: NDArray[np.bool_]) -> float:
    """How wide most ink is, in px: by area, so that long thin rulings do not decide."""
    ridge = np.sort(_ridge(strokes))
    if not len(ridge):
        return 3.0
    area = np.cumsum(ridge**2)
    return max(1.0, 2 * float(ridge[np.searchsorted(area, 0.6 * area[-1])]) - 0.5)


def _ridge(strokes: NDArray[np.bool_]) -> NDArray[np.floating]:
    """The distance to paper, in px, of each pixel of the strokes' middle lines."""
    import cv2

    distances = cv2.distanceTransform(np.pad(strokes, 1).astype(np.uint8), cv2.DIST_L2, 3).astype(np.float32)
    return distances[(distances >= cv2.dilate(distances, np.ones((3, 3)))) & (distances > 0)]


def _grey(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The view in which ink stands out most: as the eye sees it, or, for yellow on white, by its colour.

    In each channel the paper's level is taken out; where colour tells far more than brightness, the
    channel that differs most from it speaks for the pixel.
    """
    import cv2

    plain = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY).astype(np.uint8, copy=False)
    few = _few(pixels)
    n = few.shape[0] * few.shape[1]
    paper = np.array([_nth_largest(few[..., channel], n // 2) for channel in range(3)])
    apart = np.abs(few - paper).max(axis=2).astype(np.uint8)
    by_colour = _nth_largest(apart, n // 100)
    differences = np.abs(_few(plain) - paper @ (0.299, 0.587, 0.114))
    by_brightness = _nth_largest(differences.astype(np.uint8), n // 100)
    if by_colour < 1.6 * by_brightness or by_colour < 3 * MIN_CONTRAST:
        return plain
    return (255 - np.abs(pixels - paper).max(axis=2)).astype(np.uint8)


def _few(pixels: NDArray[Any]) -> NDArray[Any]:
    """Some 256 rows and columns of a picture, which tell of its levels as much as all."""
    return pixels[:: max(1, pixels.shape[0] // 256), :: max(1, pixels.shape[1] // 256)]


def _nth_largest(levels: NDArray[np.uint8], n: int) -> int:
    """Counted, which is faster than sorted."""
    import cv2

    counts = cv2.calcHist([levels], [0], None, [256], [0, 256]).ravel()[::-1]
    return 255 - int(np.searchsorted(np.cumsum(counts, dtype=np.float64), max(1, n)))


def _rough(grey: NDArray[np.uint8]) -> tuple[NDArray[np.bool_], float]:
    """Where ink is darker than paper (h, w), and how wide strokes are, in px, from a small copy."""
    import cv2

    shrink = min(1.0, ROUGH_SIDE_PX / min(grey.shape))
    size = max(1, round(grey.shape[1] * shrink)), max(1, round(grey.shape[0] * shrink))
    small = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    window = max(3, int(0.5 * min(small.shape)) | 1)
    edge = window // 2
    paper = cv2.medianBlur(np.pad(small, edge, mode="edge").astype(np.uint8), window)
    paper = paper[edge : edge + small.shape[0], edge : edge + small.shape[1]]
    apart = paper.astype(np.float32) - small
    contrast = float(np.percentile(np.abs(apart), 99.5))
    strong = np.where(np.abs(apart) > max(0.4 * contrast, MIN_CONTRAST), apart, 0)
    darker, lighter = np.maximum(strong, 0) ** 2, np.maximum(-strong, 0) ** 2
    mostly = bool(darker.sum() >= lighter.sum())
    dark = _darker(paper.astype(np.uint8), darker, lighter)
    ridge = _ridge((strong > 0) if mostly else (strong < 0))
    stroke_px = 2 * float(np.percentile(ridge, 75)) / shrink if len(ridge) else 3.0
    if dark.all() or not dark.any():
        return np.full(grey.shape, bool(dark.flat[0])), stroke_px
    whole = cv2.resize(dark.astype(np.uint8), grey.shape[::-1], interpolation=cv2.INTER_NEAREST)
    return whole.astype(bool), stroke_px


def _darker(paper: NDArray[np.uint8], darker: NDArray[np.floating], lighter: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Where ink is darker than paper: everywhere or nowhere, or on light paper one way, on dark the other."""
    mostly = bool(darker.sum() >= lighter.sum())
    low, high = np.percentile(paper, (2, 98))
    light = paper > (low + high) / 2
    if high - low < TWO_PAPERS or not light.any() or light.all():
        return np.full(paper.shape, mostly)
    least = 0.2 * max(darker.sum(), lighter.sum())
    dark = np.full(paper.shape, mostly)
    for region in (light, ~light):  # a table around the sheet has next to no ink of its own
        ours, theirs = (lighter, darker) if mostly else (darker, lighter)
        if ours[region].sum() > max(4 * theirs[region].sum(), least):
            dark[region] = not mostly
    return dark


def _above_paper(grey: NDArray[np.uint8], stroke_px: float) -> tuple[NDArray[np.uint8], float]:
    """How much darker than the paper each pixel is (h, w), in grey levels, and the paper's noise (sd).

    A closing wider than a stroke paints it over with the paper beside it, and leaves alone what is
    wider: shadows, tables, the edges of the sheet.
    """
    import cv2

    shrink = min(1.0, 6 / stroke_px)  # strokes of six pixels are enough to paint over
    size = max(1, round(grey.shape[1] * shrink)), max(1, round(grey.shape[0] * shrink))
    small = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    side = min(max(7, int(3.5 * stroke_px * shrink)), max(3, min(small.shape) * 2 // 3)) | 1
    closed = cv2.morphologyEx(small, cv2.MORPH_CLOSE, np.ones((side, side), np.uint8))
    # Smoothed, but never lighter than it was: the dark side of an edge is not ink.
    paper = np.minimum(closed, cv2.blur(closed, (side, side)))
    paper = cv2.resize(paper, grey.shape[::-1], interpolation=cv2.INTER_LINEAR)
    apart = paper.astype(np.int16) - grey
    # The closing lies above the paper by some of its noise: estimated from the lowest pixels, for much may be ink.
    lowest, low = np.percentile(_few(apart), (5, 20))
    noise = float(low - lowest) / 0.8
    apart -= np.int16(low + 0.84 * noise)
    return np.clip(apart, 0, 255).astype(np.uint8), noise


def _strokes(
    strength: NDArray[np.uint8], noise: float, stroke_px: float, of_contrast: tuple[float, float]
) -> NDArray[np.bool_]:
    """The pixels of strokes (h, w): above a share of the strongest ink nearby, if they lead to surer ones."""
    import cv2

    few = max(1, min(FEW_PX, strength.size // 500))  # a count, not a share: small writing on a large sheet is ink too
    strongest = _nth_largest(strength, few)
    least = max(MIN_CONTRAST, 4 * noise)
    if strongest < least:
        return np.zeros(strength.shape, bool)
    reach = int(6 * stroke_px) | 1
    shrink = min(1.0, 4 / stroke_px)
    small = cv2.resize(strength, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
    nearby = cv2.dilate(small, np.ones((max(3, int(reach * shrink) | 1),) * 2, np.uint8))
    nearby = cv2.resize(nearby, strength.shape[::-1], interpolation=cv2.INTER_LINEAR).astype(np.float32)
    nearby = np.clip(nearby, FAINTEST * strongest, strongest)
    maybe = strength > np.maximum(of_contrast[0] * nearby, 0.6 * least)
    sure = strength > np.maximum(of_contrast[1] * nearby, least)
    count, found = cv2.connectedComponents(maybe.astype(np.uint8), connectivity=8)
    parts = found.astype(np.int32)
    kept = np.zeros(count, bool)
    kept[parts[sure]] = True
    kept[0] = False
    return kept[parts]
