"""Which parts of a picture the detector looks at, and how much enlarged: thumbnails first, then where there is text."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mnistry.ocr.resize import resized

MULTIPLE = 16  # the detector's strides divide its input's sides
THUMBNAIL_PX = 300_000  # of the finest thumbnail, with its border
SMALLEST_PX = 16  # the shorter side of the last thumbnail, unless the picture is smaller
TILE_PX = 512  # a tile's longest side, before it is rounded up to a multiple of `MULTIPLE`
WANTED_PX = 28.0  # digit height that the detector reads best
READ_PX = 19.0  # digit height in a thumbnail, from which on it is read there
BUDGET_PX = 2_500_000  # of all that is looked at for one picture
PAD_PX = 16  # of border around a picture, so that ink cropped at its edge has paper around it
LARGEST_ZOOM = 8.0
ENLARGED_PX = WANTED_PX, 24.0, 20.0, 17.0, 15.0  # digit heights aimed at, as the budget allows
WORTHWHILE = 1.15  # times as large as in the thumbnail: what is enlarged less is read there as well
MARGIN = 1.2  # digit heights around a tile's core that are only context
NEAR = 0.3  # digit heights around where text was seen that its glyphs may reach

Area = tuple[float, float, float, float]  # left, top, right and bottom in px of the picture


@dataclass(frozen=True, eq=False)
class View:
    """A part of a picture at some scale: `pixels` (h, w, 3) uint8, whose first is at `left`, `top` of the scaled one.

    Glyphs with their centre in `core` (left, top, right, bottom in the view's px) are this view's to find. Coordinates
    are those of pixels' middles, in the view as in the picture: the first pixel's is 0.
    """

    pixels: NDArray[np.uint8]
    scale: float
    left: float
    top: float
    core: tuple[float, float, float, float]

    def in_picture(self, places: NDArray[np.floating]) -> NDArray[np.float32]:
        """Return where places (n, 2) x and y, or boxes (n, 4), of the view are in the picture."""
        return ((places + self._first(places) + 0.5) / self.scale - 0.5).astype(np.float32)

    def in_view(self, places: NDArray[np.floating]) -> NDArray[np.float32]:
        """Return where places (n, 2) or boxes (n, 4) of the picture are in the view."""
        return ((places + 0.5) * self.scale - 0.5 - self._first(places)).astype(np.float32)

    def _first(self, places: NDArray[np.floating]) -> tuple[float, ...]:
        return (self.left, self.top) * (places.shape[1] // 2)


@dataclass(frozen=True, eq=False)
class Spots:
    """Where there is text: centres `at` (n, 2) of cells, x and y, and digit heights `em_px` (n,), in px of the picture.

    `cell_px` is a cell's side in px of the picture, and `scale` that of the view in which the text was seen.
    """

    at: NDArray[np.float32]
    em_px: NDArray[np.float32]
    cell_px: float
    scale: float

    def part(self, chosen: NDArray[np.bool_]) -> "Spots":
        """Return those that are `chosen` (n,)."""
        return Spots(self.at[chosen], self.em_px[chosen], self.cell_px, self.scale)


def thumbnails(pixels: NDArray[np.uint8]) -> list[View]:
    """Return the whole picture at most `THUMBNAIL_PX` large, and again at half the size until it is small."""
    height, width = pixels.shape[:2]
    # (height * scale + rim) * (width * scale + rim) = THUMBNAIL_PX
    rim = 2 * PAD_PX
    half, area = rim * (height + width) / 2, height * width
    scale = min(1.0, (math.sqrt(half**2 + area * (THUMBNAIL_PX - rim**2)) - half) / area)
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
    height, width = (_multiple(side + 2 * PAD_PX) for side in pixels.shape[:2])
    page = np.empty((height, width, 3), np.uint8)
    page[:] = _edge_colour(pixels)
    page[PAD_PX : PAD_PX + pixels.shape[0], PAD_PX : PAD_PX + pixels.shape[1]] = pixels
    return page


def _multiple(side: int) -> int:
    return side + -side % MULTIPLE


def closer(pixels: NDArray[np.uint8], spots: Spots, seen_px: int) -> tuple[list[View], list[Area]]:
    """Return the places whose text is too small in what was seen, enlarged so that it is read best.

    The scales are a factor 1.4 apart. `seen_px` were looked at before; if the budget does not suffice, all text is
    enlarged less, and what is still too much is returned as areas that are not looked at.
    """
    height, width = pixels.shape[:2]
    x, y = spots.at.T
    spots = spots.part((x >= 0) & (x < width) & (y >= 0) & (y < height))
    room = BUDGET_PX - seen_px
    tiles: list[_Tile] = []
    for wanted in ENLARGED_PX:
        tiles = list(_tiles(spots, wanted))
        if sum(tile.px for tile in tiles) <= room:
            break
    views, left_out = [], []
    for tile in tiles:
        if tile.px <= room:
            room -= tile.px
            views.append(_cut_out(pixels, tile))
        else:
            left_out.append(tile.area(width, height))
    return views, left_out


@dataclass(frozen=True)
class _Tile:
    """A core, and the margin of context around it, in px of the scaled picture."""

    scale: float
    left: int
    top: int
    right: int
    bottom: int
    margin: int

    @property
    def sides(self) -> tuple[int, int]:
        """Height and width with margins, rounded up to what the detector takes."""
        return (
            _multiple(self.bottom - self.top + 2 * self.margin),
            _multiple(self.right - self.left + 2 * self.margin),
        )

    @property
    def px(self) -> int:
        """How many pixels the detector looks at."""
        return self.sides[0] * self.sides[1]

    def area(self, width: int, height: int) -> Area:
        """Return the core in px of the picture, inside of it."""
        left, top, right, bottom = (side / self.scale for side in (self.left, self.top, self.right, self.bottom))
        return max(0.0, left), max(0.0, top), min(float(width), right), min(float(height), bottom)


def _tiles(spots: Spots, wanted: float) -> Iterator[_Tile]:
    """Yield the cores that hold text: cells of a grid, each reduced to its text and what that may reach.

    Cores overlap by that reach, so that a glyph on the border of two cells is in one of them at least.
    """
    spots = spots.part(wanted > WORTHWHILE * spots.scale * spots.em_px)
    if not len(spots.em_px):
        return
    usual = float(np.median(spots.em_px))
    levels = np.round(2 * np.log2(spots.em_px / usual)).astype(int)
    margin = math.ceil(MARGIN * wanted)
    for level in np.unique(levels):
        scale = min(wanted / usual / 2.0 ** (level / 2), LARGEST_ZOOM)
        at = spots.at[levels == level] * scale
        reach = spots.cell_px * scale / 2 + NEAR * wanted
        step = TILE_PX - 2 * (margin + math.ceil(reach) + 1)
        columns, rows = ((at - at.min(axis=0)) // step).astype(int).T
        cells = rows * (columns.max() + 1) + columns
        order = np.argsort(cells, kind="stable")
        starts = np.flatnonzero(np.diff(cells[order], prepend=-1))
        lows = np.floor(np.minimum.reduceat(at[order], starts) - reach).astype(int).tolist()
        highs = np.ceil(np.maximum.reduceat(at[order], starts) + reach).astype(int).tolist()
        for (left, top), (right, bottom) in zip(lows, highs, strict=True):
            yield _Tile(scale, left, top, right, bottom, margin)


def _cut_out(pixels: NDArray[np.uint8], tile: _Tile) -> View:
    """Cut out a core with its margin, where the picture has it, and with border where it has not."""
    height, width = pixels.shape[:2]
    scale, (tall, wide) = tile.scale, tile.sides
    left, top = tile.left - tile.margin, tile.top - tile.margin
    x0, y0 = max(0, math.floor(left / scale)), max(0, math.floor(top / scale))
    x1, y1 = min(width, math.ceil((left + wide) / scale)), min(height, math.ceil((top + tall) / scale))
    part = resized(pixels[y0:y1, x0:x1], max(1, round((y1 - y0) * scale)), max(1, round((x1 - x0) * scale)))
    at_x, at_y = max(0, round(x0 * scale - left)), max(0, round(y0 * scale - top))
    shown = part[: tall - at_y, : wide - at_x]
    page = np.empty((tall, wide, 3), np.uint8)
    if shown.shape != page.shape:
        page[:] = _edge_colour(shown)
    page[at_y : at_y + shown.shape[0], at_x : at_x + shown.shape[1]] = shown
    first_x, first_y = x0 * scale - at_x, y0 * scale - at_y
    core = tile.left - first_x, tile.top - first_y, tile.right - first_x, tile.bottom - first_y
    return View(page, scale, first_x, first_y, core)


def _edge_colour(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    edge = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    return np.median(edge, axis=0).astype(np.uint8)
