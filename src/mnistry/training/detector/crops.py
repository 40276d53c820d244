"""The detector's training pictures, drawn in other processes while the network learns."""

import multiprocessing
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import resource_tracker
from typing import Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from mnistry.ocr.glyph_classes import DIGITS
from mnistry.safety import bounded_process
from mnistry.safety.cores import available_cores
from mnistry.training.detector import sources, targets
from mnistry.training.detector.recipe import DetectorRecipe
from mnistry.training.detector.targets import Targets
from mnistry.training.synthetic.page_fonts import SplitName
from mnistry.training.synthetic.pages import scene
from mnistry.training.synthetic.pages.materials import Materials
from mnistry.training.synthetic.pages.scene import Scene

AHEAD = 3  # tasks ahead for each process
LOOKED_AT = 16  # pictures of one task that looks for pictures without digits
Seed = tuple[int, ...]
T = TypeVar("T")

_materials: Materials | None = None


class Crops:
    """Draws pictures in a pool of processes; a context manager that ends them.

    Each picture follows from its seed alone, so an epoch shows the same pictures however often training is resumed.
    `processes` is by default one less than there are cores, for the network's own.
    """

    def __init__(self, recipe: DetectorRecipe, seed: int, processes: int | None = None) -> None:
        self._recipe, self._seed = recipe, seed
        self._processes = processes or max(1, available_cores() - 1)
        start = multiprocessing.get_context("spawn")
        given = (sources.split_materials, "training")
        self._pool = ProcessPoolExecutor(self._processes, start, _prepare, given)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)

    def epoch(self, epoch: int, mined: Sequence[Seed] = ()) -> Iterator[Targets]:
        """Yield the epoch's batches; up to `mined_share` of each are drawn from the seeds `mined`."""
        steps = range(self._recipe.steps)
        return self._in_order(_batch, (self._seeds(epoch, step, mined) for step in steps))

    def digitless(self, seeds: Sequence[Seed]) -> Iterator[tuple[int, NDArray[np.uint8]]]:
        """Yield the place in `seeds`, and the pixels, of each picture in which there is no digit."""
        starts = range(0, len(seeds), LOOKED_AT)
        found = self._in_order(_digitless, (list(seeds[k : k + LOOKED_AT]) for k in starts))
        for start, pictures in zip(starts, found, strict=True):
            yield from ((start + k, pixels) for k, pixels in enumerate(pictures) if pixels is not None)

    def _in_order(self, task: Callable[[DetectorRecipe, list[Seed]], T], given: Iterable[list[Seed]]) -> Iterator[T]:
        waiting: deque[Future[T]] = deque()
        for seeds in given:
            with _interrupts_held():
                waiting.append(self._pool.submit(task, self._recipe, seeds))
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


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Hold Ctrl-C back while a process may be started: one that is interrupted as it starts breaks the pool."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    resource_tracker.ensure_running()  # started later, it would let the signal through
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _prepare(source: Callable[[SplitName], Materials], split: SplitName) -> None:
    import cv2

    global _materials
    bounded_process.prepare()
    cv2.setNumThreads(1)
    _materials = source(split)


def _batch(recipe: DetectorRecipe, seeds: list[Seed]) -> Targets:
    return targets.stacked(_pictures(recipe, seeds))


def _digitless(recipe: DetectorRecipe, seeds: list[Seed]) -> list[NDArray[np.uint8] | None]:
    pictures = _pictures(recipe, seeds)
    return [None if (one.glyphs < len(DIGITS)).any() else one.pixels for one in pictures]


def _pictures(recipe: DetectorRecipe, seeds: list[Seed]) -> list[Scene]:
    assert _materials is not None
    return [drawn(seed, recipe.height, recipe.width, _materials) for seed in seeds]
