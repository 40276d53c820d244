"""The tasks of the worker processes: reading pictures, classifying tensors.

They run in processes because the many small steps of a reading would take turns in the threads of one process.
"""

import base64
import gc
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NotRequired

import orjson

from mnistry import reading_process
from mnistry.detector.detector import Detector
from mnistry.ocr import decode, document, picture_file
from mnistry.ocr.document import UNNAMED, Pages
from mnistry.ocr.page import Digit, DigitJson, PageJson, Rejected, RejectedJson
from mnistry.ocr.text import with_signs
from mnistry.reader import Reader
from mnistry.safety import bounded_process, memory
from mnistry.server import detections_json, inference
from mnistry.server.detections_json import DetectionsJson
from mnistry.server.middleware import log_as_json
from mnistry.server.problems import ProblemError

_own: list[Reader] = []  # one in each worker process, none in the server's


@dataclass(frozen=True)
class Asked:
    """A picture's file, and how to read it; `seen` adds the page's own: each piece's image, and signs in the text.

    `layers` adds what the detector saw, if there is one. `number` is that of a page after the first; None for the
    first, with which the numbers of all are found.
    """

    data: bytes
    name: str
    min_confidence: float
    max_px: int
    seen: bool = False
    layers: bool = False
    number: int | None = None


class ReadJson(PageJson):
    """The answer to POST /read for one page; `class_names`, `page_count` and `detector` are for a browser's page."""

    file: str
    model: str
    class_names: NotRequired[list[str]]
    page_count: NotRequired[int]
    detector: NotRequired[DetectionsJson]


@dataclass(frozen=True)
class Reading:
    """A page's answer as JSON, serialized in the worker, its counts for the metrics, and the `pages` of its file."""

    json: bytes
    digits: int
    rejected: int
    pages: Pages


def read(asked: Asked) -> Reading:
    """Read a page of a picture's file, in a worker. Raises `PictureError` as `decode` does."""
    reader = _own[0]
    with picture_file.said_of(UNNAMED), document.opened(asked.data, UNNAMED, asked.max_px) as file:
        pages = file.pages if asked.number is None else Pages((asked.number,))
        picture = decode.decode_page(file, pages.numbers[0], enlarge=reader.detector is None)
        name = file.name(pages.numbers[0])
    page, detections = (
        reader.explained(picture, asked.min_confidence, name)
        if asked.layers
        else (reader.read_picture(picture, asked.min_confidence, name), None)
    )
    page = replace(page, number=pages.numbers[0] if pages.several else None)
    page = with_signs(page) if asked.seen else page
    said: ReadJson = {"file": asked.name, **page.as_json(), "model": reader.path.name}
    if asked.seen:
        said["class_names"], said["page_count"] = list(reader.class_names), len(pages.numbers)
        for line, entry in zip(page.lines, said["lines"], strict=True):
            _add_images(line.digits, entry["digits"])
        _add_images(page.rejected, said["rejected"])
    if detections:
        said["detector"] = detections_json.as_json(detections, page)
    return Reading(orjson.dumps(said), len(page.digits), len(page.rejected), pages)


def infer(max_images: int, bodies: list[bytes]) -> list[bytes | ProblemError]:
    """Answer infer requests of at most `max_images` images each, in a worker; all images are one batch."""
    reader = _own[0]
    asked = [_request(body, reader, max_images) for body in bodies]
    requests = [one for one in asked if isinstance(one, inference.Request)]
    outputs = inference.outputs(reader, [one.images for one in requests])
    answers = iter(map(inference.response, requests, outputs))
    return [one if isinstance(one, ProblemError) else next(answers) for one in asked]


def _request(body: bytes, reader: Reader, max_images: int) -> inference.Request | ProblemError:
    try:
        return inference.Request(body, reader, max_images)
    except ProblemError as problem:
        return problem


def _add_images(found: tuple[Digit, ...] | tuple[Rejected, ...], entry: list[DigitJson] | list[RejectedJson]) -> None:
    for one, said in zip(found, entry, strict=True):
        said["image"] = base64.b64encode(one.image.tobytes()).decode()


def begin(model: Path, data: bytes, detector: Detector | None, memory_bytes: int) -> None:
    """Start a worker: load a reader of its own, and make sure that the worker ends when the server does.

    `data` are the model's bytes: its file may have changed by the time a worker is replaced. From then on a task may
    use `memory_bytes` bytes of memory more.
    """
    bounded_process.mute_native_stderr()  # what C libraries print is not JSON
    bounded_process.prepare()
    log_as_json()
    _own.append(reading_process.reader(model, data, 1, detector))
    spare_the_collector()
    memory.bound(memory_bytes)


def spare_the_collector() -> None:
    """Make garbage collection rare: what exists now stays, and little that comes later is part of a cycle."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 100)
