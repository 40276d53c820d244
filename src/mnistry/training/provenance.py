"""Records the software and the machine behind a run, so that it can be reproduced."""

import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from mnistry.lineage import Machine
from mnistry.safety.cores import available_cores
from mnistry.safety.json_record import as_json

LIBRARIES = ("mnistry", "keras", "torch", "tensorflow", "jax", "numpy", "onnx", "onnxruntime", "scikit-learn")


def describe() -> dict[str, Any]:
    """Return versions, commit and machine, as the JSON in records/ holds them."""
    return {"versions": versions(), "commit": commit(), "machine": as_json(machine())}


def versions() -> dict[str, str]:
    """Return the versions of Python and of the installed `LIBRARIES`."""
    found = {"python": platform.python_version()}
    for library in LIBRARIES:
        try:
            found[library] = version(library)
        except PackageNotFoundError:
            continue
    return found


def commit() -> str | None:
    """Return the commit of mnistry's checkout, with "+" appended if code or pins differ; None when installed."""
    root = Path(__file__).parents[3]
    if not (root / ".git").exists() or not (root / "src" / "mnistry").is_dir():
        return None
    git = ["git", "-C", str(root)]
    try:
        head = subprocess.run([*git, "rev-parse", "HEAD"], capture_output=True, text=True, check=True).stdout.strip()
        status = [*git, "status", "--porcelain", "--", "src", "benchmarks", "studies", "constraints.txt"]
        changed = subprocess.run(status, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return None
    return head + ("+" if changed.strip() else "")


def machine() -> Machine:
    """Return processor, available cores and operating system; nothing that identifies the owner."""
    return Machine(
        processor=_processor(),
        cores=available_cores(),
        system=f"{platform.system()} {platform.machine()}",
    )


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())
