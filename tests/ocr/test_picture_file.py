"""What a header tells before anything is decoded."""

import io
import os
import socket
import struct
import sys
import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mnistry.errors import LargePictureError, NotAPictureError, PictureError
from mnistry.ocr import picture_file, picture_header
from mnistry.safety.limits import LIMITS

TYPES = {2: "B", 3: "H", 4: "I", 6: "b", 8: "h", 9: "i", 12: "d", 16: "Q", 17: "q"}  # of a TIFF's tags


def chunk(name: bytes, data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + name + data + zlib.crc32(name + data).to_bytes(4, "big")


def png(width: int, height: int) -> bytes:
    """The head of a PNG of one bit a pixel, and a few bytes of its pixels."""
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(999))) + chunk(b"IEND", b"")


def webp(kind: bytes, width: int, height: int) -> bytes:
    """The first bytes of a WebP of each of the three kinds. Source: RFC 9649."""
    if kind == b"VP8X":
        data = bytes(4) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    elif kind == b"VP8L":
        data = b"\x2f" + ((width - 1) | (height - 1) << 14).to_bytes(4, "little") + bytes(5)
    else:
        data = b"\x10\2\0\x9d\1\x2a" + width.to_bytes(2, "little") + height.to_bytes(2, "little")
    body = b"WEBP" + kind + len(data).to_bytes(4, "little") + data
    return b"RIFF" + len(body).to_bytes(4, "little") + body


def tiff(**tags: int) -> bytes:
    """A TIFF of 64 × 64 px that says no more than `tags`, by their names in the specification."""
    numbers = {"TileWidth": 322, "TileLength": 323, "RowsPerStrip": 278}
    result = {256: 64, 257: 64, 258: 8, 259: 5, 262: 1, 277: 1, 324: 8, 325: 100}
    result |= {numbers[name]: value for name, value in tags.items()}
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in sorted(result.items()))
    return struct.pack("<2sHIH", b"II", 42, 8, len(result)) + entries + bytes(200)


def directory(
    tags: dict[int, tuple[int, int]] | list[tuple[int, int, int]], big: bool = False, order: str = "<"
) -> bytes:
    """A TIFF of 64 × 64 px with these tags, as type and value; what needs more room than there is lies at the end."""
    given = [(tag, *result) for tag, result in tags.items()] if isinstance(tags, dict) else tags
    named = {tag for tag, *_ in given}
    usual = [(256, 4, 64), (257, 4, 64), (258, 3, 8), (259, 3, 5), (262, 3, 1), (277, 3, 1), (324, 4, 8), (325, 4, 100)]
    result = sorted([*given, *(one for one in usual if one[0] not in named)])
    mark = b"II" if order == "<" else b"MM"
    head = mark + (struct.pack(f"{order}HHHQ", 43, 8, 0, 16) if big else struct.pack(f"{order}HI", 42, 8))
    counted, room = struct.pack(order + ("Q" if big else "H"), len(result)), 8 if big else 4
    rest = len(head) + len(counted) + len(result) * (20 if big else 12) + room
    entries, more = b"", b""
    for tag, kind, value in result:
        number = struct.pack(order + TYPES[kind], value)
        if len(number) > room:
            number, more = struct.pack(f"{order}I", rest + len(more)), more + number
        entries += struct.pack(order + ("HHQ" if big else "HHI"), tag, kind, 1) + number.ljust(room, b"\0")
    return head + counted + entries + bytes(room) + more + bytes(200)


def opened(source: str | Path | bytes, max_px: int | None = None) -> tuple[int, int]:
    with picture_file.opened(source, "p", max_px) as image:
        image.load()
        return image.size


@pytest.mark.parametrize(
    ("width", "height", "said"),
    [
        (1, 20_000, "1 × 20000 px is too thin: wanted sides of at most 200 to 1"),
        (20_000, 1, "20000 × 1 px is too thin: wanted sides of at most 200 to 1"),
        (1, 2_000_000, "1 × 2000000 px: a side is too long: wanted at most 65500 px"),
        (49_999_999, 1, "49999999 × 1 px: a side is too long: wanted at most 65500 px"),
        (65_501, 1_000, "65501 × 1000 px: a side is too long: wanted at most 65500 px"),
        (10_001, 10_000, "10001 × 10000 px are too many: wanted at most 100 megapixels"),
        (2**31 - 1, 2**31 - 1, "too many pixels: wanted at most 100 megapixels"),
    ],
)
def test_shapes_that_are_refused(width: int, height: int, said: str) -> None:
    with pytest.raises(LargePictureError, match=f"^p: {said}$"):
        opened(png(width, height))


@pytest.mark.parametrize(("width", "height"), [(1, 1), (1, 200), (65_500, 328), (10_000, 10_000)])
def test_shapes_that_are_just_taken(width: int, height: int) -> None:
    out = io.BytesIO()
    Image.new("1", (width, height)).save(out, "PNG")
    assert opened(out.getvalue()) == (width, height)


@pytest.mark.parametrize("kind", [b"VP8X", b"VP8L", b"VP8 "])
def test_a_webp_is_measured_before_its_decoder_takes_memory(kind: bytes) -> None:
    assert picture_header.webp_size(webp(kind, 7_001, 9_003)) == (7_001, 9_003)
    with pytest.raises(LargePictureError, match="^p: 7001 × 9003 px are too many: wanted at most 50 megapixels$"):
        opened(webp(kind, 7_001, 9_003))
    with pytest.raises(LargePictureError, match="^p: 100 × 99 px are too many: wanted at most 0.0098 megapixels$"):
        opened(webp(kind, 100, 99), 9_800)
    with pytest.raises(LargePictureError, match="^p: 3000 × 14 px is too thin"):
        opened(webp(kind, 3_000, 14))


@pytest.mark.parametrize(
    "options", [{}, {"lossless": True}, {"exif": b"Exif\0\0"}], ids=["lossy", "lossless", "extended"]
)
def test_the_size_of_a_webp_is_its_decoder_s(options: dict[str, object]) -> None:
    out = io.BytesIO()
    Image.new("RGB", (123, 45)).save(out, "WEBP", **options)
    assert picture_header.webp_size(out.getvalue()[:30]) == opened(out.getvalue()) == (123, 45)


def test_a_tile_may_not_be_much_larger_than_a_picture() -> None:
    with pytest.raises(
        LargePictureError, match="^p: a tile of 49152 × 32768 px is too large: wanted at most 16.8 megap"
    ):
        opened(tiff(TileWidth=49_152, TileLength=32_768))
    with pytest.raises(PictureError, match=r"^p: this picture cannot be decoded \("):  # its tile is none
        opened(tiff(TileWidth=4_096, TileLength=4_096))


@pytest.mark.parametrize("kind", [3, 4, 8, 9, 16, 17])
@pytest.mark.parametrize("big", [False, True])
@pytest.mark.parametrize("order", ["<", ">"])
def test_a_tile_is_measured_whatever_its_number_is_of(kind: int, big: bool, order: str) -> None:
    side, said = 30_000, "a tile of 30000 × 30000 px is too large: wanted at most 16.8 megapixels"
    with pytest.raises(LargePictureError, match=f"^p: {said}$"):
        opened(directory({322: (kind, side), 323: (kind, side)}, big, order))


@pytest.mark.parametrize(
    ("tags", "said"),
    [
        ([(322, 3, 64), (322, 3, 30_000)], "tag 322 is there twice"),
        ([(258, 3, 8), (258, 3, 64)], "tag 258 is there twice"),
        ([(322, 2, 64)], "tag 322 is 1 of type 2: wanted a whole number"),
        ([(322, 12, 64)], "tag 322 is 1 of type 12: wanted a whole number"),
        ([(323, 9, -5)], "tag 323 is -5: wanted a size"),
        ([(256, 9, -5)], "tag 256 is -5: wanted a size"),
    ],
)
def test_sizes_of_a_tiff_that_decoders_would_differ_about(tags: list[tuple[int, int, int]], said: str) -> None:
    with pytest.raises(PictureError, match=rf"^p: this picture cannot be decoded \({said}\)$"):
        opened(directory(tags))


@pytest.mark.parametrize("options", [{}, {"compression": "tiff_lzw"}, {"compression": "jpeg"}, {"big_tiff": True}])
def test_the_sizes_of_a_tiff_are_its_decoder_s(options: dict[str, object]) -> None:
    out = io.BytesIO()
    Image.new("RGB", (123, 45)).save(out, "TIFF", **options)
    assert picture_header.tiff_sizes(io.BytesIO(out.getvalue())) == (123, 45, 0, 0)
    assert opened(out.getvalue()) == (123, 45)


def test_the_scans_of_a_jpeg_are_counted() -> None:
    out = io.BytesIO()
    Image.new("L", (64, 64), 255).save(out, "JPEG", progressive=True)
    whole = out.getvalue()
    last = whole[whole.rindex(b"\xff\xda") : -2]
    room = LIMITS.scans - picture_header.jpeg_segments(whole, 99, 999)[0]
    assert 20 < room < 32
    assert opened(whole[:-2] + room * last + whole[-2:] + 40 * b"\xff\xda") == (64, 64)
    with pytest.raises(LargePictureError, match="^p: this JPEG has too many scans: wanted at most 32$"):
        opened(whole[:-2] + (room + 1) * last + whole[-2:])


@pytest.mark.parametrize("kind", [0x02, 0xBF])
def test_no_scan_hides_behind_a_marker_that_decoders_skip(kind: int) -> None:
    out = io.BytesIO()
    Image.new("L", (64, 64), 255).save(out, "JPEG", progressive=True)
    whole = out.getvalue()
    last = whole[whole.rindex(b"\xff\xda") : -2]
    hidden = bytes([0xFF, kind]) + b"\xff\xff" + 40 * last
    with pytest.raises(LargePictureError, match="^p: this JPEG has too many scans: wanted at most 32$"):
        opened(whole[:-2] + hidden + whole[-2:])


def test_the_segments_of_a_jpeg_are_counted() -> None:
    for much in (10_000_000 * b"\xff\xe0\0\2", 40_000_000 * b"\xff", b"\xff\xe0\0\2" + 40_000_000 * b"x"):
        with pytest.raises(
            LargePictureError,
            match="^p: this JPEG has too many segments, or bytes between them: wanted at most 10,000$",
        ):
            opened(b"\xff\xd8" + much)
    assert picture_header.jpeg_segments(b"\xff\xd8" + 10_000_000 * b"\xff\xda\0\2", 5, 9) == (6, 6)  # and no more


def test_a_file_that_is_too_large(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    with path.open("wb") as file:
        file.truncate(LIMITS.picture_bytes + 1)  # takes no room
    with pytest.raises(LargePictureError, match="^p: a file of 512 MB is too large: wanted at most 512 MB$"):
        opened(path)


def test_only_regular_files_are_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "loop.png").symlink_to("loop.png")
    (tmp_path / "dangling.png").symlink_to("nothing")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket.png"))
        for name, said in (
            ("pipe.png", r"cannot be read \(not a regular file\)"),
            ("socket.png", r"cannot be read \(not a regular file\)"),
            ("loop.png", r"cannot be read \(Too many levels of symbolic links\)"),
            ("dangling.png", "no such file"),
            ("a\0b", r"cannot be read \(not a name that a file can have\)"),
            (".", r"cannot be read \(Is a directory\)"),
        ):
            with pytest.raises(PictureError, match=f"^p: {said}$"):
                opened(tmp_path / name)
    with pytest.raises(PictureError, match="not a regular file"):
        opened("/dev/zero")


@pytest.mark.parametrize("name", ["EPS", "PDF", "ICO", "PCX", "TGA", "SGI", "IM", "JPEG2000", "ICNS", "DDS", "SPIDER"])
def test_other_formats_of_pillow_are_no_pictures(name: str) -> None:
    out = io.BytesIO()
    try:
        Image.new("F" if name == "SPIDER" else "RGB", (32, 32)).save(out, name)
    except (KeyError, OSError) as error:
        pytest.skip(f"this Pillow does not write it ({error})")
    with pytest.raises(
        NotAPictureError, match="^p: not a picture: wanted PNG, JPEG, WebP, GIF, BMP, TIFF, PNM, AVIF or HEIC$"
    ):
        opened(out.getvalue())


@pytest.mark.parametrize(
    "error",
    [MemoryError(), ValueError(), RecursionError("deep"), struct.error("short")],
    ids=lambda e: type(e).__name__,
)
def test_whatever_a_decoder_raises_names_the_picture(error: Exception) -> None:
    out = io.BytesIO()
    Image.fromarray(np.zeros((9, 9), np.uint8)).save(out, "PNG")
    with pytest.raises(PictureError) as caught, picture_file.opened(out.getvalue(), "p"):
        raise error
    if isinstance(error, MemoryError):
        assert str(caught.value) == "p: decoding it takes more memory than there is"
    else:
        assert str(caught.value) == f"p: this picture cannot be decoded ({str(error) or type(error).__name__})"


def heif(size: tuple[int, int] = (40, 30)) -> bytes:
    pillow_heif = pytest.importorskip("pillow_heif")
    pillow_heif.register_heif_opener()
    return saved("HEIF", size)


def saved(form: str, size: tuple[int, int]) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "white").save(out, form)
    return out.getvalue()


def test_heic_is_opened_whatever_it_is_called(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(heif())
    with picture_file.opened(tmp_path / "a.jpg", "p") as picture:
        assert (picture.format, picture.size) == ("HEIF", (40, 30))


def test_heic_without_its_extra_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    data = heif()
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    said = r"^p: a HEIC picture: reading it needs pillow-heif, which is not installed: pip install 'mnistry\[heic\]'$"
    with pytest.raises(NotAPictureError, match=said), picture_file.opened(data, "p"):
        pass


def test_other_pictures_do_not_need_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    for form in ("PNG", "AVIF"):
        with picture_file.opened(saved(form, (40, 30)), "p") as picture:
            assert picture.size == (40, 30)


@pytest.mark.parametrize("form", ["AVIF", "HEIF"])
def test_pictures_that_are_decoded_whole_have_a_lower_limit(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    data = heif((400, 300)) if form == "HEIF" else saved("AVIF", (400, 300))
    monkeypatch.setattr(picture_file, "LIMITS", replace(LIMITS, costly_px=100_000))
    said = r"^p: 400 × 300 px are too many: wanted at most 0\.1 megapixels$"
    with pytest.raises(LargePictureError, match=said), picture_file.opened(data, "p"):
        pass


def test_a_damaged_heic_is_named() -> None:
    data = heif()
    with pytest.raises(PictureError, match=r"^p: "), picture_file.opened(data[:100], "p") as picture:
        picture.load()
    with pytest.raises(PictureError, match=r"^p: "), picture_file.opened(data[:-40], "p") as picture:
        picture.load()
