"""Kill training with SIGKILL at random moments, resume it, and compare the final weights bit for bit.

    python benchmarks/kill.py --times 20 --record

Two epochs on 6,000 of MNIST's images. The moments are spread at random over the whole run, from the
start of the interpreter to the report; a run that was killed before its folder came into being is
begun again with the same command, as its user would. Ends with status 1 if any weights differ.
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import numpy_helper

from mnistry.dataset import load
from mnistry.run import Run, replace
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
            "identical": sum(kill["identical"] for kill in kills),
            "times": len(kills),
            "kills": kills,
            **provenance.describe(),
        }
        replace(RECORD, lambda part: part.write_text(json.dumps(record, indent=1) + "\n"))
    sys.exit(not all(kill["identical"] for kill in kills))


def _kills(scratch: Path, times: int, moments: random.Random):
    command = [sys.executable, "-m", "mnistry", "train", "--data", _six_thousand(scratch), "--epochs", "2", "--out"]
    started = time.perf_counter()
    _finish([*command, scratch / "whole"])
    whole_s = time.perf_counter() - started
    for n in range(times):
        folder = scratch / f"killed-{n}"
        moment_s = moments.uniform(0, whole_s)
        process = subprocess.Popen([*command, folder], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            process.wait(moment_s)
        except subprocess.TimeoutExpired:
            process.kill()
        killed = process.wait() != 0
        stage = _stage(folder)
        if not killed:
            stage = "finished before the moment came"
        begun = (folder / "recipe.json").exists()
        _finish([*command[:4], "--resume", folder] if begun else [*command, folder])
        identical = _weights(folder) == _weights(scratch / "whole")
        told = "same weights" if identical else "OTHER weights"
        print(f"{n + 1:>3}  killed after {moment_s:5.1f} of {whole_s:.1f} s, {stage}: {told}")
        yield {"moment_s": round(moment_s, 2), "stage": stage, "identical": identical}


def _six_thousand(scratch: Path) -> Path:
    mnist = load()
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


def _weights(folder: Path) -> list[bytes]:
    return [numpy_helper.to_array(tensor).tobytes() for tensor in onnx.load(folder / "model.onnx").graph.initializer]


if __name__ == "__main__":
    main()
