"""Reads pictures in a separate process, so that no picture can exhaust memory, hang or crash the program.

    with ReadingProcess(Path("model.onnx")) as process:
        for result in process.read(PictureTask("scan.pdf", "scan.pdf")):
            ...

A page that takes too long, needs too much memory or crashes the process costs one `PictureError`; the next page is read
by a new process.
"""

import importlib
import os
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self, TypeVar

from mnistry.errors import MnistryError, ModelError, NoInkError, PictureError, unforeseen
from mnistry.reading_tasks import PageFailure, PageResult, PictureTask, begin, open_file, read_page
from mnistry.safety import bounded_process, memory
from mnistry.safety.bounded_process import BoundedProcess, LateError
from mnistry.safety.limits import LIMITS

if TYPE_CHECKING:  # numpy is loaded in the reading process
    from mnistry.detector.detector import Detector
    from mnistry.ocr.document import Pages
    from mnistry.reader import Reader

Kind = Literal["classifier", "detector"]
T = TypeVar("T")
BEGIN_S = 120.0  # for a process to load its libraries, which takes long the first time from a slow disk
MAX_THREADS = 8  # per library: more do not make reading faster, and their stacks count as memory
LIBRARIES = 2  # that start threads: OpenCV and ONNX Runtime
MAX_FAILED, MAX_ENDED = 20, 3  # pages of a file in a row that may fail, or even end their process
METHOD = "fork" if sys.platform == "linux" else "spawn"


class ReadingProcess:
    """A process that reads pictures with one model; a context manager that ends the process on exit.

    Entering it raises `ModelError` if the model cannot be loaded, or does not answer once, within the limits.
    """

    def __init__(self, model: Path, reading_s: float = LIMITS.reading_s, detector: Path | None = None) -> None:
        self._model, self._reading_s, self._detector = model, reading_s, detector
        self._file_s = LIMITS.file_s * reading_s / LIMITS.reading_s
        self._process: BoundedProcess | None = None

    def __enter__(self) -> Self:
        self._process = self._begun()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def read(self, task: PictureTask) -> Iterator[PageResult | PageFailure]:
        """Read the pages of a picture's file, one after the other; each may fail, or exceed the limits, alone.

        What is left out of a file is a failure too: pages beyond the limits, and those behind several that fail in a
        row, or a hostile file would take its time limit for each of its pages.
        """
        try:
            pages: Pages = self._done(task.name, open_file, task)
        except PictureError as error:
            yield PageFailure(None, str(error))
            return
        deadline, failed, ended = time.monotonic() + self._file_s, 0, 0
        for number in pages.numbers:
            late = f"the file has taken {self._file_s:g} s: allow more with --time-limit"
            why = late if time.monotonic() > deadline else f"{ended or failed} in a row failed"
            if why is late or ended == MAX_ENDED or failed == MAX_FAILED:
                yield PageFailure(number, f"{task.name}: page {number} and those behind it are not read: {why}")
                return
            result = self._read(task, number, pages.several)
            failed = failed + 1 if isinstance(result, PageFailure) else 0
            ended = ended + 1 if self._process is None else 0
            yield result
        if pages.left_out:
            yield PageFailure(pages.numbers[-1] + 1, pages.left_out)

    def _read(self, task: PictureTask, number: int, several: bool) -> PageResult | PageFailure:
        name = f"{task.name}#{number}" if several else task.name
        try:
            if self._process is None:  # the page before has ended it
                self._done(name, open_file, task)
            return self._done(name, read_page, number)
        except (PictureError, NoInkError) as error:
            return PageFailure(number if several else None, str(error))

    def _done(self, name: str, *task: Any) -> Any:
        """Run a task in the process. Raises `PictureError` if that fails, or takes more than the limits allow."""
        process = self._process = self._process or self._begun()
        try:
            return process.do(task, self._reading_s)
        except LateError as error:
            self._end()
            more = "allow more with --time-limit"
            raise PictureError(f"{name}: not read within {self._reading_s:g} s: {more}") from error
        except BrokenExecutor as error:
            self._end()
            raise PictureError(f"{name}: reading it failed: {error}") from error
        except MnistryError:
            raise
        except Exception as error:
            if os.environ.get("MNISTRY_DEBUG"):
                raise
            raise PictureError(f"{name}: {unforeseen(error)}") from error

    def _begun(self) -> BoundedProcess:
        # A user who allows more time for reading has a slow machine: loading the model gets more time too.
        model_s = LIMITS.model_s * max(1.0, self._reading_s / LIMITS.reading_s)
        process, _ = _begun(self._model, model_s, partial(_load, detector=self._detector))
        return process

    def _end(self) -> None:
        if self._process:
            self._process.end()
        self._process = None


def check_model(model: Path) -> Kind:
    """Load a model and let it answer once, in a separate process; returns its kind. Raises `ModelError` if that fails.

    For programs that then run someone else's model in their own process.
    """
    process, kind = _begun(model, LIMITS.model_s, _try_out)
    process.end()
    return kind


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


def _begun(model: Path, model_s: float, load: Callable[[Path], T]) -> tuple[BoundedProcess, T]:
    """Return a process that has loaded a model, and what `load` returned in it."""
    process = BoundedProcess(METHOD)
    try:
        process.do((_prepare,), BEGIN_S)
        found: T = process.do((load, model), model_s)
    except BaseException as error:
        process.end()
        if isinstance(error, LateError):
            raise ModelError(f"{model}: did not finish within {model_s:g} s") from error
        if isinstance(error, BrokenExecutor):
            raise ModelError(f"{model}: loading it failed: {error}") from error
        raise
    return process, found


def _prepare() -> None:
    bounded_process.prepare()
    bounded_process.mute_native_stderr()
    sys.stderr = None  # errors are raised, and printed by the parent
    for library in ("cv2", "onnxruntime", "mnistry.ocr.explain", "mnistry.reader"):  # the slow ones
        importlib.import_module(library)


def _load(model: Path, detector: Path | None) -> None:
    threads = min(os.cpu_count() or 1, MAX_THREADS)
    memory.bound(LIMITS.reading_bytes, LIBRARIES * threads)
    begin(reader(model, threads=threads, detector=detector))
    memory.bound(LIMITS.reading_bytes, LIBRARIES * threads)  # again, now that the model is loaded


def _try_out(model: Path) -> Kind:
    import numpy as np

    from mnistry.detector.detector import Detector, is_detector

    threads = min(os.cpu_count() or 1, MAX_THREADS)
    memory.bound(LIMITS.reading_bytes, LIBRARIES * threads)
    try:
        reader(model, threads=threads)
    except ModelError:
        if not is_detector(model):
            raise
        Detector(model, threads).detect(np.zeros((64, 64, 3), np.uint8))
        return "detector"
    return "classifier"
