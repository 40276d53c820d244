"""Run a recipe over several seeds and keep every result in records/.

    python benchmarks/record.py tutorial                     # seeds 0 to 4
    python benchmarks/record.py accurate --calibrate-from runs/latest  # on all 60,000 images: see mnistry train --help
    python benchmarks/record.py accurate --calibrate-from records/calibrations/accurate.json  # when that is gone
    python benchmarks/record.py distilled --calibrate-from RUN --teacher RUN --teacher RUN
    KERAS_BACKEND=jax python benchmarks/record.py tutorial --seeds 0-2

Each run is `mnistry train` in a process of its own, and is written down as soon as it ends; a seed
already recorded for this backend is not run again, which is said. Nothing is chosen on the test images: the figure
is the last epoch's, and no run is left out. With `--predictions` the logarithms of the calibrated
probabilities of the test images are kept too, from which studies/ensembles.py says what the mean
of several networks reaches.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mnistry.classifier.classifier import Classifier
from mnistry.data import load_dataset
from mnistry.lineage import Teacher
from mnistry.run.folder import Run
from mnistry.safety.atomic_write import replace
from mnistry.safety.json_record import as_json
from mnistry.training import distillation, full_data
from mnistry.training.recipes import Recipe, find

RECORDS = Path(__file__).parents[1] / "records"
FIGURES = ("accuracy", "test_error", "correct", "total", "ece", "parameters", "epochs", "elapsed_s")
CALIBRATED_FROM = " --calibrate-from records/calibrations/{}.json"
ORIGIN = ("seed", "backend", "commit", "versions", "machine")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recipe")
    parser.add_argument("--seeds", default="0-4", help="such as 0-4 or 7 (default: %(default)s)")
    parser.add_argument("--busy", action="store_true", help="others use this machine: leave the times out")
    parser.add_argument(
        "--calibrate-from", type=Path, help="learn the validation images too, and calibrate as this run"
    )
    parser.add_argument("--teacher", type=Path, action="append", default=[], help="learn from it; several, by turns")
    parser.add_argument("--predictions", action="store_true", help="keep them in records/predictions/")
    parser.add_argument("--keep", type=Path, help="keep the run folders in this folder")
    options = parser.parse_args()
    first, _, last = options.seeds.partition("-")
    path = RECORDS / f"{options.recipe}.json"
    with tempfile.TemporaryDirectory() as scratch:
        recipe, backend = find(options.recipe), os.environ.get("KERAS_BACKEND", "torch")
        teachers = _teachers(
            distillation.describe(options.teacher, recipe, load_dataset(), bool(options.calibrate_from))
        )
        given = [("--calibrate-from", options.calibrate_from)] * bool(options.calibrate_from) + [
            ("--teacher", one) for one in options.teacher
        ]
        more = [str(word) for pair in given for word in pair]
        missing = []
        for seed in range(int(first), int(last or first) + 1):
            if _recorded(path, recipe, seed, backend, options.calibrate_from, teachers):
                again = " ".join([recipe.name, "--seed", str(seed), *more])
                print(f"seed {seed} is recorded already; mnistry train {again} repeats it")
            else:
                missing.append(seed)
        if options.calibrate_from and missing:
            _write_down(options.calibrate_from, options.recipe)
        for seed in missing:
            run = _run(options.recipe, seed, options.keep or Path(scratch), more)
            if options.predictions:
                _keep(_folder(options.recipe, seed, options.keep or Path(scratch)), options.recipe, run)
            _add(path, options.recipe, run | {"elapsed_s": None, "wall_s": None} if options.busy else run)


def _run(recipe: str, seed: int, folder: Path, more: Sequence[str]) -> dict[str, Any]:
    """One training run in a process of its own; `wall_s` is all that its user waits for."""
    out = _folder(recipe, seed, folder)
    command = [sys.executable, "-m", "mnistry", "train", recipe, "--seed", str(seed), "--out", str(out), "--json"]
    command += more
    started = time.perf_counter()
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    wall_s = time.perf_counter() - started
    result, run = json.loads(done.stdout), Run(out)
    config = run.config.to_json()
    return {
        **{key: config[key] for key in ORIGIN},
        **{key: result[key] for key in FIGURES},
        "validation_accuracy": run.history[-1].get("validation_accuracy"),
        "calibrated_from": config["calibrated_from"],
        "teachers": _teachers(run.config.teachers),
        "wall_s": round(wall_s, 1),
        "recipe": config["recipe"],
        "precision": config["precision"],
        "data": {key: config["data"][key] for key in ("name", "sha256", "train", "validation")},
    }


def _teachers(teachers: Sequence[Teacher]) -> list[dict[str, Any]]:
    """What a record says of teachers: which they are, but not where they were."""
    return [{"recipe": one.recipe, "seed": one.seed, "sha256": one.sha256} for one in teachers]


def _write_down(calibrate_from: Path, recipe: str) -> None:
    """What the run that calibrates says of itself, in records/, so that seeds can be added when its folder is gone."""
    path = RECORDS / "calibrations" / f"{recipe}.json"
    if calibrate_from != path:
        path.parent.mkdir(parents=True, exist_ok=True)
        full_data.metadata(calibrate_from)  # refuses what cannot calibrate
        said = calibrate_from.read_text() if calibrate_from.suffix == ".json" else _metadata(calibrate_from)
        replace(path, lambda part: part.write_text(said))


def _metadata(folder: Path) -> str:
    return json.dumps(Classifier(Run(folder).model).metadata.to_json(), indent=1) + "\n"


def _folder(recipe: str, seed: int, folder: Path) -> Path:
    return folder / f"{recipe}-{os.environ.get('KERAS_BACKEND', 'torch')}-{seed}"


def _keep(folder: Path, recipe: str, run: dict[str, Any]) -> None:
    """Put a run's log-probabilities (n, classes) beside the others of its recipe."""
    with np.load(folder / "predictions.npz", allow_pickle=False) as predictions:
        logs = np.log(np.maximum(predictions["probabilities"], 1e-30))
    path = RECORDS / "predictions" / f"{recipe}-{run['backend']}-{run['seed']}.npz"
    path.parent.mkdir(parents=True, exist_ok=True)
    replace(path, lambda part: np.savez_compressed(part, log_probabilities=logs, commit=np.array(str(run["commit"]))))


def _recorded(
    path: Path, recipe: Recipe, seed: int, backend: str, calibrate_from: Path | None, teachers: list[dict[str, Any]]
) -> bool:
    runs = json.loads(path.read_text())["runs"] if path.exists() else []
    calibration = full_data.calibration(calibrate_from, recipe, load_dataset())
    calibrations = [as_json(calibration) if calibration else None]
    if any(run.get("calibrated_from") not in calibrations for run in runs):
        sys.exit(f"{path} is of runs calibrated from another one, or from none: remove it to record these")
    if any(run.get("teachers", []) != teachers for run in runs):
        sys.exit(f"{path} is of runs with other teachers: remove it to record these")
    if any(Recipe(**run["recipe"]) != recipe for run in runs):
        sys.exit(f"{path} is of the recipe as it was before: remove it to record this one")
    return any((run["seed"], run["backend"]) == (seed, backend) for run in runs)


def _add(path: Path, recipe: str, run: dict[str, Any]) -> None:
    runs = json.loads(path.read_text())["runs"] if path.exists() else []
    runs = sorted([*runs, run], key=lambda r: (r["backend"] != "torch", r["backend"], r["seed"]))
    calibrate_from = CALIBRATED_FROM.format(recipe) if runs[0].get("calibrated_from") else ""
    record = {
        "what": f"mnistry train {recipe}, over seeds",
        "command": f"python benchmarks/record.py {recipe}{calibrate_from}" + " --teacher RUN" * len(run["teachers"]),
        "chosen": "The last epoch of every run; no run and no epoch was chosen on the test images.",
        "summary": summary(runs),
        "runs": runs,
    }
    path.parent.mkdir(exist_ok=True)
    replace(path, lambda part: part.write_text(json.dumps(record, indent=1) + "\n"))


def summary(runs: list[dict[str, Any]]) -> dict[str, dict[str, float | None]]:
    """By backend: number of runs, mean ± sd of the accuracy (n - 1), median times."""
    return {
        backend: {
            "n": len(of),
            "accuracy_mean": statistics.mean(run["accuracy"] for run in of),
            "accuracy_sd": statistics.stdev(run["accuracy"] for run in of) if len(of) > 1 else 0.0,
            "ece_mean": statistics.mean(run["ece"] for run in of),
            "elapsed_s_median": _median([run["elapsed_s"] for run in of]),
            "wall_s_median": _median([run["wall_s"] for run in of]),
        }
        for backend in dict.fromkeys(run["backend"] for run in runs)
        for of in [[run for run in runs if run["backend"] == backend]]
    }


def _median(times: list[float | None]) -> float | None:
    """Of the runs on a quiet machine, if there were any."""
    return statistics.median(quiet) if (quiet := [time_s for time_s in times if time_s is not None]) else None


if __name__ == "__main__":
    main()
