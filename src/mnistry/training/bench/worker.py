"""Times one training run, in a process of its own.

`bench` starts this for each of its measurements. It trains as the command line would, keeps the weights of
every epoch next to the run, and prints one JSON object of times.
"""

import json
import os
import shutil
import statistics
import sys
import time
from dataclasses import dataclass
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from typing import Any

from mnistry.errors import MnistryError, RunError
from mnistry.safety.json_record import as_json, from_json
from mnistry.training.progress import Watch


@dataclass(frozen=True, kw_only=True)
class Order:
    """What to train: `threads` None for all, `run` the run's folder, `started` when the command was given."""

    recipe: str
    seed: int
    data: str
    epochs: int | None
    run: str
    threads: int | None
    started: float


@dataclass(frozen=True, kw_only=True)
class RunTiming:
    """The measured times of a run, and its accuracy on the test images."""

    seed: int
    first_step_s: float
    model_s: float
    report_s: float
    epoch_train_s: tuple[float, ...]
    step_s_median: float
    peak_memory_mb: float | None
    sgemm_gflop_s: float
    accuracy: float


class Stopwatch(Watch):
    """Records when steps finish, and copies each epoch's checkpoint before it is replaced."""

    def __init__(self, run: Path) -> None:
        self._run = run
        self.first_step: float | None = None
        self.steps = 1
        self.step_s: list[float] = []
        self.rows: list[dict[str, float]] = []
        self.peak_memory_mb: float | None = None
        self._last = 0.0

    def start(self, epochs: int, steps: int, history: list[dict[str, float]]) -> None:
        """Record the number of steps per epoch."""
        self.steps = steps

    def step(self, epoch: int, step: int, loss: float) -> None:
        """Record the time."""
        now = time.perf_counter()
        self.first_step = self.first_step or time.time()
        if step > 1:
            self.step_s.append(now - self._last)
        self._last = now

    def epoch(self, row: dict[str, float]) -> None:
        """Copy the epoch's weights, because the next epoch replaces the file."""
        shutil.copyfile(self._run / "checkpoint.npz", epoch_weights(self._run, len(self.rows) + 1))
        self.rows.append(row)
        self.peak_memory_mb = _peak_memory_mb()


def epoch_weights(run: Path, epoch: int) -> Path:
    """Return the path at which the weights of an epoch, counted from 1, are kept."""
    return run.with_name(f"{run.name}-epoch-{epoch}.npz")


def main() -> None:
    """Train as the first argument, a JSON object, specifies; an expected failure is one line on stderr."""
    try:
        print(json.dumps(as_json(_train(from_json(Order, json.loads(sys.argv[1]))))))
    except MnistryError as error:
        sys.exit(str(error))


def _train(order: Order) -> RunTiming:
    if order.threads:
        limit_threads(order.threads)
    hide_other_backends(os.environ["KERAS_BACKEND"])

    from mnistry.training import train

    watch = Stopwatch(Path(order.run))
    run = train(
        order.recipe,
        seed=order.seed,
        data=order.data,
        epochs=order.epochs,
        out=order.run,
        watch=watch,
        repeatable=False,
    )
    done = time.time()
    if (evaluation := run.evaluation) is None:
        raise RunError(f"{run.folder}: has no evaluation.json")
    train_s = [row["train_s"] for row in watch.rows]
    return RunTiming(
        seed=order.seed,
        first_step_s=round((watch.first_step or done) - order.started, 3),
        model_s=round(run.model.stat().st_mtime - order.started, 3),
        report_s=round(done - order.started, 3),
        epoch_train_s=tuple(train_s),
        step_s_median=statistics.median(watch.step_s or [train_s[0] / watch.steps]),
        peak_memory_mb=watch.peak_memory_mb,
        sgemm_gflop_s=round(sgemm_gflop_s(), 1),
        accuracy=evaluation.accuracy,
    )


def limit_threads(threads: int) -> None:
    """Limit this process to `threads` cores. Call it before any backend is loaded: they check the number once."""
    os.environ["OMP_NUM_THREADS"] = str(threads)
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])


def hide_other_backends(backend: str) -> None:
    """Pretend that only this backend is installed: Keras on torch loads tensorflow and jax if it finds them."""
    hidden = {"tensorflow", "jax"} - {backend}

    class Finder(PathFinder):
        @classmethod
        def find_spec(cls, fullname: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
            return None if fullname in hidden else super().find_spec(fullname, path, target)

    sys.meta_path[:] = [Finder if finder is PathFinder else finder for finder in sys.meta_path]


def sgemm_gflop_s(side: int = 2048) -> float:
    """Return torch's present speed of multiplying square float32 matrices: the best of ten, in GFLOP/s."""
    import torch

    a, b, out = (torch.ones(side, side) for _ in range(3))
    times = []
    for _ in range(10):
        started = time.perf_counter()
        torch.mm(a, b, out=out)
        times.append(time.perf_counter() - started)
    return 2 * side**3 / min(times) / 1e9


def _peak_memory_mb() -> float | None:
    """Return the peak memory of this process in MB (10⁶ bytes); None if the system does not report it."""
    status = Path("/proc/self/status")
    if status.exists():  # Linux' getrusage includes the parent, from before the program was loaded
        lines = dict(line.split(":", 1) for line in status.read_text().splitlines())
        return int(lines["VmHWM"].split()[0]) * 1024 / 1e6 if "VmHWM" in lines else None
    try:
        import resource
    except ImportError:  # Windows
        return None
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6  # macOS counts bytes
