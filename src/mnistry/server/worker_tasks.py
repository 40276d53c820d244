"""The processes that read: pictures, and tensors. It is many small steps, which threads of one would take in turn."""

import base64
import gc
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from mnistry import reading_process
from mnistry.ocr import decode
from mnistry.ocr.page import Digit, Rejected
from mnistry.reader import Reader
from mnistry.safety import bounded_process, memory
from mnistry.server import inference
from mnistry.server.middleware import log_as_json
from mnistry.server.problems import ProblemError

_own: list[Reader] = []  # one in each process, none in the server's


@dataclass(frozen=True)
class Asked:
    """A picture's file, and how it is to be read: `seen` wants each digit's own image in the answer too."""

    data: bytes
    name: str
    min_confidence: float
    max_px: int
    seen: bool = False


@dataclass(frozen=True)
class Reading:
    """An answer as JSON, made where the picture was read, and what it counts."""

    json: bytes
    digits: int
    rejected: int


def read(asked: Asked) -> Reading:
    """Read a picture, in one of the processes. Raises `PictureError` as `decode` does."""
    reader = _own[0]
    page = reader.read_picture(decode.decode(asked.data, max_px=asked.max_px), asked.min_confidence)
    said: dict[str, Any] = {"file": asked.name, **page.as_json(), "model": reader.path.name}
    if asked.seen:
        said["class_names"] = reader.class_names
        for line, entry in zip(page.lines, said["lines"], strict=True):
            _add_images(line.digits, entry["digits"])
        _add_images(page.rejected, said["rejected"])
    return Reading(orjson.dumps(said), len(page.digits), len(page.rejected))


def infer(max_images: int, bodies: list[bytes]) -> list[bytes | ProblemError]:
    """Answer infer requests, of at most so many images each, in one of the processes: all images together."""
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


def _add_images(found: tuple[Digit, ...] | tuple[Rejected, ...], entry: list[dict[str, Any]]) -> None:
    for one, said in zip(found, entry, strict=True):
        said["image"] = base64.b64encode(one.image.tobytes()).decode()


def begin(model: Path, data: bytes, memory_bytes: int) -> None:
    """What each process does first: make a reader of its own, and see to it that it ends with the server's.

    `data` are the model's bytes: its file may be another by the time that another process is begun. From then on a
    task may take so many bytes of memory more.
    """
    bounded_process.mute_native_stderr()  # it would be no line of JSON
    bounded_process.prepare()
    log_as_json()
    _own.append(reading_process.reader(model, data, threads=1))
    spare_the_collector()
    memory.bound(memory_bytes)


def spare_the_collector() -> None:
    """What is here now stays; and little that comes later goes round in circles, so it is seldom looked for."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 100)
