import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from conftest import Cli
from mnistry.dataset import Dataset
from mnistry.errors import RunError
from mnistry.reader import Reader
from mnistry.run import Run
from mnistry.training import train
from mnistry.training.ensemble import ensemble


@pytest.fixture(scope="module")
def other(small_npz: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return train("fast", seed=1, data=small_npz, epochs=2, out=tmp_path_factory.mktemp("other") / "run")


def test_it_reads_as_the_mean_of_its_members(
    finished: tuple[Run, dict[str, Any]], other: Run, mnist: Dataset, tmp_path: Path, cli: Cli
) -> None:
    """On the command line as in Python; a member's recipe does not matter, its temperature does."""
    done = cli("ensemble", finished[0].folder, other.folder, "--out", tmp_path / "both", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    members = [Reader(finished[0].model), Reader(other.model)]
    images = mnist.validation.images[:70]
    expected = np.mean([reader.logits(images) / reader.temperature for reader in members], axis=0)
    reader = Reader(tmp_path / "both" / "model.onnx")
    assert np.allclose(reader.logits(images), expected, atol=1e-4)
    assert np.allclose(reader.logits(images[:1]), expected[:1], atol=1e-4)
    assert (told["recipe"], told["total"], told["parameters"]) == ("ensemble", 400, 156_042 + 72_538)
    assert told["epochs"] == 4
    run = Run(tmp_path / "both")
    assert run.finished
    assert [one["seed"] for one in run.description["recipe"]["members"]] == [0, 1]
    assert str(tmp_path) not in json.dumps(reader.metadata)
    again = cli("evaluate", run.folder, "--json")
    assert json.loads(again.stdout)["correct"] == told["correct"]


def test_what_cannot_be_put_together(
    finished: tuple[Run, dict[str, Any]], other: Run, own_run: Run, tmp_path: Path
) -> None:
    whole = finished[0].folder
    with pytest.raises(RunError, match=r"^an ensemble of 1: wanted two runs or more$"):
        ensemble([whole], tmp_path / "out")
    with pytest.raises(RunError, match="no run there"):
        ensemble([whole, tmp_path / "nowhere"], tmp_path / "out")
    told = own_run.description
    own_run.write_json("recipe.json", {**told, "data": {**told["data"], "sha256": "0"}})
    with pytest.raises(RunError, match=r"was trained on other data than .* \(SHA-256 differs\)$"):
        ensemble([whole, own_run.folder], tmp_path / "out")
    own_run.model.unlink()
    with pytest.raises(RunError, match=r"is not finished: go on with: mnistry train --resume"):
        ensemble([whole, own_run.folder], tmp_path / "out")
    assert not (tmp_path / "out").exists()
    shutil.copytree(whole, tmp_path / "taken")
    with pytest.raises(RunError, match="holds a run already"):
        ensemble([whole, other.folder], tmp_path / "taken")
