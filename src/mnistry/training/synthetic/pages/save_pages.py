"""Writes synthetic pages to files: one contact sheet, or a folder of pictures with their truth."""

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mnistry.safety.atomic_write import replace
from mnistry.training.synthetic.pages import coco, contact_sheet
from mnistry.training.synthetic.pages.scene import Scene

TRUTH = "coco.json"


def as_sheet(scenes: Sequence[Scene], out: Path, *, boxes: bool = False, truth: Path | None = None) -> None:
    """Write scenes of one size as one PNG, and what is on it as COCO JSON, if `truth` names a file."""
    pixels, picture = contact_sheet.sheet(scenes, out.name, boxes=boxes)
    _write_png(out, pixels)
    if truth:
        _write_json(truth, coco.truth([picture]))


def as_folder(scenes: Iterable[Scene], folder: Path) -> None:
    """Write each scene as a PNG into a folder, and last of all `coco.json`, which names them. One is held at a time."""

    def written() -> Iterator[coco.Picture]:
        for number, scene in enumerate(scenes):
            name = f"page-{number:05}.png"
            _write_png(folder / name, scene.pixels)
            height, width = scene.pixels.shape[:2]
            yield coco.Picture(name, width, height, [(scene, 0, 0)])

    _write_json(folder / TRUTH, coco.truth(written()))


def _write_png(path: Path, pixels: NDArray[np.uint8]) -> None:
    from PIL import Image

    replace(path, Image.fromarray(pixels).save)


def _write_json(path: Path, truth: coco.CocoJson) -> None:
    replace(path, lambda part: part.write_text(json.dumps(truth, ensure_ascii=False) + "\n", encoding="utf-8"))
