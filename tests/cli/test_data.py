"""`mnistry data pages`; the other commands are tested where what they show is."""

import json
import os
from pathlib import Path

import pytest
from PIL import Image

from conftest import Cli
from mnistry.cli import data
from mnistry.errors import MissingExtraError
from mnistry.training.synthetic.pages import materials
from page_materials import dejavu_materials


@pytest.fixture
def without_network(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """Pages are of fonts at hand; returns which splits were asked for, and the number of their digits."""
    asked: list[tuple[str, int]] = []

    def at_hand(split: str, digits: object) -> materials.Materials:
        asked.append((split, len(digits)))  # pyright: ignore[reportArgumentType]
        return dejavu_materials(data_set)

    from mnistry.data import load_dataset

    data_set = load_dataset()
    monkeypatch.setattr(materials, "materials", at_hand)
    return asked


def test_a_sheet(without_network: list[tuple[str, int]], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, truth = tmp_path / "sheet.png", tmp_path / "truth.json"
    data.pages(out, count=6, seed=4, width=64, height=48, truth=truth)
    assert capsys.readouterr().out == f"{out}\n"
    first = out.read_bytes()
    with Image.open(out) as picture:
        assert picture.size == (2 * 64 + 4, 3 * 48 + 2 * 4)
    assert json.loads(truth.read_text(encoding="utf-8"))["images"][0]["file_name"] == "sheet.png"
    data.pages(out, count=6, seed=4, width=64, height=48)
    assert out.read_bytes() == first
    data.pages(out, count=6, seed=5, width=64, height=48)
    assert out.read_bytes() != first


def test_a_folder_has_the_same_pages_however_many(without_network: list[tuple[str, int]], tmp_path: Path) -> None:
    for folder, count in (("three", 3), ("two", 2)):
        data.pages(tmp_path / folder, count=count, width=64, height=48)
    names = {path.name for path in (tmp_path / "three").iterdir()}
    assert names == {"coco.json", "page-00000.png", "page-00001.png", "page-00002.png"}
    for path in (tmp_path / "two").glob("*.png"):
        assert path.read_bytes() == (tmp_path / "three" / path.name).read_bytes()


def test_each_split_is_of_digits_of_its_own(without_network: list[tuple[str, int]], tmp_path: Path) -> None:
    for split in ("training", "validation", "figures"):
        data.pages(tmp_path / "a.png", count=1, split=split, width=32, height=32)
    assert without_network == [("training", 55_000), ("validation", 5_000), ("figures", 10_000)]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--out", "a.jpg"), "--out a.jpg: wanted a name that ends in .png, for a sheet, or a folder's, without a dot"),
        (("--out", "no/a.png"), "--out no/a.png: there is no folder no"),
        (("--out", "no/pages"), "--out no/pages: there is no folder no"),
        (("--out", "pages", "--boxes", "--truth", "a.json"), "--out pages: a folder gets each page as it is, and coco.json: leave out --boxes, --truth"),
        (("--out", "a.png", "--truth", "a.txt"), "--truth a.txt: wanted a name that ends in .json"),
        (("--out", "a.png", "--truth", "no/a.json"), "--truth no/a.json: there is no folder no"),
        (("--out", "a.png", "--count", "5000", "--width", "400", "--height", "300"), "--count 5000: a sheet of pages of 400×300 px would have 600 megapixels, at most 100 are drawn: give fewer or smaller pages, or a folder with --out"),
        (("--out", "a.png", "--split", "test"), "--split test: wanted training, validation or figures"),
        (("--out", "a.png", "--width", "8"), "Invalid value for '--width': Input should be greater than or equal to 32"),
    ],
)  # fmt: skip
def test_wrong_use_of_pages_is_one_line(words: tuple[str, ...], message: str, tmp_path: Path, cli: Cli) -> None:
    done = cli("data", "pages", *words, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"error: {message}\n"
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["pages", "file"])
def test_pages_go_into_no_folder_that_holds_something(name: str, tmp_path: Path, cli: Cli) -> None:
    (tmp_path / "pages").mkdir()
    for path in (tmp_path / "pages" / "mine.png", tmp_path / "file"):
        path.write_text("kept")
    done = cli("data", "pages", "--out", name, cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr == f"error: --out {name}: is there already: wanted a new or an empty folder\n"
    assert (tmp_path / "pages" / "mine.png").read_text() == (tmp_path / "file").read_text() == "kept"


def test_without_npm_it_says_what_is_missing(tmp_path: Path, cli: Cli) -> None:
    cache = tmp_path / "cache"
    done = cli("data", "pages", "--out", tmp_path / "a.png", env={"MNISTRY_CACHE": str(cache), "PATH": os.devnull})
    assert (done.returncode, done.stdout) == (1, "")
    assert "come with npm, which is not installed" in done.stderr
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "a.png").exists()


def test_without_the_training_extra_it_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def missing(split: str, digits: object) -> None:
        raise ModuleNotFoundError("No module named 'fontTools'", name="fontTools")

    monkeypatch.setattr(materials, "materials", missing)
    wanted = r"^drawing pages needs fontTools, which is not installed: pip install 'mnistry\[train\]'$"
    with pytest.raises(MissingExtraError, match=wanted):
        data.pages(tmp_path / "pages", count=1)
    assert not list(tmp_path.iterdir())
