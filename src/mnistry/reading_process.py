"""Reads pictures in a separate process, so that no picture can exhaust memory, hang or crash the program.

    with ReadingProcess(Path("model.onnx")) as process:
        result = process.read(PictureTask("scan.jpg", "scan.jpg"))

A picture that takes too long, needs too much memory or crashes the process costs one `PictureError`; the next picture
is read by a new process.
"""

import importlib
import os
import sys
from concurrent.futures import BrokenExecutor
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from mnistry.errors import MnistryError, ModelError, PictureError, unforeseen
from mnistry.safety import bounded_process, memory
from mnistry.safety.bounded_process import BoundedProcess, LateError
from mnistry.safety.limits import LIMITS

if TYPE_CHECKING:  # numpy is loaded in the reading process
    from mnistry.detector.detector import Detector
    from mnistry.ocr.page import PageJson
    from mnistry.reader import Reader

BEGIN_S = 120.0  # for a process to load its libraries, which takes long the first time from a slow disk
MAX_THREADS = 8  # per library: more do not make reading faster, and their stacks count as memory
LIBRARIES = 2  # that start threads: OpenCV and ONNX Runtime
METHOD = "fork" if sys.platform == "linux" else "spawn"
_own: list["Reader"] = []  # one reader in each reading process, none in the parent


@dataclass(frozen=True)
class PictureTask:
    """A picture, as a path or the bytes of its file, and how to read it; `explain` asks for an HTML section too.

    `signs`, `expect` and `pattern` are those of `Reader.reread`.
    """

    source: str | bytes
    name: str
    min_confidence: float = 0.0
    explain: bool = False
    signs: bool = False
    expect: int | None = None
    pattern: str | None = None


@dataclass(frozen=True)
class PictureResult:
    """What was read: `page` as in the JSON output, and, if asked for, the HTML section that explains it."""

    page: "PageJson"
    explained: str | None


class ReadingProcess:
    """A process that reads pictures with one model; a context manager that ends the process on exit.

    Entering it raises `ModelError` if the model cannot be loaded, or does not answer once, within the limits.
    """

    def __init__(self, model: Path, reading_s: float = LIMITS.reading_s, detector: Path | None = None) -> None:
        self._model, self._reading_s, self._detector = model, reading_s, detector
        self._process: BoundedProcess | None = None

    def __enter__(self) -> Self:
        self._process = self._begun()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def read(self, task: PictureTask) -> PictureResult:
        """Read a picture. Raises `PictureError` if it cannot be read, or not within the limits."""
        process = self._process = self._process or self._begun()
        try:
            return process.do((_read, task), self._reading_s)
        except LateError as error:
            self._end()
            more = "allow more with --time-limit"
            raise PictureError(f"{task.name}: not read within {self._reading_s:g} s: {more}") from error
        except BrokenExecutor as error:
            self._end()
            raise PictureError(f"{task.name}: reading it failed: {error}") from error
        except MnistryError:
            raise
        except Exception as error:
            if os.environ.get("MNISTRY_DEBUG"):
                raise
            raise PictureError(f"{task.name}: {unforeseen(error)}") from error

    def _begun(self) -> BoundedProcess:
        # A user who allows more time for reading has a slow machine: loading the model gets more time too.
        return _begun(self._model, LIMITS.model_s * max(1.0, self._reading_s / LIMITS.reading_s), self._detector)

    def _end(self) -> None:
        if self._process:
            self._process.end()
        self._process = None


def check_model(model: Path) -> None:
    """Load a model and let it answer once, in a separate process. Raises `ModelError` if that fails.

    For programs that then run someone else's model in their own process.
    """
    with ReadingProcess(model):
        pass


def reader(
    model: Path, data: bytes | None = None, threads: int | None = None, detector: "Path | Detector | None" = None
) -> "Reader":
    """Return a reader that has answered once, so that everything it needs is loaded. Raises `ModelError`."""
    import cv2
    import numpy as np

    from mnistry.reader import Reader

    os.environ["LIBTIFF_JPEG_MAX_ALLOWED_SCAN_NUMBER"] = str(LIMITS.scans + 1)  # the lowest number that libtiff refuses
    if threads:
        cv2.setNumThreads(threads)
    found = Reader(model, threads, data=data, detector=detector)
    found.logits(np.zeros((2, *found.image_shape), np.uint8))
    if found.detector:
        found.detector.detect(np.zeros((64, 64, 3), np.uint8))
    return found


def _begun(model: Path, model_s: float, detector: Path | None = None) -> BoundedProcess:
    process = BoundedProcess(METHOD)
    try:
        process.do((_prepare,), BEGIN_S)
        process.do((_load, model, detector), model_s)
    except BaseException as error:
        process.end()
        if isinstance(error, LateError):
            raise ModelError(f"{model}: did not finish within {model_s:g} s") from error
        if isinstance(error, BrokenExecutor):
            raise ModelError(f"{model}: loading it failed: {error}") from error
        raise
    return process


def _prepare() -> None:
    bounded_process.prepare()
    bounded_process.mute_native_stderr()
    sys.stderr = None  # errors are raised, and printed by the parent
    for library in ("cv2", "onnxruntime", "mnistry.ocr.explain", "mnistry.reader"):  # the slow ones
        importlib.import_module(library)


def _load(model: Path, detector: Path | None) -> None:
    threads = min(os.cpu_count() or 1, MAX_THREADS)
    memory.bound(LIMITS.reading_bytes, LIBRARIES * threads)
    _own.append(reader(model, threads=threads, detector=detector))
    memory.bound(LIMITS.reading_bytes, LIBRARIES * threads)  # again, now that the model is loaded


def _read(task: PictureTask) -> PictureResult:
    from mnistry.ocr import explain

    with memory.said_of(task.name):
        picture = _own[0].decoded(task.source, task.name)
        page, seen = (
            _own[0].explained(picture, task.min_confidence, task.name)
            if task.explain
            else (_own[0].read_picture(picture, task.min_confidence, task.name), None)
        )
        page = _own[0].reread(
            page, task.min_confidence, signs=task.signs, expect=task.expect, pattern=task.pattern, name=task.name
        )
        return PictureResult(page.as_json(), explain.section(task.name, picture, page, seen) if task.explain else None)
