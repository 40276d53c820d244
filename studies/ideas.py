"""What each idea for a fast recipe is worth: one change at a time to one small torch network.

    python studies/ideas.py               # every idea, 12 folds each: about 25 minutes, on a quiet machine
    python studies/ideas.py Muon --folds 2

Measured on validation images only: fold k of 12 holds out the k-th twelfth of MNIST's 60,000
training images, and k is the seed too, so that every idea is compared with the base on equal terms.
The predictions were written down before this was run, and none was changed after it; docs/design/0005
says which of them a rougher try had informed. The test images are never opened. The outcome is
records/ideas.json; what was learned from it is docs/design/0005.

Finished: last run at commit 8c7c284.
"""

import argparse
import json
import math
import statistics
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from mnistry.run import folder as runs
from mnistry.training import provenance
from probe import FOLDS, Probe, run_folds

RECORD = Path(__file__).parents[1] / "records" / "ideas.json"


# name, change, predicted change of accuracy (pp) and of time (ratio), as written before it was run
IDEAS: list[tuple[str, dict[str, Any], float, float]] = [
    ("base", {}, 0.0, 1.0),
    ("malloc as it comes", {"tuned_malloc": False}, 0.0, 1.8),
    ("channels first in memory", {"channels_last": False}, 0.0, 1.4),
    ("one thread", {"threads": 1}, 0.0, 1.7),
    ("index copy a batch", {"gather": True}, 0.0, 1.02),
    ("pixels kept as floats", {"floats": True}, 0.0, 0.98),
    ("gradients set to zero", {"set_to_zero": True}, 0.0, 1.02),
    ("loss and accuracy every step", {"metrics": True}, 0.0, 1.02),
    ("Adam unfused", {"fused": False}, 0.0, 1.08),
    ("no crop", {"crop_px": 0}, 0.03, 1.25),
    ("crop to 20 px", {"crop_px": 4}, -0.2, 0.8),
    ("half size", {"crop_px": 0, "half_size": True}, -0.15, 0.8),
    ("stride, not pool", {"stride": 2}, -0.08, 0.75),
    ("channels 8-16, dense 64", {"channels": (8, 16), "dense": 64}, -0.2, 0.8),
    ("channels 32-64", {"channels": (32, 64)}, 0.08, 2.0),
    ("dense 64", {"dense": 64}, -0.04, 0.97),
    ("no dense layer", {"dense": 0}, -0.12, 0.9),
    ("no batch normalisation", {"normalise": False}, -0.15, 0.85),
    ("whitened first layer", {"whiten": True}, 0.03, 0.95),
    ("dropout 0.2", {"dropout": 0.2}, -0.03, 1.03),
    ("no label smoothing", {"smoothing": 0.0}, -0.15, 1.0),
    ("label smoothing 0.2", {"smoothing": 0.2}, 0.0, 1.0),
    ("Adam's usual betas", {"betas": (0.9, 0.999)}, -0.1, 1.0),
    ("rate 0.005", {"rate": 0.005}, -0.02, 1.0),
    ("rate 0.02", {"rate": 0.02}, -0.03, 1.0),
    ("warm-up 0.1", {"warm_up": 0.1}, -0.02, 1.0),
    ("warm-up 0.5", {"warm_up": 0.5}, -0.03, 1.0),
    ("base again, for the noise", {}, 0.0, 1.0),
    ("no warm-up", {"warm_up": 0.0}, -0.05, 1.0),
    ("batch 64", {"batch_sizes": (64,), "rate": 0.007}, 0.01, 1.15),
    ("batch 256", {"batch_sizes": (256,), "rate": 0.014}, -0.05, 0.98),
    ("batch 64, then 128, then 256", {"batch_sizes": (64, 128, 256)}, 0.02, 1.05),
    ("Muon", {"muon": True}, 0.08, 1.4),
    ("averaged weights", {"average": 0.95}, 0.0, 1.03),
    ("shifts of 1 px", {"shift_px": 1}, -0.02, 1.04),
    ("shifts of 1 px, two epochs", {"shift_px": 1, "epochs": 2}, 0.15, 2.1),
    ("two epochs", {"epochs": 2}, 0.1, 2.0),
    ("half the images, twice", {"share": 0.5, "epochs": 2}, -0.15, 1.0),
    ("half an epoch", {"share": 0.5}, -0.25, 0.5),
    ("hardest half, from half-way on", {"keep_hardest": 0.5}, -0.02, 0.97),
    # predicted when those above were known
    ("stride, channels 32-32", {"stride": 2, "channels": (32, 32)}, -0.05, 0.95),
    ("stride, dense 64", {"stride": 2, "dense": 64}, -0.12, 0.7),
    ("stride, batch 256", {"stride": 2, "batch_sizes": (256,), "rate": 0.014}, -0.08, 0.68),
    ("stride, Muon", {"stride": 2, "muon": True}, -0.01, 1.1),
    ("stride, one thread", {"stride": 2, "threads": 1}, -0.07, 1.2),
    ("stride, no crop", {"stride": 2, "crop_px": 0}, -0.05, 0.95),
]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("ideas", nargs="*", help="names of ideas (default: all, written to records/)")
    parser.add_argument("--folds", type=int, default=FOLDS)
    options = parser.parse_args()
    if unknown := set(options.ideas) - {name for name, *_ in IDEAS}:
        parser.error(f"no idea {unknown.pop()!r}: there are {', '.join(name for name, *_ in IDEAS)}")
    rows: list[dict[str, Any]] = []
    for name, change, predicted_pp, predicted_ratio in IDEAS:
        if options.ideas and name not in ("base", *options.ideas):
            continue
        probe = replace(Probe(), **change)
        # A process for each: the heap that one idea leaves behind changes the next one's time.
        with ProcessPoolExecutor(1, get_context("spawn")) as process:
            results = process.submit(run_folds, probe, options.folds).result()
        row = {"idea": name, "change": change, "predicted_pp": predicted_pp, "predicted_time": predicted_ratio}
        row |= {"accuracies": [right for right, _ in results], "elapsed_s": [round(t, 3) for _, t in results]}
        rows.append(row | compare(row, rows[0] if rows else row))
        print(f"{name:32} {describe(rows[-1])}", flush=True)
    if not options.ideas:
        write(rows)


def compare(row: dict[str, Any], base: dict[str, Any]) -> dict[str, float]:
    """The mean, its difference from the base over the same folds ± its standard error, the ratio of times."""
    apart = [100 * (a - b) for a, b in zip(row["accuracies"], base["accuracies"], strict=True)]
    return {
        "accuracy_mean": statistics.mean(row["accuracies"]),
        "difference_pp": statistics.mean(apart),
        "standard_error_pp": statistics.stdev(apart) / math.sqrt(len(apart)) if len(apart) > 1 else 0.0,
        "time_ratio": statistics.median(row["elapsed_s"]) / statistics.median(base["elapsed_s"]),
    }


def describe(row: dict[str, Any]) -> str:
    return (
        f"{100 * row['accuracy_mean']:.3f} %  {row['difference_pp']:+.3f} ± {row['standard_error_pp']:.3f} pp "
        f"(predicted {row['predicted_pp']:+.2f})  "
        f"time ×{row['time_ratio']:.2f} (predicted ×{row['predicted_time']:.2f})"
    )


def write(rows: list[dict[str, Any]]) -> None:
    record = {
        "what": "one change at a time to a small network, 1 epoch, on held-out training images",
        "command": "python studies/ideas.py",
        "base": asdict(Probe()),
        **provenance.describe(),
        "rows": rows,
    }
    runs.replace(RECORD, lambda part: part.write_text(json.dumps(record, indent=1) + "\n"))


if __name__ == "__main__":
    main()
