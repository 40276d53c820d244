"""The truth of synthetic pages as COCO's JSON, which most detectors and viewers of labels read.

Boxes, in px, are left, upper edge, width and height of what can be seen of a glyph. Keys that COCO does not have:
`line` and `cell` number a glyph's line and the word or cell in it, null for none; `em_px` is the digit height of its
line, `seen` the share of it that can be seen.

Source: cocodataset.org/#format-data
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypedDict

import numpy as np

from mnistry.ocr.glyph_classes import DIGITS, GLYPHS, SIGNS
from mnistry.training.synthetic.pages.scene import Scene


class ImageJson(TypedDict):
    """A picture's file."""

    id: int
    file_name: str
    width: int
    height: int


class AnnotationJson(TypedDict):
    """A glyph in a picture; `area` is that of its box."""

    id: int
    image_id: int
    category_id: int
    bbox: list[float]
    area: float
    iscrowd: int
    line: int | None
    cell: int | None
    em_px: float
    seen: float


class CategoryJson(TypedDict):
    """A class of glyphs: `supercategory` is digit, sign or other."""

    id: int
    name: str
    supercategory: str


class CocoJson(TypedDict):
    """A whole file."""

    images: list[ImageJson]
    annotations: list[AnnotationJson]
    categories: list[CategoryJson]


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture's file, and the scenes in it, each with the column and row of its upper left corner."""

    file_name: str
    width: int
    height: int
    scenes: Sequence[tuple[Scene, int, int]]


def categories() -> list[CategoryJson]:
    """Return the classes of `GLYPHS`; their ids count from 1, as many programs take 0 for the background."""

    def above(name: str) -> str:
        return "digit" if name in DIGITS else "sign" if name in SIGNS else "other"

    return [{"id": k, "name": name, "supercategory": above(name)} for k, name in enumerate(GLYPHS, 1)]


def truth(pictures: Iterable[Picture]) -> CocoJson:
    """Return the truth of pictures; images and annotations are numbered from 1, in order."""
    images: list[ImageJson] = []
    annotations: list[AnnotationJson] = []
    for image_id, one in enumerate(pictures, 1):
        images.append({"id": image_id, "file_name": one.file_name, "width": one.width, "height": one.height})
        first_line = 0
        for scene, left, top in one.scenes:
            annotations.extend(_annotations(scene, left, top, image_id, len(annotations) + 1, first_line))
            first_line += int(scene.lines.max(initial=-1)) + 1
    return {"images": images, "annotations": annotations, "categories": categories()}


def _annotations(
    scene: Scene, left: int, top: int, image_id: int, first_id: int, first_line: int
) -> Iterator[AnnotationJson]:
    """Yield the glyphs of which at least a pixel can be seen."""
    boxes = scene.boxes.astype(float) + np.array([left, top, left, top])
    sizes = boxes[:, 2:] - boxes[:, :2]
    for number, k in enumerate(np.flatnonzero((sizes >= 1).all(axis=1) & (scene.seen > 0)), first_id):
        x, y, w, h = (round(float(px), 2) for px in (*boxes[k, :2], *sizes[k]))
        line, cell = int(scene.lines[k]), int(scene.cells[k])
        yield {
            "id": number,
            "image_id": image_id,
            "category_id": int(scene.glyphs[k]) + 1,
            "bbox": [x, y, w, h],
            "area": round(w * h, 2),
            "iscrowd": 0,
            "line": first_line + line if line >= 0 else None,
            "cell": cell if line >= 0 and cell >= 0 else None,
            "em_px": round(float(scene.em_px[k]), 2),
            "seen": round(float(scene.seen[k]), 3),
        }
