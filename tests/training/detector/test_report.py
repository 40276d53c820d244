import json
import re
from pathlib import Path
from typing import Any

import pytest

import hostile_models
from handmade_scenes import box, found, scene
from mnistry.detector.detector import Detector
from mnistry.run.evaluation import PagesRecord
from mnistry.run.folder import Run
from mnistry.training.detector import report
from mnistry.training.detector.evaluate import PagesEvaluation

PAGE = scene("12345", "6b")
READ = found(
    (1, box(0, 0)), (7, box(0, 1)), (3, box(0, 2)), (3, box(0, 2, 1)), (6, box(1, 1)), (9, box(3, 3))
)  # fmt: skip


def test_a_mark_for_each_digit_found_or_missed() -> None:
    said = [(mark.kind, mark.label, mark.text) for mark in report.marks(PAGE, READ)]
    assert said == [
        ("right", "", "1, found"),
        ("wrong", "7", "2, read as 7"),
        ("right", "", "3, found"),
        ("false", "3", "3 read beside the 3"),
        ("false", "6", "6 read where there is another glyph"),
        ("false", "9", "9 read where there is nothing"),
        ("missed", "", "4, missed"),
        ("missed", "", "5, missed"),
        ("missed", "", "6, missed"),
    ]
    first = next(report.marks(PAGE, READ))
    assert (first.left, first.top, first.width, first.height) == (0, 0, 20, 24)


def test_signs_are_named_and_what_counts_neither_way_has_no_mark() -> None:
    assert [mark.text for mark in report.marks(scene("+"), found((4, box(0, 0))))] == ["4 read where there is only a +"]
    assert list(report.marks(scene("12", seen=0.5), found((1, box(0, 0))))) == []


def test_the_first_pages_are_shown_and_of_the_others_the_worst() -> None:
    good, bad = (scene("1"), found((1, box(0, 0)))), (scene("1"), found())
    worse = scene("123"), found()
    pages, read = zip(*[good] * report.SHOWN, good, bad, worse, good, bad, strict=True)
    assert report.chosen(PagesEvaluation(list(pages), list(read))) == ([0, 1, 2, 3, 4, 5], [8, 7, 10])
    assert report.chosen(PagesEvaluation([good[0]], [good[1]])) == ([0], [])


def test_written_to_a_folder(tmp_path: Path) -> None:
    """Of a bare detector, without a history."""
    detector = Detector(hostile_models.detector(tmp_path / "d.onnx"), threads=1)
    report.write(PagesEvaluation([PAGE, scene("ab")], [READ, found()]), detector, tmp_path, [])
    record = PagesRecord.from_json(json.loads((tmp_path / "evaluation.json").read_text()))
    assert (record.kind, record.recipe, record.right, record.total, record.silence) == ("detector", None, 2, 6, 1)
    text = (tmp_path / "report.html").read_text()
    assert "2 of 6 digits right (33.3 %)" in text
    assert "A detector of unknown origin" in text
    assert "page 1: 2 right, 1 wrong, 3 missed, 3 false" in text
    assert "page 2: no digits, none found" in text
    assert "Learning curves" not in text
    assert text.count("data:image/jpeg;base64,") == 2


def test_the_report_of_a_run_is_self_contained(small_detector: Run) -> None:
    text = (small_detector.folder / "report.html").read_text()
    assert re.findall(r'(?:src|href)="(?!data:|#)', text) == []
    assert "mnistry train detector --seed 1 --epochs 3" in text
    assert "Learning curves" in text
    assert small_detector.page_evaluation is not None
    assert f"{small_detector.page_evaluation.pages} synthetic pages" in text


@pytest.mark.parametrize("change", [{"kind": 5}, {"silence": "none"}, {"true": None}])
def test_what_is_no_evaluation_of_a_detector(change: dict[str, Any], small_detector: Run) -> None:
    stored = json.loads((small_detector.folder / "evaluation.json").read_text())
    assert PagesRecord.from_json(stored).to_json() == stored
    with pytest.raises(ValueError, match=f"^{next(iter(change))} is "):
        PagesRecord.from_json(stored | change)
