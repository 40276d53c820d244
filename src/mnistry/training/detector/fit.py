"""Fits a detector, epoch by epoch, and keeps the network of the best epoch; training can be resumed after each."""

import time
from collections.abc import Sequence
from functools import partial
from itertools import compress
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnistry.run.folder import Run
from mnistry.training.detector import mining, pages
from mnistry.training.detector.crops import Crops, Seed
from mnistry.training.detector.loop import DetectorLoop
from mnistry.training.detector.recipe import DetectorRecipe
from mnistry.training.loops import checkpoint
from mnistry.training.progress import Watch
from mnistry.training.synthetic.pages.scene import Scene

SHARES = ("digits_right", "lines_exact", "silence", "score")  # of the validation pages, in history.csv


class Fitting:
    """A training loop, the best network so far and the hard negatives found so far; a fitting is `Stateful`.

    `best` are the network's variables after the epoch `best_epoch`. `hard` (rounds, n) are 1 for the pictures of each
    mining round that are hard negatives.
    """

    def __init__(self, loop: DetectorLoop, recipe: DetectorRecipe) -> None:
        self.loop = loop
        self.best = loop.variables()
        self.hard = np.zeros((recipe.mining, recipe.mined_from), np.uint8)
        self._best = np.array([0.0, -1.0])  # epoch and score

    @property
    def best_epoch(self) -> int:
        """The epoch of the best network, from 1."""
        return int(self._best[0])

    def keep(self, epoch: int, score: float) -> None:
        """Keep the network as it is now if it is at least as good as the best before."""
        if score >= self._best[1]:
            self.best, self._best = self.loop.variables(), np.array([epoch, score])

    @property
    def mined(self) -> list[Seed]:
        """The seeds of all hard negatives found so far."""
        found = (mining.seeds(round_, len(hard)) for round_, hard in enumerate(self.hard))
        return [seed for seeds, hard in zip(found, self.hard, strict=True) for seed in compress(seeds, hard)]

    def state(self) -> list[NDArray[Any]]:
        """Return all that the next epoch depends on, and the best network."""
        return [*self.loop.state(), *self.best, self._best.copy(), self.hard.copy()]

    def load(self, arrays: Sequence[NDArray[Any]]) -> None:
        """Restore such a state."""
        kept = len(self.best) + 2
        self.loop.load(arrays[:-kept])
        *self.best, self._best, self.hard = arrays[-kept:]


def fit(fitting: Fitting, recipe: DetectorRecipe, seed: int, run: Run, watch: Watch, judged_on: list[Scene]) -> None:
    """Train to the recipe's last epoch, starting from the run's checkpoint if there is one.

    Writes the checkpoint, then history.csv, after each epoch. Each is judged on the pages `judged_on`.
    """
    history = checkpoint.restore_run(run, fitting, recipe.epochs)
    watch.start(recipe.epochs, recipe.steps, history)
    with Crops(recipe, seed) as crops:
        for epoch in range(len(history) + 1, recipe.epochs + 1):
            row = _epoch(fitting, recipe, epoch, crops, watch, judged_on)
            history.append(row)
            checkpoint.save_run(run, fitting, history)
            watch.epoch(row)


def _epoch(
    fitting: Fitting, recipe: DetectorRecipe, epoch: int, crops: Crops, watch: Watch, judged_on: list[Scene]
) -> dict[str, float]:
    """Train and judge one epoch, and look for hard negatives if it is time; returns its row in history.csv."""
    started = time.perf_counter()
    losses = fitting.loop.epoch(crops.epoch(epoch, fitting.mined), epoch, partial(watch.step, epoch))
    trained = time.perf_counter()
    with fitting.loop.detecting() as detect:
        verdict = pages.validate(detect, judged_on)
        for round_, after in enumerate(recipe.mined_after):
            if after == epoch < recipe.epochs:
                fitting.hard[round_] = mining.hard(crops, round_, recipe.mined_from, detect)
    fitting.keep(epoch, verdict.score)
    figures = losses | {name: getattr(verdict, name) for name in SHARES}
    times = {"train_s": trained - started, "elapsed_s": time.perf_counter() - started}
    rounded = {name: round(value, 6) for name, value in figures.items()}
    return {"epoch": epoch, **rounded, **{name: round(value, 3) for name, value in times.items()}}
