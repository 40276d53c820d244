"""The detector's maps of one view → candidates: where glyphs may be, which, how large, with what probability.

Source: Zhou et al. 2019, Objects as Points, sec. 4: peaks of the heat are the objects.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from mnistry.ocr.views import Spots, View

STRIDE, TEXT_STRIDE = 2, 8
MIN_HEAT = 0.08
MIN_TEXT = 0.25
MAX_PEAKS = 4_000  # of one view


@dataclass(frozen=True, eq=False)
class Maps:
    """What the detector says of one view of h × w px.

    `heat` (h/2, w/2) is the probability of a glyph's centre, `glyph` (classes, h/2, w/2) logits of which it is;
    `size` (2, h/2, w/2) its width and height and `offset` the way to its centre, in px, x first; `owner`
    (2, h/2, w/2) is a stroke's way to its glyph's centre in px; `ink` (h, w) the probability of being a stroke;
    `text` (2, h/8, w/8) the probability of being in text, and its digits' height in px. All float32.
    """

    heat: NDArray[np.float32]
    glyph: NDArray[np.float32]
    size: NDArray[np.float32]
    offset: NDArray[np.float32]
    owner: NDArray[np.float32]
    ink: NDArray[np.float32]
    text: NDArray[np.float32]


Detect = Callable[[NDArray[np.uint8]], Maps]  # pixels (h, w, 3) uint8, sides multiples of 16


@dataclass(frozen=True, eq=False)
class Candidates:
    """n glyphs that may be there: `heat` (n,), log probabilities `glyph` (n, classes), and `boxes` (n, 4).

    Boxes are left, top, right, bottom; `em_px` is the digit height of the text around it; both in px of the
    picture. `view` (n,) numbers the view it was found in, and `view_px` is that text's digit height there.
    """

    heat: NDArray[np.float32]
    glyph: NDArray[np.float32]
    boxes: NDArray[np.float32]
    em_px: NDArray[np.float32]
    view: NDArray[np.int64]
    view_px: NDArray[np.float32]

    def part(self, chosen: NDArray[np.generic]) -> "Candidates":
        """Return those at the places `chosen`."""
        return Candidates(**{one.name: getattr(self, one.name)[chosen] for one in fields(self)})

    def __len__(self) -> int:
        return len(self.heat)


def joined(parts: list[Candidates]) -> Candidates:
    """Return the candidates of several views as one."""
    return Candidates(**{one.name: np.concatenate([getattr(p, one.name) for p in parts]) for one in fields(Candidates)})


def candidates(maps: Maps, view: View, number: int) -> Candidates:
    """Return the peaks of the heat whose centre lies in the view's core."""
    rows, columns = _peaks(maps.heat)
    x = columns * STRIDE + 0.5 + maps.offset[0, rows, columns]
    y = rows * STRIDE + 0.5 + maps.offset[1, rows, columns]
    left, top, right, bottom = view.core
    mine = (x >= left) & (x < right) & (y >= top) & (y < bottom)
    rows, columns, x, y = rows[mine], columns[mine], x[mine], y[mine]
    wide, tall = maps.size[:, rows, columns]
    logits = maps.glyph[:, rows, columns].T
    logits = logits - logits.max(axis=1, keepdims=True, initial=-1e9)
    em = maps.text[1, rows * STRIDE // TEXT_STRIDE, columns * STRIDE // TEXT_STRIDE]
    boxes = np.stack([x - wide / 2, y - tall / 2, x + wide / 2, y + tall / 2], axis=1)
    return Candidates(
        maps.heat[rows, columns],
        (logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))).astype(np.float32),
        ((boxes + np.array([view.left, view.top] * 2)) / view.scale).astype(np.float32),
        (em / view.scale).astype(np.float32),
        np.full(len(rows), number),
        em,
    )


def _peaks(heat: NDArray[np.float32]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return rows and columns of the cells that are the largest of the 3×3 around them; the hottest `MAX_PEAKS`."""
    wide = np.pad(heat, 1)
    across = np.maximum(np.maximum(wide[:, :-2], wide[:, 1:-1]), wide[:, 2:])
    around = np.maximum(np.maximum(across[:-2], across[1:-1]), across[2:])
    rows, columns = np.nonzero((heat >= around) & (heat > MIN_HEAT))
    if len(rows) > MAX_PEAKS:
        hottest = np.argsort(-heat[rows, columns], kind="stable")[:MAX_PEAKS]
        rows, columns = rows[hottest], columns[hottest]
    return rows, columns


def spots(maps: Maps, view: View) -> Spots:
    """Return where the view has text, in px of the picture."""
    rows, columns = np.nonzero(maps.text[0] > MIN_TEXT)
    middle = (TEXT_STRIDE - 1) / 2
    return Spots(
        ((columns * TEXT_STRIDE + middle + view.left) / view.scale).astype(np.float32),
        ((rows * TEXT_STRIDE + middle + view.top) / view.scale).astype(np.float32),
        (maps.text[1, rows, columns] / view.scale).astype(np.float32),
    )
