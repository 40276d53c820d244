import numpy as np
import pytest

import small_pages
from handmade_scenes import box, found, scene
from mnistry.detector.detector import Detector
from mnistry.run.folder import Run
from mnistry.training.detector import evaluate as module
from mnistry.training.detector.evaluate import PagesEvaluation, evaluate
from mnistry.training.synthetic.pages.materials import Materials


def test_figures_of_some_pages() -> None:
    pages = [scene("12", "3"), scene("ab"), scene("7")]
    read = [found((1, box(0, 0)), (2, box(0, 1)), (8, box(1, 0))), found((6, box(0, 1))), found()]
    summary = PagesEvaluation(pages, read).summary()
    counts = summary.true, summary.found, summary.right, summary.lines, summary.exact, summary.empty, summary.silent
    assert counts == (4, 3, 2, 3, 1, 1, 0)  # what was found on pages without digits counts as false alarms alone
    assert (summary.accuracy, summary.correct, summary.total, summary.test_error) == (0.5, 2, 4, 0.5)
    assert (summary.digits_right, summary.silence, summary.false_alarms) == (0.5, 0.0, 1.0)
    assert (summary.pages, summary.split, summary.data.name) == (3, "figures", "pages")


def test_the_pages_are_those_of_the_figures_and_always_the_same(
    small_detector: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_pages.use(monkeypatch)
    asked: list[str] = []

    def materials(split: str) -> Materials:
        asked.append(split)
        return small_pages.materials("figures")

    monkeypatch.setattr(module.sources, "split_materials", materials)
    detector = Detector(small_detector.model, threads=1)
    first, second = evaluate(detector), evaluate(detector)
    assert asked == ["figures", "figures"]
    assert len(first.pages) == 4
    assert first.summary() == second.summary()
    assert all(np.array_equal(a.pixels, b.pixels) for a, b in zip(first.pages, second.pages, strict=True))
