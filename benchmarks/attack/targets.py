"""What hostile inputs are made from and used with: a small data set, a finished run, and one still in training."""

import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from mnistry.data import load_dataset

BEGIN_S = 120.0


def prepare(scratch: Path, runs: bool = True) -> tuple[Path, Path, Path]:
    """The finished run, the one that was killed after an epoch, and the data set; without runs, only their names."""
    finished, begun, data = scratch / "finished", scratch / "begun", scratch / "small.npz"
    mnist = load_dataset()
    np.savez(
        data,
        x_train=mnist.train.images[:1200, ..., 0],
        y_train=mnist.train.labels[:1200].astype(np.uint8),
        x_test=mnist.validation.images[:200, ..., 0],
        y_test=mnist.validation.labels[:200].astype(np.uint8),
    )
    if runs:
        train = [sys.executable, "-m", "mnistry", "train", "fast", "--data", str(data)]
        done = subprocess.run([*train, "--epochs", "1", "--out", str(finished)], capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"error: the run to be damaged could not be trained: {done.stderr}")
        _killed([*train, "--epochs", "3", "--out", str(begun)], begun)
    return finished, begun, data


def _killed(command: list[str], run: Path) -> None:
    """Begin it, and kill it once its first epoch is written down."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    awaited = [run / "checkpoint.npz", run / "history.csv"]
    deadline = time.monotonic() + BEGIN_S
    try:
        while process.poll() is None and not all(map(Path.exists, awaited)) and time.monotonic() < deadline:
            time.sleep(0.01)
    finally:  # also when this script is asked to end
        process.kill()
        process.wait()
    if not all(map(Path.exists, awaited)):
        sys.exit("error: the run to be damaged ended before it could be killed, or never began: try again")
