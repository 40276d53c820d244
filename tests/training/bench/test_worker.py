import os
import subprocess
import sys
from pathlib import Path

import pytest

from mnistry.training.bench import worker
from mnistry.training.bench.worker import Stopwatch


def python(code: str, folder: Path | None = None) -> str:
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=folder
    ).stdout.strip()


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="no affinity on this system")
def test_threads_are_limited_for_any_backend() -> None:
    code = "from mnistry.training.bench import worker; worker.limit_threads(1); import os, torch; "
    assert python(code + "print(len(os.sched_getaffinity(0)), torch.get_num_threads())") == "1 1"


def test_other_backends_are_as_good_as_not_there(tmp_path: Path) -> None:
    for name in ("tensorflow", "jax"):  # both are found, whatever is installed
        (tmp_path / f"{name}.py").write_text("")
    code = (
        "from importlib.util import find_spec as found; from mnistry.training.bench import worker; "
        "before = found('tensorflow'); worker.hide_other_backends('jax'); "
        "print(before is None, found('tensorflow') is None, found('jax') is None, found('numpy') is None)"
    )
    assert python(code, tmp_path) == "False True False False"


def test_matrices_are_multiplied_at_a_believable_rate() -> None:
    assert 0.5 < worker.sgemm_gflop_s(side=256) < 5000


def test_peak_memory_is_this_process_own() -> None:
    code = "from mnistry.training.bench import worker; {} print(worker._peak_memory_mb())"
    little = float(python(code.format("")))
    much = float(python(code.format("x = bytearray(300_000_000); del x;")))
    assert 5 < little < 200
    assert much - little == pytest.approx(300, abs=30)


def test_the_stopwatch_keeps_what_the_next_epoch_replaces(tmp_path: Path) -> None:
    run = tmp_path / "run"
    run.mkdir()
    watch = Stopwatch(run)
    watch.step(1, 1, 2.0)
    watch.step(1, 2, 1.0)
    for epoch in (1, 2):
        part = run / "part"
        part.write_text(f"weights {epoch}")
        part.replace(run / "checkpoint.npz")
        watch.epoch({"epoch": epoch, "train_s": 1.0})
    assert [worker.epoch_weights(run, epoch).read_text() for epoch in (1, 2)] == ["weights 1", "weights 2"]
    assert len(watch.step_s) == 1
    assert watch.first_step is not None
    assert (watch.peak_memory_mb or 0) > 5
