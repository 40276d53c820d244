"""How long `mnistry train fast` takes to its first step, beside a bare `import keras`.

    python benchmarks/startup.py     # writes records/startup.json

Seven pairs, one after the other, each half in a process of its own, from the moment it is started.
"""

import inspect
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from mnistry.run import folder as runs
from mnistry.training import provenance
from mnistry.training.bench import measure, worker

RECORD = Path(__file__).parents[1] / "records" / "startup.json"
PAIRS = 7


def main() -> None:
    pairs = [{"import_keras_s": import_keras_s(), **first_step()} for _ in range(PAIRS)]
    record: dict[str, Any] = {
        "what": "seconds from the start of a process to Keras imported, and to the first step of mnistry train fast",
        "command": "python benchmarks/startup.py",
        **provenance.describe(),
        "ratio_median": statistics.median(pair["first_step_s"] / pair["import_keras_s"] for pair in pairs),
        **{f"{key}_median": statistics.median(pair[key] for pair in pairs) for key in pairs[0]},
        "pairs": pairs,
    }
    runs.replace(RECORD, lambda part: part.write_text(json.dumps(record, indent=1) + "\n"))
    print(json.dumps(record, indent=1))


def import_keras_s() -> float:
    """What Keras on torch alone takes; other backends hidden, as they are from the run beside it."""
    imports = "import sys, time\nfrom importlib.machinery import ModuleSpec, PathFinder\nfrom typing import Any\n"
    hide = f"{inspect.getsource(worker.hide_other_backends)}\nhide_other_backends('torch')\n"
    code = f"{imports}{hide}import keras\nprint(time.time())"
    environment = {**os.environ, "KERAS_BACKEND": "torch"}
    started = time.time()
    done = subprocess.run([sys.executable, "-c", code], env=environment, check=True, stdout=subprocess.PIPE, text=True)
    return round(float(done.stdout) - started, 3)  # not until the process has ended, which takes time too


def first_step() -> dict[str, float]:
    with tempfile.TemporaryDirectory() as scratch:
        (cell,) = measure.cells(["fast"])
        (rows,) = measure.measure([cell], 1, Path(scratch))
    return {"first_step_s": rows[0].first_step_s, "command_to_report_s": rows[0].command_to_report_s}


if __name__ == "__main__":
    main()
