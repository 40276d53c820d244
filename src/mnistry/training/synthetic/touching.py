"""Segments of touching digits as the reader cuts them, each labelled with its digit or as a non-digit.

Training digits are placed so that they touch, and are then found and cut by the code of `mnistry read`.
Every run of neighbouring segments that could be one digit is compared with the true digits.

Source: Burges, Matan, LeCun et al. 1992, Shortest path segmentation: a method for training a neural
network to recognize character strings.
"""

import numpy as np
from numpy.typing import NDArray

from mnistry.data.split import Split
from mnistry.ocr import best_path, binarize, cuts, geometry, layout, placement
from mnistry.ocr.binarize import Ink
from mnistry.ocr.layout import Segment
from mnistry.training.synthetic import nondigits

UPSCALE = 3  # enlargement of MNIST's pixels, so that there is something to cut
OVERLAP = 0.12  # most overlap of two digits, as a share of the height
RIM_PX = 12
WHOLE = 0.86  # least share of a digit's ink in a run, and of the run's ink that is its own, to be that digit
NEAREST = 0.74  # …or this much, if no other run has more: all that is left of a digit overlapped by another
PART = 0.6  # …and below this it is a non-digit
SEVERAL = 0.85  # share of a digit's ink: a run with more than this of two digits is a non-digit, however small one is
NARROW = 0.5  # least width over height of a non-digit: a narrower one could still be a 1
LOW = 0.6  # least share of a digit's height for a non-digit: a lower one could be a loop that looks like a 0
STRANGE = 0.35  # share of the written samples that are non-digits
STRANGERS = (nondigits.sign, nondigits.scribble, nondigits.shape, nondigits.texture)
ROWS = 0.3, 0.55, 0.15  # shares of samples with one digit (as a page's ink leaves it), two, and three
MAX_PIECES = 4, 2, 2  # most whole digits, parts of digits and several in one taken from one sample

Labelled = tuple[list[Segment], int]


def cut(n: int, digits: Split, none: int, rng: np.random.Generator) -> Split:
    """Generate `n` images (n, 28, 28, 1) of segments of touching `digits`, and of letters, scribbles, shapes, textures.

    Non-digits are labelled `none`.
    """
    images: list[NDArray[np.uint8]] = []
    labels: list[int] = []
    while len(images) < n:
        if rng.random() < STRANGE:
            strange = STRANGERS[rng.integers(len(STRANGERS))](digits, rng)
            if nondigits.could_be_one(strange):
                continue
            written, groups = _labelled(np.pad(strange, RIM_PX)[None], np.array([none]), none)
        else:
            which = rng.integers(0, len(digits), rng.choice([1, 2, 3], p=ROWS))
            layers = _written([digits.images[k, ..., 0] for k in which], rng)
            written, groups = _labelled(layers, digits.labels[which], none)
        for group, max_pieces in zip(groups, MAX_PIECES, strict=True):
            chosen = [group[k] for k in rng.permutation(len(group))[:max_pieces]]
            images += [placement.place(row, written) for row, _ in chosen]
            labels += [label for _, label in chosen]
    return Split(np.stack(images[:n])[..., None], np.array(labels[:n], np.int64))


def _written(images: list[NDArray[np.uint8]], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Place digits side by side (digits, h, w), each on its own layer, touching or overlapping."""
    large = [_pen(image, rng) for image in images]
    height = max(one.shape[0] for one in large) + 2 * RIM_PX + 8
    layers = np.zeros((len(large), height, sum(one.shape[1] for one in large) + 2 * RIM_PX), np.uint8)
    right = 0
    for layer, one in zip(layers, large, strict=True):
        top = RIM_PX + int(rng.integers(0, height - 2 * RIM_PX - one.shape[0] + 1))
        left = _against(right, layers.max(axis=0)[top : top + one.shape[0]], one) if right else RIM_PX
        left = max(RIM_PX, left - int(rng.uniform(0, OVERLAP) * one.shape[0] * rng.integers(0, 2)))
        layer[top : top + one.shape[0], left : left + one.shape[1]] = one
        right = left + one.shape[1]
    return layers[:, :, : right + RIM_PX]


def _pen(image: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Enlarge a digit, squeeze it a little, make its strokes as sharp as a pen's, and crop it."""
    import cv2

    wide, tall = UPSCALE * np.exp(rng.normal(0, 0.08, 2))
    large = cv2.resize(image, None, fx=wide, fy=tall, interpolation=cv2.INTER_CUBIC).astype(np.float32)
    sharp = np.clip((large - rng.uniform(90, 130)) * rng.uniform(1, 3) + 128, 0, 255)
    sharp[sharp < 40] = 0
    return geometry.cropped(sharp.astype(np.uint8))


def _against(right: int, before: NDArray[np.uint8], one: NDArray[np.uint8]) -> int:
    """Return the left edge at which a digit, moved left from `right`, first touches the ink `before` it (h, w)."""
    width = one.shape[1]
    for left in range(right, RIM_PX, -1):
        if (np.minimum(before[:, left : left + width], one[:, : before.shape[1] - left]) > 128).sum() > 3:
            return left
    return right - 1


def _labelled(
    layers: NDArray[np.uint8], labels: NDArray[np.int64], none: int
) -> tuple[Ink, tuple[list[Labelled], list[Labelled], list[Labelled]]]:
    """Return the ink, and its runs of segments that are clearly one written symbol, a part of one, or several digits.

    A run that is clearly none of these is left out.
    """
    found = binarize.find(255 - np.repeat(layers.max(axis=0)[..., None], 3, axis=2))
    laid_out = layout.in_lines(layout.pieces(found))
    masks = layers > 64
    whole: list[Labelled] = []
    part: list[Labelled] = []
    several: list[Labelled] = []
    for line in laid_out.lines:
        parts = [segment for piece in line for _, _, segment in cuts.parts(piece, found)]
        rows = [[segment] for segment in parts] + [line[i:j] for i, j in best_path.spans(line, laid_out.height_px)]
        shares = np.array([[_shares(row, mask) for mask in masks] for row in rows])  # (rows, digits, 2)
        likeness = shares.min(axis=2)
        nearest = (likeness == likeness.max(axis=0)) & (likeness >= NEAREST)
        for row, recall, like, near in zip(rows, shares[..., 0], likeness, nearest, strict=True):
            k = int(like.argmax())
            if (recall > SEVERAL).sum() > 1:
                several.append((row, none))
            elif like[k] >= WHOLE or near[k]:
                whole.append((row, int(labels[k])))
            elif like[k] < PART and _looks_whole(row, laid_out.height_px):
                part.append((row, none))
    return found, (whole, part, several)


def _shares(segments: list[Segment], digit: NDArray[np.bool_]) -> tuple[float, float]:
    """Return the share of a digit's ink (h, w) that is in the segments, and of their ink that is the digit's."""
    here = shared = 0
    for s in segments:
        here += int(s.mask.sum())
        shared += int((s.mask & digit[s.y : s.y + s.height, s.x : s.x + s.width]).sum())
    return shared / max(1, int(digit.sum())), shared / max(1, here)


def _looks_whole(segments: list[Segment], height_px: float) -> bool:
    """Whether the segments have a digit's size, so that their size does not reveal a non-digit."""
    left, top, right, bottom = placement.bounds(segments)
    wide, tall = right - left, bottom - top
    return wide >= NARROW * tall and tall >= LOW * height_px
