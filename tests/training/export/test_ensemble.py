import json
import resource
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from conftest import Cli
from mnistry.assets import MODEL
from mnistry.data import Dataset, load_dataset
from mnistry.errors import DataError, RunError, UsageError
from mnistry.reader import Reader
from mnistry.run import folder as runs
from mnistry.run.folder import Run
from mnistry.training import resume, train
from mnistry.training.export.ensemble import ensemble
from mnistry.training.export.write_metadata import write_metadata
from mnistry.training.synthetic import nondigits


@pytest.fixture(scope="module")
def other(small_npz: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return train("fast", seed=1, data=small_npz, epochs=2, out=tmp_path_factory.mktemp("other") / "run")


@pytest.mark.slow
def test_it_reads_as_the_mean_of_its_members(
    finished: tuple[Run, dict[str, Any]], other: Run, mnist: Dataset, tmp_path: Path, cli: Cli
) -> None:
    """On the command line as in Python; a member's recipe does not matter, its temperature does."""
    done = cli("ensemble", finished[0].folder, other.folder, "--out", tmp_path / "both", "--json")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    members = [Reader(finished[0].model), Reader(other.model)]
    images = mnist.validation.images[:70]
    expected = np.mean([reader.logits(images) / reader.temperature for reader in members], axis=0)
    reader = Reader(tmp_path / "both" / "model.onnx")
    assert np.allclose(reader.logits(images), expected, atol=1e-4)
    assert np.allclose(reader.logits(images[:1]), expected[:1], atol=1e-4)
    assert (result["recipe"], result["total"], result["parameters"]) == ("ensemble", 400, 156_042 + 72_538)
    assert result["epochs"] == 4
    run = Run(tmp_path / "both")
    assert run.finished
    assert [one["seed"] for one in run.config.to_json()["recipe"]["members"]] == [0, 1]
    assert result["seed"] is None
    page = (run.folder / "report.html").read_text()
    assert "Recipe ensemble of tutorial (seed 0), fast (seed 1), on the test images" in page
    assert str(tmp_path) not in json.dumps(reader.metadata.to_json())
    again = cli("evaluate", run.folder, "--json")
    assert json.loads(again.stdout)["correct"] == result["correct"]


@pytest.mark.slow
def test_it_reads_pictures_and_rejects_as_its_members_do(own_run: Run, tmp_path: Path) -> None:
    """The bundled network beside itself: a number, and a picture that shows none."""
    shutil.copy(MODEL, own_run.model)
    again = shutil.copytree(own_run.folder, tmp_path / "again")
    both = Reader(ensemble([own_run.folder, again], tmp_path / "both").model)
    assert np.isfinite(both.threshold)
    number, rng = np.full((60, 160), 255, np.uint8), np.random.default_rng(0)
    for i, image in enumerate(load_dataset().validation.images[:4, ..., 0]):
        number[16:44, 10 + 36 * i : 38 + 36 * i] -= image
    assert both.read(number).text == Reader().read(number).text != ""
    scribbles = [255 - np.pad(nondigits.scribble(load_dataset().validation, rng), 20) for _ in range(8)]
    assert sum(not both.read(scribble).text for scribble in scribbles) >= 6


def test_members_that_learned_the_validation_images_give_their_calibration(
    finished: tuple[Run, dict[str, Any]], other: Run, small_npz: Path, tmp_path: Path, cli: Cli
) -> None:
    whole = train("fast", seed=2, data=small_npz, epochs=2, calibrate_from=other.folder, out=tmp_path / "whole")
    run = ensemble([finished[0].folder, whole.folder], tmp_path / "both")
    reader = Reader(run.model)
    assert (run.config.data.train, run.config.data.validation) == (2400, 0)
    assert reader.temperature == 1.0
    assert "the temperatures of its members are part of it." in (run.folder / "report.html").read_text()
    assert run.config.backend == finished[0].config.backend
    data = load_dataset(small_npz)
    scores = np.logaddexp.reduce(reader.logits(np.concatenate([data.train.images, data.validation.images])), axis=1)
    shares = [Reader(one).metadata.to_json()["rejection"]["learned_below"] for one in (finished[0].model, whole.model)]
    assert (scores < reader.threshold).mean() == pytest.approx(np.mean(shares), abs=1e-3)
    refused = cli("evaluate", run.folder, "--split", "validation")
    assert refused.returncode == 2
    assert refused.stderr.endswith("learned these validation images itself (--calibrate-from): wanted --split test\n")


def test_members_of_two_backends_are_of_none(
    finished: tuple[Run, dict[str, Any]], own_run: Run, tmp_path: Path
) -> None:
    """The second, a copy of the first, says that it was trained on jax."""
    own_run.write_json("recipe.json", own_run.config.to_json() | {"backend": "jax"})
    run = ensemble([finished[0].folder, own_run.folder], tmp_path / "both")
    assert run.config.backend is None
    page = (run.folder / "report.html").read_text()
    assert "<small>4 epochs</small>" in page
    assert "None" not in page


def test_data_that_have_changed_are_said_before_anything_is_written(
    finished: tuple[Run, dict[str, Any]], own_run: Run, tmp_path: Path
) -> None:
    other = tmp_path / "other.npz"
    with np.load(finished[0].config.data.source) as arrays:
        np.savez(other, **{**arrays, "y_train": (arrays["y_train"] + 1) % 10})
    with pytest.raises(
        DataError, match=r"other\.npz: is not the data of .* \(SHA-256 differs\): say with --data where those are$"
    ):
        ensemble([finished[0].folder, own_run.folder], tmp_path / "out", data=other)
    with pytest.raises(RunError, match="is given twice: its vote would count double$"):
        ensemble([own_run.folder, own_run.folder], tmp_path / "out")
    assert not (tmp_path / "out").exists()
    (own_run.folder / "report.html").unlink()
    own_run.write_json("recipe.json", {**own_run.config.to_json(), "recipe": {"name": "ensemble", "members": []}})
    with pytest.raises(
        RunError, match="is an ensemble that was not finished: remove it and run mnistry ensemble again$"
    ):
        resume(own_run.folder)


def test_what_cannot_be_put_together(
    finished: tuple[Run, dict[str, Any]], other: Run, own_run: Run, tmp_path: Path
) -> None:
    whole = finished[0].folder
    with pytest.raises(UsageError, match=r"^an ensemble of 1: wanted two runs or more$"):
        ensemble([whole], tmp_path / "out")
    with pytest.raises(RunError, match="no run there"):
        ensemble([whole, tmp_path / "nowhere"], tmp_path / "out")
    description = own_run.config.to_json()
    own_run.write_json("recipe.json", {**description, "data": {**description["data"], "sha256": "0"}})
    with pytest.raises(RunError, match=r"was trained on other data than .* \(SHA-256 differs\)$"):
        ensemble([whole, own_run.folder], tmp_path / "out")
    own_run.model.unlink()
    with pytest.raises(RunError, match=r"is not finished: go on with: mnistry train --resume"):
        ensemble([whole, own_run.folder], tmp_path / "out")
    assert not (tmp_path / "out").exists()
    shutil.copytree(whole, tmp_path / "taken")
    with pytest.raises(RunError, match="holds a run already"):
        ensemble([whole, other.folder], tmp_path / "taken")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"class_names": list("abcdefghij")}, "reads other classes or images than its run was trained on"),
        ({"epochs": "many"}, "lacks what is needed of a member (epochs is missing)"),
        ({"elapsed_s": None}, "lacks what is needed of a member (elapsed_s is missing)"),
        ({"rejection": {"threshold": 1.0, "learned_below": "few"}}, "lacks what is needed of a member (rejection.learned_below is 'few': wanted a number)"),
        ({"rejection": {"threshold": 1.0, "learned_below": 1.5}}, "its share of images below the threshold is 1.5: wanted 0 to 1"),
    ],
)  # fmt: skip
def test_a_member_with_another_model(
    change: dict[str, Any], reason: str, finished: tuple[Run, dict[str, Any]], own_run: Run, tmp_path: Path
) -> None:
    write_metadata(own_run.model, replace(Reader(own_run.model).metadata, others=change))
    with pytest.raises(RunError) as caught:
        ensemble([finished[0].folder, own_run.folder], tmp_path / "out")
    assert str(caught.value) == f"{own_run.model}: {reason}"
    assert not (tmp_path / "out").exists()


def test_a_damaged_member_is_said(finished: tuple[Run, dict[str, Any]], own_run: Run, tmp_path: Path) -> None:
    own_run.write_text("recipe.json", "[" * 100_000)
    with pytest.raises(RunError, match=r"recipe\.json: is damaged \(nested more than 32 deep\): put back what"):
        ensemble([finished[0].folder, own_run.folder], tmp_path / "out")


def test_a_full_disk_is_said(
    finished: tuple[Run, dict[str, Any]], own_run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "NEEDED_BYTES", 1)  # it is later that the disk is full
    limits, out = resource.getrlimit(resource.RLIMIT_FSIZE), tmp_path / "out"
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limits[1]))
    try:
        with pytest.raises(RunError) as caught:
            ensemble([finished[0].folder, own_run.folder], out)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    then = f"remove {out} and run mnistry ensemble again"
    assert str(caught.value) == f"{out / 'model.onnx'}: cannot be written (File too large): {then}"
    assert [p.name for p in out.iterdir()] == ["recipe.json"]
