"""Benchmarks published recipes side by side: how long each trains on this machine, and what it reaches.

Every measurement is a process of its own that trains as `mnistry train` does, on the same images and
threads. The weights of every epoch are kept, and are scored by `evaluate` after the clock has stopped.
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
from itertools import product
from pathlib import Path

import numpy as np

from mnistry.data import Dataset, load_dataset, save
from mnistry.data.load import MNIST
from mnistry.data.split import Split
from mnistry.errors import RunError, UsageError
from mnistry.safety.cores import available_cores
from mnistry.safety.json_record import as_json, from_json
from mnistry.training import recipes
from mnistry.training.bench.row import MeasuredRun, Row
from mnistry.training.bench.worker import Order, RunTiming, epoch_weights

TARGET = 0.9919
QUICK_SHARE = 1 / 8
COMPARED = (*recipes.PEERS, "tutorial", "fast")  # the default recipes of a table


@dataclass(frozen=True)
class Cell:
    """One measurement: a recipe on a backend, with `threads` threads and `share` of the images.

    A share above 1 repeats images. If `sample` is not 1, only that part of the share is trained, for one
    epoch, and the median step is extrapolated to all of them.
    """

    recipe: str
    backend: str
    threads: int
    share: float = 1.0
    sample: float = 1.0

    @property
    def estimated(self) -> bool:
        """Whether only a sample is trained."""
        return self.sample < 1


def cells(names: Iterable[str] = (), threads: Iterable[int] = (), shares: Iterable[float] = (1.0,)) -> list[Cell]:
    """Return the table's rows: the named recipes (by default `COMPARED`) on torch.

    Keras' example runs on tensorflow too, if that is installed. Raises `UsageError` for threads or shares out of range.
    """
    chosen = list(dict.fromkeys(names)) or list(COMPARED)
    for name in chosen:
        recipes.find(name)
    cores = available_cores()
    threads, shares = list(dict.fromkeys(threads)) or [cores], list(dict.fromkeys(shares))
    if wrong := [n for n in threads if not 1 <= n <= cores]:
        raise UsageError(f"`threads` (={wrong[0]}) must be from 1 to the {cores} available cores")
    if wrong := [share for share in shares if not 0 < share <= 16]:
        raise UsageError(f"`share` (={wrong[0]:g}) must be more than 0 and at most 16")
    rows = [(name, "torch") for name in chosen]
    if "keras-example" in chosen and find_spec("tensorflow"):
        rows.insert(chosen.index("keras-example") + 1, ("keras-example", "tensorflow"))
    return [Cell(*row, n, share) for n, share, row in product(threads, shares, rows)]


def quick(wanted: list[Cell], epochs: int | None = None) -> list[Cell]:
    """Shorten this to minutes: recipes of several epochs train on an eighth of one."""
    several = {cell for cell in wanted if recipes.find(cell.recipe, epochs).epochs > 1}
    return [replace(cell, sample=QUICK_SHARE) if cell in several else cell for cell in wanted]


def measure(
    wanted: list[Cell],
    seeds: int,
    scratch: Path,
    *,
    data: str | Path = MNIST,
    epochs: int | None = None,
    say: Callable[[str], None] = lambda text: None,
) -> Iterator[list[Row]]:
    """Measure every cell with the seeds from 0; yields the table so far after each run.

    The recipes of one epoch run again after each longer one, with a new seed. Other load on the machine then
    affects both, and a ratio to two seconds needs more than one sample. `data` is anything `load_dataset` accepts;
    `epochs` overrides the recipes' own numbers.
    """
    if seeds < 1:
        raise UsageError(f"`seeds` (={seeds}) must be 1 or more")
    lengths = {cell: recipes.find(cell.recipe, epochs).epochs for cell in wanted}
    data_set = load_dataset(data)
    measured: dict[Cell, list[MeasuredRun]] = {cell: [] for cell in wanted}
    for cell in _in_turn(wanted, seeds, lengths):
        seed = len(measured[cell])
        say(f"{cell.recipe} on {cell.backend}, seed {seed}, {cell.threads} threads, {cell.share:g} of the images")
        source = _share(data_set, cell.share * cell.sample, scratch)
        measured[cell].append(_measure(cell, seed, source, data_set, 1 if cell.estimated else epochs, scratch))
        yield [row(cell, runs, len(data_set.train), epochs) for cell, runs in measured.items() if runs]


def _in_turn(wanted: list[Cell], seeds: int, lengths: dict[Cell, int]) -> Iterator[Cell]:
    """Yield each cell `seeds` times, in rotation.

    Cells of one epoch come once after each longer one instead, if one has the same threads and share.
    """
    short = [cell for cell in wanted if lengths[cell] == 1]
    long = [cell for cell in wanted if lengths[cell] > 1 and not cell.estimated]
    beside = {cell for cell in short if any(_beside(cell, other) for other in long)}
    rest = [cell for cell in wanted if cell not in long and cell not in beside]
    for _ in range(seeds):
        for cell in long:
            yield cell
            yield from (one for one in short if _beside(one, cell))
        yield from rest


def _beside(one: Cell, other: Cell) -> bool:
    return (one.threads, one.share) == (other.threads, other.share)


def row(cell: Cell, runs: list[MeasuredRun], images: int, epochs: int | None) -> Row:
    """Summarise the runs of a cell."""
    recipe = recipes.find(cell.recipe, epochs)
    total = recipe.epochs * images * cell.share
    trained_s = [sum(run.epoch_train_s) for run in runs]
    all_s = [run.step_s_median * total / recipe.batch_size for run in runs] if cell.estimated else trained_s
    # For a sample: the estimated time of all training in place of its own.
    more_s = [whole - trained for whole, trained in zip(all_s, trained_s, strict=True)]
    held = [time_s for run in runs if (time_s := _until_held(run)) is not None]
    accuracies = [run.accuracy for run in runs]
    per_image, training_s = runs[0].training_gflop_per_image, statistics.median(all_s)
    sgemm = statistics.median(run.sgemm_gflop_s for run in runs)
    return Row(
        **asdict(cell),
        estimated=cell.estimated,
        epochs=recipe.epochs,
        n=len(runs),
        training_s=training_s,
        first_step_s=statistics.median(run.first_step_s for run in runs),
        command_to_model_s=statistics.median(run.model_s + more for run, more in zip(runs, more_s, strict=True)),
        command_to_report_s=statistics.median(run.report_s + more for run, more in zip(runs, more_s, strict=True)),
        accuracy_mean=None if cell.estimated else statistics.mean(accuracies),
        accuracy_sd=statistics.stdev(accuracies) if len(runs) > 1 and not cell.estimated else None,
        held_n=len(held),
        held_s=statistics.median(held) if 2 * len(held) > len(runs) else None,
        gflop_per_image=per_image,
        gflop_s=total * per_image / training_s,
        sgemm_gflop_s=sgemm,
        sgemm_share=total * per_image / training_s / sgemm,
        peak_memory_mb=max((run.peak_memory_mb for run in runs if run.peak_memory_mb), default=None),
        runs=tuple(runs),
    )


def _until_held(run: MeasuredRun) -> float | None:
    """Return the training seconds at the end of the first epoch that reads 99.19 % of the test images right."""
    for epoch, accuracy in enumerate(run.epoch_accuracy, 1):
        if accuracy >= TARGET:
            return sum(run.epoch_train_s[:epoch])
    return None


def _measure(cell: Cell, seed: int, source: str, data_set: Dataset, epochs: int | None, scratch: Path) -> MeasuredRun:
    """Train one run in a process of its own, then score each of its epochs."""
    run = scratch / f"{cell.recipe}-{cell.backend}-{cell.threads}-{cell.share:g}-{seed}"
    threads = cell.threads if cell.threads < available_cores() else None  # a backend uses all cores by default
    # GPUs are hidden: everything is compared on the processor.
    inherited = {name: value for name, value in os.environ.items() if name != "OMP_NUM_THREADS"}
    cpu = {"KERAS_BACKEND": cell.backend, "KERAS_TORCH_DEVICE": "cpu", "CUDA_VISIBLE_DEVICES": ""}
    # The command line is imported because `mnistry train` imports it, and its user waits for that too.
    command = [sys.executable, "-c", "import mnistry.cli.app; from mnistry.training.bench.worker import main; main()"]
    order = Order(
        recipe=cell.recipe,
        seed=seed,
        data=source,
        epochs=epochs,
        run=str(run),
        threads=threads,
        started=time.time(),
    )
    command.append(json.dumps(as_json(order)))
    done = subprocess.run(command, env={**inherited, **cpu}, capture_output=True, text=True)
    if done.returncode:
        said = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
        raise RunError(f"{cell.recipe} on {cell.backend} did not train: {said[-1]}")
    timing = from_json(RunTiming, json.loads(done.stdout.splitlines()[-1]))
    scored = 0 if cell.estimated else len(timing.epoch_train_s)
    accuracies, per_image = _score_epochs(cell.recipe, run, scored, data_set)
    if scored and abs(accuracies[-1] - timing.accuracy) > 0.001:  # sums in another order may flip an image
        apart = f"its last epoch scores {accuracies[-1]}, its model {timing.accuracy}"
        raise RunError(f"{cell.recipe} on {cell.backend}: {apart}: wanted the same")
    return MeasuredRun(**vars(timing), epoch_accuracy=tuple(accuracies), training_gflop_per_image=per_image)


def _score_epochs(name: str, run: Path, epochs: int, data_set: Dataset) -> tuple[list[float], float]:
    """Return the accuracy on the test images after each epoch, and the GFLOP of training on one image."""
    from mnistry.classifier.classifier import Classifier
    from mnistry.classifier.metadata import ModelMetadata
    from mnistry.evaluation.evaluate import evaluate
    from mnistry.training import flops, models
    from mnistry.training.export import to_onnx
    from mnistry.training.loops import checkpoint

    recipe = recipes.find(name)
    model = models.build(recipe.model, data_set.image_shape, len(data_set.class_names))
    accuracies = []
    for epoch in range(1, epochs + 1):
        arrays, _ = checkpoint.read(epoch_weights(run, epoch))
        for variable, array in zip(model.variables, arrays[: len(model.variables)], strict=True):
            variable.assign(array)  # the optimizer's arrays follow
        path = run.with_name(f"{run.name}-epoch.onnx")
        to_onnx.to_onnx(model, path, data_set, ModelMetadata(class_names=data_set.class_names), recipe.views)
        accuracies.append(evaluate(Classifier(path), data_set).accuracy)
        epoch_weights(run, epoch).unlink()
    return accuracies, flops.training_flop(model) / 1e9


def _share(data_set: Dataset, share: float, scratch: Path) -> str:
    """Return the data set with a share of its training images, as something that `load_dataset` accepts."""
    if share == 1:
        return data_set.source
    path = scratch / f"share-{share:g}.npz"
    if not path.exists():
        n = len(data_set.train)
        wanted = np.resize(np.random.default_rng(0).permutation(n), max(1, round(share * n)))
        part = Split(data_set.train.images[wanted], data_set.train.labels[wanted])
        save(replace(data_set, train=part), path)
    return str(path)
