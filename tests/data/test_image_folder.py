from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import EpsImagePlugin, Image

from mnistry.data import image_folder
from mnistry.data.dataset import Dataset
from mnistry.errors import DataError


@pytest.fixture
def digit(mnist: Dataset) -> Image.Image:
    return Image.fromarray(mnist.train.images[7, ..., 0])


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
    scaled = as_read(bar, tmp_path / "a.png")
    assert scaled.shape == (28, 28)
    rows, columns = np.flatnonzero(scaled.max(axis=1) > 127), np.flatnonzero(scaled.max(axis=0) > 127)
    assert np.ptp(rows) > 8 * np.ptp(columns)
    assert scaled[:, :6].max() == 0  # padded with paper, which is black by now


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\n", b"text"], ids=["empty", "cut", "text"])
def test_what_is_no_picture_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(content)
    said = r"a\.png: not a picture: wanted PNG, JPEG, WebP, GIF, BMP, TIFF or PNM: mend or remove it$"
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
    """To what it is when it is shrunk at once, but for rounding."""
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
    with pytest.raises(DataError, match=r"b: no pictures in it: wanted \.bmp, \.gif, \.jpeg"):
        image_folder.read(tmp_path)
