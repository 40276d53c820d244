"""Things in rows, as photos of houses, gardens and desks show them: none of it is writing."""

import cv2
import numpy as np

from everyday import textures
from everyday.kit import Kit
from everyday.sheet import Pen, Sheet


def bricks(kit: Kit, sheet: Sheet) -> None:
    """A brick wall."""
    tall = sheet.height / kit.between(8, 26)
    wide, joint = tall * kit.between(2, 3.2), max(2.0, tall * kit.between(0.06, 0.16))
    base = np.array(kit.pick(((150.0, 74, 54), (176, 120, 90), (120, 110, 104), (196, 186, 170))))
    sheet.pixels[:] = kit.between(120, 210)
    for row in range(int(sheet.height / tall) + 1):
        for k in range(-1, int(sheet.width / wide) + 1):
            x, y = (k + 0.5 * (row % 2)) * wide, row * tall
            colour = base + kit.around(0, 12) + kit.rng.normal(0, 4, 3)
            sheet.fill(max(0, x + joint), y + joint, max(0, x + wide), y + tall, tuple(colour))
    sheet.pixels += (textures.noise(kit, sheet.width, sheet.height, (3, 3)) * 7)[..., None]


def fence(kit: Kit, sheet: Sheet) -> None:
    """The pales of a fence before a lawn or a wall."""
    around = kit.pick((textures.carpet, textures.wall))(kit, sheet.width, sheet.height)
    sheet.pixels[:] = around
    pitch, colour = sheet.width / kit.between(6, 22), np.array([kit.between(40, 240)] * 3) + kit.rng.normal(0, 15, 3)
    pale = pitch * kit.between(0.15, 0.7)
    for y in (0.25, 0.75):
        sheet.fill(0, sheet.height * y, sheet.width, sheet.height * (y + 0.03), tuple(colour * 0.8))
    for x in np.arange(kit.between(0, pitch), sheet.width, pitch):
        sheet.fill(x, 0, x + pale, sheet.height, tuple(colour))
        sheet.fill(x + pale * 0.8, 0, x + pale, sheet.height, tuple(colour * 0.65))


def blinds(kit: Kit, sheet: Sheet) -> None:
    """Blinds, a radiator, a shutter: level bars with a lit and a dark side."""
    pitch, tone = sheet.height / kit.between(10, 40), kit.between(90, 230)
    phase = (np.arange(sheet.height) % pitch) / pitch
    bars = tone * (0.55 + 0.45 * np.interp(phase, (0, 0.15, 0.8, 0.9, 1), (0.3, 1, 0.8, 0, 0)))
    sheet.pixels[:] = bars.astype(np.float32)[:, None, None]
    if kit.chance(0.5):
        sheet.pixels[:] = cv2.resize(sheet.pixels.transpose(1, 0, 2), (sheet.width, sheet.height))


def tiles(kit: Kit, sheet: Sheet) -> None:
    """Tiles of a bathroom, windows of a tall building."""
    tall = sheet.height / kit.between(5, 18)
    wide, joint = tall * kit.between(0.7, 1.6), max(2.0, tall * kit.between(0.02, 0.3))
    sheet.pixels[:] = kit.between(90, 235)
    base = kit.rng.uniform(30, 240, 3)
    for y in np.arange(0, sheet.height, tall):
        for x in np.arange(0, sheet.width, wide):
            sheet.fill(x + joint, y + joint, x + wide, y + tall, tuple(base + kit.around(0, 9)))


def keys(kit: Kit, sheet: Sheet) -> None:
    """A keyboard without letters, a chocolate bar, an egg box."""
    side = sheet.height / kit.between(5, 10)
    ground = kit.between(15, 90)
    sheet.pixels[:] = ground
    tone = kit.pick((ground + 25, 225.0, 180.0))
    for row in range(int(sheet.height / side) + 1):
        x = kit.between(0, 0.5) * side
        while x < sheet.width:
            wide = side * (1 if kit.chance(0.85) else kit.between(1.5, 2.5))
            y = row * side
            sheet.fill(x + 0.06 * side, y + 0.06 * side, x + wide - 0.06 * side, y + 0.94 * side, (tone * 0.8,) * 3)
            sheet.fill(x + 0.12 * side, y + 0.1 * side, x + wide - 0.12 * side, y + 0.82 * side, (tone,) * 3)
            x += wide


def leaves(kit: Kit, sheet: Sheet) -> None:
    """Foliage: leaves of several greens above each other."""
    sheet.pixels[:] = (26, 40, 22)
    side = min(sheet.width, sheet.height) * kit.between(0.03, 0.1)
    canvas = np.ascontiguousarray(sheet.pixels)
    for k in range(int(1.6 * sheet.width * sheet.height / side**2)):
        middle = int(kit.between(0, sheet.width)), int(kit.between(0, sheet.height))
        half = int(side * kit.between(0.5, 1)), max(1, int(side * kit.between(0.18, 0.4)))
        light = 0.4 + 0.6 * min(1.0, k / 400) * kit.between(0.6, 1)
        colour = (kit.between(60, 130) * light, kit.between(110, 190) * light, kit.between(30, 80) * light)
        angle = kit.between(0, 360)
        cv2.ellipse(canvas, middle, half, angle, 0, 360, colour, -1)
        vein = np.array([np.cos(np.radians(angle)), np.sin(np.radians(angle))]) * half[0]
        ends = [(int(middle[0] + s * vein[0]), int(middle[1] + s * vein[1])) for s in (-1, 1)]
        cv2.line(canvas, ends[0], ends[1], tuple(0.8 * c for c in colour), 1)
    sheet.pixels = canvas


def cables(kit: Kit, sheet: Sheet) -> None:
    """Cables and sticks on a floor, with their shadows."""
    sheet.pixels[:] = kit.pick((textures.wood, textures.laminate, textures.carpet))(kit, sheet.width, sheet.height)
    for _ in range(kit.whole(2, 7)):
        n = kit.whole(4, 9)
        path = (
            np.cumsum(kit.rng.normal(0, sheet.width * 0.16, (n, 2)), axis=0) + np.array([sheet.width, sheet.height]) / 2
        )
        curve = cv2.resize(path.astype(np.float32)[None], (n * 16, 1), interpolation=cv2.INTER_CUBIC)[0]
        thick, colour = sheet.width * kit.between(0.004, 0.02), tuple(kit.rng.uniform(10, 240, 3))
        shadow = [(float(x) + thick * 0.7, float(y) + thick * 0.8) for x, y in curve]
        sheet.stroke(shadow, thick, Pen((15, 15, 15), opacity=0.5))
        sheet.stroke([(float(x), float(y)) for x, y in curve], thick, Pen(colour))


PATTERNS = (bricks, fence, blinds, tiles, keys, leaves, cables)
