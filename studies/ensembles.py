"""What the mean of several networks reaches, from the predictions that benchmarks/record.py kept.

    python benchmarks/record.py accurate --calibrate-from RUN --predictions
    python studies/ensembles.py accurate     # written to records/ensemble-accurate.json

Every choice of n among the recorded seeds is one ensemble; all of them are counted, none is chosen. The
mean of the networks' log-probabilities gives the same classes as `mnistry ensemble`, which averages
their calibrated logits: the two differ by a constant for each image, and by rounding.

Finished: last run at commits f77908d (`accurate`) and 7610b4a (`distilled`).
"""

import argparse
import json
import statistics
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnistry.data import load_dataset
from mnistry.safety.atomic_write import replace
from mnistry.training import provenance

RECORDS = Path(__file__).parents[1] / "records"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recipe")
    recipe = parser.parse_args().recipe
    members = predictions(recipe, load_dataset().test.labels)
    rows = measure(members, load_dataset().test.labels)
    record = {
        "what": f"the mean of n networks of the recipe {recipe}, every choice of n among the recorded seeds",
        "command": f"python studies/ensembles.py {recipe}",
        "chosen": "No network and no ensemble was chosen on the test images.",
        "recipe": recipe,
        "seeds": sorted(members),
        **provenance.describe(),
        "rows": rows,
    }
    replace(RECORDS / f"ensemble-{recipe}.json", lambda part: part.write_text(json.dumps(record, indent=1) + "\n"))
    for row in rows:
        print(f"{row['n']} networks  {100 * row['accuracy_mean']:.3f} % (mean of {row['ensembles']})")


def predictions(recipe: str, labels: NDArray[np.int64]) -> dict[int, NDArray[np.float32]]:
    """By seed the log-probabilities (n, classes) of all recorded runs on torch; they must be those recorded."""
    runs = [run for run in json.loads((RECORDS / f"{recipe}.json").read_text())["runs"] if run["backend"] == "torch"]
    found = {}
    for run in runs:
        path = RECORDS / "predictions" / f"{recipe}-torch-{run['seed']}.npz"
        with np.load(path, allow_pickle=False) as file:
            logs, commit = file["log_probabilities"], str(file["commit"])
        if commit != str(run["commit"]) or int((logs.argmax(axis=1) == labels).sum()) != run["correct"]:
            raise SystemExit(f"{path}: is not of the recorded run: record it again")
        found[run["seed"]] = logs
    return found


def measure(members: dict[int, NDArray[np.float32]], labels: NDArray[np.int64]) -> list[dict[str, Any]]:
    """By number of networks: how many are right, for every choice of that many seeds."""
    rows = []
    for n in range(1, len(members) + 1):
        each = list(combinations(sorted(members), n))
        means = (np.mean([members[seed] for seed in seeds], axis=0) for seeds in each)
        correct = [int((mean.argmax(axis=1) == labels).sum()) for mean in means]
        rows.append(
            {
                "n": n,
                "ensembles": len(each),
                "accuracy_mean": statistics.mean(correct) / len(labels),
                "accuracy_sd": statistics.stdev(correct) / len(labels) if len(each) > 1 else 0.0,
                "correct": correct,
            }
        )
    return rows


if __name__ == "__main__":
    main()
