"""A detector that is trained on small pages of bundled material, which need no network; other processes import it too."""

from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from mnistry.data import load_dataset
from mnistry.training.detector import crops, evaluate, fit_confidence, pages, sources
from mnistry.training.detector.recipe import DetectorRecipe
from mnistry.training.synthetic.page_fonts import SplitName
from mnistry.training.synthetic.pages.alphabets import Mnist
from mnistry.training.synthetic.pages.materials import Materials
from page_materials import dejavu_materials

# A network of a few thousand parameters, which learns nothing, in seconds.
RECIPE = DetectorRecipe(
    name="detector",
    epochs=3,
    crops=8,
    batch_size=4,
    height=64,
    width=96,
    warm_up=2,
    averaging=0.5,
    widths=(4, 4, 4, 4, 4),
    deep=1,
    mined_from=5,
    mined_share=0.5,
    pages=2,
)


@cache
def materials(split: SplitName) -> Materials:
    """Return a split's materials: its own digits, and the same fonts and noise for all."""
    digits = load_dataset()
    own = {"training": digits.train, "validation": digits.validation}.get(split) or digits.test
    return replace(dejavu_materials(digits), digits=Mnist(own))


class AtOnce(Executor):
    """Does each task at once, in this process, on the small materials: starting another takes longer."""

    def __init__(self, *_: Any) -> None:
        crops._materials = materials("training")

    def submit(self, task: Callable[..., Any], /, *given: Any) -> "Future[Any]":  # pyright: ignore[reportIncompatibleMethodOverride]
        future: Future[Any] = Future()
        future.set_result(task(*given))
        return future


def use(patch: pytest.MonkeyPatch, *, at_once: bool = True) -> None:
    """Let detectors be trained and evaluated on small pages, which need no network, and few of them."""
    patch.setattr(sources, "split_materials", materials)
    patch.setattr(sources, "fetch", lambda: None)
    patch.setattr(evaluate, "PAGES", 4)
    patch.setattr(fit_confidence, "PAGES", 4)
    patch.setattr(pages, "SIZES", ((64, 96), (112, 80), (96, 96)))
    if at_once:
        patch.setattr(crops, "ProcessPoolExecutor", AtOnce)
