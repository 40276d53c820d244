"""The study behind the recipes `accurate` and `tiny`: architectures × augmentations × epochs, on training images alone.

    python studies/study.py                     # all cells that are not yet in records/study.json
    python studies/study.py "no augmentation"   # these cells

A fixed third of MNIST's 60,000 training images, stratified, is held out and scores what was learned from
the other 40,000: 20,000 images, so that a difference of 0.05 % is ten images. Every cell changes
the base in what it says and nothing else, is trained with the same two seeds, and is scored after
its last epoch, looking once at each image, and in five views (training/export/tta.py). Where a teacher is
named, that cell's network is trained first, with the same seed. The test images are never opened. Each
finished cell is written down at once, and one that is there is not run again; a process of one thread
runs on each core. What was learned from it is docs/design/0008.

Finished: last run at commit 7a235e8.
"""

import argparse
import json
import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Literal

import numpy as np

from mnistry.data import Dataset, load_dataset
from mnistry.data.holdout import fixed_share
from mnistry.data.split import Split
from mnistry.errors import ModelError
from mnistry.reader import Reader
from mnistry.run import folder as runs
from mnistry.training import provenance
from mnistry.training.augment.geometric import AUGMENTATIONS, Augmentation
from mnistry.training.recipes import Recipe

RECORD = Path(__file__).parents[1] / "records" / "study.json"
SEEDS = (0, 1)
HELD_OUT = 1 / 3

NARROW = "c3-16 c3-16 p c3-32 c3-32 p c3-64 v3-64 x.3"
MIDDLE = "c3-24 c3-24 p c3-48 c3-48 p c3-96 v3-96 x.3"
WIDE = "c3-32 c3-32 p c3-64 c3-64 p c3-128 v3-128 x.3"
DEEP = "c3-16 c3-16 c3-16 p c3-32 c3-32 c3-32 p c3-64 c3-64 v3-64 x.3"
DEEP_WIDER = "c3-24 c3-24 c3-24 p c3-48 c3-48 c3-48 p c3-96 c3-96 v3-96 x.3"
TINY = "c3-8 c3-12 p c3-16 c3-16 p c3-24 g"
DEEPER = "c3-8 c3-10 c3-12 p c3-14 c3-14 p c3-16 v3-16 g"  # as tiny, with two convolutions more
DEEPEST = "c3-6 c3-8 c3-8 p c3-10 c3-10 c3-12 p c3-12 c3-12 v3-14 v3-12 g"
DEEP_ALONE = "c3-12 d-20 d-20 p d-28 d-28 d-28 p d-36 d-36 d-36 g"
# Written out, and not taken from `accurate`: what was measured stays what it was when the recipe goes on.
BASE = Recipe(
    name="study",
    model="study",
    epochs=12,
    batch_size=128,
    learning_rate=0.004,
    schedule="one-cycle",
    beta_2=0.99,
    weight_decay=0.01,
    averaging=0.999,
    own_loop=True,
    precision="bfloat16",
    augmentation="writers",
)
WRITERS = AUGMENTATIONS["writers"] or Augmentation()
PENS = AUGMENTATIONS["pens"] or Augmentation()
HALF = replace(WRITERS, turn=0.06, slant=0.075, scale=0.04, aspect=0.04, shift=0.75, elastic=0.2)


@dataclass(frozen=True)
class Cell:
    """One row of the study: a network, and how the recipe differs from the base."""

    name: str
    group: str
    network: str = NARROW
    change: tuple[tuple[str, Any], ...] = ()
    augmented: Augmentation = WRITERS
    teacher: str = ""

    @property
    def recipe(self) -> Recipe:
        """The base with the cell's change."""
        return replace(BASE, **dict(self.change))


def cell(
    name: str, group: str, network: str = NARROW, augmented: Augmentation = WRITERS, teacher: str = "", **change: Any
) -> Cell:
    return Cell(name, group, network, tuple(change.items()), augmented, teacher)


CELLS = [
    cell("base", "base"),
    # augmentation
    cell("no augmentation", "augmentation", augmentation="none"),
    cell("affine alone", "augmentation", augmented=replace(WRITERS, elastic=0.0)),
    cell("elastic twice as far", "augmentation", augmented=replace(WRITERS, elastic=0.8)),
    cell("bent half as far", "augmentation", augmented=HALF),
    cell("shifts of 3 px", "augmentation", augmented=replace(WRITERS, shift=3.0)),
    cell("turned and slanted twice as far", "augmentation", augmented=replace(WRITERS, turn=0.24, slant=0.3)),
    cell("patches erased too", "augmentation", augmented=replace(WRITERS, erase=0.3)),
    cell("strokes of other pens", "augmentation", augmented=replace(WRITERS, thicken=0.12, thin=0.06)),
    cell("pens and cameras too", "augmentation", augmented=PENS),
    # how it is trained
    cell("no averaging", "training", averaging=0.0),
    cell("no weight decay", "training", weight_decay=0.0),
    cell("weight decay × 5", "training", weight_decay=0.05),
    cell("half the rate", "training", learning_rate=0.002),
    cell("twice the rate", "training", learning_rate=0.008),
    cell("label smoothing 0.05", "training", label_smoothing=0.05),
    cell("batches of 64", "training", batch_size=64, learning_rate=0.0028),
    cell("cosine, no warm-up", "training", schedule="cosine"),
    cell("all in float32", "training", precision="float32"),
    # how long
    cell("6 epochs", "epochs", epochs=6),
    cell("24 epochs", "epochs", epochs=24),
    cell("48 epochs", "epochs", epochs=48),
    # what network
    cell("dropout 0.5", "network", NARROW.replace("x.3", "x.5")),
    cell("no dropout", "network", "c3-16 c3-16 p c3-32 c3-32 p c3-64 v3-64"),
    cell("mean of all places at the end", "network", "c3-16 c3-16 p c3-32 c3-32 p c3-64 v3-64 g x.3"),
    cell("5×5, no padding, as M5 a quarter as wide", "network", "v5-8 v5-16 v5-24 v5-32 v5-40"),
    cell("first 5×5 at every second place", "network", "s5-32 c3-48 c3-64 p v3-96 v3-96 x.3"),
    cell("the same, half again as wide", "network", "s5-48 c3-72 c3-96 p v3-144 v3-144 x.3"),
    cell("cropped by 2 px", "network", "k2 " + NARROW),
    cell("three of each", "network", DEEP),
    cell("four of each", "network", "c3-16 c3-16 c3-16 c3-16 p c3-32 c3-32 c3-32 c3-32 p c3-64 c3-64 c3-64 v3-64 x.3"),
    cell(
        "three of each, half again as wide", "network", "c3-24 c3-24 c3-24 p c3-48 c3-48 c3-48 p c3-96 c3-96 v3-96 x.3"
    ),
    cell("24 to 96 channels", "network", MIDDLE),
    cell("24 to 96 channels, 24 epochs", "network", MIDDLE, epochs=24),
    cell("24 to 96 channels, 48 epochs", "network", MIDDLE, epochs=48),
    cell("24 to 96 channels, 24 epochs, affine alone", "network", MIDDLE, replace(WRITERS, elastic=0.0), epochs=24),
    cell("wide", "network", WIDE),
    cell("wide, 24 epochs", "network", WIDE, epochs=24),
    cell("half again as wide", "network", "c3-48 c3-48 p c3-96 c3-96 p c3-192 v3-192 x.3"),
    cell("wide, dropout 0.5", "network", WIDE.replace("x.3", "x.5")),
    cell("wide, cropped by 2 px", "network", "k2 " + WIDE),
    # fewer than 10,000 parameters
    cell("tiny", "tiny", TINY, epochs=24),
    cell("tiny, 72 epochs", "tiny", TINY, epochs=72),
    cell("tiny, twice the rate", "tiny", TINY, epochs=24, learning_rate=0.008),
    cell("tiny, four times the rate", "tiny", TINY, epochs=24, learning_rate=0.016),
    cell("tiny, affine alone", "tiny", TINY, replace(WRITERS, elastic=0.0), epochs=24),
    cell("tiny, each channel alone", "tiny", "c3-16 d-24 p d-32 d-32 p d-48 d-48 g", epochs=24),
    cell("tiny, deeper", "tiny", DEEPER, epochs=24),
    cell("tiny, deeper, twice the rate", "tiny", DEEPER, epochs=24, learning_rate=0.008),
    cell("tiny, deeper, taught by the base", "tiny", DEEPER, teacher="base", epochs=24, distillation=2.0),
    cell("tiny, each channel alone, deeper", "tiny", DEEP_ALONE, epochs=24),
    cell("tiny, deepest", "tiny", DEEPEST, epochs=24),
    cell("tiny, deepest, 72 epochs", "tiny", DEEPEST, epochs=72),
    cell("tiny, without padding", "tiny", "v3-8 c3-12 c3-14 p c3-16 v3-16 v3-14 p g", epochs=24),
]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cells", nargs="*", metavar="CELL", help="names of cells (default: all)")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1, help="one a core (default: %(default)s)")
    options = parser.parse_args()
    if unknown := set(options.cells) - {c.name for c in CELLS}:
        parser.error(f"no cell {unknown.pop()!r}: there are {', '.join(c.name for c in CELLS)}")
    limit = {"max_workers": options.processes, "mp_context": get_context("spawn"), "max_tasks_per_child": 1}
    with ProcessPoolExecutor(**limit) as pool:
        waiting = [pool.submit(measure, c, seed) for c, seed in missing(options.cells)]
        for done in as_completed(waiting):
            row = done.result()
            add(row)
            score = f"{100 * row['accuracy']:.3f} %  loss {row['loss']:.5f}  {row['elapsed_s']:.0f} s"
            print(f"{row['cell']:42} seed {row['seed']}  {score}", flush=True)


def missing(wanted: list[str]) -> Iterator[tuple[Cell, int]]:
    """Cells, in the order wanted, and seeds that are not in the record, seed by seed."""
    known, cells = {(row["cell"], row["seed"]) for row in rows()}, {c.name: c for c in CELLS}
    for seed in SEEDS:
        yield from ((cells[name], seed) for name in wanted or cells if (name, seed) not in known)


def measure(c: Cell, seed: int, data: Dataset | None = None) -> dict[str, Any]:
    """Train a cell on what is not held out; score it, as it ends, on what is."""
    os.environ["OMP_NUM_THREADS"] = "1"  # before torch is loaded
    import cv2

    cv2.setNumThreads(1)
    from mnistry.training.loops import backend

    backend.choose()
    from mnistry.training import flops

    data = data or split()
    with tempfile.TemporaryDirectory() as folder:
        teachers = next((other for other in CELLS if other.name == c.teacher), None)
        teacher = exported(train(teachers, seed, data), data, Path(folder) / "teacher.onnx") if teachers else None
        started = time.perf_counter()
        loop = train(c, seed, data, teacher)
        loss, share = loop.score(data.validation, 500)
        elapsed_s = time.perf_counter() - started
        try:
            five = five_views(exported(loop, data, Path(folder) / "five.onnx", views=5), data)
        except ModelError:  # it diverged: that is a result too
            five = None
    correct = round(share * len(data.validation))
    return {
        "cell": c.name,
        "group": c.group,
        **settings(c),
        "seed": seed,
        "accuracy": correct / len(data.validation),
        "correct": correct,
        "loss": loss,
        "five_views": five,
        "parameters": loop.model.count_params(),
        "mflop": round(flops.forward_flop(loop.model) / 1e6, 2),
        "elapsed_s": round(elapsed_s, 1),
        "commit": provenance.commit(),
    }


def train(c: Cell, seed: int, data: Dataset, teacher: Reader | None = None) -> Any:
    """The loop of the trained cell, its network ready to be used."""
    import architectures
    from mnistry.training import fit, models
    from mnistry.training.augment import geometric
    from mnistry.training.progress import Watch

    geometric.AUGMENTATIONS["writers"] = c.augmented
    models.MODELS["study"] = lambda shape, classes: architectures.build(c.network, shape, classes)
    loop = fit.prepare(c.recipe, data, seed)
    with tempfile.TemporaryDirectory() as folder:
        # Without what is held out, which is scored once, after the last epoch.
        fit.fit(loop, c.recipe, _closed(data), seed, runs.Run(Path(folder)), Watch(), [teacher] if teacher else [])
    loop.finish()
    return loop


def exported(loop: Any, data: Dataset, path: Path, views: Literal[1, 5] = 1) -> Reader:
    """The trained network, not calibrated: what is held out must not reach its pupil."""
    from mnistry.classifier.metadata import ModelMetadata
    from mnistry.training.export import to_onnx

    to_onnx.to_onnx(loop.model, path, _closed(data), ModelMetadata(class_names=data.class_names), views)
    return Reader(path)


def five_views(reader: Reader, data: Dataset) -> dict[str, float]:
    """What the same network reaches that looks at every image five times."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1  # a core each: the cell beside this one is timed
    session, held = onnxruntime.InferenceSession(reader.path, options), data.validation
    parts = np.array_split(held.images, max(1, len(held) // 500))
    logits = np.concatenate([session.run(["logits"], {"images": part})[0] for part in parts])
    likely = logits[np.arange(len(held)), held.labels] - np.logaddexp.reduce(logits, axis=1)
    return {"accuracy": float((logits.argmax(axis=1) == held.labels).mean()), "loss": float(-likely.mean())}


def _closed(data: Dataset) -> Dataset:
    return replace(data, validation=Split(data.validation.images[:0], data.validation.labels[:0]))


def split() -> Dataset:
    """MNIST's training images: two thirds to learn, a third that scores, in place of the validation images."""
    data = load_dataset()
    images = np.concatenate([data.train.images, data.validation.images])
    labels = np.concatenate([data.train.labels, data.validation.labels])
    held = fixed_share(images, labels, HELD_OUT)
    return replace(data, train=Split(images[~held], labels[~held]), validation=Split(images[held], labels[held]))


def settings(c: Cell) -> dict[str, Any]:
    """All that decides what a cell gives, except its seed; a teacher with its own."""
    teachers = next((settings(other) for other in CELLS if other.name == c.teacher), None)
    result = {"network": c.network, "change": dict(c.change), "recipe": asdict(c.recipe), "bent": asdict(c.augmented)}
    return json.loads(json.dumps({**result, "teacher": teachers}))


def rows() -> list[dict[str, Any]]:
    """What is recorded so far; a cell that has changed since is an error."""
    found = json.loads(RECORD.read_text())["rows"] if RECORD.exists() else []
    now = {c.name: settings(c) for c in CELLS}
    for row in found:
        if _with_defaults({key: row.get(key) for key in now.get(row["cell"], {})}) != now.get(row["cell"]):
            raise SystemExit(
                f"{RECORD}: the cell {row['cell']!r} has changed since: remove its rows to measure it again"
            )
    return found


def _with_defaults(result: dict[str, Any]) -> dict[str, Any]:
    """A row's settings, with what recipes and augmentations have had since: what they do by default."""
    if not result:
        return result
    teacher = result["teacher"] and _with_defaults(result["teacher"])
    try:
        full = {"recipe": asdict(Recipe(**result["recipe"])), "bent": asdict(Augmentation(**result["bent"]))}
    except TypeError:  # of a setting that there is no more
        return {}
    return json.loads(json.dumps({**result, **full, "teacher": teacher}))


def add(row: dict[str, Any]) -> None:
    """Write one more row down, in the order of the cells."""
    order = [c.name for c in CELLS]
    found = sorted([*rows(), row], key=lambda r: (order.index(r["cell"]), r["seed"]))
    record = {
        "what": "networks and ways to train them, on held-out training images",
        "command": "python studies/study.py",
        "chosen": "A fixed third of the 60,000 training images scores; the test images were never opened.",
        "base": asdict(BASE),
        **provenance.describe(),
        "cells": summary(found),
        "rows": found,
    }
    runs.replace(RECORD, lambda part: part.write_text(json.dumps(record, indent=1) + "\n"))


def summary(found: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """By cell: mean ± sd of the accuracy over its seeds, mean loss, median time."""
    by_cell = {name: [row for row in found if row["cell"] == name] for name in dict.fromkeys(r["cell"] for r in found)}
    return {
        name: {
            "n": len(of),
            "accuracy_mean": statistics.mean(row["accuracy"] for row in of),
            "accuracy_sd": statistics.stdev(row["accuracy"] for row in of) if len(of) > 1 else 0.0,
            "loss_mean": statistics.mean(row["loss"] for row in of),
            "five_views": _five_views(of),
            "elapsed_s_median": statistics.median(row["elapsed_s"] for row in of),
        }
        for name, of in by_cell.items()
    }


def _five_views(of: list[dict[str, Any]]) -> dict[str, float] | None:
    """Means over the same seeds; None if there is one of the first, which looked once alone."""
    found = [row["five_views"] for row in of if row.get("five_views")]
    if len(found) < len(of):
        return None
    return {f"{key}_mean": statistics.mean(one[key] for one in found) for key in found[0]}


if __name__ == "__main__":
    main()
