"""Pictures that are what they say, and too much: thin, vast, blank, or so full of ink that reading has no end."""

import io
import struct
import zlib
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from attack.cases import PNG_SIGNATURE, Cases, Rng, chunk
from attack.pictures import tiff

LENGTHS = (200, 2_000, 20_000, 65_500, 100_000, 400_000, 2_000_000, 49_999_999)
BLOCK = 2**20
LOSSLESS_16384 = bytes.fromhex("2fdfeeb70b07d0fffef7bfff8188e87f0000")  # one colour, 12,000 × 12,000 px
Field = NDArray[np.uint8]


def cases(seed: int) -> Cases:
    """Shapes, bombs and patterns."""
    found = Cases("extremes", seed)
    for length in LENGTHS:
        for name, width, height in (("tall", 1, length), ("wide", length, 1), ("strip", 3, length // 3 + 1)):
            for ink in ("white", "black", "noise"):
                write = partial(_thin, width, height, ink)
                found.add(f"{name}-{length}-{ink}", "extreme", "a.png", write, heavy=True)
    for name, (file, write) in _bombs().items():
        found.add(f"bomb-{name}", "extreme", file, write, heavy=True)
    for name, draw in PATTERNS.items():
        found.add(f"pattern-{name}", "extreme", "a.png", partial(_pattern, draw), heavy=True)
    return found


def png(path: Path, size: tuple[int, int], blocks: Iterable[bytes], depth: int = 8, colour: int = 0) -> None:
    """A PNG of any size in little memory: `blocks` are its rows, a filter's byte before each, cut anywhere."""
    with path.open("wb") as file:
        file.write(PNG_SIGNATURE + chunk(b"IHDR", struct.pack(">IIBBBBB", *size, depth, colour, 0, 0, 0)))
        packing = zlib.compressobj(1 if size[0] * size[1] > 10_000_000 else 6)
        for block in blocks:
            if part := packing.compress(block):
                file.write(chunk(b"IDAT", part))
        file.write(chunk(b"IDAT", packing.flush()) + chunk(b"IEND", b""))


def zeros(size: int) -> Iterable[bytes]:
    """N zero bytes."""
    yield from (bytes(min(BLOCK, size - at)) for at in range(0, size, BLOCK))


def _thin(width: int, height: int, ink: str, path: Path, rng: Rng) -> None:
    """Of a byte a pixel; noise is repeated, so that even a large one is made fast."""
    rows = min(height, max(1, BLOCK // (width + 1)))
    columns = min(width, BLOCK)
    block = np.full((rows, columns), {"white": 255, "black": 0, "noise": 7}[ink], np.uint8)
    if ink == "noise":
        block[:] = rng.integers(0, 2, block.shape, np.uint8) * 255
    if height == 1:
        cells = block[0].tobytes()
        png(path, (width, 1), _cut(b"\0", (cells[: min(BLOCK, width - at)] for at in range(0, width, BLOCK))))
        return
    lines = np.pad(block, ((0, 0), (1, 0)))
    png(path, (width, height), (lines[: min(rows, height - at)].tobytes() for at in range(0, height, rows)))


def _cut(first: bytes, rest: Iterable[bytes]) -> Iterable[bytes]:
    yield first
    yield from rest


def _blank(width: int, height: int, depth: int, colour: int, path: Path, rng: Rng) -> None:
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
    png(path, (width, height), zeros(height * (1 + (width * depth * channels + 7) // 8)), depth, colour)


def _saved(mode: str, size: tuple[int, int], form: str, path: Path, rng: Rng, **options: object) -> None:
    Image.new(mode, size, 1 if mode == "1" else 255 if mode == "L" else 0).save(path, form, **options)


def _webp_canvas(path: Path, rng: Rng) -> None:
    """An animation of one small frame on a canvas of 16,384 × 16,384 px."""
    out = io.BytesIO()
    frames = [Image.new("RGB", (8, 8), grey) for grey in ("black", "white")]
    frames[0].save(out, "WEBP", save_all=True, append_images=frames[1:], lossless=True)
    data = out.getvalue()
    path.write_bytes(data[:24] + (struct.pack("<I", 16_383)[:3]) * 2 + data[30:])


def _webp_lossless(path: Path, rng: Rng) -> None:
    body = b"WEBPVP8L" + struct.pack("<I", 17) + LOSSLESS_16384
    path.write_bytes(b"RIFF" + struct.pack("<I", len(body)) + body)


def _gif_canvas(path: Path, rng: Rng) -> None:
    """A screen of 65,535 × 65,535 px with a frame of 1 × 1, a thousand times."""
    frame = b"\x2c" + struct.pack("<HHHHB", 65_000, 65_000, 1, 1, 0) + b"\2\2\x44\1\0"
    screen = struct.pack("<HHBBB", 65_535, 65_535, 0x80, 0, 0)
    path.write_bytes(b"GIF89a" + screen + b"\0\0\0\xff\xff\xff" + frame * 1_000 + b";")


def _many_frames(path: Path, rng: Rng) -> None:
    """A GIF of 5,000 frames."""
    frame = b"\x2c" + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\2\2\x44\1\0"
    path.write_bytes(
        b"GIF89a" + struct.pack("<HHBBB", 300, 300, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff" + frame * 5_000 + b";"
    )


def _deflated_tiff(path: Path, rng: Rng) -> None:
    """100 megapixels of one strip, deflated."""
    tags = {256: 10_000, 257: 10_000, 258: 8, 259: 8, 262: 1, 277: 1, 278: 10_000}
    path.write_bytes(tiff(tags, [zlib.compress(bytes(100_000_000), 1)]))


def _bombs() -> dict[str, tuple[str, Callable[[Path, Rng], object]]]:
    """Much from few bytes."""
    return {
        "png-65000x1500": ("a.png", partial(_blank, 65_000, 1_500, 8, 0)),
        "png-colours": ("a.png", partial(_blank, 8_000, 8_000, 8, 6)),
        "png-deep": ("a.png", partial(_blank, 7_000, 7_000, 16, 6)),
        "png-100-megapixels": ("a.png", partial(_blank, 10_000, 10_000, 8, 0)),
        "png-100-megapixels-bits": ("a.png", partial(_blank, 10_000, 10_000, 1, 0)),
        "png-100-megapixels-palette": ("a.png", partial(_blank, 10_000, 10_000, 8, 0)),
        "png-170-megapixels-bits": ("a.png", partial(_blank, 17_000, 10_000, 1, 0)),
        "png-400-megapixels-bits": ("a.png", partial(_blank, 20_000, 20_000, 1, 0)),
        "jpeg-100-megapixels": ("a.jpg", partial(_saved, "L", (10_000, 10_000), "JPEG")),
        "jpeg-100-megapixels-progressive": ("a.jpg", partial(_saved, "L", (10_000, 10_000), "JPEG", progressive=True)),
        "jpeg-65500": ("a.jpg", partial(_saved, "L", (65_500, 400), "JPEG")),
        "gif-100-megapixels": ("a.gif", partial(_saved, "P", (10_000, 10_000), "GIF")),
        "gif-canvas": ("a.gif", _gif_canvas),
        "gif-5000-frames": ("a.gif", _many_frames),
        "bmp-bits": ("a.bmp", partial(_saved, "1", (20_000, 5_000), "BMP")),
        "pnm-bits": ("a.pbm", partial(_saved, "1", (10_000, 10_000), "PPM")),
        "webp-canvas": ("a.webp", _webp_canvas),
        "webp-lossless": ("a.webp", _webp_lossless),
        "webp-45-megapixels": ("a.webp", partial(_saved, "L", (9_000, 5_000), "WEBP", method=0)),
        "avif-45-megapixels": ("a.avif", partial(_saved, "RGB", (9_000, 5_000), "AVIF", speed=10)),
        "heic-45-megapixels": ("a.heic", partial(_saved, "RGB", (9_000, 5_000), "HEIF", quality=30)),
        "tiff-group4": ("a.tif", partial(_saved, "1", (10_000, 10_000), "TIFF", compression="group4")),
        "tiff-deflate": ("a.tif", _deflated_tiff),
        "empty": ("a.png", lambda path, rng: path.write_bytes(b"")),
        "one-byte": ("a.png", lambda path, rng: path.write_bytes(b"\x89")),
        "zeros-300-megabytes": ("a.png", lambda path, rng: _sparse(path, 300_000_000)),
        "zeros-100-gigabytes": ("a.png", lambda path, rng: _sparse(path, 100_000_000_000)),
    }


def _sparse(path: Path, size: int) -> None:
    with path.open("wb") as file:
        file.truncate(size)


def _pattern(draw: Callable[[Rng], Field], path: Path, rng: Rng) -> None:
    Image.fromarray(draw(rng)).save(path, "PNG", compress_level=1)


def _axes() -> tuple[Field, Field]:
    return np.ogrid[:2_000, :3_000]  # pyright: ignore[reportReturnType]


def _dark(where: NDArray[np.bool_]) -> Field:
    return np.where(np.broadcast_to(where, (2_000, 3_000)), 0, 255).astype(np.uint8)


def _rings(rng: Rng) -> Field:
    y, x = (axis - size for axis, size in zip(_axes(), (1_000, 1_500), strict=True))
    return _dark(np.hypot(y, x).astype(int) // 3 % 2 == 0)


def _kron(rng: Rng, side: int, share: float) -> Field:
    cells = rng.random((-(-2_000 // side), -(-3_000 // side))) < share
    return _dark(np.kron(cells, np.ones((side, side), bool))[:2_000, :3_000])


# Of 6 megapixels, as many as are looked at.
PATTERNS: dict[str, Callable[[Rng], Field]] = {
    "salt-1": lambda rng: _dark(rng.random((2_000, 3_000)) < 0.01),
    "salt-10": lambda rng: _dark(rng.random((2_000, 3_000)) < 0.1),
    "salt-50": lambda rng: _dark(rng.random((2_000, 3_000)) < 0.5),
    "greys": lambda rng: rng.integers(0, 256, (2_000, 3_000), np.uint8),
    "comb-upright-2": lambda rng: _dark(_axes()[1] % 2 == 0),
    "comb-upright-6": lambda rng: _dark(_axes()[1] % 6 < 2),
    "comb-upright-20": lambda rng: _dark(_axes()[1] % 20 < 4),
    "comb-level-6": lambda rng: _dark(_axes()[0] % 6 < 2),
    "comb-level-20": lambda rng: _dark(_axes()[0] % 20 < 4),
    "comb-with-back": lambda rng: _dark((_axes()[1] % 12 < 3) | (_axes()[0] % 400 < 3)),
    "grid-16": lambda rng: _dark((_axes()[1] % 16 < 3) | (_axes()[0] % 16 < 3)),
    "dots-6": lambda rng: _dark((_axes()[1] % 6 < 2) & (_axes()[0] % 6 < 2)),
    "dots-20": lambda rng: _dark((_axes()[1] % 20 < 6) & (_axes()[0] % 20 < 6)),
    "board-30": lambda rng: _dark((_axes()[1] // 30 + _axes()[0] // 30) % 2 == 0),
    "blocks-4": lambda rng: _kron(rng, 4, 0.5),
    "blocks-16": lambda rng: _kron(rng, 16, 0.5),
    "blocks-16-dense": lambda rng: _kron(rng, 16, 0.62),
    "rings": _rings,
    "slant": lambda rng: _dark((_axes()[1] + _axes()[0]) % 14 < 3),
    "ramp": lambda rng: np.broadcast_to(np.linspace(0, 255, 3_000).astype(np.uint8), (2_000, 3_000)).copy(),
}
