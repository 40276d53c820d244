"""What the recorded runs of each recipe reach, and what every record was measured on."""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from injected import records

MAX_LISTED = 5  # seeds; the rest can be read in records/
LIBRARIES = ("keras", "torch", "tensorflow", "jax", "onnxruntime")


def recorded() -> str:
    """What `mnistry train --list` knows of each recipe's runs on torch."""
    found = {}
    for name, record in records.recipes().items():
        if summary := record["summary"].get("torch"):
            machine = next(run["machine"] for run in record["runs"] if run["backend"] == "torch")
            found[name] = {
                **{key: summary[key] for key in ("n", "accuracy_mean", "accuracy_sd")},
                "elapsed_s": summary["elapsed_s_median"],
                "machine": f"{records.cores(machine)}, {machine['processor']}",
            }
    return json.dumps(found, indent=1) + "\n"


def accuracy() -> str:
    rows = ["| recipe | backend | test accuracy | each seed | parameters | epochs | from command to report |"]
    rows.append("| --- | --- | --- | --- | ---: | ---: | ---: |")
    for name, record in records.recipes().items():
        for backend, summary in record["summary"].items():
            runs = [run for run in record["runs"] if run["backend"] == backend]
            spread = f" ± {100 * summary['accuracy_sd']:.2f}" if summary["n"] > 1 else ""
            each = ", ".join(f"{100 * run['accuracy']:.2f}" for run in runs)
            if len(runs) > MAX_LISTED:
                found = [100 * run["accuracy"] for run in runs]
                each = f"{len(runs)}, from {min(found):.2f} to {max(found):.2f}"
            rows.append(
                f"| `{name}` | {backend} | **{100 * summary['accuracy_mean']:.2f} %**{spread} | {each} "
                f"| {runs[0]['parameters']:,} | {runs[0]['epochs']} | {_duration(summary['wall_s_median'])} |"
            )
    return "\n".join([*rows, *_averaged()])


def _averaged() -> list[str]:
    """A row for each recipe whose recorded networks were averaged, all of them."""
    rows = []
    for path in sorted(records.RECORDS.glob("ensemble-*.json")):
        record = records.read(path.stem)
        found, one = record["rows"][-1], records.read(record["recipe"])["runs"][0]
        rows.append(
            f"| {found['n']} × `{record['recipe']}`, averaged | torch | **{100 * found['accuracy_mean']:.2f} %** | – "
            f"| {found['n'] * one['parameters']:,} | {one['epochs']} each | – |"
        )
    return rows


def _duration(time_s: float | None) -> str:
    if time_s is None:
        return "not timed"
    return f"{time_s / 60:.1f} min" if time_s > 90 else f"{time_s:.0f} s"


def machines() -> str:
    """One row for every record and backend: what made it, at which commits, on what."""
    rows = ["| record | command | commit | machine | versions |", "| --- | --- | --- | --- | --- |"]
    for path in sorted(records.RECORDS.glob("*.json")):
        record = records.read(path.stem)
        every = record["runs"] if "summary" in record else [*record.get("targets", {"": record}).values()]
        for backend in dict.fromkeys(run.get("backend", "") for run in every):
            runs = [run for run in every if run.get("backend", "") == backend]
            before = f"KERAS_BACKEND={backend} " if backend not in ("", "torch") else ""
            cells = (f"`{before}{record['command']}`", *(_each(of, runs) for of in (_commit, _machine, _versions)))
            rows.append(f"| [{path.stem}]({path.name}) | {' | '.join(cells)} |")
    return "\n".join(rows)


def _each(of: Callable[[Mapping[str, Any]], str], runs: Iterable[Mapping[str, Any]]) -> str:
    return "; ".join(dict.fromkeys(of(run) for run in runs))


def _commit(run: Mapping[str, Any]) -> str:
    return run["commit"][:7]


def _machine(run: Mapping[str, Any]) -> str:
    machine = run["machine"]
    return f"{records.cores(machine)}, {machine['processor']}, {machine['system']}"


def _versions(run: Mapping[str, Any]) -> str:
    """Python, and what computed: for a run of a recipe its backend alone."""
    names = ("keras", run["backend"]) if "backend" in run else LIBRARIES
    return ", ".join(f"{name} {run['versions'][name]}" for name in ("python", *names) if name in run["versions"])
