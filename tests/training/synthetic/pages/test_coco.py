import json

import numpy as np
import pytest

from mnistry.ocr.glyph_classes import GLYPHS
from mnistry.training.synthetic.pages import coco
from mnistry.training.synthetic.pages.coco import Picture
from mnistry.training.synthetic.pages.scene import Scene


def page(*glyphs: tuple[str, tuple[float, float, float, float], float, int, int]) -> Scene:
    """A scene of 40×60 px with these: class, box, share seen, line, cell."""
    names, boxes, seen, lines, cells = zip(*glyphs, strict=True) if glyphs else ((), (), (), (), ())
    return Scene(
        np.zeros((40, 60, 3), np.uint8),
        np.zeros((40, 60), np.int16),
        np.array([GLYPHS.index(name) for name in names], np.int64),
        np.array(boxes, np.float32).reshape(-1, 4),
        np.full(len(names), 20.0, np.float32),
        np.array(seen, np.float32),
        np.array(lines, np.int64),
        np.array(cells, np.int64),
    )


TWO = page(("7", (1.5, 2, 11.25, 20), 1.0, 0, 0), ("€", (15, 2, 20, 20), 0.6, 1, 2))
DRAWING = page(("other", (0, 0, 10, 10), 1.0, -1, -1), ("5", (0, 0, 0, 9), 0.0, 0, 0))


def test_a_glyph_becomes_an_annotation() -> None:
    found = coco.truth([Picture("a.png", 60, 40, [(TWO, 0, 0)])])
    assert found["images"] == [{"id": 1, "file_name": "a.png", "width": 60, "height": 40}]
    assert found["annotations"][0] == {
        "id": 1,
        "image_id": 1,
        "category_id": 8,
        "bbox": [1.5, 2.0, 9.75, 18.0],
        "area": 175.5,
        "iscrowd": 0,
        "line": 0,
        "cell": 0,
        "em_px": 20.0,
        "seen": 1.0,
    }
    names = {one["id"]: one["name"] for one in found["categories"]}
    assert [names[one["category_id"]] for one in found["annotations"]] == ["7", "€"]


def test_categories_are_the_classes_of_glyphs() -> None:
    found = coco.categories()
    assert [one["name"] for one in found] == list(GLYPHS)
    assert [one["id"] for one in found] == list(range(1, len(GLYPHS) + 1))
    assert [found[k]["supercategory"] for k in (0, 9, 10, -1)] == ["digit", "digit", "sign", "other"]


def test_what_is_in_no_line_has_none_and_what_cannot_be_seen_is_left_out() -> None:
    (one,) = coco.truth([Picture("a.png", 60, 40, [(DRAWING, 0, 0)])])["annotations"]
    assert (one["line"], one["cell"], one["bbox"]) == (None, None, [0.0, 0.0, 10.0, 10.0])


def test_pictures_are_numbered_and_those_of_several_scenes_have_lines_of_their_own() -> None:
    sheet = Picture("sheet.png", 130, 40, [(TWO, 0, 0), (DRAWING, 0, 0), (TWO, 70, 5)])
    found = coco.truth([Picture("empty.png", 60, 40, [(page(), 0, 0)]), sheet])
    assert [one["id"] for one in found["images"]] == [1, 2]
    assert [one["image_id"] for one in found["annotations"]] == [2] * 5
    assert [one["id"] for one in found["annotations"]] == [1, 2, 3, 4, 5]
    assert [one["line"] for one in found["annotations"]] == [0, 1, None, 3, 4]
    assert found["annotations"][3]["bbox"] == [71.5, 7.0, 9.75, 18.0]


def test_the_truth_of_drawn_pages_is_plain_json(scenes: list[Scene]) -> None:
    pictures = [
        Picture(f"{k}.png", one.pixels.shape[1], one.pixels.shape[0], [(one, 0, 0)]) for k, one in enumerate(scenes)
    ]
    found = coco.truth(pictures)
    assert json.loads(json.dumps(found)) == found
    assert found == coco.truth(pictures)
    sizes = {one["id"]: (one["width"], one["height"]) for one in found["images"]}
    seen = sum(int((one.seen > 0).sum()) for one in scenes)
    assert 0.9 * seen < len(found["annotations"]) <= seen
    for one in found["annotations"]:
        x, y, w, h = one["bbox"]
        width, height = sizes[one["image_id"]]
        assert min(w, h) >= 0.99
        assert 0 <= x < x + w <= width + 0.01
        assert 0 <= y < y + h <= height + 0.01
        assert one["area"] == pytest.approx(w * h, abs=0.01)
