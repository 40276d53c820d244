import hashlib
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest

from mnistry.errors import DataError
from mnistry.training.synthetic import fonts, nondigits

SANS = Path(mpl.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"


@pytest.fixture(autouse=True)
def one_font(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A cache that holds the one font that the list names."""
    monkeypatch.setenv("MNISTRY_CACHE", str(tmp_path))
    monkeypatch.setattr(fonts, "known", lambda: {"sans": ("1.0.0", hashlib.sha256(SANS.read_bytes()).hexdigest())})
    path = tmp_path / "fonts" / "sans-1.0.0.woff"
    path.parent.mkdir()
    shutil.copy(SANS, path)
    fonts._glyph.cache_clear()
    yield path
    fonts._glyph.cache_clear()


def test_digits_of_every_class_are_drawn_alike_often() -> None:
    split = fonts.digits(40, np.random.default_rng(0))
    assert split.images.shape == (40, 28, 28, 1)
    assert split.images.dtype == np.uint8
    assert np.array_equal(np.bincount(split.labels), [4] * 10)
    assert (split.images.max(axis=(1, 2, 3)) > 128).all()


def test_they_are_digits_to_the_bundled_model() -> None:
    from mnistry import Reader

    split = fonts.digits(100, np.random.default_rng(1))
    assert (Reader().classify(split.images).argmax(axis=1) == split.labels).mean() > 0.9


def test_the_same_seed_draws_the_same() -> None:
    first, again, other = (fonts.digits(10, np.random.default_rng(seed)).images for seed in (0, 0, 1))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_letters_are_none_that_pass_for_digits() -> None:
    assert not set(nondigits.LETTERS) & set("OIlZzSsqgboijy0123456789")
    assert fonts.letters(5, np.random.default_rng(0)).shape == (5, 28, 28, 1)


def test_a_font_that_was_changed_is_refused(one_font: Path) -> None:
    one_font.write_bytes(b"another")
    with pytest.raises(DataError, match=r"is not the font sans 1\.0\.0 \(SHA-256 differs\): remove it"):
        fonts.digits(1, np.random.default_rng(0))


def test_without_npm_the_error_names_the_package(one_font: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one_font.unlink()
    monkeypatch.setenv("PATH", "")
    with pytest.raises(DataError, match=r"come with npm, which is not installed: @fontsource/sans@1\.0\.0"):
        fonts.fetch("sans")


def test_what_npm_says_is_passed_on(one_font: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one_font.unlink()
    npm = one_font.parent / "npm"
    npm.write_text("#!/bin/sh\necho 'no such package' >&2\nexit 1\n")
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", f"{npm.parent}:/usr/bin:/bin")
    with pytest.raises(DataError, match=r"npm pack @fontsource/sans@1\.0\.0 gave no fonts: no such package"):
        fonts.fetch("sans")
    assert not one_font.exists()


def test_npm_s_archive_is_unpacked(one_font: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = one_font.parent / "package" / "files"
    package.mkdir(parents=True)
    one_font.rename(package / "sans-latin-400-normal.woff")
    subprocess.run(["tar", "czf", "kept.tgz", "package"], cwd=one_font.parent, check=True)
    npm = one_font.parent / "npm"
    npm.write_text(f"#!/bin/sh\ncp '{one_font.parent}/kept.tgz' sans.tgz\n")
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", f"{npm.parent}:/usr/bin:/bin")
    assert fonts.fetch("sans").read_bytes() == SANS.read_bytes()


@pytest.mark.parametrize("kept", ["another package", "no archive", "cut off"])
def test_an_archive_without_the_font_is_said(one_font: Path, monkeypatch: pytest.MonkeyPatch, kept: str) -> None:
    one_font.unlink()
    archive = one_font.parent / "kept.tgz"
    (one_font.parent / "package").mkdir()
    (one_font.parent / "package" / "readme").write_bytes(np.random.default_rng(0).bytes(5000))
    subprocess.run(["tar", "czf", archive, "package"], cwd=one_font.parent, check=True)
    whole = archive.read_bytes()
    archive.write_bytes({"another package": whole, "no archive": b"<html>", "cut off": whole[:2000]}[kept])
    npm = one_font.parent / "npm"
    npm.write_text(f"#!/bin/sh\ncp '{archive}' sans.tgz\n")
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", f"{npm.parent}:/usr/bin:/bin")
    said = r"^npm pack @fontsource/sans@1\.0\.0 gave no package/files/sans-latin-400-normal\.woff \("
    with pytest.raises(DataError, match=said):
        fonts.fetch("sans")
    assert not one_font.exists()


def test_the_list_is_of_open_fonts_with_checksums() -> None:
    rows = fonts.LIST.read_text(encoding="utf-8").splitlines()
    assert rows[0].split("\t") == ["name", "version", "licence", "sha256"]
    assert len(rows) > 50
    for row in rows[1:]:
        _, version, licence, sha256 = row.split("\t")
        assert version.count(".") == 2
        assert licence == "OFL-1.1"
        assert len(sha256) == 64
