import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from conftest import Cli
from mnistry.data import Dataset, load_dataset
from mnistry.errors import InterruptedRunError, RunError
from mnistry.reader import Reader
from mnistry.run.folder import Run
from mnistry.safety.json_record import as_json
from mnistry.training import full_data, resume, train
from mnistry.training.export.write_metadata import write_metadata
from mnistry.training.progress import Watch
from mnistry.training.recipes import TUTORIAL, Recipe

RECIPE = replace(TUTORIAL, epochs=2)


class StopAfterFirst(Watch):
    def epoch(self, row: dict[str, float]) -> None:
        assert "validation_accuracy" not in row
        raise KeyboardInterrupt


def test_a_run_calibrated_from_another_learns_every_image(
    finished: tuple[Run, dict[str, Any]], small_npz: Path, tmp_path: Path
) -> None:
    """Stopped and resumed on the way, after the run it is calibrated from is gone."""
    before = Reader(finished[0].model)
    with pytest.raises(InterruptedRunError):
        train(
            RECIPE,
            seed=1,
            data=small_npz,
            out=tmp_path / "run",
            calibrate_from=finished[0].folder,
            watch=StopAfterFirst(),
        )
    run = resume(tmp_path / "run")
    result, reader = run.config.to_json(), Reader(run.model)
    assert (result["data"]["train"], result["data"]["validation"]) == (2400, 0)
    assert result["data"]["sha256"] == finished[0].config.data.sha256
    assert result["calibrated_from"]["seed"] == reader.metadata.to_json()["calibrated_from"]["seed"] == 0
    for key in ("temperature", "validation"):
        assert getattr(reader.metadata, key) == getattr(before.metadata, key)
    assert (
        reader.metadata.to_json()["rejection"]["learned_below"]
        == before.metadata.to_json()["rejection"]["learned_below"]
    )
    assert [set(row) for row in run.history] == [{"epoch", "loss", "accuracy", "train_s", "elapsed_s"}] * 2
    assert run.finished
    page = (run.folder / "report.html").read_text()
    assert "--epochs 2 --calibrate-from …</code>" in page
    assert "2400 images, the validation images among them; calibrated as a run without them" in page
    assert "was fitted on validation images, by a run that was not trained on them." in page
    images = load_dataset(small_npz).validation.images
    assert not np.array_equal(reader.logits(images), before.logits(images))


def test_merged_holds_all_and_leaves_none(mnist: Dataset) -> None:
    whole = full_data.merged(mnist)
    assert (len(whole.train), len(whole.validation)) == (60_000, 0)
    assert np.array_equal(whole.train.images[55_000:], mnist.validation.images)
    assert np.array_equal(whole.train.labels[:55_000], mnist.train.labels)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"recipe": {"batch_size": 7}}, "is of another recipe, `batch_size` (=7): wanted `batch_size` (=128)"),
        ({"recipe": {"colour": "red"}}, "is of another recipe, `colour` (=red): wanted `colour` (=None)"),
        ({"data": {"sha256": "0"}}, "was trained on other data (SHA-256 differs)"),
        (
            {"calibrated_from": {"seed": 3}},
            "learned its validation images itself: wanted a run without --calibrate-from",
        ),
    ],
)
def test_what_cannot_calibrate_is_refused(
    change: dict[str, Any], message: str, finished: tuple[Run, dict[str, Any]], small_npz: Path, tmp_path: Path
) -> None:
    result, recipe = Reader(finished[0].model).metadata.to_json(), Recipe(**finished[0].config.to_json()["recipe"])
    path = tmp_path / "calibrated_from.json"
    path.write_text(json.dumps(result))
    as_a_run = full_data.calibration(finished[0].folder, recipe, load_dataset(small_npz))
    assert full_data.calibration(path, recipe, load_dataset(small_npz)) == as_a_run
    path.write_text(json.dumps(result | {key: {**result.get(key, {}), **value} for key, value in change.items()}))
    with pytest.raises(RunError) as caught:
        full_data.calibration(path, recipe, load_dataset(small_npz))
    assert str(caught.value) == f"--calibrate-from {path}: {message}"


def test_what_an_older_run_does_not_say_is_the_default(
    finished: tuple[Run, dict[str, Any]], small_npz: Path, tmp_path: Path
) -> None:
    result, recipe = Reader(finished[0].model).metadata.to_json(), Recipe(**finished[0].config.to_json()["recipe"])
    del result["recipe"]["views"]
    (path := tmp_path / "calibrated_from.json").write_text(json.dumps(result))
    assert full_data.calibration(path, recipe, load_dataset(small_npz))
    with pytest.raises(RunError, match=r"is of another recipe, `views` \(=1\): wanted `views` \(=5\)$"):
        full_data.calibration(path, replace(recipe, views=5), load_dataset(small_npz))


def test_a_calibrating_run_of_an_older_network_is_refused(
    finished: tuple[Run, dict[str, Any]], small_npz: Path, tmp_path: Path
) -> None:
    (path := tmp_path / "calibrated_from.json").write_text(
        json.dumps(Reader(finished[0].model).metadata.to_json() | {"parameters": 7})
    )
    with pytest.raises(RunError) as caught:
        train(RECIPE, seed=1, data=small_npz, out=tmp_path / "run", calibrate_from=path)
    wanted = finished[0].config.parameters
    said = f"--calibrate-from {path}: its network has 7 parameters: wanted {wanted}, as its recipe's has now"
    assert str(caught.value) == said
    assert not (tmp_path / "run").exists()


EXPECTED: dict[str, Any] = {
    "recipe": {"name": "tutorial"},
    "seed": 0,
    "parameters": 1,
    "data": {"sha256": "0"},
    "temperature": 1.1,
    "rejection": {"threshold": 2, "learned_below": 0.001},
    "validation": {"accuracy": 0.99},
}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("[1]", "it is [1]: wanted an object"),
        ("[" * 100_000, "nested more than 32 deep"),
        ("{}", "recipe is missing"),
        ({"recipe": None}, "recipe is None: wanted an object"),
        ({"recipe": {}}, "recipe.name is missing"),
        ({"data": []}, "data is []: wanted an object"),
        ({"data": {}}, "data.sha256 is missing"),
        ({"seed": "none"}, "seed is 'none': wanted a whole number"),
        ({"temperature": None}, "temperature is None: wanted a number"),
        ({"temperature": True}, "temperature is True: wanted a number"),
        ({"temperature": float("nan")}, "NaN is not valid JSON"),
        ({"rejection": 3}, "rejection is 3: wanted an object"),
        ({"rejection": {"threshold": 2}}, "rejection.learned_below is missing"),
        ({"validation": {"accuracy": "all"}}, "validation.accuracy is 'all': wanted a number"),
        ({"calibrated_from": 5}, "calibrated_from is 5: wanted an object"),
    ],
)
def test_a_file_that_holds_no_calibration(content: str | dict[str, Any], reason: str, tmp_path: Path) -> None:
    path = tmp_path / "calibrated_from.json"
    path.write_text(content if isinstance(content, str) else json.dumps(EXPECTED | content))
    with pytest.raises(RunError) as caught:
        full_data.metadata(path)
    assert (
        str(caught.value)
        == f"--calibrate-from {path}: cannot be read ({reason}): wanted the metadata of a finished run"
    )


def test_a_file_that_is_none(tmp_path: Path) -> None:
    path = tmp_path / "calibrated_from.json"
    for make, reason in (
        (lambda: None, "No such file or directory"),
        (lambda: os.mkfifo(path), "not a regular file"),
        (lambda: path.symlink_to("calibrated_from.json"), "Too many levels of symbolic links"),
        (path.mkdir, "Is a directory"),
    ):
        path.unlink(missing_ok=True)
        make()
        with pytest.raises(RunError) as caught:
            full_data.metadata(path)
        assert (
            str(caught.value)
            == f"--calibrate-from {path}: cannot be read ({reason}): wanted the metadata of a finished run"
        )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"temperature": 0}, "0, 2, 0.001"),
        ({"temperature": -1.5}, "-1.5, 2, 0.001"),
        ({"rejection": {"threshold": 2, "learned_below": 1.1}}, "1.1, 2, 1.1"),
        ({"rejection": {"threshold": 2, "learned_below": -1}}, "1.1, 2, -1"),
    ],
)
def test_numbers_by_which_nothing_can_be_calibrated(change: dict[str, Any], said: str, tmp_path: Path) -> None:
    path = tmp_path / "calibrated_from.json"
    path.write_text(json.dumps(EXPECTED))
    assert as_json(full_data.metadata(path)) == EXPECTED
    path.write_text(json.dumps(EXPECTED | change))
    with pytest.raises(RunError) as caught:
        full_data.metadata(path)
    wanted = "wanted more than 0, a number, and 0 to 1"
    assert (
        str(caught.value)
        == f"--calibrate-from {path}: its temperature, threshold and share below it are {said}: {wanted}"
    )


def test_a_model_that_holds_no_calibration(own_run: Run) -> None:
    write_metadata(own_run.model, replace(Reader(own_run.model).metadata, others={"rejection": {"threshold": 1.0}}))
    with pytest.raises(RunError) as caught:
        full_data.metadata(own_run.folder)
    wanted = "its model.onnx lacks what is needed (rejection.learned_below is missing)"
    assert str(caught.value) == f"--calibrate-from {own_run.folder}: {wanted}"


def test_an_unfinished_calibrating_run_and_none_are_said(
    own_run: Run, small_npz: Path, tmp_path: Path, cli: Cli
) -> None:
    own_run.model.unlink()
    words = ("train", "--data", small_npz, "--epochs", "2", "--out", tmp_path / "out", "--calibrate-from")
    done = cli(*words, own_run.folder)
    assert (done.returncode, done.stderr) == (
        2,
        f"error: --calibrate-from {own_run.folder}: is not finished: go on with: mnistry train --resume {own_run.folder}\n",
    )
    assert "no run there" in cli(*words, tmp_path / "nowhere").stderr
    assert cli("train", "--resume", own_run.folder, "--calibrate-from", own_run.folder).stderr.endswith(
        "leave out --calibrate-from\n"
    )
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_the_command_line_knows_it(
    finished: tuple[Run, dict[str, Any]], small_npz: Path, tmp_path: Path, cli: Cli
) -> None:
    words = ("train", "--data", small_npz, "--epochs", "2", "--out", tmp_path / "out", "--json")
    done = cli(*words, "--calibrate-from", finished[0].folder)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["run"] == str(tmp_path / "out")
    assert "validation –" in done.stderr
