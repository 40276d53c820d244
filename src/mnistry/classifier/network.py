"""Runs a network with ONNX Runtime: every run has a time limit, and its outputs are checked."""

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
from mnistry.safety import regular_file
from mnistry.safety.limits import LIMITS

SILENT = 4  # severity of ONNX Runtime's log: everything that matters is raised as well
MAX_REASON = 200  # characters of ONNX Runtime's message
POLL_S = 0.5
IDLE_S = 10.0  # after which the watching thread ends if nothing runs
STUCK_S = 10.0  # for a run to end after `terminate` was set


class Network:
    """The graph in `model`, the bytes of an ONNX file; external weights are looked for in `folder`.

    `metadata` are the file's strings by key; `inputs` and `outputs` are (name, type, shape) of each, where the length
    of a dynamic axis is a name or None. Errors call the network `where`. `threads` limits its threads; 0 means one per
    core. Raises `ModelError` if `model` is not a model.
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
            # The fallback would use the same provider, and print that to stdout.
            self._session = onnxruntime.InferenceSession(model, options, ["CPUExecutionProvider"], enable_fallback=0)
            self.metadata: dict[str, str] = self._session.get_modelmeta().custom_metadata_map
            self.inputs = [(one.name, one.type, one.shape) for one in self._session.get_inputs()]
            self.outputs = [(one.name, one.type, one.shape) for one in self._session.get_outputs()]
        except UnicodeDecodeError as error:
            raise ModelError(f"{where}: not an ONNX model that can be run: a name in it is not UTF-8 text") from error
        except Exception as error:  # ONNX Runtime's exception classes have no common base
            raise ModelError(f"{where}: not an ONNX model that can be run: {_first_line(error)}") from error

    def run(self, outputs: Sequence[str], images: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
        """Return the named outputs for images (n, h, w, c), the graph's one input; each has n rows.

        Raises `ModelError` if the network fails, takes more than `LIMITS.run_s` seconds, or gives something else. A run
        can be ended only between two operators: an operator that never ends takes ending its process (`stuck`).
        """
        options = self._options()
        options.log_severity_level = SILENT
        try:
            with _watched(options, self._where):
                found = self._session.run(list(outputs), {self.inputs[0][0]: images}, options)
        except Exception as error:
            if options.terminate:
                raise ModelError(_late(self._where)) from error
            raise ModelError(f"{self._where}: fails to run: {_first_line(error)}") from error
        for name, array in zip(outputs, found, strict=True):
            if not isinstance(array, np.ndarray) or array.dtype != np.float32 or array.shape[:1] != images.shape[:1]:
                kind = f"{getattr(array, 'dtype', type(array).__name__)} {getattr(array, 'shape', '')}".strip()
                raise ModelError(f"{self._where}: returns {name} {kind} for {len(images)} images: wanted one row each")
        return found


def model_bytes(path: Path) -> bytes:
    """Return the bytes of a model's file. Raises `ModelError` if there is none, or it is too large."""
    try:
        return regular_file.read_bytes(path, LIMITS.model_bytes)
    except FileNotFoundError as error:
        raise ModelError(f"{path}: no such model file") from error
    except OSError as error:
        raise ModelError(f"{path}: cannot be read ({regular_file.why(error)})") from error


@dataclass(frozen=True)
class _Run:
    options: Any
    due: float
    where: str


stuck: Callable[[str], object] | None = None  # called with a message if a run cannot be ended
_running: dict[int, _Run] = {}
_lock = threading.Lock()
_watcher: threading.Thread | None = None


@contextmanager
def _watched(options: Any, where: str) -> Iterator[None]:
    """End a run that takes too long; one thread polls all runs."""
    global _watcher
    with _lock:
        _running[id(options)] = _Run(options, time.monotonic() + LIMITS.run_s, where)
        if _watcher is None or not _watcher.is_alive():  # a forked process has none either
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
            run.options.terminate = run.options.terminate or now > run.due  # takes effect between two operators
            if stuck and now > run.due + STUCK_S:
                stuck(_late(run.where))


def _late(where: str) -> str:
    return f"{where}: did not finish within {LIMITS.run_s:g} s"


def _first_line(error: Exception) -> str:
    return one_line((str(error).strip() or type(error).__name__).splitlines()[0][:MAX_REASON])
