"""A network that ONNX Runtime runs: each run is bounded in time, and what it gives is checked."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnistry.errors import ModelError, one_line
from mnistry.safety.limits import LIMITS

SILENT = 4  # a severity of ONNX Runtime's log: what matters is raised as well
MAX_REASON = 200  # characters of what ONNX Runtime says
POLL_S = 0.5
IDLE_S = 10.0  # after which the watching thread ends
STUCK_S = 10.0  # for a run that is to end to be gone


class Network:
    """The graph in `model`, bytes of an ONNX file; weights that lie beside it are looked for in `folder`.

    `metadata` are its own strings by key; `inputs` and `outputs` are name, type and shape of each, where an axis that
    is open has a name, or None, for its length. Errors call it `where`. `threads` bounds those it uses, 0 is one a
    core. Raises `ModelError` if it is no model.
    """

    def __init__(self, model: bytes, folder: Path, threads: int, where: str) -> None:
        import onnxruntime  # on first use: it takes longer to load than the rest of the package

        self._where = where
        self._options = onnxruntime.RunOptions
        options = onnxruntime.SessionOptions()
        options.log_severity_level = SILENT
        options.intra_op_num_threads = threads
        options.add_session_config_entry("session.model_external_initializers_file_folder_path", str(folder))
        try:
            # It would fall back on the same provider, and print that on standard output.
            self._session = onnxruntime.InferenceSession(model, options, ["CPUExecutionProvider"], enable_fallback=0)
            self.metadata: dict[str, str] = self._session.get_modelmeta().custom_metadata_map
            self.inputs = [(one.name, one.type, one.shape) for one in self._session.get_inputs()]
            self.outputs = [(one.name, one.type, one.shape) for one in self._session.get_outputs()]
        except UnicodeDecodeError as error:
            raise ModelError(f"{where}: not an ONNX model that can be run: a name in it is no text (UTF-8)") from error
        except Exception as error:  # ONNX Runtime has an exception class for each status code, and no common one
            raise ModelError(f"{where}: not an ONNX model that can be run: {_first_line(error)}") from error

    def run(self, outputs: Sequence[str], images: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
        """Those outputs for images (n, h, w, c), each with n rows.

        Raises `ModelError` if the network fails, takes more than `LIMITS.run_s` seconds, or gives something else. It is
        ended between two of its operators: one that never ends by itself can only be ended with its process (`stuck`).
        """
        options = self._options()
        options.log_severity_level = SILENT
        try:
            with _watched(options, self._where):
                found = self._session.run(list(outputs), {"images": images}, options)
        except Exception as error:
            if options.terminate:
                raise ModelError(_late(self._where)) from error
            raise ModelError(f"{self._where}: fails as it runs: {_first_line(error)}") from error
        for name, array in zip(outputs, found, strict=True):
            if not isinstance(array, np.ndarray) or array.dtype != np.float32 or array.shape[:1] != images.shape[:1]:
                kind = f"{getattr(array, 'dtype', type(array).__name__)} {getattr(array, 'shape', '')}".strip()
                raise ModelError(f"{self._where}: gives {name} {kind} for {len(images)} images: wanted a row for each")
        return found


@dataclass(frozen=True)
class _Run:
    options: Any
    due: float
    where: str


stuck: Callable[[str], object] | None = None  # what a program does with a run that cannot be ended; it is told which
_running: dict[int, _Run] = {}
_lock = threading.Lock()
_watcher: threading.Thread | None = None


@contextmanager
def _watched(options: Any, where: str) -> Iterator[None]:
    """End a run that takes too long: one thread looks at all of them now and then."""
    global _watcher
    with _lock:
        _running[id(options)] = _Run(options, time.monotonic() + LIMITS.run_s, where)
        if _watcher is None or not _watcher.is_alive():  # not so in a process that was forked, either
            _watcher = threading.Thread(target=_watch, name="mnistry-watch", daemon=True)
            _watcher.start()
    try:
        yield
    finally:
        del _running[id(options)]


def _watch() -> None:
    global _watcher
    idle_since = time.monotonic()
    while True:
        time.sleep(POLL_S)
        now = time.monotonic()
        with _lock:
            runs = list(_running.values())
            if not runs and now - idle_since > IDLE_S:
                _watcher = None
                return
        idle_since = now if runs else idle_since
        for run in runs:
            run.options.terminate = run.options.terminate or now > run.due  # ends it between two of its operators
            if stuck and now > run.due + STUCK_S:
                stuck(_late(run.where))


def _late(where: str) -> str:
    return f"{where}: gave no answer within {LIMITS.run_s:g} s"


def _first_line(error: Exception) -> str:
    return one_line((str(error).strip() or type(error).__name__).splitlines()[0][:MAX_REASON])
