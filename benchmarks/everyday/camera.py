"""How a picture of a sheet comes about: photographed on something, scanned, or saved by a program."""

import io
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from everyday import textures
from everyday.kit import Kit
from everyday.sample import Sample, TrueDigit
from everyday.sheet import Sheet

Pixels = NDArray[np.float32]


@dataclass(frozen=True)
class Shot:
    """How a sheet is photographed: angles in radians, light as shares, noise in grey levels.

    `fill` is the share of the picture that the sheet takes: from about 1.1 on, nothing else is seen.
    """

    fill: float = 1.12
    tilt: tuple[float, float] = (0.0, 0.0)
    turn: float = 0.0
    shade: float = 0.0
    shadow: float = 0.0
    vignette: float = 0.0
    exposure: float = 1.0
    warmth: float = 0.0
    blur_px: float = 0.0
    noise: float = 0.0
    jpeg: int | None = None


def phone(kit: Kit, fill: float, **changed: float | int) -> Shot:
    """Return a shot as people take them with a phone: a little askew, unevenly lit, somewhat noisy."""
    usual: dict[str, object] = {
        "tilt": (kit.around(0, 0.16), kit.around(0, 0.13)),
        "turn": kit.around(0, 0.05),
        "shade": kit.between(0, 0.35),
        "shadow": kit.between(0.1, 0.4) if kit.chance(0.3) else 0.0,
        "vignette": kit.between(0, 0.25),
        "exposure": kit.between(0.72, 1.0),
        "warmth": kit.around(0.01, 0.035),
        "blur_px": kit.between(0.3, 1.1),
        "noise": kit.between(1.5, 5),
        "jpeg": kit.whole(62, 93),
    }
    return Shot(fill, **{**usual, **changed})  # type: ignore[arg-type]


def photographed(kit: Kit, sheet: Sheet, size: tuple[int, int], shot: Shot, ground: Pixels | None = None) -> Sample:
    """Take a picture of this width and height of a sheet that lies on something."""
    width, height = size
    page = sheet.pixels
    matrix = _framed(_homography(page.shape[1], page.shape[0], size, shot), sheet, size)
    around = textures.ground(kit, width, height) if ground is None else ground
    edge = cv2.warpPerspective(np.ones(page.shape[:2], np.float32), matrix, size)
    thrown = cv2.warpAffine(edge, np.array([[1, 0, width * 0.006], [0, 1, height * 0.008]]), size)
    around = around * (1 - 0.5 * cv2.blur(thrown, (width // 60 + 1, width // 60 + 1)))[..., None]
    seen = cv2.warpPerspective(page, matrix, size, borderMode=cv2.BORDER_REPLICATE)
    pixels = around + (seen - around) * edge[..., None]
    return Sample(exposed(kit, lit(kit, pixels.astype(np.float32), shot), shot), _digits(sheet, matrix, size))


def scanned(kit: Kit, sheet: Sheet, turn: float | None = None, jpeg: int | None = None) -> Sample:
    """Scan a sheet: a little askew on the lid, slightly noisy."""
    askew = kit.around(0, 0.008) if turn is None else turn
    shot = Shot(fill=1.0, turn=askew, blur_px=0.5, noise=kit.between(0.5, 3), jpeg=jpeg or kit.pick((None, 70, 80, 90)))
    lid = np.full((sheet.height, sheet.width, 3), kit.pick((255.0, 250.0, 240.0, 60.0)), np.float32)
    size = sheet.width, sheet.height
    matrix = _framed(_homography(*size, size, shot), sheet, size)
    edge = cv2.warpPerspective(np.ones(sheet.pixels.shape[:2], np.float32), matrix, size)[..., None]
    seen = cv2.warpPerspective(sheet.pixels, matrix, size, borderMode=cv2.BORDER_REPLICATE)
    return Sample(exposed(kit, (lid + (seen - lid) * edge).astype(np.float32), shot), _digits(sheet, matrix, size))


def saved(kit: Kit, sheet: Sheet, jpeg: int | None = None) -> Sample:
    """Return the sheet's pixels as they are, or as a JPEG of this quality."""
    size = sheet.width, sheet.height
    return Sample(exposed(kit, sheet.pixels, Shot(jpeg=jpeg)), _digits(sheet, np.eye(3), size))


def _homography(w: int, h: int, size: tuple[int, int], shot: Shot) -> NDArray[np.float64]:
    """Return the map of a sheet that is turned about three axes before a pinhole camera, fitted into the picture."""
    corners = np.array([[-w, -h], [w, -h], [w, h], [-w, h]], np.float64) / 2
    cos, sin = np.cos(shot.turn), np.sin(shot.turn)
    flat = corners @ np.array([[cos, sin], [-sin, cos]])
    about_x, about_y = shot.tilt
    depth = flat[:, 1] * np.sin(about_x) + flat[:, 0] * np.sin(about_y)
    flat *= np.cos([about_y, about_x])
    away = 1.6 * np.hypot(w, h)
    seen = flat * away / (away + depth)[:, None]
    low, high = seen.min(axis=0), seen.max(axis=0)
    scale = shot.fill * float(min(np.array(size) / (high - low)) if shot.fill <= 1 else max(np.array(size) / (w, h)))
    seen = (seen - (low + high) / 2) * scale + np.array(size) / 2
    flat = (corners + np.array([w, h]) / 2).astype(np.float32)
    return cv2.getPerspectiveTransform(flat, seen.astype(np.float32)).astype(np.float64)


def _framed(matrix: NDArray[np.float64], sheet: Sheet, size: tuple[int, int]) -> NDArray[np.float64]:
    """Move the picture as a photographer does, so that all digits are in it."""
    if not sheet.digits:
        return matrix
    points = np.concatenate([digit.hull for digit in sheet.digits])[None].astype(np.float64)
    seen, room, of = cv2.perspectiveTransform(points, matrix)[0], 0.02 * max(size), np.array(size)
    low, high = seen.min(axis=0), seen.max(axis=0)
    scale = min(1.0, *((of - 2 * room) / np.maximum(high - low, 1)))
    middle = (low + high) / 2
    low, high = middle + (low - middle) * scale, middle + (high - middle) * scale
    shift = np.maximum(room - low, 0) - np.maximum(high - (of - room), 0)
    move = np.array([[scale, 0, 0], [0, scale, 0], [0, 0, 1.0]])
    move[:2, 2] = middle * (1 - scale) + shift
    return move @ matrix


def _digits(sheet: Sheet, matrix: NDArray[np.float64], size: tuple[int, int]) -> tuple[TrueDigit, ...]:
    found = []
    for digit in sheet.digits:
        seen = cv2.perspectiveTransform(digit.hull[None].astype(np.float64), matrix)[0]
        left, top = np.clip(seen.min(axis=0) - 0.5, 0, size).tolist()
        right, bottom = np.clip(seen.max(axis=0) + 0.5, 0, size).tolist()
        found.append(TrueDigit(digit.value, (left, top, right, bottom), digit.line, digit.number))
    return tuple(sorted(found, key=lambda one: one.line))  # in a line they were written from left to right


def lit(kit: Kit, pixels: Pixels, shot: Shot) -> Pixels:
    """Light a picture from one side, throw a shadow, darken its corners."""
    height, width = pixels.shape[:2]
    light = np.full((height, width), shot.exposure, np.float32)
    if shot.shade:
        angle = kit.between(0, 2 * np.pi)
        along = np.linspace(-1, 1, width)[None] * np.cos(angle) + np.linspace(-1, 1, height)[:, None] * np.sin(angle)
        light *= (1 - shot.shade * (along / 2.8 + 0.5)).astype(np.float32)
    if shot.shadow:
        light *= 1 - shot.shadow * _shadow(kit, width, height)
    if shot.vignette:
        away = np.linspace(-1, 1, width)[None] ** 2 + np.linspace(-1, 1, height)[:, None] ** 2
        light *= (1 - shot.vignette * (away / 2) ** 1.3).astype(np.float32)
    tint = np.array([1 + shot.warmth, 1, 1 - shot.warmth], np.float32)
    return pixels * light[..., None] * tint


def _shadow(kit: Kit, width: int, height: int) -> NDArray[np.float32]:
    """Return the shadow of a phone, an arm or a window's frame (h, w), 0–1."""
    small = np.zeros((240, 240), np.float32)
    if kit.chance(0.3):
        x, wide = kit.whole(20, 200), kit.whole(20, 60)
        small[:, x : x + wide] = 1
        small = cv2.warpAffine(small, cv2.getRotationMatrix2D((120, 120), kit.between(-60, 60), 1.2), (240, 240))
    else:
        middle = np.array([kit.between(0, 240), kit.between(0, 240)])
        points = middle + kit.rng.normal(0, 110, (6, 2))
        cv2.fillPoly(small, [cv2.convexHull(points.astype(np.int32))], 1.0, cv2.LINE_AA)
    soft = kit.pick((3, 9, 25))
    return cv2.resize(cv2.blur(small, (soft, soft)), (width, height), interpolation=cv2.INTER_LINEAR).astype(np.float32)


def exposed(kit: Kit, pixels: Pixels, shot: Shot) -> NDArray[np.uint8]:
    """Blur, add the sensor's noise, and save → (h, w, 3) uint8."""
    if shot.blur_px:
        pixels = cv2.GaussianBlur(pixels, (0, 0), shot.blur_px).astype(np.float32)
    if shot.noise:
        grain = kit.rng.standard_normal(pixels.shape[:2], dtype=np.float32)
        pixels = pixels + (grain * np.float32(shot.noise)).astype(np.float32)[..., None]
    whole = np.clip(pixels, 0, 255).astype(np.uint8)
    if shot.jpeg is None:
        return whole
    file = io.BytesIO()
    Image.fromarray(whole).save(file, "JPEG", quality=shot.jpeg)
    return np.array(Image.open(file))
