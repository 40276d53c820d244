"""What corrupted and foreign images do to recipes: MNIST-C's corruptions, other writers' digits, clothes.

    mnistry train tutorial --out runs/tutorial
    python benchmarks/robustness.py runs/tutorial    # the bundled model beside it; written to records/robustness.json

All 10,000 test images under each corruption of `mnistry.evaluation.corruptions`, seed 0, by the network alone;
scikit-learn's digits and, where Debian's package `dataset-fashion-mnist` is installed, the first 2,000
test images of Fashion-MNIST, read as pictures. Which degradations the recipe `reader`
trains on, and how often, was decided after the figures of earlier networks here, and one of those was discarded
for its accuracy on the clean test images (docs/design/0009).
"""

import argparse
import json
import statistics
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.datasets import load_digits

import bundled
from mnistry.assets import MODEL
from mnistry.data import idx, load_dataset
from mnistry.evaluation.evaluate import evaluate, under_corruption
from mnistry.reader import Reader
from mnistry.run import folder as runs
from mnistry.safety.json_record import as_json
from strangers import FASHION, FIRST, measure

RECORD = Path(__file__).parents[1] / "records" / "robustness.json"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", nargs="+", type=Path, metavar="RUN", help="folders of finished runs")
    options = parser.parse_args()
    rows = [row(Reader(MODEL), "bundled")]
    rows += [row(Reader(runs.open_run(folder).model), None) for folder in options.runs]
    result = {
        "what": "accuracy on corrupted test images, on other writers' digits, and clothes that are rejected",
        "command": "python benchmarks/robustness.py RUN...",
        "chosen": "The kinds and the share of degradation that `reader` trains on, after the figures of earlier "
        "networks; and that one of those was discarded, for its accuracy.",
        **bundled.describe(),
        "rows": rows,
    }
    runs.replace(RECORD, lambda part: part.write_text(json.dumps(result, indent=1) + "\n"))


def row(reader: Reader, name: str | None) -> dict[str, Any]:
    """One model's figures."""
    data, digits = load_dataset(), load_digits()
    result = as_json(reader.metadata.origin)
    found = under_corruption(reader, data)
    result = {
        "name": name or result["recipe"],
        **{key: result[key] for key in ("recipe", "seed", "parameters", "epochs")},
        "commit": reader.metadata.commit,
        "accuracy": evaluate(reader, data).accuracy,
        "corrupted_mean": statistics.mean(found.values()),
        "corrupted": found,
        "load_digits": measure(reader, (digits.images * (255 / 16)).astype(np.uint8), digits.target),
    }
    if FASHION.exists():
        result["fashion_mnist_test"] = measure(reader, idx.read(FASHION, 3)[:FIRST], None)
    print(f"{result['name']:12} {100 * result['corrupted_mean']:.2f} % of corrupted images right", flush=True)
    return result


if __name__ == "__main__":
    main()
