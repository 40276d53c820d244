"""How long `mnistry read one.png` takes in a new process, beside an interpreter that only imports what reads.

    python benchmarks/one_picture.py     # writes records/one_picture.json

Twenty-one pairs, one after the other, after one that warms the disk; from the start of each process to its end.
"""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from PIL import Image

import bundled
from mnistry.data import load_dataset
from mnistry.run import folder as runs

RECORD = Path(__file__).parents[1] / "records" / "one_picture.json"
PAIRS = 21
SIDE_PX = 280
IMPORTS = "import cv2, numpy, onnxruntime, PIL.Image"


def main() -> None:
    test = load_dataset().test
    with tempfile.TemporaryDirectory() as scratch:
        one = Path(scratch) / "one.png"
        Image.fromarray(255 - test.images[0, ..., 0]).resize((SIDE_PX, SIDE_PX)).save(one)
        pairs = [pair(one, str(test.labels[0])) for _ in range(PAIRS + 1)][1:]
    record = {
        "what": "seconds of `mnistry read one.png` in a new process, and of the imports alone",
        "command": "python benchmarks/one_picture.py",
        **bundled.describe(),
        "ratio_median": statistics.median(pair["read_s"] / pair["imports_s"] for pair in pairs),
        **{f"{key}_median": statistics.median(pair[key] for pair in pairs) for key in pairs[0]},
        "pairs": pairs,
    }
    runs.replace(RECORD, lambda part: part.write_text(json.dumps(record, indent=1) + "\n"))
    print(json.dumps(record, indent=1))


def pair(picture: Path, digit: str) -> dict[str, float]:
    """The seconds of both; raises if the picture is not read as that digit."""
    imports_s, _ = timed([sys.executable, "-c", IMPORTS])
    read_s, said = timed([sys.executable, "-m", "mnistry", "read", str(picture)])
    if said.strip() != digit:
        raise RuntimeError(f"{picture.name} is a {digit} and was read as {said!r}")
    return {"read_s": round(read_s, 3), "imports_s": round(imports_s, 3)}


def timed(command: list[str]) -> tuple[float, str]:
    started = time.perf_counter()
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return time.perf_counter() - started, done.stdout


if __name__ == "__main__":
    main()
