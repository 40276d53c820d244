"""Peers side by side: how long each published recipe trains here, and what it reaches.

Every measurement is a process of its own that trains as `mnistry train` does, on the same images
and threads. The seeds are gone through one after the other, every recipe in each of them, so that
whatever else the machine does falls on all alike. The weights of every epoch are kept, and scored
by `evaluate` when the clock has stopped.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from mnistry.dataset import MNIST, Dataset, load, save
from mnistry.errors import RecipeError, RunError
from mnistry.training import recipes
from mnistry.training.timed import epoch_weights

TARGET = 0.9919
QUICK_SHARE = 1 / 8


@dataclass(frozen=True)
class Cell:
    """What is measured: a recipe on a backend, with so many threads and this share of the images.

    A share above 1 repeats images; `cut` stops after the first epoch, whose median step then stands
    for all of them.
    """

    recipe: str
    backend: str
    threads: int
    share: float = 1.0
    cut: bool = False


def cells(names: Iterable[str] = (), threads: Iterable[int] = (), shares: Iterable[float] = (1.0,)) -> list[Cell]:
    """The table's rows: the named recipes (else all) on torch, Keras' example on its fastest backend too."""
    known = [*recipes.PEERS, *recipes.RECIPES]
    chosen = list(names) or known
    for name in chosen:
        recipes.find(name)
    threads, shares = list(threads) or [_cores()], list(shares)
    if wrong := [n for n in threads if not 1 <= n <= _cores()]:
        raise RecipeError(f"`threads` (={wrong[0]}) must be from 1 to the {_cores()} cores at hand")
    if wrong := [share for share in shares if not 0 < share <= 16]:
        raise RecipeError(f"`share` (={wrong[0]:g}) must be more than 0 and at most 16")
    rows = [(name, "torch") for name in chosen]
    if "keras-example" in chosen and find_spec("tensorflow"):
        rows.insert(chosen.index("keras-example") + 1, ("keras-example", "tensorflow"))
    return [Cell(*row, n, share) for n in threads for share in shares for row in rows]


def quick(wanted: list[Cell]) -> list[Cell]:
    """The same in a minute or two: recipes of several epochs are cut to one, on an eighth of the images."""
    return [
        replace(cell, share=cell.share * QUICK_SHARE, cut=True) if recipes.find(cell.recipe).epochs > 1 else cell
        for cell in wanted
    ]


def measure(
    wanted: list[Cell],
    seeds: int,
    scratch: Path,
    *,
    data: str | Path = MNIST,
    epochs: int | None = None,
    say: Callable[[str], None] = lambda text: None,
) -> Iterator[list[dict[str, Any]]]:
    """Measure every cell with the seeds from 0; yields all rows so far after each seed.

    `data` is what `dataset.load` takes, `epochs` overrides the recipes' own numbers.
    """
    if seeds < 1:
        raise RecipeError(f"`seeds` (={seeds}) must be 1 or more")
    data_set = load(data)
    measured: dict[Cell, list[dict[str, Any]]] = {cell: [] for cell in wanted}
    for seed in range(seeds):
        for cell in wanted:
            say(f"{cell.recipe} on {cell.backend}, seed {seed}, {cell.threads} threads, {cell.share:g} of the images")
            source = _share(data_set, cell.share, scratch)
            measured[cell].append(_measure(cell, seed, source, data_set, 1 if cell.cut else epochs, scratch))
        yield rows(measured, len(data_set.train), epochs)


def rows(measured: dict[Cell, list[dict[str, Any]]], images: int, epochs: int | None) -> list[dict[str, Any]]:
    """A row of the table for each cell: medians of times, mean ± sd (n - 1) of accuracies, and all runs."""
    table = []
    for cell, runs in measured.items():
        recipe = recipes.find(cell.recipe, epochs)
        per_image = runs[0]["training_gflop_per_image"]
        # In a cut run the median step stands for all; else what was measured is what is told.
        total = recipe.epochs * images * (1 if cell.cut else cell.share)
        training_s = statistics.median(
            run["step_s_median"] * total / recipe.batch_size if cell.cut else sum(run["epoch_train_s"]) for run in runs
        )
        accuracies = [run["accuracy"] for run in runs]
        held = [time_s for run in runs if (time_s := _until_held(run)) is not None]
        rate = total * per_image / training_s
        sgemm = statistics.median(run["sgemm_gflop_s"] for run in runs)
        table.append(
            {
                **asdict(cell),
                "epochs": recipe.epochs,
                "n": len(runs),
                "training_s": training_s,
                "first_step_s": statistics.median(run["first_step_s"] for run in runs),
                "command_to_model_s": _waited(cell, runs, training_s, "model_s"),
                "command_to_report_s": _waited(cell, runs, training_s, "report_s"),
                "accuracy_mean": None if cell.cut else statistics.mean(accuracies),
                "accuracy_sd": statistics.stdev(accuracies) if len(runs) > 1 and not cell.cut else None,
                "held_s": statistics.median(held) if held and not cell.cut else None,
                "held_n": 0 if cell.cut else len(held),
                "gflop_per_image": per_image,
                "gflop_s": rate,
                "sgemm_gflop_s": sgemm,
                "sgemm_share": rate / sgemm,
                "peak_memory_mb": max(run["peak_memory_mb"] for run in runs),
                "runs": runs,
            }
        )
    return table


def _waited(cell: Cell, runs: list[dict[str, Any]], training_s: float, until: str) -> float:
    """What a user waits for; of a cut run its own overhead and the whole training."""
    overhead = [run[until] - sum(run["epoch_train_s"]) for run in runs]
    return statistics.median(overhead) + training_s if cell.cut else statistics.median(run[until] for run in runs)


def _until_held(run: dict[str, Any]) -> float | None:
    """Seconds of training at the end of the first epoch that reads 99.19 % of the test images right."""
    for epoch, accuracy in enumerate(run["epoch_accuracy"], 1):
        if accuracy >= TARGET:
            return sum(run["epoch_train_s"][:epoch])
    return None


def _measure(
    cell: Cell, seed: int, source: str, data_set: Dataset, epochs: int | None, scratch: Path
) -> dict[str, Any]:
    """One run in a process of its own, then the score of each of its epochs."""
    run = scratch / f"{cell.recipe}-{cell.backend}-{cell.threads}-{cell.share:g}-{seed}"
    spec = {"recipe": cell.recipe, "seed": seed, "data": source, "epochs": epochs, "threads": cell.threads}
    # The command line is loaded because `mnistry train` loads it, and its user waits for that too.
    command = [sys.executable, "-c", "import mnistry.cli; from mnistry.training.timed import main; main()"]
    environment = {**os.environ, "KERAS_BACKEND": cell.backend}
    spec |= {"run": str(run), "started": time.time()}
    done = subprocess.run([*command, json.dumps(spec)], env=environment, capture_output=True, text=True)
    if done.returncode:
        said = done.stderr.strip() or f"exit status {done.returncode}"
        raise RunError(f"{cell.recipe} on {cell.backend} did not train: {said[-300:]}")
    told = json.loads(done.stdout.splitlines()[-1])
    accuracies, per_image = _score_epochs(cell.recipe, run, len(told["epoch_train_s"]), data_set)
    return {"seed": seed, **told, "epoch_accuracy": accuracies, "training_gflop_per_image": per_image}


def _score_epochs(name: str, run: Path, epochs: int, data_set: Dataset) -> tuple[list[float], float]:
    """Accuracy on the test images after each epoch; GFLOP of learning one image."""
    from mnistry.evaluate import evaluate
    from mnistry.reader import Reader
    from mnistry.training import checkpoint, cost, export, models

    model = models.build(recipes.find(name).model, data_set.image_shape, len(data_set.class_names))
    accuracies = []
    for epoch in range(1, epochs + 1):
        arrays, _ = checkpoint.read(epoch_weights(run, epoch))
        for variable, array in zip(model.variables, arrays, strict=False):  # the optimizer's come after them
            variable.assign(array)
        path = run.with_name(f"{run.name}-epoch.onnx")
        export.to_onnx(model, path, data_set.validation, {"class_names": list(data_set.class_names)})
        accuracies.append(evaluate(Reader(path), data_set).accuracy)
        epoch_weights(run, epoch).unlink()
    return accuracies, cost.training_flop(model) / 1e9


def _share(data_set: Dataset, share: float, scratch: Path) -> str:
    """The data set with a share of its training images, as something that `load` takes."""
    if share == 1:
        return data_set.source
    path = scratch / f"share-{share:g}.npz"
    if not path.exists():
        train, wanted = data_set.train, round(share * len(data_set.train))
        part = replace(train, images=_repeat(train.images, wanted), labels=_repeat(train.labels, wanted))
        save(replace(data_set, train=part), path)
    return str(path)


def _repeat(array: Any, wanted: int) -> Any:
    import numpy as np

    return np.concatenate([array] * -(-wanted // len(array)))[:wanted]


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
