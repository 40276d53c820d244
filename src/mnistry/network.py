"""A network that ONNX Runtime runs: each run is bounded in time, and what it gives is checked."""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnistry.errors import ModelError, one_line
from mnistry.limits import LIMITS

SILENT = 4  # a severity of ONNX Runtime's log: what matters is raised as well
MAX_REASON = 200  # characters of what ONNX Runtime says
POLL_S = 0.5
IDLE_S = 10.0  # after which the watching thread ends


class Network:
    """The graph in `model`, bytes of an ONNX file; weights that lie beside it are looked for in `folder`.

    Errors call it `where`. `threads` bounds those it uses, 0 is one a core. Raises `ModelError` if it is no model.
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
            self._session = onnxruntime.InferenceSession(model, options, ["CPUExecutionProvider"])
        except Exception as error:  # ONNX Runtime has an exception class for each status code, and no common one
            raise ModelError(f"{where}: not an ONNX model that can be run: {_first_line(error)}") from error

    @property
    def metadata(self) -> dict[str, str]:
        """The model's own strings, by key."""
        return self._session.get_modelmeta().custom_metadata_map

    @property
    def inputs(self) -> list[tuple[str, str, list[Any]]]:
        """Name, type and shape of each input; an axis that is open has a name, or None, for its length."""
        return [(one.name, one.type, one.shape) for one in self._session.get_inputs()]

    @property
    def outputs(self) -> list[tuple[str, str, list[Any]]]:
        """As `inputs`, of the outputs."""
        return [(one.name, one.type, one.shape) for one in self._session.get_outputs()]

    def run(self, outputs: Sequence[str], images: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
        """Those outputs for images (n, h, w, c), each with n rows.

        Raises `ModelError` if the network fails, takes more than `LIMITS.run_s` seconds, or gives something else.
        """
        options = self._options()
        options.log_severity_level = SILENT
        try:
            with _watched(options):
                found = self._session.run(list(outputs), {"images": images}, options)
        except Exception as error:
            if options.terminate:
                raise ModelError(f"{self._where}: gave no answer within {LIMITS.run_s:g} s") from error
            raise ModelError(f"{self._where}: fails as it runs: {_first_line(error)}") from error
        for name, array in zip(outputs, found, strict=True):
            if not isinstance(array, np.ndarray) or array.dtype != np.float32 or array.shape[:1] != images.shape[:1]:
                kind = f"{getattr(array, 'dtype', type(array).__name__)} {getattr(array, 'shape', '')}".strip()
                raise ModelError(f"{self._where}: gives {name} {kind} for {len(images)} images: wanted a row for each")
        return found


_running: dict[int, tuple[Any, float]] = {}  # options of what runs now, and when it must have ended
_starting = threading.Lock()
_watcher: threading.Thread | None = None


@contextmanager
def _watched(options: Any) -> Iterator[None]:
    """End a run that takes too long: one thread looks at all of them now and then, which costs a run nothing."""
    global _watcher
    _running[id(options)] = options, time.monotonic() + LIMITS.run_s
    if _watcher is None or not _watcher.is_alive():  # not so in a process that was forked, either
        with _starting:
            if _watcher is None or not _watcher.is_alive():
                _watcher = threading.Thread(target=_watch, name="mnistry-watch", daemon=True)
                _watcher.start()
    try:
        yield
    finally:
        del _running[id(options)]


def _watch() -> None:
    idle_since = time.monotonic()
    while _running or time.monotonic() - idle_since < IDLE_S:
        time.sleep(POLL_S)
        if _running:
            idle_since = time.monotonic()
        for options, due in list(_running.values()):
            if time.monotonic() > due:
                options.terminate = True


def _first_line(error: Exception) -> str:
    return one_line((str(error).strip() or type(error).__name__).splitlines()[0][:MAX_REASON])
