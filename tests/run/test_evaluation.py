import json
from dataclasses import fields
from typing import Any

import pytest

from mnistry.lineage import Origin
from mnistry.run.evaluation import EvaluationRecord, EvaluationSummary, ExtensionResult
from mnistry.run.folder import Run

Finished = tuple[Run, dict[str, Any]]


def test_a_real_evaluation_goes_in_and_comes_out(finished: Finished) -> None:
    stored = json.loads((finished[0].folder / "evaluation.json").read_text())
    record = EvaluationRecord.from_json(stored)
    assert record == finished[0].evaluation
    assert record.to_json() == stored
    assert list(record.to_json()) == list(stored)
    assert (record.total, record.recipe, record.data.name) == (400, "tutorial", "small")
    assert sum(one.count for one in record.reliability) == sum(one.support for one in record.classes) == record.total


def test_it_is_put_together_of_origin_and_summary(finished: Finished) -> None:
    whole = EvaluationRecord.from_json(json.loads((finished[0].folder / "evaluation.json").read_text()))
    origin = Origin(**{one.name: getattr(whole, one.name) for one in fields(Origin)})
    summary = EvaluationSummary(**{one.name: getattr(whole, one.name) for one in fields(EvaluationSummary)})
    assert EvaluationRecord.of(origin, summary) == whole
    extended = EvaluationRecord.of(origin, summary, ExtensionResult(correct=1, total=3), {"fog": 0.5})
    assert list(extended.to_json())[-2:] == ["extension", "corruptions"]
    assert extended.to_json()["extension"] == {"correct": 1, "total": 3}
    assert EvaluationRecord.from_json(extended.to_json()) == extended


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        ("ece", None, "ece is None: wanted a number"),
        ("classes", [{"name": "0"}], r"classes\[0\]\.precision is missing"),
        ("data", {"name": "mnist"}, r"data\.images_sha256 is missing"),
        ("confusion", {}, "confusion is {}: wanted a list"),
    ],
)
def test_a_damaged_one(key: str, value: object, reason: str, finished: Finished) -> None:
    stored = json.loads((finished[0].folder / "evaluation.json").read_text())
    with pytest.raises(ValueError, match=f"^{reason}$"):
        EvaluationRecord.from_json(stored | {key: value})
