"""studies/ideas.py and probe.py: an idea is measured, and the record has every idea."""

import json
import statistics
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_an_idea_is_measured(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """On three folds of 600 images, in this process; nothing is written when ideas are named."""
    import torch

    import ideas
    from probe import Probe, run_folds

    threads = torch.get_num_threads()  # not the probe's own: with others, later tests would not train bit for bit
    probe = replace(
        Probe(threads=threads), share=0.01, batch_sizes=(32,), shift_px=1, keep_hardest=0.5, average=0.5, muon=True
    )
    found = run_folds(probe, 3)
    assert all(0.2 < accuracy < 1 and time_s > 0 for accuracy, time_s in found)
    assert run_folds(probe, 3)[1][0] == found[1][0], "the same fold, the same network"
    row = {"accuracies": [0.99, 0.98], "elapsed_s": [3.0, 5.0]}
    base = {"accuracies": [0.98, 0.98], "elapsed_s": [2.0, 2.0]}
    compared = ideas.compare(row, base)
    assert compared["difference_pp"] == pytest.approx(0.5)
    assert compared["standard_error_pp"] == pytest.approx(0.5)
    assert compared["time_ratio"] == pytest.approx(2)
    for change in (
        {"whiten": True},
        {"half_size": True},
        {"stride": 2},
        {"dense": 0, "dropout": 0.1},
        {"gather": True},
    ):
        assert 0.2 < run_folds(replace(probe, share=0.03, average=0.0, **change), 1)[0][0] < 1


def test_every_idea_is_recorded_as_the_script_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    import ideas
    from probe import FOLDS, Probe

    record = json.loads((ROOT / "records" / "ideas.json").read_text())
    assert len(record["commit"]) == 40, "made from a checkout with changes that were not committed"
    assert record["base"] == json.loads(json.dumps(asdict(Probe())))
    predicted = [(row["idea"], row["change"], row["predicted_pp"], row["predicted_time"]) for row in record["rows"]]
    assert predicted == [tuple(idea) for idea in json.loads(json.dumps(ideas.IDEAS))]
    for row in record["rows"]:
        assert len(row["accuracies"]) == len(row["elapsed_s"]) == FOLDS
        assert row["accuracy_mean"] == pytest.approx(statistics.mean(row["accuracies"]))


@pytest.mark.slow
def test_a_named_idea_is_shown_and_not_recorded() -> None:
    before = (ROOT / "records" / "ideas.json").read_bytes()
    words = ["half an epoch", "--folds", "2"]
    done = subprocess.run(
        [sys.executable, ROOT / "studies" / "ideas.py", *words], check=True, capture_output=True, text=True
    )
    assert [line[:32].strip() for line in done.stdout.splitlines()] == ["base", "half an epoch"]
    assert "pp (predicted -0.25)" in done.stdout
    assert (ROOT / "records" / "ideas.json").read_bytes() == before
