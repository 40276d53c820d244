"""Kill training with SIGKILL at random moments, resume it, and compare the final weights bit for bit.

    python benchmarks/kill.py --times 20 --record

Two epochs on 6,000 of MNIST's images. The moments are spread at random over the whole run, from the
start of the interpreter to the report; a run that was killed before its folder came into being is
begun again with the same command, as its user would. Ends with status 1 if any weights differ.
"""

import argparse
import dataclasses
import itertools
import json
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import numpy_helper

from mnistry.data import load_dataset
from mnistry.run.folder import Run
from mnistry.safety.atomic_write import replace
from mnistry.training import provenance

RECORD = Path(__file__).parents[1] / "records" / "kill.json"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0, help="of the moments")
    parser.add_argument("--record", action="store_true", help="write records/kill.json")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        kills = list(_kills(Path(scratch), options.times, random.Random(options.seed)))
    if options.record:
        record = {
            "what": "SIGKILL at random moments of a run of two epochs on 6,000 images, then --resume",
            "command": f"python benchmarks/kill.py --times {options.times} --record",
            "compared": "the weights bit for bit, the history and the evaluation except their times",
            "identical": sum(kill["identical"] for kill in kills),
            "times": len(kills),
            "stages": Counter(kill["stage"] for kill in kills),
            "kills": kills,
            **provenance.describe(),
        }
        replace(RECORD, lambda part: part.write_text(json.dumps(record, indent=1) + "\n"))
    sys.exit(not all(kill["identical"] for kill in kills))


def _kills(scratch: Path, times: int, moments: random.Random) -> Iterator[dict[str, Any]]:
    command = [sys.executable, "-m", "mnistry", "train", "--data", _six_thousand(scratch), "--epochs", "2", "--out"]
    started = time.perf_counter()
    _finish([*command, scratch / "whole"])
    whole_s = time.perf_counter() - started
    tries = (scratch / f"killed-{n}" for n in itertools.count())
    for n in range(1, times + 1):
        folder, moment_s = next(tries), moments.uniform(0, whole_s)
        while not _killed([*command, folder], moment_s):  # it was faster than the first: no kill, no count
            folder, moment_s = next(tries), moments.uniform(0, whole_s)
        stage = _stage(folder)
        begun = (folder / "recipe.json").exists()
        _finish([*command[:4], "--resume", folder] if begun else [*command, folder])
        identical = _outcome(folder) == _outcome(scratch / "whole")
        result = "same weights" if identical else "OTHER weights"
        print(f"{n:>3}  killed after {moment_s:5.1f} of {whole_s:.1f} s, {stage}: {result}", flush=True)
        yield {"moment_s": round(moment_s, 2), "of_s": round(whole_s, 2), "stage": stage, "identical": identical}


def _killed(command: list[Any], moment_s: float) -> bool:
    """Start, wait, kill; False if it was done before its moment came."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        process.wait(moment_s)
    except subprocess.TimeoutExpired:
        process.kill()
    return process.wait() == -signal.SIGKILL


def _six_thousand(scratch: Path) -> Path:
    mnist = load_dataset()
    held = {"x_test": mnist.validation.images[:1000], "y_test": mnist.validation.labels[:1000]}
    np.savez(scratch / "six.npz", x_train=mnist.train.images[:6000], y_train=mnist.train.labels[:6000], **held)
    return scratch / "six.npz"


def _finish(command: list[Any]) -> None:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))} failed: {done.stderr}")


def _stage(folder: Path) -> str:
    """How far a run had come, by what is in its folder."""
    if not (folder / "recipe.json").exists():
        return "no run folder yet"
    for name, stage in (
        ("report.html", "reported"),
        ("evaluation.json", "scored"),
        ("model.onnx", "exported"),
        ("model.keras", "saved"),
    ):
        if (folder / name).exists():
            return stage
    return f"{len(Run(folder).history)} epochs done"


def _outcome(folder: Path) -> tuple[Any, ...]:
    """Weights to the bit, history except its times, and the test result."""
    weights = [numpy_helper.to_array(tensor).tobytes() for tensor in onnx.load(folder / "model.onnx").graph.initializer]
    history = [{**row, "train_s": 0, "elapsed_s": 0} for row in Run(folder).history]
    evaluation = Run(folder).evaluation
    evaluation = evaluation and dataclasses.replace(evaluation, elapsed_s=0)
    return weights, history, evaluation


if __name__ == "__main__":
    main()
