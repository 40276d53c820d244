"""What the detector should say of a scene: centres, glyphs, sizes, ink and its owners, and where text is."""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from mnistry.ocr.glyph_classes import GLYPHS
from mnistry.ocr.peaks import STRIDE, TEXT_STRIDE
from mnistry.training.synthetic.pages.scene import MIN_SEEN, Scene

UNIT_PX = 16.0  # of sizes and of distances to a pixel's owner
ANSWERED = 15.0, 46.0  # digit heights in px that are answered for
UNSURE = 8.0, 56.0  # …beyond those, up to these, nothing is asked; still larger or smaller ones are not to be found
TEXT_PX = 3.0, 64.0  # digit heights that the coarse map answers for
SPREAD = 0.09  # of a glyph's width and height: the standard deviation of its heat
MIN_SPREAD = 0.75  # cells
MIN_DOUBT = 0.42  # of a glyph's box inside the picture: less of it is nothing to be found, up to `MIN_SEEN` unclear
MIN_NEAR = 110  # of 255: heat from which on a cell knows its glyph
ONE = GLYPHS.index("1")
NARROWEST = 0.35  # of a 1's height: its box is widened to this


@dataclass(frozen=True, eq=False)
class Targets:
    """For n scenes of h × w px, at stride 2 unless said otherwise.

    `heat` (n, h/2, w/2) uint8, 255 at a centre; `asked` (n, h/2, w/2) bool: where heat counts; `glyph` (n, h/2, w/2)
    uint8 and `geometry` (n, h/2, w/2, 4) float16, size and offset, hold where `near`, the heat of the nearest glyph,
    (n, h/2, w/2) uint8 is over 0; `owner` (n, h/2, w/2, 2) float16 and `owned` bool; `ink` (n, h/2, w/2, 4) uint8,
    0, 1, or 255 where nothing is asked; `text` (n, h/8, w/8) uint8 likewise, and `text_height` float16.
    """

    pictures: NDArray[np.uint8]
    heat: NDArray[np.uint8]
    asked: NDArray[np.bool_]
    glyph: NDArray[np.uint8]
    geometry: NDArray[np.float16]
    near: NDArray[np.uint8]
    owner: NDArray[np.float16]
    owned: NDArray[np.bool_]
    ink: NDArray[np.uint8]
    text: NDArray[np.uint8]
    text_height: NDArray[np.float16]


def stacked(scenes: list[Scene]) -> Targets:
    """Return the targets of scenes of one size."""
    each = [_targets(scene) for scene in scenes]
    return Targets(**{one.name: np.stack([t[one.name] for t in each]) for one in fields(Targets)})


def answered(scene: Scene) -> NDArray[np.bool_]:
    """Return which glyphs the detector is to find at this scale (n,)."""
    em = scene.em_px
    return (scene.seen >= MIN_SEEN) & (em >= ANSWERED[0]) & (em <= ANSWERED[1])


def widened(boxes: NDArray[np.float32], glyphs: NDArray[np.int64]) -> NDArray[np.float32]:
    """Widen the boxes (n, 4) of 1s to `NARROWEST` of their height."""
    boxes = boxes.copy()
    missing = np.maximum(0, NARROWEST * (boxes[:, 3] - boxes[:, 1]) - (boxes[:, 2] - boxes[:, 0])) / 2
    missing[glyphs != ONE] = 0
    boxes[:, 0] -= missing
    boxes[:, 2] += missing
    return boxes


def _targets(scene: Scene) -> dict[str, NDArray]:
    height, width = scene.pixels.shape[:2]
    h, w = height // STRIDE, width // STRIDE
    maps = _Maps(h, w)
    boxes = widened(scene.boxes, scene.glyphs)
    found = answered(scene)
    em, there = scene.em_px, scene.seen > 0.08
    unsure = (scene.seen > MIN_DOUBT) & ~found & (em >= UNSURE[0]) & (em <= UNSURE[1])
    for left, top, right, bottom in boxes[unsure] / STRIDE:
        maps.asked[max(0, int(top)) : int(bottom) + 2, max(0, int(left)) : int(right) + 2] = False
    for box, glyph in zip(boxes[found], scene.glyphs[found], strict=True):
        maps.add(box, int(glyph))
    owner, owned, ink = _ink(scene, boxes, found, there)
    text, text_height = _text(scene, boxes, height // TEXT_STRIDE, width // TEXT_STRIDE, there)
    return {
        "pictures": scene.pixels,
        **vars(maps),
        "owner": owner,
        "owned": owned,
        "ink": ink,
        "text": text,
        "text_height": text_height,
    }


class _Maps:
    """The maps of one scene at stride 2, to which glyphs are added one by one."""

    def __init__(self, h: int, w: int) -> None:
        self.heat = np.zeros((h, w), np.uint8)
        self.asked = np.ones((h, w), bool)
        self.glyph = np.zeros((h, w), np.uint8)
        self.geometry = np.zeros((h, w, 4), np.float16)
        self.near = np.zeros((h, w), np.uint8)

    def add(self, box: NDArray[np.float32], glyph: int) -> None:
        """Add an elliptic Gaussian around the centre of a box in px, 255 at the centre's own cell."""
        h, w = self.heat.shape
        left, top, right, bottom = box / STRIDE
        middle_x, middle_y = (left + right) / 2 - 0.25, (top + bottom) / 2 - 0.25  # a cell lies at its first pixel
        x, y = int(np.clip(round(middle_x), 0, w - 1)), int(np.clip(round(middle_y), 0, h - 1))
        spread_x, spread_y = max(MIN_SPREAD, SPREAD * (right - left)), max(MIN_SPREAD, SPREAD * (bottom - top))
        reach_x, reach_y = int(3 * spread_x) + 1, int(3 * spread_y) + 1
        y0, y1, x0, x1 = max(0, y - reach_y), min(h, y + reach_y + 1), max(0, x - reach_x), min(w, x + reach_x + 1)
        rows, columns = np.arange(y0, y1)[:, None], np.arange(x0, x1)[None]
        level = (np.exp(-(((columns - x) / spread_x) ** 2 + ((rows - y) / spread_y) ** 2) / 2) * 255).astype(np.uint8)
        window = np.s_[y0:y1, x0:x1]
        np.maximum(self.heat[window], level, out=self.heat[window])
        self.asked[y, x] = True
        level[level < MIN_NEAR] = 0
        mine = level > self.near[window]
        self.near[window][mine] = level[mine]
        self.glyph[window][mine] = glyph
        values = np.empty((*level.shape, 4), np.float16)
        values[..., 0] = np.log(max(1.0, (right - left) * STRIDE) / UNIT_PX)
        values[..., 1] = np.log(max(1.0, (bottom - top) * STRIDE) / UNIT_PX)
        values[..., 2], values[..., 3] = middle_x - columns, middle_y - rows
        self.geometry[window][mine] = values[mine]


def _ink(
    scene: Scene, boxes: NDArray[np.float32], found: NDArray[np.bool_], there: NDArray[np.bool_]
) -> tuple[NDArray[np.float16], NDArray[np.bool_], NDArray[np.uint8]]:
    height, width = scene.owner.shape
    h, w = height // STRIDE, width // STRIDE
    cells = scene.owner.reshape(h, STRIDE, w, STRIDE).transpose(0, 2, 1, 3).reshape(h, w, 4)
    em = np.concatenate([[0.0], scene.em_px])
    wanted = np.concatenate([[False], there & (scene.em_px >= UNSURE[0]) & (scene.em_px <= UNSURE[1])])
    ink = np.where(wanted[cells], 1, np.where(em[cells] > 0, 255, 0)).astype(np.uint8)
    of = cells.max(axis=2)
    sure = np.concatenate([[False], found])[of]
    middles = np.concatenate(
        [np.zeros((1, 2)), np.stack([boxes[:, 0] + boxes[:, 2], boxes[:, 1] + boxes[:, 3]], 1) / 2]
    )
    rows, columns = np.mgrid[:h, :w]
    at = np.stack([columns * STRIDE + 0.5, rows * STRIDE + 0.5], axis=2)
    owner = (middles[of] - at) / UNIT_PX
    owner[~sure] = 0
    return owner.astype(np.float16), sure, ink


def _text(
    scene: Scene, boxes: NDArray[np.float32], h: int, w: int, there: NDArray[np.bool_]
) -> tuple[NDArray[np.uint8], NDArray[np.float16]]:
    text, tall = np.zeros((h, w), np.uint8), np.zeros((h, w), np.float16)
    order = np.argsort(-scene.em_px, kind="stable")
    for k in order[there[order]]:
        em = float(scene.em_px[k])
        left, top, right, bottom = boxes[k] / TEXT_STRIDE
        cells = np.s_[max(0, int(top)) : int(np.ceil(bottom)), max(0, int(left)) : int(np.ceil(right))]
        if TEXT_PX[0] <= em <= TEXT_PX[1]:
            text[cells] = 1
            tall[cells] = np.log(em / UNIT_PX)
        else:
            text[cells] = 255
    return text, tall
