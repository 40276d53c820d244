"""A detector that is no network: ink that hangs together is a glyph, and the colour of the ink says which.

It sees pixels only, of any view at any scale, and answers what the network is taught to: its maps are made by
`training.detector.targets`.
"""

from dataclasses import dataclass, field, replace
from itertools import islice

import cv2
import numpy as np
from numpy.typing import NDArray

import drawn
from mnistry.data.dataset import Dataset
from mnistry.ocr import merge
from mnistry.ocr.glyph_classes import DIGITS, GLYPHS, OTHER
from mnistry.ocr.peaks import STRIDE, Maps
from mnistry.training.detector import targets
from mnistry.training.detector.targets import UNIT_PX
from mnistry.training.synthetic.pages.scene import Scene

STRONGEST = 210  # how much light full ink takes from the channel that it takes most from
THINNEST = 0.4  # of that: less is no ink, as a page far away is grey
_NAMES = (*DIGITS, ",", ".", "-", "/", "+", OTHER)
_LIGHT = [(a, b, c) for a in (1.0, 0.6, 0.2) for b in (1.0, 0.6, 0.2) for c in (1.0, 0.6, 0.2) if 1.0 in (a, b, c)]
INKS = {name: STRONGEST * np.array(light) for name, light in zip(_NAMES, _LIGHT, strict=False)}
_DIRECTIONS = np.array([ink / np.linalg.norm(ink) for ink in INKS.values()])

Box = tuple[int, int, int, int]


def paper(height: int, width: int, colour: tuple[int, int, int] = (255, 255, 255)) -> NDArray[np.uint8]:
    """An empty page (height, width, 3)."""
    return np.full((height, width, 3), colour, np.uint8)


def put(page: NDArray[np.uint8], name: str, x: int, y: int, shape: NDArray[np.uint8]) -> None:
    """Draw a glyph: its shape (h, w), 255 where the ink is full, in its own colour."""
    h, w = shape.shape
    window = page[y : y + h, x : x + w]
    window[:] = np.clip(window - shape[..., None] / 255 * INKS[name], 0, 255).astype(np.uint8)


def block(page: NDArray[np.uint8], name: str, box: Box) -> Box:
    """Draw a glyph that is a block: x, y, width, height."""
    x, y, width, height = box
    put(page, name, x, y, np.full((height, width), 255, np.uint8))
    return box


def block_row(page: NDArray[np.uint8], values: str, x: int, y: int, size: tuple[int, int], pitch: float) -> list[Box]:
    """Draw blocks of one size (width, height), `pitch` px from each to the next; none for a space."""
    return [
        block(page, value, (round(x + k * pitch), y, *size)) for k, value in enumerate(values) if not value.isspace()
    ]


def digit(dataset: Dataset, value: str, tall: int, number: int = 0) -> NDArray[np.uint8]:
    """Return the shape (tall, w) of a digit of MNIST's validation images: of those in one piece, that of a number."""
    images = dataset.validation.images[dataset.validation.labels == int(value), ..., 0]
    whole = (image for image in images if cv2.connectedComponents((image > 100).astype(np.uint8))[0] == 2)
    large = drawn.pen(next(islice(whole, number, None)), 8)
    rows, columns = np.flatnonzero(large.any(axis=1)), np.flatnonzero(large.any(axis=0))
    shape = large[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    width = max(1, round(shape.shape[1] * tall / shape.shape[0]))
    return cv2.resize(shape, (width, tall), interpolation=cv2.INTER_AREA).astype(np.uint8)


def digit_row(
    page: NDArray[np.uint8], dataset: Dataset, values: str, at: tuple[int, int], tall: int, pitch: int
) -> None:
    """Draw MNIST's digits side by side from x, y on, in the ink of their value; none for a space."""
    for k, value in enumerate(values):
        if not value.isspace():
            put(page, value, at[0] + k * pitch, at[1], digit(dataset, value, tall))


@dataclass
class InkDetector:
    """A `Detect`. `seen` collects the pixels of the views that it was asked of.

    `holes`: it takes the holes of glyphs that are too large for it for zeros, with this heat, as networks do.
    """

    holes: float = 0.0
    seen: list[NDArray[np.uint8]] = field(default_factory=list)

    @property
    def px(self) -> int:
        """How many pixels it was asked of."""
        return sum(pixels.shape[0] * pixels.shape[1] for pixels in self.seen)

    def __call__(self, pixels: NDArray[np.uint8]) -> Maps:
        self.seen.append(pixels)
        scene = _scene(pixels)
        maps = maps_of(scene)
        if self.holes:
            for x, y, size in _holes(scene):
                row, column = round(y / STRIDE - 0.25), round(x / STRIDE - 0.25)
                maps.heat[row, column] = max(maps.heat[row, column], self.holes)
                maps.glyph[:, row, column] = np.eye(len(GLYPHS))[0] * 9
                maps.size[:, row, column] = size
                maps.text[1, row // 4, column // 4] = size[1]
        return maps


def _absorbed(pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
    edge = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    return np.clip(np.median(edge, axis=0) - pixels, 0, None)


def _scene(pixels: NDArray[np.uint8]) -> Scene:
    """What is to be seen in a view: each component of its ink."""
    absorbed = _absorbed(pixels)
    inked = (absorbed.max(axis=2) > THINNEST * STRONGEST).astype(np.uint8)
    n, owner, stats, _ = cv2.connectedComponentsWithStats(inked, connectivity=8)
    sums = np.stack([np.bincount(owner.ravel(), absorbed[..., c].ravel(), n) for c in range(3)], axis=1)[1:]
    names = [list(INKS)[k] for k in (sums @ _DIRECTIONS.T).argmax(axis=1)] if n > 1 else []
    x, y, w, h = stats[1:, :4].T.astype(np.float32)
    boxes = np.stack([x, y, x + w, y + h], axis=1) - np.float32(0.5)  # the middle of the first pixel is at 0
    is_digit = np.array([name in DIGITS for name in names], bool)
    em = np.where(is_digit, h, np.median(h[is_digit]) if is_digit.any() else h).astype(np.float32)
    glyphs = np.array([GLYPHS.index(name) for name in names], np.int64)
    seen = np.ones(n - 1, np.float32)
    nowhere = np.full(n - 1, -1)
    return Scene(pixels, owner.astype(np.int16), glyphs, boxes, em, seen, nowhere, nowhere)


def maps_of(scene: Scene) -> Maps:
    """The targets of a scene as `training.detector.loop.as_maps` gives them.

    Networks also see what is somewhat smaller or larger than what they are taught to find, as reading relies on.
    """
    near = (scene.em_px >= merge.VALID_PX[0]) & (scene.em_px <= merge.VALID_PX[1])
    answered = replace(scene, em_px=np.where(near, np.clip(scene.em_px, *targets.ANSWERED), scene.em_px))
    taught = {name: array[0] for name, array in vars(targets.stacked([answered])).items()}
    geometry = taught["geometry"].astype(np.float32).transpose(2, 0, 1)
    cells = taught["ink"].reshape(*taught["heat"].shape, STRIDE, STRIDE).transpose(0, 2, 1, 3)
    exact = targets.stacked([scene])
    text = np.stack([exact.text[0] == 1, np.exp(exact.text_height[0].astype(np.float32)) * UNIT_PX])
    return Maps(
        (taught["heat"] / np.float32(255)).astype(np.float32) * np.float32(0.96),
        (np.arange(len(GLYPHS))[:, None, None] == taught["glyph"][None]).astype(np.float32) * 9,
        np.exp(geometry[:2]) * UNIT_PX,
        geometry[2:] * STRIDE,
        taught["owner"].astype(np.float32).transpose(2, 0, 1) * UNIT_PX,
        (cells.reshape(taught["owned"].shape[0] * STRIDE, -1) == 1).astype(np.float32),
        text.astype(np.float32),
    )


def _holes(scene: Scene) -> list[tuple[float, float, tuple[float, float]]]:
    """Where glyphs that are too large have holes: middle x and y, width and height."""
    found = []
    for k in np.flatnonzero(scene.em_px > targets.ANSWERED[1]).tolist():
        paper_in = (scene.owner != k + 1).astype(np.uint8)
        n, _, stats, middles = cv2.connectedComponentsWithStats(paper_in, connectivity=4)
        for (x, y, w, h, _), (at_x, at_y) in zip(stats[1:n], middles[1:n], strict=True):
            if x > 0 and y > 0 and x + w < paper_in.shape[1] and y + h < paper_in.shape[0]:
                found.append((float(at_x), float(at_y), (float(w), float(h))))
    return found
