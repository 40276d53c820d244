import hashlib
import shutil
import subprocess
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import matplotlib as mpl
import pytest

from mnistry.errors import DataError
from mnistry.training.synthetic import fonts, page_fonts
from mnistry.training.synthetic.page_fonts import PageFont

DEJAVU = Path(mpl.get_data_path()) / "fonts" / "ttf"
SHA256 = {name: hashlib.sha256((DEJAVU / name).read_bytes()).hexdigest() for name in ("DejaVuSans.ttf", "cmtt10.ttf")}
SANS = PageFont("@fontsource/sans", "1.0.0", "OFL-1.1", "files/DejaVuSans.ttf", "print", "latin", "training",
                SHA256["DejaVuSans.ttf"])  # fmt: skip
MONO = PageFont("@fontsource/sans", "1.0.0", "OFL-1.1", "files/cmtt10.ttf", "print", "latin", "training",
                SHA256["cmtt10.ttf"])  # fmt: skip


@pytest.fixture(autouse=True)
def cached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cache that holds the two fonts that the list names."""
    monkeypatch.setenv("MNISTRY_CACHE", str(tmp_path))
    monkeypatch.setattr(page_fonts, "known", lambda: (SANS, MONO))
    page_fonts.characters.cache_clear()
    for font in (SANS, MONO):
        font.path.parent.mkdir(exist_ok=True)
        shutil.copy(DEJAVU / Path(font.file).name, font.path)


def npm_of_both(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    files = folder / "package" / "files"
    files.mkdir(parents=True)
    for font in (SANS, MONO):
        shutil.move(font.path, files / Path(font.file).name)
    subprocess.run(["tar", "czf", "kept.tgz", "package"], cwd=folder, check=True)
    npm = folder / "npm"
    npm.write_text(f"#!/bin/sh\necho \"$@\" >>'{folder}/calls'\ncp '{folder}/kept.tgz' sans.tgz\n")
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    return folder / "calls"


def test_a_package_s_fonts_come_of_one_call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = npm_of_both(tmp_path, monkeypatch)
    page_fonts.fetch_all((SANS, MONO))
    assert page_fonts.fetch(MONO).read_bytes() == (DEJAVU / "cmtt10.ttf").read_bytes()
    assert page_fonts.fetch(SANS).name == "DejaVuSans-1.0.0.ttf"
    assert calls.read_text() == "pack @fontsource/sans@1.0.0 --silent\n"


def test_only_what_is_missing_is_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    page_fonts.fetch_all((SANS, MONO))
    MONO.path.unlink()
    with pytest.raises(DataError, match=r"come with npm, which is not installed: @fontsource/sans@1\.0\.0"):
        page_fonts.fetch_all((SANS, MONO))


def test_a_font_that_was_changed_is_refused() -> None:
    SANS.path.write_bytes(b"another")
    said = (
        r"DejaVuSans-1\.0\.0\.ttf: is not files/DejaVuSans\.ttf of @fontsource/sans 1\.0\.0 \(SHA-256 differs\): "
        r"remove it to fetch it again$"
    )
    with pytest.raises(DataError, match=said):
        page_fonts.fetch(SANS)


def test_characters_are_those_with_ink() -> None:
    found = page_fonts.characters(SANS)
    assert set("0123456789.,-'/:+×÷=<>%()#*$€£ßжΩ") <= found
    assert not {" ", "\u00a0", "\u4e00"} & found


def test_a_glyph_drawn_as_the_missing_one_does_not_count() -> None:
    from fontTools.ttLib import TTFont

    with TTFont(SANS.path) as opened:
        names = opened.getBestCmap()
        for table in ("glyf", "hmtx"):
            opened[table][names[ord("8")]] = opened[table][".notdef"]
        opened.save(SANS.path)
    boxed = replace(SANS, sha256=hashlib.sha256(SANS.path.read_bytes()).hexdigest())
    assert set("0123456789") - page_fonts.characters(boxed) == {"8"}


def test_letters_of_segments_are_left_out() -> None:
    segments = replace(SANS, package="dseg", file="fonts/DSEG7-Classic/DejaVuSans.ttf")
    assert page_fonts.characters(segments) == set("0123456789-")
    assert segments.family == "DSEG7-Classic"
    assert SANS.family == "sans"


LISTED = page_fonts.known()


def test_the_list_is_of_open_fonts_with_checksums() -> None:
    assert {font.licence for font in LISTED} == {"OFL-1.1", "Apache-2.0"}
    assert all(font.version.count(".") == 2 and len(font.sha256) == 64 for font in LISTED)
    assert len({font.path for font in LISTED}) == len(LISTED) > 150
    assert {font.script for font in LISTED} == {"latin", "greek", "cyrillic", "arabic"}


def test_each_split_has_every_kind_and_script_in_families_of_its_own() -> None:
    splits: defaultdict[str, set[str]] = defaultdict(set)
    for font in LISTED:
        splits[font.family].add(font.split)
    assert all(len(found) == 1 for found in splits.values())
    for split in ("training", "validation", "figures"):
        assert {font.kind for font in LISTED if font.split == split} == {"hand", "print", "display"}
        assert {font.script for font in LISTED if font.split == split} == {"latin", "greek", "cyrillic", "arabic"}


def test_held_out_families_are_none_that_the_classifier_learns() -> None:
    assert not {font.family for font in LISTED if font.split != "training"} & set(fonts.known())
