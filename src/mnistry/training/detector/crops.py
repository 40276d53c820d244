"""The detector's training pictures, drawn in other processes while the network learns."""

import multiprocessing
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from typing import Literal

import numpy as np

from mnistry.data.load import load_dataset
from mnistry.safety.cores import available_cores
from mnistry.training.detector import targets
from mnistry.training.detector.recipe import DetectorRecipe
from mnistry.training.detector.targets import Targets
from mnistry.training.synthetic.pages import scene
from mnistry.training.synthetic.pages.materials import Materials, materials
from mnistry.training.synthetic.pages.scene import Scene

AHEAD = 3  # batches drawn ahead for each process
Seed = tuple[int, ...]
Learned = Literal["training", "validation"]  # splits that training may look at

_materials: Materials | None = None


class Crops:
    """Draws batches of `Targets` in a pool of processes; a context manager.

    Each picture follows from its seed alone, so an epoch shows the same pictures however often training is resumed.
    """

    def __init__(self, recipe: DetectorRecipe, seed: int, processes: int | None = None) -> None:
        self._recipe, self._seed = recipe, seed
        self._processes = processes or max(1, available_cores() - 1)
        start = multiprocessing.get_context("spawn")
        self._pool = ProcessPoolExecutor(self._processes, start, _prepare, ("training",))

    def __enter__(self) -> "Crops":
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)

    def epoch(self, epoch: int, mined: Sequence[Seed] = ()) -> Iterator[Targets]:
        """Yield the epoch's batches; up to `mined_share` of each are drawn from the seeds `mined`."""
        waiting: deque[Future[Targets]] = deque()
        for step in range(self._recipe.steps):
            waiting.append(self._pool.submit(_batch, self._recipe, self._seeds(epoch, step, mined)))
            if len(waiting) > AHEAD * self._processes:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()

    def _seeds(self, epoch: int, step: int, mined: Sequence[Seed]) -> list[Seed]:
        n = self._recipe.batch_size
        seeds: list[Seed] = [(self._seed, epoch, step, k) for k in range(n)]
        rng = np.random.default_rng((self._seed, epoch, step))
        hard = min(int(rng.binomial(n, self._recipe.mined_share)), len(mined))
        return [mined[k] for k in rng.permutation(len(mined))[:hard]] + seeds[hard:]


def drawn(seed: Seed, height: int, width: int, of: Materials) -> Scene:
    """Draw the picture of a seed."""
    return scene.draw(height, width, of, np.random.default_rng(seed))


def split_materials(split: Learned) -> Materials:
    """Return what a split's pages are made of: MNIST's training digits, or those held out for validation."""
    digits = load_dataset()
    return materials(split, digits.train if split == "training" else digits.validation)


def _prepare(split: Learned) -> None:
    import cv2

    global _materials
    cv2.setNumThreads(1)
    _materials = split_materials(split)


def _batch(recipe: DetectorRecipe, seeds: list[Seed]) -> Targets:
    assert _materials is not None
    return targets.stacked([drawn(seed, recipe.height, recipe.width, _materials) for seed in seeds])
