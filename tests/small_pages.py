"""Synthetic pages of bundled material alone: MNIST's digits and matplotlib's fonts, no photos. A process may import it."""

from collections.abc import Callable
from concurrent.futures import Executor, Future
from functools import cache
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pytest

from mnistry.data import load_dataset
from mnistry.training.detector import crops, evaluate, sources
from mnistry.training.detector.recipe import DetectorRecipe
from mnistry.training.synthetic.page_fonts import SplitName
from mnistry.training.synthetic.pages.alphabets import Font, Mnist
from mnistry.training.synthetic.pages.content import LETTERS
from mnistry.training.synthetic.pages.materials import Materials

FONTS = Path(mpl.get_data_path()) / "fonts" / "ttf"
SIGNS = "0123456789,.-'/:+×÷=<>%()#*$€£&?!@"
NAMES = {"print": "DejaVuSans.ttf", "hand": "DejaVuSans-Oblique.ttf", "display": "DejaVuSansMono.ttf"}
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
    """Return a split's materials: its own digits, and the same three fonts for all."""
    digits = load_dataset()
    own = {"training": digits.train, "validation": digits.validation}.get(split) or digits.test
    fonts = {
        (kind, script): [Font(FONTS / name, frozenset(LETTERS[script] + SIGNS))]
        for kind, name in NAMES.items()
        for script in ("latin", "greek", "cyrillic")
    }
    return Materials(Mnist(own), fonts)


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
    if at_once:
        patch.setattr(crops, "ProcessPoolExecutor", AtOnce)
