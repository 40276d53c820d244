"""Evaluates a detector alone, without a classifier, on pages of digits, fonts and photos that nothing else has seen.

Of all steps of training, only this one draws pages of MNIST's test digits.
"""

import hashlib
from dataclasses import dataclass
from functools import cached_property

from mnistry.detector.detector import Detector
from mnistry.ocr.find_glyphs import find_glyphs
from mnistry.run.evaluation import EvaluatedData, PagesSummary
from mnistry.training.detector import judge, pages, sources
from mnistry.training.detector.judge import Found, Verdict
from mnistry.training.synthetic.pages.scene import Scene

PAGES = 200
SPLIT = "figures"


@dataclass(frozen=True, eq=False)
class PagesEvaluation:
    """Pages, and what a detector found on each."""

    pages: list[Scene]
    found: list[Found]

    @cached_property
    def verdicts(self) -> list[Verdict]:
        """The judgement of each page."""
        return [judge.judge(page, found) for page, found in zip(self.pages, self.found, strict=True)]

    def summary(self) -> PagesSummary:
        """Return the figures over all pages, as in evaluation.json."""
        whole = sum(self.verdicts, Verdict())
        images = hashlib.sha256(b"".join(hashlib.sha256(page.pixels.tobytes()).digest() for page in self.pages))
        return PagesSummary(
            **vars(whole.scores),
            accuracy=whole.digits_right,
            test_error=1 - whole.digits_right,
            correct=whole.right,
            total=max(whole.true, whole.found),
            false_alarms=1 - whole.silence,
            pages=len(self.pages),
            split=SPLIT,
            data=EvaluatedData(sources.NAME, images.hexdigest()),
        )


def evaluate(detector: Detector) -> PagesEvaluation:
    """Draw the pages of the figures, and find their digits.

    Raises `DataError` if fonts or photos cannot be fetched, and `ModelError` if the detector fails.
    """
    drawn = list(pages.drawn(SPLIT, PAGES))
    found = [judge.digits_of(find_glyphs(page.pixels, detector.detect)) for page in drawn]
    return PagesEvaluation(drawn, found)
