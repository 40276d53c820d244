"""Pages that a detector is judged on while it is trained, and pictures without digits that it should learn from."""

from functools import cache

import numpy as np

from mnistry.ocr.find_glyphs import find_glyphs
from mnistry.ocr.glyph_classes import DIGITS
from mnistry.ocr.peaks import Detect, candidates
from mnistry.ocr.views import View
from mnistry.training.detector import judge
from mnistry.training.detector.crops import Seed, drawn, split_materials
from mnistry.training.detector.judge import Verdict
from mnistry.training.detector.recipe import DetectorRecipe
from mnistry.training.synthetic.pages import scene
from mnistry.training.synthetic.pages.scene import Scene

PAGES = 80
SIZES = ((320, 480), (480, 360), (640, 640), (112, 224))
EM_PX = 15.0, 90.0
PAGE_SEED, MINING_SEED = 77_001, 77_002  # apart from the seeds of training
HARD = 0.25  # probability of a digit from which on a picture without any is a hard negative


@cache
def validation_pages() -> tuple[Scene, ...]:
    """Return the validation pages, always the same, of digits, fonts and photos that training does not see."""
    of, pages = split_materials("validation"), []
    for k in range(PAGES):
        rng = np.random.default_rng((PAGE_SEED, k))
        height, width = SIZES[k % len(SIZES)]
        most = min(EM_PX[1], height / 3)
        em = float(np.exp(rng.uniform(np.log(EM_PX[0]), np.log(most))))
        pages.append(scene.draw(height, width, of, rng, em))
    return tuple(pages)


def validate(detect: Detect) -> Verdict:
    """Read the validation pages with a detector alone, and judge what it finds."""
    return judge.total(
        [judge.judge(page, judge.digits_of(find_glyphs(page.pixels, detect))) for page in validation_pages()]
    )


def mined(recipe: DetectorRecipe, detect: Detect, number: int) -> list[Seed]:
    """Return seeds of training pictures without digits in which the detector sees some, in mining round `number`."""
    of = split_materials("training")
    hard: list[Seed] = []
    for k in range(recipe.mined_from):
        seed = (MINING_SEED, number, k)
        picture = drawn(seed, recipe.height, recipe.width, of)
        if not (picture.glyphs < len(DIGITS)).any() and _strongest(picture, detect) >= HARD:
            hard.append(seed)
    return hard


def _strongest(picture: Scene, detect: Detect) -> float:
    """Return the largest probability of a digit anywhere."""
    view = View(picture.pixels, 1.0, 0.0, 0.0, (-1e9, -1e9, 1e9, 1e9))
    found = candidates(detect(picture.pixels), view, 0)
    if not len(found):
        return 0.0
    return float((found.heat * np.exp(found.glyph[:, : len(DIGITS)]).sum(axis=1)).max())
