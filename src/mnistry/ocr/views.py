"""Which parts of a picture the detector looks at, and how much enlarged: thumbnails first, then where there is text."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mnistry.ocr.resize import resized

MULTIPLE = 16  # the detector's strides divide its input's sides
THUMBNAIL_PX = 300_000
SMALLEST_PX = 16  # the shorter side of the last thumbnail, unless the picture is smaller
TILE_PX, MARGIN_PX = 512, 48  # a tile's side, and what of it on each side is only context
WANTED_PX = 28.0  # digit height that the detector reads best
READ_PX = 19.0, 40.0  # digit heights that need no second look
BUDGET_PX = 2_500_000  # of all that is looked at for one picture
PAD_PX = 16  # of border around a picture, so that ink cropped at its edge has paper around it
LARGEST_ZOOM = 8.0
ENLARGED_PX = WANTED_PX, 24.0, 20.0, 17.0, 14.0  # digit heights aimed at, as the budget allows

Area = tuple[float, float, float, float]  # left, top, right and bottom in px of the picture


@dataclass(frozen=True, eq=False)
class View:
    """A part of a picture at some scale.

    `pixels` (h, w, 3) uint8; a pixel (x, y) of it is ((x + left) / scale, (y + top) / scale) in the picture.
    Glyphs with their centre in `core` (left, top, right, bottom in the view's px) are this view's to find.
    """

    pixels: NDArray[np.uint8]
    scale: float
    left: float
    top: float
    core: tuple[float, float, float, float]


@dataclass(frozen=True, eq=False)
class Spots:
    """Where there is text: centres (n,) x and y, and digit heights (n,), in px of the picture."""

    x: NDArray[np.float32]
    y: NDArray[np.float32]
    em_px: NDArray[np.float32]


def thumbnails(pixels: NDArray[np.uint8]) -> list[View]:
    """Return the whole picture at most `THUMBNAIL_PX` large, and again at half the size until it is small."""
    height, width = pixels.shape[:2]
    scale = min(1.0, math.sqrt(THUMBNAIL_PX / (height * width)))
    views = [whole(pixels, scale)]
    while min(height, width) * scale / 2 >= SMALLEST_PX:
        scale /= 2
        views.append(whole(pixels, scale))
    return views


def whole(pixels: NDArray[np.uint8], scale: float) -> View:
    """Return all of the picture, padded with its border's colour."""
    height, width = (max(1, round(side * scale)) for side in pixels.shape[:2])
    return View(_padded(resized(pixels, height, width)), scale, -PAD_PX, -PAD_PX, (-1e9, -1e9, 1e9, 1e9))


def _padded(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Add a border of the picture's own edge, and more of it so that the sides are multiples of `MULTIPLE`."""
    height, width = pixels.shape[:2]
    below, right = (PAD_PX + -(side + 2 * PAD_PX) % MULTIPLE for side in (height, width))
    page = np.empty((height + PAD_PX + below, width + PAD_PX + right, 3), np.uint8)
    page[:] = _edge_colour(pixels)
    page[PAD_PX : PAD_PX + height, PAD_PX : PAD_PX + width] = pixels
    return page


def closer(pixels: NDArray[np.uint8], spots: Spots, seen_px: int) -> tuple[list[View], list[Area]]:
    """Return the places whose text is too small in what was seen, enlarged so that it is read best.

    The scales are a factor 1.4 apart. `seen_px` were looked at before; if the budget does not suffice, all text is
    enlarged less, and what is still too much is returned as areas that are not looked at.
    """
    height, width = pixels.shape[:2]
    inside = (spots.x >= 0) & (spots.x < width) & (spots.y >= 0) & (spots.y < height)
    if not inside.any():
        return [], []
    spots = Spots(spots.x[inside], spots.y[inside], spots.em_px[inside])
    tiles: list[_Tile] = []
    for wanted in ENLARGED_PX:
        tiles = list(_tiles(spots, wanted))
        if seen_px + sum(tile.tall * tile.wide for tile in tiles) <= BUDGET_PX:
            break
    room, views, left_out = BUDGET_PX - seen_px, [], []
    for tile in tiles:
        room -= tile.tall * tile.wide
        if room >= 0:
            views.append(_cut_out(pixels, tile))
        else:
            left_out.append(tile.area(width, height))
    return views, left_out


@dataclass(frozen=True)
class _Tile:
    """A core without its margins, in px of the scaled picture."""

    scale: float
    left: int
    top: int
    tall: int
    wide: int

    def area(self, width: int, height: int) -> Area:
        left, top = max(0.0, self.left / self.scale), max(0.0, self.top / self.scale)
        return (
            left,
            top,
            min(width, (self.left + self.wide) / self.scale),
            min(height, (self.top + self.tall) / self.scale),
        )


def _tiles(spots: Spots, wanted: float) -> Iterator[_Tile]:
    """Yield the cores that hold text: cells of a grid, each reduced to its text."""
    levels = np.round(2 * np.log2(np.minimum(wanted / spots.em_px, LARGEST_ZOOM))).astype(int)
    step = TILE_PX - 2 * MARGIN_PX
    for level in np.unique(levels):
        scale = 2.0 ** (level / 2)
        here = levels == level
        x, y, reach = spots.x[here] * scale, spots.y[here] * scale, 0.6 * wanted
        columns, rows = (x // step).astype(int), (y // step).astype(int)
        for row, column in sorted(set(zip(rows.tolist(), columns.tolist(), strict=True))):
            mine = (rows == row) & (columns == column)
            left = max(int(x[mine].min() - reach), column * step)
            top = max(int(y[mine].min() - reach), row * step)
            right = min(int(x[mine].max() + reach) + 1, (column + 1) * step)
            bottom = min(int(y[mine].max() + reach) + 1, (row + 1) * step)
            yield _Tile(scale, left, top, bottom - top, right - left)


def _cut_out(pixels: NDArray[np.uint8], tile: _Tile) -> View:
    """Cut out one core with its margins, where the picture has them, and with border where it has not."""
    height, width = pixels.shape[:2]
    scale, left, top, tall, wide = tile.scale, tile.left, tile.top, tile.tall, tile.wide
    outer_w, outer_h = (side + 2 * MARGIN_PX + -(side + 2 * MARGIN_PX) % MULTIPLE for side in (wide, tall))
    x0, y0 = max(0, int((left - MARGIN_PX) / scale)), max(0, int((top - MARGIN_PX) / scale))
    x1 = min(width, math.ceil((left - MARGIN_PX + outer_w) / scale))
    y1 = min(height, math.ceil((top - MARGIN_PX + outer_h) / scale))
    part = pixels[y0:y1, x0:x1]
    part = resized(part, max(1, round((y1 - y0) * scale)), max(1, round((x1 - x0) * scale)))
    at_x, at_y = max(0, round(x0 * scale - left + MARGIN_PX)), max(0, round(y0 * scale - top + MARGIN_PX))
    shown = part[: outer_h - at_y, : outer_w - at_x]
    page = np.empty((outer_h, outer_w, 3), np.uint8)
    if shown.shape[:2] != page.shape[:2]:
        page[:] = _edge_colour(shown)
    page[at_y : at_y + shown.shape[0], at_x : at_x + shown.shape[1]] = shown
    origin_x, origin_y = x0 * scale - at_x, y0 * scale - at_y
    core = left - origin_x, top - origin_y, left + wide - origin_x, top + tall - origin_y
    return View(page, scale, origin_x, origin_y, core)


def _edge_colour(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    edge = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    return np.median(edge, axis=0).astype(np.uint8)
