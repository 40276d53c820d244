"""What each source of the recipe `reader` gives: trained without it, for as many epochs, which are shorter then.

    python studies/sources.py               # three quarters of an hour; written to records/sources.json
    python studies/sources.py --epochs 1    # a taste; nothing is written

One seed, and fewer epochs than the recipe's. Nothing is chosen on the test images: digits come from MNIST's
validation images and, in 8×8 px, from scikit-learn's other writers; each is read as a picture of its own,
except those in school handwriting, which the network alone sees.
What the sources give is drawn once, for all trials. Runs of this commit that are there already, in
runs/sources/, are gone on with, or kept.

Finished: last run at commit 69ebd4a.
"""

import argparse
import json
import statistics
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.datasets import load_digits

from mnistry.data import idx, load_dataset
from mnistry.data.split import Split
from mnistry.reader import Reader
from mnistry.run import folder as runs
from mnistry.safety.json_record import as_json
from mnistry.training import RECIPES, provenance, resume, train
from mnistry.training.recipes import Recipe
from mnistry.training.synthetic import handwriting, nondigits, sources

sys.path.append(str(Path(__file__).parents[1] / "benchmarks"))
import pages
from strangers import FASHION, measure

RECORD = Path(__file__).parents[1] / "records" / "sources.json"
EPOCHS = 3
SEED = 20_000  # of what is drawn to measure with
PAGES = 60
PICTURES = 2000  # of MNIST's validation images
DRAWN = 200  # of each kind of what is no digit
CLOTHES = 500


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    epochs = parser.parse_args().epochs
    recipe = replace(RECIPES["reader"], epochs=epochs)
    trials = {"all of them": recipe.sources, "MNIST alone": ()}
    trials |= {f"without {one}": tuple(s for s in recipe.sources if s != one) for one in recipe.sources}
    sources.drawn = _once(sources.drawn)
    rows = []
    for name, chosen in trials.items():
        model = _trained(replace(recipe, sources=chosen), Path("runs/sources") / f"{name.replace(' ', '-')}-{epochs}")
        rows.append({"trial": name, "sources": chosen, **_measured(Reader(model))})
        print(json.dumps(rows[-1]), flush=True)
    if epochs == EPOCHS:
        record = {"what": "the recipe reader without one of its sources", "command": "python studies/sources.py"}
        record |= {"epochs": epochs, "seeds": [0], **provenance.describe(), "rows": rows}
        runs.replace(RECORD, lambda part: part.write_text(json.dumps(record, indent=1) + "\n"))


def _once(draw: Callable[..., Split]) -> Callable[..., Split]:
    """Every trial has the same digits and seed: only the source decides."""
    known: dict[str, Split] = {}

    def drawn(source: str, *rest: Any) -> Split:
        if source not in known:
            known[source] = draw(source, *rest)
        return known[source]

    return drawn


def _trained(recipe: Recipe, folder: Path) -> Path:
    if folder.exists():
        config = runs.open_run(folder).config
        if Recipe(**as_json(config.recipe)) != recipe or config.commit != provenance.describe()["commit"]:
            sys.exit(f"{folder} is of another recipe or commit: remove it")
        return resume(folder).model
    return train(recipe, out=folder).model


def _measured(reader: Reader) -> dict[str, float]:
    """Shares that are right; of what is no digit, the share that is rejected."""
    rng = np.random.default_rng(SEED)
    validation, others = load_dataset().validation, load_digits()
    written = handwriting.digits(2000, rng)
    found = {
        "validation": measure(reader, validation.images[:PICTURES, ..., 0], validation.labels[:PICTURES])["right"],
        "hands": float((reader.classify(written.images).argmax(axis=1) == written.labels).mean()),
        "load_digits": measure(reader, (others.images * (255 / 16)).astype(np.uint8), others.target)["right"],
        "touching": pages.measure(reader, PAGES, touching=True, first=SEED)["pairs_right"],
    }
    kinds = (nondigits.sign, nondigits.scribble, nondigits.shape)
    drawn = [[255 - np.pad(kind(validation, rng), 20) for _ in range(DRAWN)] for kind in kinds]
    found["drawn"] = statistics.mean(measure(reader, some, None)["no_digit"] for some in drawn)
    if FASHION.exists():
        found["fashion"] = measure(reader, idx.read(FASHION, 3)[:CLOTHES], None)["no_digit"]
    return found


if __name__ == "__main__":
    main()
