"""Pages that a detector is judged on, always the same, of digits, fonts and photos that training does not see."""

from collections.abc import Iterable, Iterator

import numpy as np

from mnistry.ocr.find_glyphs import find_glyphs
from mnistry.ocr.peaks import Detect
from mnistry.training.detector import judge, sources
from mnistry.training.detector.judge import Verdict
from mnistry.training.synthetic.page_fonts import SplitName
from mnistry.training.synthetic.pages import scene
from mnistry.training.synthetic.pages.scene import Scene

SIZES = ((320, 480), (480, 360), (640, 640), (112, 224))
EM_PX = 15.0, 90.0
SEEDS = {"validation": 77_001, "figures": 77_003}  # apart from the seeds of training


def drawn(split: SplitName, n: int) -> Iterator[Scene]:
    """Draw the first `n` pages of a split: "validation" or "figures"."""
    of = sources.split_materials(split)
    for k in range(n):
        rng = np.random.default_rng((SEEDS[split], k))
        height, width = SIZES[k % len(SIZES)]
        most = min(EM_PX[1], height / 3)
        em = float(np.exp(rng.uniform(np.log(EM_PX[0]), np.log(most))))
        yield scene.draw(height, width, of, rng, em)


def validate(detect: Detect, pages: Iterable[Scene]) -> Verdict:
    """Read pages with a detector alone, and judge what it finds."""
    verdicts = (judge.judge(page, judge.digits_of(find_glyphs(page.pixels, detect))) for page in pages)
    return sum(verdicts, Verdict())
