"""benchmarks/record.py: it adds a run, says what produced it, and repeats nothing."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import record
from mnistry.errors import RunError
from mnistry.training import recipes

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory, small_npz: Path) -> Iterator[list[str]]:
    """One run of an epoch on little data, recorded; the words that recorded it."""
    folder, run = tmp_path_factory.mktemp("recorded"), subprocess.run

    def shorter(command: list[Any], **options: Any) -> Any:
        return run([*command, "--epochs", "1", "--data", small_npz], **options)

    words = ["record.py", "tutorial", "--seeds", "0-0", "--keep", str(folder / "runs"), "--predictions"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(record, "RECORDS", folder / "records")
        patch.setitem(recipes.RECIPES, "tutorial", replace(recipes.TUTORIAL, epochs=1))
        patch.setattr(subprocess, "run", shorter)
        patch.setattr(sys, "argv", words)
        record.main()
        patch.setattr(subprocess, "run", None)  # what is recorded is not run again
        yield words


@pytest.mark.usefixtures("recorded")
def test_a_run_is_recorded_with_its_figures() -> None:
    found = json.loads((record.RECORDS / "tutorial.json").read_text())
    (run,) = found["runs"]
    assert run["seed"] == 0
    assert found["summary"]["torch"]["n"] == 1
    assert (run["teachers"], run["precision"]) == ([], "float32")
    assert run["wall_s"] > run["elapsed_s"] > 0
    with np.load(record.RECORDS / "predictions" / "tutorial-torch-0.npz") as predictions:
        assert np.exp(predictions["log_probabilities"]).sum(axis=1) == pytest.approx(np.ones(400), abs=1e-3)


@pytest.mark.usefixtures("recorded")
def test_a_recorded_seed_is_not_run_again(capsys: pytest.CaptureFixture[str]) -> None:
    record.main()
    assert capsys.readouterr().out.endswith("seed 0 is recorded already; mnistry train tutorial --seed 0 repeats it\n")


def test_a_calibration_of_another_recipe_is_refused(recorded: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    other = str(ROOT / "records" / "calibrations" / "tiny.json")
    monkeypatch.setattr(sys, "argv", [*recorded, "--calibrate-from", other])
    with pytest.raises(RunError, match="is of another recipe"):
        record.main()
    assert not (record.RECORDS / "calibrations" / "tutorial.json").exists(), "written down before it was checked"


@pytest.mark.usefixtures("recorded")
def test_a_record_of_other_teachers_is_refused() -> None:
    with pytest.raises(SystemExit, match=r"tutorial.json is of runs with other teachers: remove it to record these$"):
        record._recorded(record.RECORDS / "tutorial.json", recipes.find("tutorial"), 0, "torch", None, [{"seed": 1}])
