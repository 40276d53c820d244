"""Pictures whose headers lie: of sizes that are none, or without end; of tags, counts and loops; of remarks."""

import struct
import zlib
from collections.abc import Callable, Iterable
from functools import cache, partial
from pathlib import Path

from attack.cases import PNG_SIGNATURE, Cases, Rng, chunk, drawn
from attack.pictures import picture, tiff

SIZES = (
    *((0, 120), (160, 0), (0, 0), (1, 120), (160, 1), (1, 65_535), (65_535, 1), (65_535, 65_535)),
    *((2**16, 2**16), (2**24 - 1, 2**24 - 1), (2**31 - 1, 1), (1, 2**31 - 1), (2**31 - 1, 2**31 - 1)),
    *((2**31, 2**31), (2**32 - 1, 2**32 - 1), (5_000, 9_000), (13_000, 13_000)),
)
ORIENTATIONS = (  # EXIF type, count, value
    *((3, 1, struct.pack("<H", n)) for n in (0, 2, 3, 4, 5, 6, 7, 8, 9, 255, 65_535)),
    *((4, 1, struct.pack("<I", 6)), (4, 1, struct.pack("<I", 2**32 - 1)), (8, 1, struct.pack("<h", -6))),
    *((2, 2, b"6\0"), (2, 8, b"sideways"), (5, 1, struct.pack("<II", 6, 0)), (10, 1, struct.pack("<ii", -6, -1))),
    *((11, 1, struct.pack("<f", 6.0)), (11, 1, struct.pack("<f", float("nan"))), (12, 1, struct.pack("<d", 1e308))),
    *((7, 3, b"\0\1\2"), (3, 0, b""), (3, 3, struct.pack("<HHH", 6, 6, 6)), (99, 1, b"\6"), (3, 2**31, b"\6\0\0\0")),
)
BOMB_BYTES = 300_000_000


def cases(seed: int) -> Cases:
    """All of them; none is damaged at random, so that they are the same with any seed."""
    found = Cases("lies", seed)
    for n, (width, height) in enumerate(SIZES):
        for form, file in (("png", "a.png"), ("jpeg", "a.jpg"), ("bmp", "a.bmp"), ("gif", "a.gif"), ("pnm", "a.pgm")):
            found.add(f"{form}-size-{n}", "picture", file, _sized(form, width, height))
        found.add(f"webp-size-{n}", "picture", "a.webp", _sized("webp", width, height))
        found.add(f"tiff-size-{n}", "picture", "a.tif", _sized("tiff", width, height))
    for n, orientation in enumerate(ORIENTATIONS):
        for form in ("jpg", "png", "webp", "tif"):
            found.add(f"{form}-orientation-{n}", "picture", f"a.{form}", _turned(form, *orientation))
    for name, made in _tiffs().items():
        found.add(f"tiff-{name}", "extreme", "a.tif", drawn(lambda rng, made=made: made()), heavy=True)
    for name, extra in _remarks().items():
        found.add(f"png-{name}", "extreme", "a.png", partial(_with_remark, extra), heavy=True)
    for scans in (20, 32, 33, 1_000, 50_000):
        found.add(f"jpeg-scans-{scans}", "extreme", "a.jpg", drawn(partial(_scans, scans)), heavy=True)
    for name, made in HIDDEN.items():
        found.add(f"jpeg-{name}", "extreme", "a.jpg", drawn(made), heavy=True)
    return found


def _sized(form: str, width: int, height: int) -> bytes:
    """A picture that says it has this size."""
    if form == "png":
        data = picture("png-grey")
        return PNG_SIGNATURE + chunk(b"IHDR", struct.pack(">II", width, height) + data[24:29]) + data[33:]
    if form == "jpeg":
        data = picture("jpeg-baseline")
        at = data.index(b"\xff\xc0") + 5
        return data[:at] + struct.pack(">HH", height & 0xFFFF, width & 0xFFFF) + data[at + 4 :]
    if form == "bmp":
        data = picture("bmp-rle")
        return data[:18] + struct.pack("<II", width & 0xFFFFFFFF, height & 0xFFFFFFFF) + data[26:]
    if form == "gif":
        data = picture("gif-one")
        at = data.index(b"\x2c", 13 + 3 * 2 ** ((data[10] & 7) + 1)) + 5
        size = struct.pack("<HH", width & 0xFFFF, height & 0xFFFF)
        return data[:6] + size + data[10:at] + size + data[at + 4 :]
    if form == "pnm":
        return b"P5\n%d %d\n255\n" % (width, height) + bytes(19_200)
    if form == "webp":
        data = picture("webp-extended")
        side = (struct.pack("<I", (one - 1) & 0xFFFFFF)[:3] for one in (width, height))
        return data[:24] + b"".join(side) + data[30:]
    tags = {256: width, 257: height, 258: 8, 259: 1, 262: 1, 277: 1, 278: height}
    return tiff(tags, [bytes(19_200)])


def _directory(tag: int, kind: int, count: int, value: bytes, after: int = 0) -> bytes:
    """A TIFF of one tag: what EXIF is."""
    inline = value.ljust(4, b"\0") if len(value) <= 4 else struct.pack("<I", 26)
    entry = struct.pack("<HHI", tag, kind, count) + inline
    return b"II*\0" + struct.pack("<IH", 8, 1) + entry + struct.pack("<I", after) + (value if len(value) > 4 else b"")


def _turned(form: str, kind: int, count: int, value: bytes) -> bytes:
    """A picture with such an orientation."""
    exif = _directory(0x0112, kind, count, value)
    if form == "png":
        data = picture("png-grey")
        return data[:33] + chunk(b"eXIf", exif) + data[33:]
    if form == "jpg":
        data = picture("jpeg-grey")
        body = b"Exif\0\0" + exif
        return data[:2] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + data[2:]
    if form == "webp":
        data = picture("webp-lossy")
        body = exif + bytes(len(exif) % 2)
        head = b"VP8X" + struct.pack("<IB3x", 10, 8) + struct.pack("<I", 159)[:3] + struct.pack("<I", 119)[:3]
        whole = b"WEBP" + head + data[12:] + b"EXIF" + struct.pack("<I", len(exif)) + body
        return b"RIFF" + struct.pack("<I", len(whole)) + whole
    tags = {256: 160, 257: 120, 258: 8, 259: 1, 262: 1, 274: (kind, count, value), 277: 1, 278: 120}
    return tiff(tags, [bytes([200]) * 19_200])


def _tiffs() -> dict[str, Callable[[], bytes]]:
    """TIFFs that ask for much, or have no end."""
    base = {256: 160, 257: 120, 258: 8, 259: 1, 262: 1, 277: 1, 278: 120}
    body = [bytes([200]) * 19_200]
    tiled = {256: 64, 257: 64, 258: 8, 259: 8, 262: 1, 277: 1}
    offset = 8 + 2 + 12 * 9 + 4 + 8  # of a directory behind the first
    return {
        "tile-49152": lambda: tiff({**tiled, 322: 49_152, 323: 32_768}, [packed(64_000_000)], (324, 325)),
        "tile-2147483647": lambda: tiff({**tiled, 322: 2**31 - 1, 323: 2**31 - 1}, [packed(64_000_000)], (324, 325)),
        "tile-text": lambda: tiff({**tiled, 322: (2, 4, b"aaaa"), 323: 500_000_000}, [packed(64_000_000)], (324, 325)),
        "tile-signed": lambda: tiff(
            {**tiled, 322: _signed(36_000), 323: _signed(36_000)}, [packed(64_000_000)], (324, 325)
        ),
        "tile-twice": lambda: _renamed(
            tiff({**tiled, 321: 49_152, 322: 16, 323: 32_768}, [packed(64_000_000)], (324, 325)), 321, 322
        ),
        "size-twice": lambda: _renamed(
            tiff({**tiled, 255: 49_152, 256: 64, 257: 49_152}, [packed(64_000_000)]), 255, 256
        ),
        "tile-0": lambda: tiff({**tiled, 322: 0, 323: 0}, [packed(64_000_000)], (324, 325)),
        "tile-4096": lambda: tiff({**tiled, 322: 4_096, 323: 4_096}, [packed(64_000_000)], (324, 325)),
        "strip-49152": lambda: tiff({**tiled, 256: 49_152, 257: 32_768, 278: 32_768}, [packed(64_000_000)]),
        "strip-rows": lambda: tiff({**base, 278: 2**32 - 1}, body),
        "strip-none": lambda: tiff({**base, 278: 0}, body),
        "samples-65535": lambda: tiff({**base, 277: 65_535}, body),
        "samples-65535-deflate": lambda: tiff({**tiled, 277: 65_535, 278: 64}, [packed(64_000_000)]),
        "samples-0": lambda: tiff({**base, 277: 0}, body),
        "bits-65535": lambda: tiff({**base, 258: 65_535}, body),
        "bits-many": lambda: tiff({**base, 258: (3, 40_000, struct.pack("<H", 8) * 40_000)}, body),
        "compression-9999": lambda: tiff({**base, 259: 9_999}, body),
        "photometric-9999": lambda: tiff({**base, 262: 9_999}, body),
        "loop-itself": lambda: tiff(base, body, after=8),
        "loop-two": lambda: tiff(
            base, [bytes(2_000) + _directory(256, 4, 1, b"\1\0\0\0", 8)[8:] + bytes(2_000)], after=offset + 2_000
        ),
        "after-end": lambda: tiff(base, body, after=2**32 - 2),
        "sub-loop": lambda: tiff({**base, 330: 8, 34_665: 8, 34_853: 8}, body),
        "count-2147483648": lambda: tiff({**base, 270: (2, 2**31, b"\x08\0\0\0")}, body),
        "count-doubles": lambda: tiff({**base, 700: (12, 2**29, b"\x08\0\0\0")}, body),
        "tags-65535": lambda: b"II*\0" + struct.pack("<IH", 8, 65_535) + struct.pack("<HHII", 256, 4, 1, 9) * 65_535,
        "strips-many": lambda: tiff({**base, 257: 60_000, 278: 1}, [b"\1"] * 60_000),
        "pages-5000": lambda: _pages(5_000),
        "predictor-9": lambda: tiff({**tiled, 278: 64, 317: 9}, [packed(64_000_000)]),
        "colours-none": lambda: tiff({**base, 262: 3}, body),
        "jpeg-tables": lambda: tiff({**base, 259: 7, 347: (7, 9, b"\xff\xd8\xff\xdb\0\3\0\xff\xd9")}, body),
    }


def _signed(number: int) -> tuple[int, int, bytes]:
    """A tag's value of 64 bits, as libtiff alone knows them."""
    return 17, 1, struct.pack("<q", number)


def _renamed(data: bytes, tag: int, other: int) -> bytes:
    """With a tag of the directory in the place of another, so that this one is there twice."""
    return data.replace(struct.pack("<HH", tag, 4), struct.pack("<HH", other, 4), 1)


def _pages(number: int) -> bytes:
    """N directories, each of the same picture."""
    one = {256: 8, 257: 8, 258: 8, 259: 1, 262: 1, 273: 8, 277: 1, 278: 8, 279: 64}
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in one.items())
    size = 2 + len(entries) + 4
    ends = (72 + size * (n + 1) if n + 1 < number else 0 for n in range(number))
    directories = (struct.pack("<H", len(one)) + entries + struct.pack("<I", end) for end in ends)
    return b"II*\0" + struct.pack("<I", 72) + bytes(64) + b"".join(directories)


def _remarks() -> dict[str, Callable[[], Iterable[bytes]]]:
    """Chunks of a PNG beside its pixels."""
    loop = _directory(0x8769, 4, 1, struct.pack("<I", 8), 8)
    return {
        "text-bomb": lambda: [chunk(b"zTXt", b"Comment\0\0" + packed(BOMB_BYTES))],
        "text-international-bomb": lambda: [chunk(b"iTXt", b"Comment\0\1\0\0\0" + packed(BOMB_BYTES))],
        "text-many": lambda: [chunk(b"tEXt", b"k%d\0v" % n) for n in range(200_000)],
        "text-long": lambda: [chunk(b"tEXt", b"Comment\0" + b"x" * 60_000_000)],
        "profile-bomb": lambda: [chunk(b"iCCP", b"p\0\0" + packed(BOMB_BYTES))],
        "profile-none": lambda: [chunk(b"iCCP", b"p\0\7no profile")],
        "exif-bomb": lambda: [chunk(b"eXIf", _directory(0x010E, 2, 2**31, b"\x08\0\0\0"))],
        "exif-loop": lambda: [chunk(b"eXIf", loop)],
        "exif-none": lambda: [chunk(b"eXIf", b"no exif")],
        "exif-empty": lambda: [chunk(b"eXIf", b"")],
        "palette-bad": lambda: [chunk(b"PLTE", b"12345")],
        "transparency-bad": lambda: [chunk(b"tRNS", b"\1" * 999)],
        "animation-many": lambda: [chunk(b"acTL", struct.pack(">II", 2**31 - 1, 0))],
        "resolution-bad": lambda: [chunk(b"pHYs", b"\0")],
        "gamma-zero": lambda: [chunk(b"gAMA", bytes(4))],
        "chunk-long": lambda: [struct.pack(">I", 2**31 - 1) + b"tEXt"],
    }


def _with_remark(extra: Callable[[], Iterable[bytes]], path: Path, rng: Rng) -> None:
    data = picture("png-grey")
    path.write_bytes(data[:33] + b"".join(extra()) + data[33:])


@cache
def packed(size: int) -> bytes:
    """N zeros, deflated."""
    return zlib.compress(bytes(size), 6)


def _hidden(kind: int, rng: Rng) -> bytes:
    """Scans behind a marker that decoders skip, as long as it says it is."""
    data = picture("jpeg-progressive")
    last = data.rindex(b"\xff\xda")
    return data[:-2] + b"\xff" + bytes([kind]) + b"\xff\xff" + data[last:-2] * 1_000 + data[-2:]


HIDDEN: dict[str, Callable[[Rng], bytes]] = {
    **{f"hidden-scans-{kind}": partial(_hidden, kind) for kind in (0x01, 0x02, 0xBF, 0xE0, 0xFE)},
    "segments-10000000": lambda rng: b"\xff\xd8" + b"\xff\xe0\0\2" * 10_000_000,
    "fill-bytes": lambda rng: b"\xff\xd8" + b"\xff" * 40_000_000,
}


def _scans(number: int, rng: Rng) -> bytes:
    """A progressive JPEG whose last scan comes again and again."""
    data = picture("jpeg-progressive")
    last = data.rindex(b"\xff\xda")
    return data[:last] + data[last:-2] * number + data[-2:]
