"""Images of glyphs as reading gives them to the classifier: drawn pages, found and cut out by a detector."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from mnistry.data.split import Split
from mnistry.ocr import glyph_image
from mnistry.ocr.find_glyphs import Glyphs, find_glyphs
from mnistry.ocr.glyph_classes import DIGITS
from mnistry.ocr.peaks import Detect
from mnistry.training.detector.judge import iou
from mnistry.training.synthetic.pages import scene
from mnistry.training.synthetic.pages.materials import Materials
from mnistry.training.synthetic.pages.scene import MIN_SEEN, Scene

HEIGHT_PX, WIDTH_PX = 320, 480
EM_PX = 15.0, 80.0
IS_ONE, IS_NONE = (
    0.6,
    0.25,
)  # IoU with a digit's box, from which on a candidate is that digit, and up to which it is none
MIN_HEAT = 0.2
MAX_NONE = 0.35  # share of the images that are no digits


def images(n: int, of: Materials, none: int, detect: Detect, rng: np.random.Generator) -> Split:
    """Return `n` images (n, 28, 28, 1) of glyphs on drawn pages: digits by their value, all else labelled `none`.

    A candidate that is neither clearly one written digit nor clearly none is left out.
    """
    found: list[NDArray[np.uint8]] = []
    labels: list[int] = []
    nones = 0
    while len(found) < n:
        em = float(np.exp(rng.uniform(*np.log(EM_PX))))
        page = scene.draw(HEIGHT_PX, WIDTH_PX, of, rng, em)
        for image, label in _labelled(page, find_glyphs(page.pixels, detect), none):
            if label == none:
                if nones >= MAX_NONE * (len(found) + 1):
                    continue
                nones += 1
            found.append(image)
            labels.append(label)
    return Split(np.stack(found[:n])[..., None], np.array(labels[:n], np.int64))


def _labelled(page: Scene, glyphs: Glyphs, none: int) -> Iterator[tuple[NDArray[np.uint8], int]]:
    candidates = glyphs.candidates
    if not len(candidates):
        return
    placed = glyph_image.images(glyphs)
    overlaps = np.zeros((len(candidates), 1))
    if len(page.boxes):
        overlaps = iou(candidates.boxes, page.boxes)
    is_digit = np.concatenate([page.glyphs < len(DIGITS), [False]])[: overlaps.shape[1]]
    for k, image in enumerate(placed):
        if candidates.heat[k] < MIN_HEAT or not image.any():
            continue
        nearest = int(overlaps[k].argmax())
        if is_digit[nearest] and overlaps[k, nearest] >= IS_ONE and page.seen[nearest] >= MIN_SEEN:
            yield image, int(page.glyphs[nearest])
        elif overlaps[k][is_digit].max(initial=0.0) <= IS_NONE:
            yield image, none
