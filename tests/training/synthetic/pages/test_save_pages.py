import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mnistry.training.synthetic.pages import save_pages, scene
from mnistry.training.synthetic.pages.materials import Materials
from mnistry.training.synthetic.pages.scene import Scene


@pytest.fixture(scope="module")
def alike(materials: Materials) -> list[Scene]:
    return [scene.draw(40, 64, materials, np.random.default_rng(k), em_px=20.0) for k in range(5)]


def test_a_sheet_and_what_is_on_it(alike: list[Scene], tmp_path: Path) -> None:
    out, truth = tmp_path / "sheet.png", tmp_path / "truth.json"
    save_pages.as_sheet(alike, out)
    assert [path.name for path in tmp_path.iterdir()] == ["sheet.png"]
    save_pages.as_sheet(alike, out, boxes=True, truth=truth)
    found = json.loads(truth.read_text(encoding="utf-8"))
    with Image.open(out) as picture:
        assert found["images"] == [
            {"id": 1, "file_name": "sheet.png", "width": picture.width, "height": picture.height}
        ]
    assert found["annotations"]


def test_a_folder_has_a_picture_per_page_and_their_truth(alike: list[Scene], tmp_path: Path) -> None:
    save_pages.as_folder(iter(alike), tmp_path)
    found = json.loads((tmp_path / "coco.json").read_text(encoding="utf-8"))
    names = [one["file_name"] for one in found["images"]]
    assert names == [f"page-{k:05}.png" for k in range(5)]
    assert {path.name for path in tmp_path.iterdir()} == {*names, "coco.json"}
    for name, one in zip(names, alike, strict=True):
        with Image.open(tmp_path / name) as picture:
            assert np.array_equal(np.array(picture), one.pixels)


def test_pages_are_written_one_by_one(alike: list[Scene], tmp_path: Path) -> None:
    def counted() -> object:
        for number, one in enumerate(alike):
            assert len(list(tmp_path.iterdir())) == number
            yield one

    save_pages.as_folder(counted(), tmp_path)  # pyright: ignore[reportArgumentType]
    assert len(list(tmp_path.iterdir())) == len(alike) + 1


def test_the_same_pages_give_the_same_files(alike: list[Scene], tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        save_pages.as_folder(alike, tmp_path / folder)
        save_pages.as_sheet(alike, tmp_path / folder / "sheet.png", truth=tmp_path / folder / "truth.json")
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()
