"""Pictures of every format that is read, whole; and damaged in every way that bytes can be."""

import io
import struct
import time
import zlib
from collections.abc import Callable
from functools import cache, partial
from itertools import accumulate
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from attack.cases import Cases, Rng, chunk, damaged, drawn, resealed, spliced
from mnistry.data import load_dataset

TIFF_COMPRESSIONS = (
    *("raw", "tiff_lzw", "tiff_adobe_deflate", "tiff_deflate", "packbits", "jpeg"),
    *("group3", "group4", "tiff_ccitt", "lzma", "zstd"),
)
EPOCH = time.gmtime(0)  # a PDF says when it was made
BILEVEL = ("group3", "group4", "tiff_ccitt")
TIMES = {"truncated": 2, "flipped": 5, "overwritten": 3, "lying": 4, "stretched": 1}


def cases(seed: int) -> Cases:
    """Each picture whole, damaged, and with the tail of another."""
    found = Cases("pictures", seed)
    for name in PICTURES:
        form = name.partition("-")[0]
        file = f"a.{SUFFIXES.get(form, form)}"
        make = partial(picture, name)
        found.add(f"{name}-whole", "picture", file, drawn(lambda rng, make=make: make()))
        damaged(found, name, make, "picture", file, TIMES)
        found.add(f"{name}-spliced-0", "picture", file, drawn(lambda rng, make=make: _spliced(make(), rng)))
        for n in range(6 if name.startswith("png") else 0):
            found.add(f"{name}-resealed-{n}", "picture", file, drawn(lambda rng, make=make: _resealed(make(), rng)))
    return found


def picture(name: str) -> bytes:
    """One of `PICTURES`, whole."""
    return _made(name)


@cache
def _made(name: str) -> bytes:
    return PICTURES[name]()


@cache
def page() -> NDArray[np.uint8]:
    """A page of 120 × 160 px with six digits, dark on light."""
    images = load_dataset().validation.images[:6, ..., 0]
    sheet = np.full((120, 160), 255, np.uint8)
    for n, image in enumerate(images):
        top, left = 12 + 54 * (n // 3), 12 + 48 * (n % 3)
        sheet[top : top + 42, left : left + 42] -= np.kron(image, np.ones((3, 3), np.uint8))[::2, ::2]
    return sheet


def _saved(form: str, mode: str = "RGB", **options: Any) -> bytes:
    image, out = Image.fromarray(page()).convert(mode), io.BytesIO()
    if mode in ("RGBA", "LA"):
        image.putalpha(Image.fromarray(255 - page()))
    if frames := options.pop("frames", 0):
        options |= {"save_all": True, "append_images": [image.rotate(90 * n) for n in range(1, frames)]}
    image.save(out, form, **options)
    return out.getvalue()


def _exif(orientation: int) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = orientation, "a description"
    return exif


def _sixteen() -> bytes:
    out = io.BytesIO()
    Image.fromarray(page().astype(np.uint16) * 257).save(out, "PNG")
    return out.getvalue()


def _interlaced() -> bytes:
    """A PNG in Adam7's seven passes, which Pillow reads and does not write. Source: RFC 2083, 2.6."""
    sheet = page()
    passes = ((0, 8, 0, 8), (0, 8, 4, 8), (4, 8, 0, 4), (0, 4, 2, 4), (2, 4, 0, 2), (0, 2, 1, 2), (1, 2, 0, 1))
    rows = b"".join(b"\0" + row.tobytes() for y, dy, x, dx in passes for row in sheet[y::dy, x::dx])
    head = struct.pack(">IIBBBBB", sheet.shape[1], sheet.shape[0], 8, 0, 0, 0, 1)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def _bmp_rle() -> bytes:
    """A BMP of 8 bits in runs, which Pillow reads and does not write."""
    sheet = page()[::-1]
    body = bytearray()
    for row in sheet:
        ends = [*(np.flatnonzero(np.diff(row)) + 1).tolist(), len(row)]
        for start, end in zip([0, *ends[:-1]], ends, strict=True):
            body += bytes([end - start, row[start]])
        body += b"\0\0"
    body += b"\0\1"
    palette = b"".join(bytes([grey, grey, grey, 0]) for grey in range(256))
    offset = 14 + 40 + len(palette)
    head = b"BM" + struct.pack("<IHHI", offset + len(body), 0, 0, offset)
    size = sheet.shape[1], sheet.shape[0]
    return head + struct.pack("<IiiHHIIiiII", 40, *size, 1, 8, 1, len(body), 2835, 2835, 256, 0) + palette + body


def _plain_pnm(kind: bytes) -> bytes:
    """A PNM of written numbers."""
    sheet = page() if kind != b"P1" else (page() < 128).astype(np.uint8)
    if kind == b"P3":
        sheet = np.repeat(sheet, 3, axis=1)
    lines = "\n".join(" ".join(map(str, row)) for row in sheet.tolist())
    top = b"" if kind == b"P1" else b"255\n"
    return kind + b"\n# a comment\n160 120\n" + top + lines.encode() + b"\n"


def _tiff(compression: str, **options: Any) -> bytes:
    mode = "1" if compression in BILEVEL else "RGB" if compression == "jpeg" else "L"
    return _saved("TIFF", mode, compression=compression, **options)


def _tiled_tiff() -> bytes:
    """A TIFF in tiles of 64 × 64 px, which Pillow reads and does not write."""
    sheet = np.full((128, 192), 255, np.uint8)
    sheet[:120, :160] = page()
    tiles = [sheet[y : y + 64, x : x + 64].tobytes() for y in (0, 64) for x in (0, 64, 128)]
    tags = {256: 160, 257: 120, 258: 8, 259: 1, 262: 1, 277: 1, 322: 64, 323: 64}
    return tiff(tags, tiles, (324, 325))


def tiff(tags: dict[int, Any], parts: list[bytes], places: tuple[int, int] = (273, 279), after: int = 0) -> bytes:
    """A little-endian TIFF: tags with a number, or (type, count, bytes); parts of its image; the next directory."""
    entries = {tag: v if isinstance(v, tuple) else (4, 1, struct.pack("<I", v)) for tag, v in tags.items()}
    extra_at = 8 + 2 + 12 * (len(entries) + 2) + 4
    sizes = [len(part) for part in parts]
    numbers = struct.Struct(f"<{len(parts)}I")
    parts_at = extra_at + sum(len(v[2]) for v in entries.values() if len(v[2]) > 4) + 2 * numbers.size
    offsets = list(accumulate(sizes, initial=parts_at))[:-1]
    entries[places[0]] = (4, len(parts), numbers.pack(*offsets))
    entries[places[1]] = (4, len(parts), numbers.pack(*sizes))
    head, extra = struct.pack("<H", len(entries)), b""
    for tag, (kind, count, value) in sorted(entries.items()):
        head += struct.pack("<HHI", tag, kind, count)
        head += value.ljust(4, b"\0") if len(value) <= 4 else struct.pack("<I", extra_at + len(extra))
        extra += value if len(value) > 4 else b""
    directory = head + struct.pack("<I", after) + extra.ljust(parts_at - extra_at, b"\0")
    return b"II*\0" + struct.pack("<I", 8) + directory + b"".join(parts)


def _spliced(data: bytes, rng: Rng) -> bytes:
    return spliced(data, [picture(name) for name in PICTURES], rng)


def _resealed(data: bytes, rng: Rng) -> bytes:
    """Bytes within chunks changed, and their checksums made to hold; half of the times in the header."""
    array = bytearray(data)
    for _ in range(int(rng.integers(1, 4))):
        array[int(rng.integers(16, 29 if rng.random() < 0.5 else len(array)))] = int(
            rng.choice([0, 1, 2, 16, 127, 255])
        )
    return resealed(bytes(array))


def _mpo() -> bytes:
    return _saved("MPO", "RGB", frames=2)


PICTURES: dict[str, Callable[[], bytes]] = {
    "png-grey": partial(_saved, "PNG", "L"),
    "png-alpha": partial(_saved, "PNG", "RGBA"),
    "png-palette": partial(_saved, "PNG", "P", transparency=0),
    "png-bits": partial(_saved, "PNG", "1"),
    "png-sixteen": _sixteen,
    "png-interlaced": _interlaced,
    "png-animated": partial(_saved, "PNG", "RGB", frames=3),
    "jpeg-baseline": partial(_saved, "JPEG", "RGB", exif=_exif(6)),
    "jpeg-progressive": partial(_saved, "JPEG", "RGB", progressive=True),
    "jpeg-cmyk": partial(_saved, "JPEG", "CMYK"),
    "jpeg-grey": partial(_saved, "JPEG", "L", progressive=True, restart_marker_blocks=2),
    "mpo-two": _mpo,
    "bmp-rgb": partial(_saved, "BMP", "RGB"),
    "bmp-palette": partial(_saved, "BMP", "P"),
    "bmp-rle": _bmp_rle,
    "gif-one": partial(_saved, "GIF", "P"),
    "gif-animated": partial(_saved, "GIF", "P", frames=3),
    "pnm-bits": partial(_saved, "PPM", "1"),
    "pnm-grey": partial(_saved, "PPM", "L"),
    "pnm-rgb": partial(_saved, "PPM", "RGB"),
    **{f"pnm-plain{kind[1:]}": partial(_plain_pnm, kind.encode()) for kind in ("P1", "P2", "P3")},
    "pnm-floats": partial(_saved, "PPM", "F"),
    "webp-lossy": partial(_saved, "WEBP", "RGB"),
    "webp-lossless": partial(_saved, "WEBP", "RGBA", lossless=True),
    "webp-animated": partial(_saved, "WEBP", "RGB", frames=3),
    "webp-extended": partial(_saved, "WEBP", "RGB", exif=_exif(3), icc_profile=b"no profile" * 20, xmp=b"<x/>"),
    **{f"tiff-{one}": partial(_tiff, one) for one in TIFF_COMPRESSIONS},
    "tiff-tiled": _tiled_tiff,
    "tiff-pages": partial(_tiff, "tiff_lzw", frames=3),
    "tiff-big": partial(_tiff, "tiff_deflate", big_tiff=True),
    "avif-rgb": partial(_saved, "AVIF", "RGB", exif=_exif(6)),
    "avif-alpha": partial(_saved, "AVIF", "RGBA"),
    "avif-animated": partial(_saved, "AVIF", "RGB", frames=3),
    "pdf-pages": partial(_saved, "PDF", "RGB", frames=3, creationDate=EPOCH, modDate=EPOCH),
    "pdf-bits": partial(_saved, "PDF", "1", resolution=200, creationDate=EPOCH, modDate=EPOCH),
    "heic-rgb": partial(_saved, "HEIF", "RGB"),
    "heic-alpha": partial(_saved, "HEIF", "RGBA"),
    "heic-two": partial(_saved, "HEIF", "RGB", frames=2),
}
SUFFIXES = {"jpeg": "jpg", "mpo": "jpg", "tiff": "tif"}  # where they are not the format's name
