"""What sheets lie on and stand before: tables, cloth, stone, walls, drawn apart from those of training, or a photo."""

import cv2
import numpy as np
from numpy.typing import NDArray

from everyday.kit import Kit

Pixels = NDArray[np.float32]


def ground(kit: Kit, width: int, height: int) -> Pixels:
    """Return what a sheet lies on (h, w, 3) float32: a photo in half of all cases, where there are photos."""
    if kit.stock.photos and kit.chance(0.5):
        return photo(kit, width, height)
    return kit.pick((wood, wood, wood, cloth, stone, laminate, carpet))(kit, width, height)


def photo(kit: Kit, width: int, height: int) -> Pixels:
    """Return a part of a photo, as large as fits, mirrored or not."""
    image = kit.pick(kit.stock.photos)
    share = min(image.shape[0] / height, image.shape[1] / width) * kit.between(0.6, 1)
    h, w = max(2, int(height * share)), max(2, int(width * share))
    y, x = kit.whole(0, image.shape[0] - h), kit.whole(0, image.shape[1] - w)
    part = image[y : y + h, x : x + w, :: -1 if kit.chance(0.5) else 1]
    how = cv2.INTER_AREA if share > 1 else cv2.INTER_CUBIC
    return cv2.resize(np.ascontiguousarray(part), (width, height), interpolation=how).astype(np.float32)


def noise(kit: Kit, width: int, height: int, cell_px: tuple[float, float]) -> NDArray[np.float32]:
    """Return smooth noise (h, w) of standard deviation about 1, whose cells are so wide and high."""
    size = max(2, round(height / cell_px[1]) + 2), max(2, round(width / cell_px[0]) + 2)
    small = kit.rng.normal(0, 1.3, size).astype(np.float32)
    return cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC).astype(np.float32)


def wood(kit: Kit, width: int, height: int) -> Pixels:
    """Boards with year rings and fine fibres, lengthwise or across."""
    if kit.chance(0.5):
        return np.ascontiguousarray(_boards(kit, height, width).transpose(1, 0, 2))
    return _boards(kit, width, height)


def _boards(kit: Kit, width: int, height: int) -> Pixels:
    side = max(width, height)
    dark, light = kit.pick(
        (
            ((70, 44, 26), (126, 84, 52)),
            ((120, 82, 48), (176, 130, 84)),
            ((168, 132, 92), (214, 184, 144)),
            ((46, 34, 28), (84, 66, 54)),
            ((140, 70, 40), (186, 108, 66)),
        )
    )
    field = noise(kit, width, height, (side / 2.5, side / 22)) + 0.25 * noise(kit, width, height, (side / 9, side / 70))
    rings = np.abs((field * kit.between(2, 5)) % 2 - 1)
    fibre = noise(kit, width, height, (side / 12, max(1.0, side / 700)))
    tone = np.clip(0.25 + 0.5 * rings + 0.13 * fibre, 0, 1)[..., None]
    page = np.array(dark, np.float32) * (1 - tone) + np.array(light, np.float32) * tone
    if kit.chance(0.6):
        board, seam = side / kit.between(3, 9), max(1, side // 500)
        for k, y in enumerate(np.arange(kit.between(-board, 0), height, board)):
            rows = slice(max(0, int(y)), max(0, int(y + board)))
            page[rows] *= 1 + (0.12 if k % 2 else -0.08) * kit.rng.random()
            page[max(0, int(y)) : max(0, int(y)) + seam] *= 0.45
    return page.astype(np.float32)


def cloth(kit: Kit, width: int, height: int) -> Pixels:
    """A tablecloth: checked, striped or plain, with its weave."""
    side = max(width, height)
    first, second = kit.rng.uniform(30, 235, (2, 3)).astype(np.float32)
    pitch, kind = side / kit.between(8, 30), kit.whole(0, 2)
    rows = ((np.arange(height) % pitch) < pitch / 2).astype(np.float32)[:, None]
    columns = ((np.arange(width) % pitch) < pitch / 2).astype(np.float32)[None]
    share = (rows + columns) / 2 if kind == 0 else np.broadcast_to(rows, (height, width)) if kind == 1 else None
    tone = np.zeros((height, width), np.float32) if share is None else share.astype(np.float32)
    page = first * (1 - tone[..., None]) + second * tone[..., None]
    y, x = np.arange(height)[:, None], np.arange(width)[None]
    weave = ((y + x) % 4 < 2) * 10.0 + noise(kit, width, height, (2, 2)) * 5
    return (page + weave[..., None].astype(np.float32)).astype(np.float32)


def stone(kit: Kit, width: int, height: int) -> Pixels:
    """Granite or marble: speckles, or veins."""
    base = kit.rng.uniform(60, 215) + kit.rng.normal(0, 8, 3).astype(np.float32)
    if kit.chance(0.5):
        speckle = noise(kit, width, height, (3, 3)) * 22 + noise(kit, width, height, (9, 9)) * 14
    else:
        field = noise(kit, width, height, (width / 5, height / 4)) + 0.4 * noise(kit, width, height, (60, 60))
        speckle = -60 * np.exp(-((np.abs(field) * 9) ** 2)) + 6 * noise(kit, width, height, (40, 40))
    return (base + speckle[..., None]).astype(np.float32)


def laminate(kit: Kit, width: int, height: int) -> Pixels:
    """An office table: nearly one colour, light, grey or black."""
    tone = kit.pick((30.0, 70.0, 120.0, 180.0, 215.0)) + kit.rng.normal(0, 6, 3).astype(np.float32)
    return (tone + (noise(kit, width, height, (width / 4, height / 4)) * 3)[..., None]).astype(np.float32)


def carpet(kit: Kit, width: int, height: int) -> Pixels:
    """Carpet, felt, a sofa: coarse coloured noise."""
    tone = kit.rng.uniform(40, 180, 3).astype(np.float32)
    grain = noise(kit, width, height, (4, 4)) * 14 + noise(kit, width, height, (25, 25)) * 8
    return (tone + grain[..., None]).astype(np.float32)


def wall(kit: Kit, width: int, height: int) -> Pixels:
    """Plaster or concrete, lit from one side."""
    tone = kit.between(120, 225) + kit.rng.normal(0, 6, 3).astype(np.float32)
    rough = noise(kit, width, height, (5, 5)) * 4 + noise(kit, width, height, (80, 80)) * 7
    return (tone + rough[..., None]).astype(np.float32)
