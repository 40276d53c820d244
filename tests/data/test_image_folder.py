from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import EpsImagePlugin, Image

from mnistry.data import image_folder
from mnistry.data.dataset import Dataset
from mnistry.errors import DataError, DataWarning, NoInkError
from mnistry.lineage import Placement
from mnistry.reader import Reader


@pytest.fixture
def digit(mnist: Dataset) -> Image.Image:
    return Image.fromarray(mnist.train.images[7, ..., 0])


def saved(picture: Image.Image, path: Path) -> Path:
    picture.save(path)
    return path


def as_read(picture: Image.Image, path: Path, **options: Any) -> np.ndarray:
    picture.save(path, **options)
    return image_folder.read_picture(path)


@pytest.mark.parametrize("suffix", [".png", ".bmp", ".tif", ".gif"])
def test_a_picture_of_28_px_keeps_its_pixels(digit: Image.Image, tmp_path: Path, suffix: str) -> None:
    assert np.array_equal(as_read(digit, tmp_path / f"a{suffix}"), np.asarray(digit))


def test_dark_on_light_is_inverted(digit: Image.Image, tmp_path: Path) -> None:
    inverted = Image.fromarray(255 - np.asarray(digit))
    assert np.array_equal(as_read(inverted, tmp_path / "a.png"), np.asarray(digit))


def test_ink_on_transparency_is_ink_on_paper(digit: Image.Image, tmp_path: Path) -> None:
    drawn = Image.new("RGBA", digit.size)
    drawn.putalpha(digit)
    assert np.array_equal(as_read(drawn, tmp_path / "a.png"), np.asarray(digit))


@pytest.mark.parametrize("placement", ["mnist", "pad"])
@pytest.mark.parametrize("shade", [0, 255], ids=["black", "white"])
@pytest.mark.parametrize("mode", ["RGBA", "LA", "PA"])
def test_ink_on_transparency_is_seen_as_drawn(
    digit: Image.Image, tmp_path: Path, mode: str, shade: int, placement: Placement
) -> None:
    large = digit.resize((112, 112))
    drawn = Image.new("RGBA", large.size, (shade, shade, shade, 0))
    drawn.putalpha(large)
    (drawn.convert(mode) if mode != "PA" else drawn.quantize(64)).save(tmp_path / "a.png")
    found = image_folder.read_picture(tmp_path / "a.png", placement).astype(float)
    expected = image_folder.read_picture(saved(large, tmp_path / "b.png"), placement).astype(float)
    assert np.corrcoef(found.ravel(), expected.ravel())[0, 1] > 0.97


@pytest.mark.parametrize("placement", ["mnist", "pad"])
@pytest.mark.parametrize("side", [28, 112])
def test_deep_grey_is_seen_as_reading_sees_it(
    digit: Image.Image, tmp_path: Path, side: int, placement: Placement
) -> None:
    grey = np.asarray(digit.resize((side, side)))
    expected = image_folder.read_picture(saved(Image.fromarray(grey), tmp_path / "8.png"), placement).astype(int)
    deep = {
        "12.png": Image.fromarray(grey.astype(np.uint16) << 4),  # 12 bits in 16
        "share.tif": Image.fromarray(grey.astype(np.float32) / 255),
        "wide.tif": Image.fromarray(grey.astype(np.float32) * 100),
        "whole.tif": Image.fromarray(grey.astype(np.int32) * 16),
    }
    for name, picture in deep.items():
        found = image_folder.read_picture(saved(picture, tmp_path / name), placement).astype(int)
        assert np.abs(found - expected).max() <= 4, name


def test_sixteen_bits(digit: Image.Image, tmp_path: Path) -> None:
    deep = Image.fromarray(np.asarray(digit).astype(np.uint16) * 257)
    assert np.array_equal(as_read(deep, tmp_path / "a.png"), np.asarray(digit))


def test_exif_rotation_is_applied(digit: Image.Image, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned a quarter clockwise
    turned = as_read(digit.convert("RGB"), tmp_path / "a.png", exif=exif)
    assert np.array_equal(turned, np.rot90(np.asarray(digit), -1))


def test_other_sizes_keep_their_aspect(tmp_path: Path) -> None:
    bar = Image.new("L", (40, 120), "white")
    bar.paste(0, (15, 10, 25, 110))
    scaled = image_folder.read_picture(saved(bar, tmp_path / "a.png"), "pad")
    assert scaled.shape == (28, 28)
    rows, columns = np.flatnonzero(scaled.max(axis=1) > 127), np.flatnonzero(scaled.max(axis=0) > 127)
    assert np.ptp(rows) > 8 * np.ptp(columns)
    assert scaled[:, :6].max() == 0  # padded with paper, which is black by now


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\n", b"text"], ids=["empty", "cut", "text"])
def test_what_is_no_picture_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(content)
    said = r"a\.png: not a picture: wanted PNG, JPEG, WebP, GIF, BMP, TIFF, PNM, AVIF or HEIC: fix or remove it$"
    with pytest.raises(DataError, match=said):
        image_folder.read_picture(path)


def test_no_other_program_is_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pillow has Ghostscript draw an EPS, whatever the file is called."""
    started = tmp_path / "started"
    script = tmp_path / "gs"
    script.write_text(f"#!/bin/sh\n: > {started}\n")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(EpsImagePlugin, "gs_binary", None)  # looked up again
    eps = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 20 20\n%%EndComments\nshowpage\n%%EOF\n"
    (tmp_path / "z.png").write_bytes(eps)
    with pytest.raises(DataError, match=r"z\.png: not a picture"):
        image_folder.read_picture(tmp_path / "z.png")
    assert not started.exists()
    with Image.open(tmp_path / "z.png") as unbound, suppress(OSError):
        unbound.load()
    assert started.exists(), "the test would not have noticed"


def test_a_very_large_picture_is_shrunk_on_the_way(tmp_path: Path) -> None:
    """To what it is when it is shrunk at once, except for rounding."""
    small = np.full((60, 60), 255, np.uint8)
    small[10:50, 27:33] = 0
    large = Image.fromarray(np.kron(small, np.ones((100, 100), np.uint8)))
    expected = as_read(Image.fromarray(small), tmp_path / "small.png").astype(int)
    for mode in ("L", "P", "RGBA"):
        found = as_read(large.convert(mode), tmp_path / "large.png").astype(int)
        assert np.abs(found - expected).max() < 40, mode


def test_warnings_of_odd_metadata_are_kept_back(
    digit: Image.Image, tmp_path: Path, recwarn: pytest.WarningsRecorder
) -> None:
    damaged = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x0f\x01\x02\0\xff\xff\xff\x7f\xff\xff\xff\x7f"
    as_read(digit.convert("RGB"), tmp_path / "a.jpg", exif=damaged)
    assert not recwarn.list


def test_a_truncated_picture_is_named(digit: Image.Image, tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    digit.save(path)
    path.write_bytes(path.read_bytes()[:-60])
    with pytest.raises(DataError, match=r"a\.png: this picture cannot be decoded"):
        image_folder.read_picture(path)


def test_classes_in_natural_order_and_odd_files_passed_over(digit: Image.Image, tmp_path: Path) -> None:
    for name in ("10", "9", "alpha", ".hidden"):
        (tmp_path / name).mkdir()
        digit.save(tmp_path / name / "a.PNG")
    (tmp_path / "9" / "Thumbs.db").write_bytes(b"no picture")
    (tmp_path / "9" / "._a.png").write_bytes(b"no picture")
    said = rf"^{tmp_path}: skipped 1 folder \(\.hidden\): hidden, a link, or with runs in it$"
    with pytest.warns(DataWarning, match=said):
        found = image_folder.read(tmp_path)
    assert found.class_names == ("9", "10", "alpha")
    assert found.labels.tolist() == [0, 1, 2]
    assert found.images.shape == (3, 28, 28, 1)


def test_too_few_classes(digit: Image.Image, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no class folders: wanted a folder of pictures for each of two"):
        image_folder.read(tmp_path)
    (tmp_path / "a").mkdir()
    digit.save(tmp_path / "a" / "a.png")
    with pytest.raises(DataError, match=r"one class only \(a\): wanted a folder of pictures for each of two"):
        image_folder.read(tmp_path)
    (tmp_path / "b").mkdir()
    with pytest.raises(
        DataError, match=r"b: no pictures in it: wanted PNG, JPEG, WebP, GIF, BMP, TIFF, PNM, AVIF or HEIC$"
    ):
        image_folder.read(tmp_path)


def test_pictures_are_placed_as_reading_places_them(mnist: Dataset, tmp_path: Path) -> None:
    reader = Reader()
    for i, image in enumerate(mnist.validation.images[:10, ..., 0]):
        large = np.kron(255 - image, np.ones((3, 3), np.uint8))
        file = saved(Image.fromarray(np.pad(large, ((5, 80), (60, 5)), constant_values=255)), tmp_path / f"{i}.png")
        (digit,) = reader.read(file).digits
        assert np.array_equal(image_folder.read_picture(file), digit.image)
        assert not np.array_equal(image_folder.read_picture(file, "pad"), digit.image)


def test_pictures_in_subfolders_of_a_class_count(digit: Image.Image, tmp_path: Path) -> None:
    for name in ("a/1.png", "a/more/2.jfif", "a/more/deep/3.avif", "b/1.png"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        digit.convert("RGB").save(tmp_path / name, "PNG")
    assert image_folder.read(tmp_path).labels.tolist() == [0, 0, 0, 1]


def test_what_is_skipped_is_counted_in_one_line(digit: Image.Image, tmp_path: Path) -> None:
    for name in ("a/1.png", "b/1.png", "a/notes.txt", "b/x.psd", "labels.csv", "b/.hidden.png"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        digit.save(tmp_path / name, "PNG")
    with pytest.warns(DataWarning) as said:
        image_folder.read(tmp_path)
    skipped = "skipped 4 files (labels.csv, a/notes.txt, b/.hidden.png, …): not called pictures, or hidden"
    assert [str(one.message) for one in said] == [f"{tmp_path}: {skipped}"]


def test_a_blank_picture_is_a_blank_image_and_said(digit: Image.Image, tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        digit.resize((90, 90)).save(tmp_path / name / "1.png")
    blank = saved(Image.new("L", (60, 60), "white"), tmp_path / "b" / "2.png")
    with pytest.warns(
        DataWarning, match=rf"^{tmp_path}: found no ink in 1 picture \(b/2\.png\): taken as blank images$"
    ):
        found = image_folder.read(tmp_path)
    assert found.images[:2].max() > 200
    assert found.images[2].max() == 0
    with pytest.raises(NoInkError, match=r"2\.png: no ink in it: wanted a picture of one symbol$"):
        image_folder.read_picture(blank)
