"""Files of several pages that are too many, too large or without end: TIFFs, PDFs, animations."""

import io
import struct
import zlib
from collections.abc import Callable
from functools import partial
from pathlib import Path

from PIL import Image

from attack import pdfs
from attack.cases import Cases, Rng, damaged
from attack.pictures import picture

Draw = Callable[[], bytes]
TIMES = {"truncated": 4, "flipped": 12, "overwritten": 8, "lying": 4, "stretched": 4}
DIRECTORY = {256: 8, 257: 8, 258: 8, 259: 1, 262: 1, 273: 8, 277: 1, 278: 8, 279: 64}


def cases(seed: int) -> Cases:
    """All of them; only those that are damaged differ with the seed."""
    found = Cases("documents", seed)
    for kind, suffix, made in (("tiff", "tif", _tiffs()), ("pdf", "pdf", pdfs.pdfs())):
        for name, draw in made.items():
            found.add(f"{kind}-{name}", "document", f"a.{suffix}", partial(_write, draw), heavy=True)
    for name, (suffix, draw) in _animations().items():
        found.add(name, "document", f"a.{suffix}", partial(_write, draw), heavy=True)
    for name, draw in (
        ("text", pdfs.pdfs()["text"]),
        ("form", pdfs.form),
        ("picture", partial(picture, "pdf-pages")),
    ):
        damaged(found, f"pdf-{name}", draw, "picture", "a.pdf", TIMES)
    return found


def _write(draw: Draw, path: Path, rng: Rng) -> None:
    path.write_bytes(draw())


def _directory(after: int, **changes: int) -> bytes:
    """A directory of a TIFF, of 8 × 8 px at its beginning; `changes` are tags by their names in the specification."""
    names = {"NewSubfileType": 254, "ImageWidth": 256, "ImageLength": 257, "TileWidth": 322, "TileLength": 323}
    tags = DIRECTORY | {names[name]: value for name, value in changes.items()}
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in sorted(tags.items()))
    return struct.pack("<H", len(tags)) + entries + struct.pack("<I", after)


def _tiff(number: int, last: int = 0, every: int = 1, **changes: int) -> bytes:
    """N directories, each of which `every` says has these changes; behind the last comes the one at `last`."""
    out = bytearray(b"II*\0" + struct.pack("<I", 72) + bytes([200]) * 64)
    for n in range(number):
        tags = changes if n % every else {}
        end = len(out) + len(_directory(0, **tags))
        out += _directory(end if n + 1 < number else last, **tags)
    return bytes(out)


def _overlapping() -> bytes:
    """A thousand directories of 65,535 tags each, in little more than a megabyte."""
    tags = struct.pack("<HHII", 65_000, 4, 1, 0) * 66_600
    out = bytearray(b"II*\0" + struct.pack("<I", 8) + tags)
    for n in range(1_000):
        struct.pack_into("<H", out, 8 + 12 * n, 65_535)
        struct.pack_into("<I", out, 8 + 12 * n + 2 + 12 * 65_535, 8 + 12 * (n + 1))
    return bytes(out)


def _bombs() -> bytes:
    """Thirty pages of 80 megapixels each, all of one strip, deflated."""
    strip = zlib.compress(bytes(80_000_000), 9)
    out = bytearray(b"II*\0" + struct.pack("<I", 8 + len(strip)) + strip)
    for n in range(30):
        tags = {256: 8_000, 257: 10_000, 258: 8, 259: 8, 262: 1, 273: 8, 277: 1, 278: 10_000, 279: len(strip)}
        entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags.items())
        out += struct.pack("<H", len(tags)) + entries
        out += struct.pack("<I", len(out) + 4 if n < 29 else 0)
    return bytes(out)


def _tiffs() -> dict[str, Draw]:
    return {
        "directories-130000": partial(_tiff, 130_000),
        "directories-loop": partial(_tiff, 3_000, 72),
        "directory-itself": partial(_tiff, 1, 72),
        "directories-back": partial(_tiff, 40, 72 + 20 * 114),
        "directories-beyond": partial(_tiff, 5, 2**32 - 3),
        "directories-overlapping": _overlapping,
        "thumbnails-100000": lambda: _tiff(100_000, every=100_001, NewSubfileType=1),
        "pages-large": partial(_tiff, 50, 0, 2, ImageWidth=60_000, ImageLength=60_000),
        "pages-thin": partial(_tiff, 50, 0, 2, ImageWidth=1, ImageLength=65_535),
        "pages-tiles": partial(_tiff, 50, 0, 2, TileWidth=49_152, TileLength=32_768),
        "pages-bombs": _bombs,
    }


def _frames(form: str, number: int, size: tuple[int, int], **options: object) -> bytes:
    """An animation of frames with a block each, none in the place of another."""
    frames = (_frame(size, n) for n in range(number))
    out = io.BytesIO()
    next(frames).save(out, form, save_all=True, append_images=frames, **options)
    return out.getvalue()


def _frame(size: tuple[int, int], n: int) -> Image.Image:
    frame, columns = Image.new("L", size, 255), size[0] // 8
    left, top = 8 * (n % columns), 8 * (n // columns)
    frame.paste(0, (left, top, left + 8, top + 8))
    return frame


def _gif(number: int, *places: tuple[int, int], screen: tuple[int, int] = (300, 300)) -> bytes:
    """N frames of one pixel, at these places by turns."""
    frames = [b"\x2c" + struct.pack("<HHHHB", *place, 1, 1, 0) + b"\2\2\x44\1\0" for place in places]
    head = b"GIF89a" + struct.pack("<HHBBB", *screen, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff"
    return head + b"".join(frames[n % len(frames)] for n in range(number)) + b";"


def _animations() -> dict[str, tuple[str, Draw]]:
    return {
        "gif-2000-frames": ("gif", partial(_frames, "GIF", 2_000, (400, 400))),
        "gif-800000-frames": ("gif", partial(_gif, 800_000, (9, 9))),
        "gif-growing": ("gif", partial(_gif, 500, *[(2**n, 2**n) for n in range(16)], screen=(1, 1))),
        "gif-40-frames-of-20-megapixels": ("gif", partial(_frames, "GIF", 40, (5_000, 4_000))),
        "gif-2-frames-of-100-megapixels": ("gif", partial(_frames, "GIF", 2, (10_000, 10_000))),
        "png-300-frames": ("png", partial(_frames, "PNG", 300, (400, 300))),
        "png-20-frames-of-25-megapixels": ("png", partial(_frames, "PNG", 20, (5_000, 5_000))),
        "webp-300-frames": ("webp", partial(_frames, "WEBP", 300, (400, 300), lossless=True, quality=0)),
        "webp-4-frames-of-48-megapixels": (
            "webp",
            partial(_frames, "WEBP", 4, (8_000, 6_000), lossless=True, quality=0),
        ),
        "avif-100-frames": ("avif", partial(_frames, "AVIF", 100, (400, 300), speed=10)),
    }
