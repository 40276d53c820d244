"""Writes a detector's evaluation: its figures, and one self-contained HTML page that shows what it found."""

import base64
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from mnistry.assets import ASSETS
from mnistry.detector.detector import Detector
from mnistry.errors import needs_extra
from mnistry.evaluation import plots
from mnistry.ocr.glyph_classes import GLYPHS, OTHER
from mnistry.run.evaluation import PagesRecord
from mnistry.run.folder import Run
from mnistry.training.detector import judge
from mnistry.training.detector.evaluate import PagesEvaluation
from mnistry.training.detector.judge import Found
from mnistry.training.synthetic.pages.scene import Scene

TEMPLATE = ASSETS / "detector_report.html"
SHOWN = 6  # pages as they come, and as many with the most mistakes
JPEG_QUALITY = 85  # of pages with much grain: PNG would take ten times as much

Kind = Literal["right", "wrong", "missed", "false"]


@dataclass(frozen=True)
class Mark:
    """A box on a page, in px, and what is said of it."""

    kind: Kind
    left: float
    top: float
    width: float
    height: float
    label: str
    text: str


@dataclass(frozen=True)
class ShownPage:
    """A page of the report; `picture` is a data URI."""

    number: int
    width: int
    height: int
    picture: str
    marks: tuple[Mark, ...]

    def count(self, kind: Kind) -> int:
        """Return the number of marks of a kind."""
        return sum(mark.kind == kind for mark in self.marks)


def write(evaluation: PagesEvaluation, detector: Detector, folder: Path, history: Sequence[dict[str, float]]) -> None:
    """Write evaluation.json and report.html into a folder; each is replaced atomically, report.html last.

    `history` is that of the detector's run, for the learning curves; empty if there is none.
    """
    run = Run(folder)
    record = PagesRecord.of(detector.metadata.origin, evaluation.summary())
    run.write_json("evaluation.json", record.to_json())
    run.write_text("report.html", page(evaluation, detector, history))


def page(evaluation: PagesEvaluation, detector: Detector, history: Sequence[dict[str, float]]) -> str:
    """Return the report as one HTML page without external resources."""
    with needs_extra("report", "writing the report"):
        from jinja2 import Environment, StrictUndefined
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string(TEMPLATE.read_text(encoding="utf-8"))
    first, worst = chosen(evaluation)
    return template.render(
        figures=evaluation.summary(),
        metadata=detector.metadata,
        first=[shown(evaluation, k) for k in first],
        worst=[shown(evaluation, k) for k in worst],
        curves=_data_uri("image/svg+xml", plots.detector_curves(history).encode()) if len(history) > 1 else None,
    )


def chosen(evaluation: PagesEvaluation) -> tuple[list[int], list[int]]:
    """Return which pages are shown: the first, and of the others those with the most mistakes, worst first."""
    mistakes = [one.true + one.found - 2 * one.right for one in evaluation.verdicts]
    first = list(range(min(SHOWN, len(mistakes))))
    others = sorted(range(len(first), len(mistakes)), key=lambda k: -mistakes[k])
    return first, [k for k in others[:SHOWN] if mistakes[k]]


def shown(evaluation: PagesEvaluation, number: int) -> ShownPage:
    """Return a page with its marks."""
    scene, found = evaluation.pages[number], evaluation.found[number]
    height, width = scene.pixels.shape[:2]
    return ShownPage(number + 1, width, height, _jpeg(scene.pixels), tuple(marks(scene, found)))


def marks(scene: Scene, found: Found) -> Iterator[Mark]:
    """Yield a mark for each digit that was found or missed; those that count neither way have none."""
    by = judge.compare(scene, found)
    right = set(judge.rightly_found(scene, found, by).tolist())
    seen: set[int] = set()
    for k, (box, value) in enumerate(zip(found.boxes, found.values, strict=True)):
        partner = int(by.partner[k])
        if not by.counted[k]:
            continue
        if partner < 0 or not by.sure[partner]:
            what = "nothing" if partner < 0 else GLYPHS[scene.glyphs[partner]]
            yield _mark("false", box, str(value), f"{value} read where there is {_named(what)}")
        elif scene.glyphs[partner] == value and partner not in seen:
            seen.add(partner)
            yield _mark("right", box, "", f"{value}, found")
        elif partner in right:
            yield _mark("false", box, str(value), f"{value} read beside the {GLYPHS[scene.glyphs[partner]]}")
        else:
            seen.add(partner)
            yield _mark("wrong", box, str(value), f"{GLYPHS[scene.glyphs[partner]]}, read as {value}")
    for k in np.flatnonzero(by.sure):
        if int(k) not in seen:
            yield _mark("missed", scene.boxes[k], "", f"{GLYPHS[scene.glyphs[k]]}, missed")


def _named(glyph: str) -> str:
    if glyph == "nothing":
        return glyph
    return "another glyph" if glyph == OTHER else f"only a {glyph}"


def _mark(kind: Kind, box: NDArray[np.floating], label: str, text: str) -> Mark:
    left, top, right, bottom = (round(float(side), 1) for side in box)
    return Mark(kind, left, top, round(right - left, 1), round(bottom - top, 1), label, text)


def _jpeg(pixels: NDArray[np.uint8]) -> str:
    from PIL import Image

    data = io.BytesIO()
    Image.fromarray(pixels).save(data, "JPEG", quality=JPEG_QUALITY)
    return _data_uri("image/jpeg", data.getvalue())


def _data_uri(kind: str, data: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"
