import io
import subprocess
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import drawn
from mnistry.data.dataset import Dataset
from mnistry.errors import LargePictureError, MnistryError, PictureError
from mnistry.ocr import decode
from mnistry.reader import Reader


@pytest.fixture(scope="module")
def seven(mnist: Dataset) -> Image.Image:
    """A 7 of 140 px, dark on light."""
    return Image.fromarray(255 - drawn.row(mnist, "7", 5))


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader()


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("kind", "mode"),
    [
        *(("PNG", mode) for mode in ("1", "L", "P", "RGB", "RGBA", "LA", "I;16")),
        *(("JPEG", mode) for mode in ("L", "RGB", "CMYK")),
        *(("TIFF", mode) for mode in ("1", "L", "P", "RGB", "RGBA", "CMYK", "I;16", "F", "I", "LAB", "YCbCr")),
        *(("WEBP", mode) for mode in ("RGB", "RGBA")),
        *(("GIF", mode) for mode in ("P", "L")),
        *(("BMP", mode) for mode in ("1", "L", "P", "RGB")),
        *(("PPM", mode) for mode in ("1", "L", "RGB")),
    ],
)
def test_every_kind_and_mode_is_read(seven: Image.Image, reader: Reader, kind: str, mode: str) -> None:
    if mode == "I;16":
        image = Image.fromarray(np.asarray(seven).astype(np.uint16) * 257)
    elif mode == "F":
        image = Image.fromarray(np.asarray(seven).astype(np.float32) / 255)
    elif mode == "LAB":
        from PIL import ImageCms

        srgb, lab = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
        image = ImageCms.profileToProfile(seven.convert("RGB"), srgb, lab, outputMode="LAB")
        assert image is not None
    else:
        image = seven.convert("RGB").convert(mode) if mode not in ("I",) else seven.convert("I")
    assert reader.read(encoded(image, kind)).text == "7"


@pytest.mark.parametrize(
    "array",
    [
        "uint8", "uint16", "bool", "float32", "float64", "int32", "rgb", "rgba", "one channel",
        "0 and 1", "mask", "a little above 1", "with gaps", "endless",
    ],
)  # fmt: skip
def test_arrays_are_pictures(seven: Image.Image, reader: Reader, array: str) -> None:
    grey = np.asarray(seven)
    given = {
        "uint8": grey,
        "uint16": grey.astype(np.uint16) * 16,
        "bool": grey > 127,
        "float32": grey.astype(np.float32) / 255,
        "float64": grey.astype(np.float64),
        "int32": grey.astype(np.int32),
        "rgb": np.stack([grey] * 3, axis=-1),
        "rgba": np.stack([grey, grey, grey, np.full_like(grey, 255)], axis=-1),
        "one channel": grey[..., None],
        "0 and 1": (grey > 127).astype(int),
        "mask": (grey > 127).astype(np.uint8),
        "a little above 1": grey / 255 * 1.01,
        "with gaps": np.where(np.indices(grey.shape).sum(axis=0) % 97, grey / 255, np.nan),
        "endless": np.where(np.indices(grey.shape).sum(axis=0) % 97, grey / 255, np.inf),
    }[array]
    assert reader.read(given).text == "7"


def test_arrays_that_are_no_pictures() -> None:
    for array, said in (
        (np.zeros(5, np.uint8), r"the picture is an array uint8 \(5,\): wanted numbers \(h, w\)"),
        (np.zeros((5, 5, 2), np.uint8), r"uint8 \(5, 5, 2\)"),
        (np.full((5, 5), "x"), r"<U1 \(5, 5\)"),
        (np.zeros((0, 5), np.uint8), "no pixels"),
    ):
        with pytest.raises(PictureError, match=said):
            decode.decode(array)


@pytest.mark.parametrize("colour", [(0, 0, 0), (255, 255, 255), (200, 30, 30), (255, 230, 60)])
def test_ink_on_transparency(seven: Image.Image, reader: Reader, colour: tuple[int, int, int]) -> None:
    drawing = Image.new("RGBA", seven.size, (*colour, 0))
    drawing.putalpha(Image.fromarray(255 - np.asarray(seven)))
    assert reader.read(drawing).text == "7"


def test_a_sheet_with_cut_corners_keeps_its_paper(seven: Image.Image, reader: Reader) -> None:
    sheet = seven.convert("RGBA")
    sheet.paste((0, 0, 0, 0), (0, 0, 30, 140))
    assert reader.read(sheet).text == "7"


# Where EXIF's orientation says that the first row and the first column of the file lie in the picture.
FIRST_ROW_AND_COLUMN = {
    1: ("top", "left"), 2: ("top", "right"), 3: ("bottom", "right"), 4: ("bottom", "left"),
    5: ("left", "top"), 6: ("right", "top"), 7: ("right", "bottom"), 8: ("left", "bottom"),
}  # fmt: skip


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_rotation_is_applied(mnist: Dataset, reader: Reader, orientation: int, kind: str) -> None:
    """Source: Exif 2.32, the tag Orientation."""
    upright = 255 - drawn.row(mnist, "27", 4)
    row, column = FIRST_ROW_AND_COLUMN[orientation]
    stored = upright if row in ("top", "bottom") else upright.T
    # A row of the file is a column of the picture where its first row lies at the left or right.
    stored = stored[:: -1 if row in ("bottom", "right") else 1, :: -1 if column in ("bottom", "right") else 1]
    exif = Image.Exif()
    exif[0x0112] = orientation
    picture = decode.decode(encoded(Image.fromarray(stored), kind, exif=exif))
    assert (picture.width, picture.height) == upright.shape[::-1]
    assert reader.read_picture(picture).text == "27"


@pytest.mark.parametrize("colour", [(0, 0, 0), (255, 255, 255)])
def test_ink_on_transparency_without_a_margin(mnist: Dataset, reader: Reader, colour: tuple[int, int, int]) -> None:
    """More of it is ink than not."""
    drawing = np.zeros((160, 40, 4), np.uint8)
    drawing[..., :3] = colour
    drawing[:, 4:36, 3] = 255
    drawing[:6, :12, 3] = drawing[-6:, 30:, 3] = 0
    assert reader.read(drawing).text == "1"


def test_a_broken_picture_in_pillow_s_hands(seven: Image.Image, reader: Reader) -> None:
    broken = Image.open(io.BytesIO(encoded(seven, "JPEG")[:-400]))
    with pytest.raises(PictureError, match=r"the picture: this picture cannot be decoded \(image file is truncated"):
        reader.read(broken)


def test_sixteen_bits_that_use_twelve(seven: Image.Image) -> None:
    deep = Image.fromarray(np.asarray(seven).astype(np.uint16) * 16)
    assert decode.decode(encoded(deep, "PNG")).pixels.max() == 255


def test_small_pictures_are_enlarged_and_large_ones_shrunk() -> None:
    small = decode.decode(np.zeros((12, 40), np.uint8))
    assert small.pixels.shape == (96, 320, 3)
    assert (small.width, small.height) == (40, 12)
    large = decode.decode(np.zeros((4000, 3000), np.uint8))
    assert large.pixels.shape[0] * large.pixels.shape[1] <= decode.MAX_PX
    assert large.pixels.shape[1] / large.width == pytest.approx(0.707, abs=0.01)


def test_an_image_given_is_not_changed(seven: Image.Image) -> None:
    photo = Image.open(io.BytesIO(encoded(seven.resize((4000, 4000)).convert("RGB"), "JPEG")))
    decode.decode(photo)
    assert photo.size == (4000, 4000)


def malformed(image: Image.Image) -> Iterator[tuple[str, bytes]]:
    """Files that are broken in every way that is easily made: cut short, overwritten, of the wrong kind."""
    rng = np.random.default_rng(0)
    for kind in ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP", "PPM"):
        whole = encoded(image.convert("RGB"), kind)
        for share in (0.02, 0.3, 0.9):
            yield f"{kind} cut at {share}", whole[: int(share * len(whole))]
        for at in (4, 12, len(whole) // 2):
            broken = bytearray(whole)
            broken[at : at + 40] = rng.bytes(40)
            yield f"{kind} overwritten at {at}", bytes(broken)
        yield f"{kind} head on noise", whole[:16] + rng.bytes(500)
    yield "nothing", b""
    yield "noise", rng.bytes(1000)
    yield "text", b"seven"
    yield "svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"
    yield "pdf", b"%PDF-1.4\n%%EOF"
    yield "zip", b"PK\x03\x04" + bytes(30)
    yield (
        "png without pixels",
        b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", b"\0\0\0\0\0\0\0\x05\x08\0\0\0\0") + _chunk(b"IEND", b""),
    )
    giant = (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", b"\0\1\0\0\0\1\0\0\x08\0\0\0\0")
        + _chunk(b"IDAT", zlib.compress(bytes(9)))
    )
    yield "png of 65,536 × 65,536 px", giant


def _chunk(name: bytes, data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + name + data + zlib.crc32(name + data).to_bytes(4, "big")


def test_malformed_files_give_a_page_or_one_line(seven: Image.Image, reader: Reader) -> None:
    """No other exception, no hang, no crash. What Pillow can still make sense of is read."""
    files = list(malformed(seven))
    assert len(files) >= 40
    said = []
    for name, content in files:
        try:
            page = reader.read(content)
            assert page.width > 0, name
        except MnistryError as error:
            said.append(str(error))
    assert len(said) > 25
    assert all(one.startswith("the picture: ") and "\n" not in one for one in said), said


def test_what_cannot_be_read_says_why(tmp_path: Path, seven: Image.Image) -> None:
    notes = tmp_path / "notes.txt"
    notes.write_text("5021")
    cut = tmp_path / "cut.png"
    cut.write_bytes(encoded(seven, "PNG")[:200])
    for source, said in (
        (tmp_path / "none.png", "none.png: no such file"),
        (notes, "notes.txt: not a picture: wanted PNG, JPEG, WebP, GIF, BMP, TIFF, PNM, AVIF, HEIC or PDF"),
        (cut, r"cut.png: this picture cannot be decoded \(.+\)"),
        (tmp_path, "cannot be read|Is a directory"),
    ):
        with pytest.raises(PictureError, match=said):
            decode.decode(source)
    with pytest.raises(PictureError, match="the picture: too many pixels: wanted at most 100 megapixels"):
        decode.decode(dict(malformed(seven))["png of 65,536 × 65,536 px"])


def test_odd_metadata_do_not_matter(seven: Image.Image, reader: Reader) -> None:
    """An orientation that is no number, and EXIF that is none at all."""
    text = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x02\0\x02\0\0\x006\0\0\0\0\0\0\0"
    for given in (text, b"Exif\0\0nonsense"):
        assert reader.read(encoded(seven.convert("RGB"), "JPEG", exif=given)).text == "7"


def test_arrays_and_images_are_bound_as_files_are() -> None:
    for source in (np.zeros((3, 1000), np.uint8), Image.new("L", (1000, 3))):
        with pytest.raises(LargePictureError, match="1000 × 3 px is too thin: wanted sides of at most 200 to 1"):
            decode.decode(source)
    with pytest.raises(LargePictureError, match="101 × 100 px are too many: wanted at most 0.01 megapixels"):
        decode.decode(np.zeros((100, 101), np.uint8), max_px=10_000)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="the peak is looked up in /proc")
@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "P", "CMYK", "I;16", "F"])
def test_memory_is_bounded_on_100_megapixels(tmp_path: Path, mnist: Dataset, mode: str) -> None:
    grey = np.full((10_000, 10_000), 255, np.uint8)
    grey[4000:6800, 4000:6800] = 255 - np.kron(drawn.row(mnist, "3", 10), np.ones((10, 10), np.uint8))
    image = Image.fromarray(grey.astype(np.uint16) * 257 if mode == "I;16" else grey)
    path = tmp_path / {"CMYK": "a.jpg", "F": "a.tif"}.get(mode, "a.png")
    (image if mode == "I;16" else image.convert(mode)).save(path)
    code = (  # not ru_maxrss, which begins with what pytest's own process has held
        "import sys, mnistry; print(mnistry.Reader().read(sys.argv[1]).text); "
        "print(*[line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')])"
    )
    done = subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True, check=True)
    text, peak_kb = done.stdout.split()
    assert text == "3"
    assert int(peak_kb) < 1_500_000
