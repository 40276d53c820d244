import json
import os
import resource
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from conftest import Cli
from mnistry.classifier.classifier import Classifier
from mnistry.data import Dataset, image_folder, load_dataset
from mnistry.data.split import Split
from mnistry.errors import DataError, InterruptedRunError, RecipeError, RunError, UsageError
from mnistry.reader import Reader
from mnistry.run import folder as runs
from mnistry.run.folder import Run
from mnistry.training import resume, train
from mnistry.training.progress import Watch
from mnistry.training.recipes import FAST, TUTORIAL, Recipe


def weights(run: Run) -> list[np.ndarray]:
    return [numpy_helper.to_array(tensor) for tensor in onnx.load(run.model).graph.initializer]


def same(a: Run, b: Run) -> bool:
    return all(np.array_equal(x, y) for x, y in zip(weights(a), weights(b), strict=True))


def start(small_npz: Path, out: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "mnistry", "train", "--data", small_npz, "--epochs", "2", "--out", out],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for(path: Path, process: subprocess.Popen[str]) -> None:
    while not path.exists():
        assert process.poll() is None, process.communicate()[1]
        time.sleep(0.02)


class StopAfter(Watch):
    def __init__(self, epoch: int) -> None:
        self.last = epoch

    def epoch(self, row: dict[str, float]) -> None:
        if row["epoch"] == self.last:
            raise KeyboardInterrupt


def test_from_python_as_from_the_shell(finished: tuple[Run, dict[str, Any]], small_npz: Path, tmp_path: Path) -> None:
    run = train("tutorial", seed=0, data=small_npz, epochs=2, out=tmp_path / "run")
    assert run.finished
    assert same(run, finished[0])
    assert run.evaluation is not None
    printed = {key: value for key, value in finished[1].items() if key != "run"}
    assert run.evaluation.to_json() == printed | {"elapsed_s": run.evaluation.elapsed_s}


def test_recipe_json_is_enough_to_do_it_again(finished: tuple[Run, dict[str, Any]], small_npz: Path) -> None:
    description = finished[0].config.to_json()
    assert Recipe(**description["recipe"]) == replace(TUTORIAL, epochs=2)
    assert description["data"] == {
        "name": "small", "source": str(small_npz), "sha256": load_dataset(small_npz).sha256, "train": 2200, "validation": 200
    }  # fmt: skip
    assert {"seed", "class_names", "image_shape", "backend", "versions", "commit", "machine"} <= description.keys()


def test_the_model_tells_where_it_comes_from_but_not_whose_folders(finished: tuple[Run, dict[str, Any]]) -> None:
    metadata = Reader(finished[0].model).metadata.to_json()
    assert {"mnistry", "recipe", "seed", "class_names", "validation", "temperature", "parameters"} <= metadata.keys()
    assert str(Path(finished[0].config.data.source).parent) not in json.dumps(metadata)


@pytest.mark.parametrize(
    ("recipe", "calibrated"),
    [(TUTORIAL, False), (replace(FAST, augmentation="pens", averaging=0.9), True)],
)
def test_training_never_opens_the_test_images(
    recipe: Recipe, calibrated: bool, small_npz: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Up to model.onnx nothing opens them, on any road; the evaluation that follows must."""
    recipe = replace(recipe, epochs=1)
    calibrate_from = train(recipe, data=small_npz, out=tmp_path / "calibrated_from").folder if calibrated else None
    opened: list[bool] = []
    whole = load_dataset(small_npz)
    out = tmp_path / "run"

    def open_test() -> Split:
        opened.append((out / "model.onnx").exists())
        return whole.test

    watched = Dataset(whole.name, whole.source, whole.class_names, whole.train, whole.validation, open_test)
    monkeypatch.setattr("mnistry.data.load.load_dataset", lambda *_: watched)
    train(recipe, data=small_npz, out=out, calibrate_from=calibrate_from)
    assert opened == [True]


def interrupted(small_npz: Path, out: Path) -> tuple[Path, int, str]:
    process = start(small_npz, out)
    wait_for(out / "history.csv", process)
    process.send_signal(signal.SIGINT)
    stderr = process.communicate(timeout=60)[1]
    return out, process.returncode, stderr


def test_ctrl_c_leaves_a_usable_run_and_says_how_to_go_on(
    finished: tuple[Run, dict[str, Any]], small_npz: Path, tmp_path: Path
) -> None:
    # On a busy machine it may be done before it is told.
    result = (interrupted(small_npz, tmp_path / f"run{attempt}") for attempt in range(3))
    out, status, stderr = next(one for one in result if one[1])
    done = len(Run(out).history)
    assert status == 130
    assert stderr.splitlines()[-1] == (
        f"error: stopped after epoch {done} of 2: go on with: mnistry train --resume {out}"
    )
    assert "Traceback" not in stderr
    assert Reader(Run(out).model).metadata.epochs == done
    assert resume(out).finished
    assert same(Run(out), finished[0])


def test_ctrl_c_before_the_first_epoch_leaves_no_model(small_npz: Path, tmp_path: Path) -> None:
    class StopAtOnce(Watch):
        def step(self, epoch: int, step: int, loss: float) -> None:
            raise KeyboardInterrupt

    with pytest.raises(InterruptedRunError, match=r"^stopped after epoch 0 of 3: go on with: mnistry train --resume"):
        train(data=small_npz, epochs=3, out=tmp_path / "run", watch=StopAtOnce())
    assert [p.name for p in (tmp_path / "run").iterdir()] == ["recipe.json"]


def test_an_interrupted_export_is_of_the_last_whole_epoch(small_npz: Path, tmp_path: Path) -> None:
    with pytest.raises(InterruptedRunError):
        train(data=small_npz, epochs=2, out=tmp_path / "run", watch=StopAfter(1))
    run = Run(tmp_path / "run")
    metadata = Reader(run.model).metadata
    assert metadata.epochs == 1
    assert metadata.to_json()["validation"]["accuracy"] == pytest.approx(
        run.history[-1]["validation_accuracy"], abs=1e-6
    )
    assert not run.finished


def test_killed_and_resumed_ends_with_the_same_weights_and_until_then_no_other_process_may(
    finished: tuple[Run, dict[str, Any]], small_npz: Path, tmp_path: Path, cli: Cli
) -> None:
    out = tmp_path / "run"
    first = start(small_npz, out)
    wait_for(out / "checkpoint.npz", first)
    first.send_signal(signal.SIGSTOP)  # so that whatever changes from here on is the second's doing
    before = {p: p.stat().st_mtime_ns for p in out.iterdir()}
    second = cli("train", "--resume", out)
    assert second.returncode == 2
    assert second.stderr == f"error: {out}: another process trains this run now: wait until it is done\n"
    assert {p: p.stat().st_mtime_ns for p in out.iterdir()} == before
    first.kill()
    first.communicate()
    assert same(resume(out), finished[0])


def test_resuming_a_finished_run_changes_nothing(own_run: Run, cli: Cli) -> None:
    before = {p: p.stat().st_mtime_ns for p in own_run.folder.iterdir()}
    done = cli("train", "--resume", own_run.folder, "--json")
    assert json.loads(done.stdout)["run"] == str(own_run.folder)
    assert {p: p.stat().st_mtime_ns for p in own_run.folder.iterdir()} == before


def test_resuming_on_other_data_or_another_backend_is_refused(
    small_npz: Path, mnist: Dataset, tmp_path: Path, cli: Cli
) -> None:
    with pytest.raises(InterruptedRunError):
        train(data=small_npz, epochs=2, out=tmp_path / "run", watch=StopAfter(1))
    with pytest.raises(
        DataError, match=r"^mnist: is not the data of .*run \(SHA-256 differs\): say with --data where those are$"
    ):
        resume(tmp_path / "run", data="mnist")
    other = cli("train", "--resume", tmp_path / "run", env={"KERAS_BACKEND": "jax"})
    assert other.returncode == 2
    assert other.stderr == ("error: the run was started on torch, this process uses jax: set KERAS_BACKEND=torch\n")
    moved = small_npz.rename(small_npz.with_name("moved.npz"))
    try:
        with pytest.raises(DataError, match=r"small\.npz: no such file .*; --data says where the data are now$"):
            resume(tmp_path / "run")
        assert resume(tmp_path / "run", data=moved).finished
    finally:
        moved.rename(small_npz)


def test_what_is_refused_for_a_lock_loads_nothing_heavy(own_run: Run) -> None:
    own_run.checkpoint.touch()
    code = (
        "import sys\nfrom mnistry.errors import RunError\nfrom mnistry.training import resume\n"
        "try: resume(sys.argv[1])\nexcept RunError as error: print(error)\nprint(*sys.modules)"
    )
    with own_run.locked():
        done = subprocess.run([sys.executable, "-c", code, own_run.folder], capture_output=True, text=True, check=True)
    said, loaded = done.stdout.splitlines()
    assert said.endswith("another process trains this run now: wait until it is done")
    assert not {"keras", "torch", "onnxruntime"} & set(loaded.split())


class FullDiskAfter(Watch):
    """From an epoch on no file grows beyond a million bytes: as on a full disk, except for the reason."""

    def __init__(self, epoch: int) -> None:
        self.last = epoch

    def epoch(self, row: dict[str, float]) -> None:
        if row["epoch"] == self.last:
            resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))


@pytest.mark.parametrize(("epoch", "name"), [(1, "checkpoint.npz"), (2, "model.keras")])
def test_a_disk_that_fills_up_loses_nothing_and_says_how_to_go_on(
    epoch: int, name: str, finished: tuple[Run, dict[str, Any]], small_npz: Path, tmp_path: Path
) -> None:
    limits, out = resource.getrlimit(resource.RLIMIT_FSIZE), tmp_path / "run"
    try:
        with pytest.raises(RunError) as caught:
            train(data=small_npz, epochs=2, out=out, watch=FullDiskAfter(epoch))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    wanted = f"{out / name}: cannot be written (File too large): go on with: mnistry train --resume {out}"
    assert str(caught.value) == wanted
    assert sorted(p.name for p in out.iterdir()) == ["checkpoint.npz", "history.csv", "recipe.json"]
    assert len(Run(out).history) == epoch
    assert same(resume(out), finished[0])


def test_a_folder_in_the_place_of_a_file_is_said(small_npz: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    with pytest.raises(InterruptedRunError):
        train(data=small_npz, epochs=2, out=out, watch=StopAfter(1))
    (out / "model.keras").unlink()
    (out / "model.keras").mkdir()
    with pytest.raises(RunError) as caught:
        resume(out)
    wanted = f"{out / 'model.keras'}: cannot be written (Is a directory): go on with: mnistry train --resume {out}"
    assert str(caught.value) == wanted
    assert not list(out.glob(".*"))


class StopAtOnce(Watch):
    def start(self, epochs: int, steps: int, history: list[dict[str, float]]) -> None:
        raise KeyboardInterrupt


def test_a_checkpoint_that_was_removed_leaves_no_epochs_behind(own_run: Run) -> None:
    """What history.csv tells of them is as old as they are, even where it is damaged."""

    own_run.model.unlink()
    own_run.write_text("history.csv", "epoch\n1,2\n")
    with pytest.raises(InterruptedRunError, match=r"^stopped after epoch 0 of 2: "):
        resume(own_run.folder, watch=StopAtOnce())


@pytest.mark.parametrize("lost", ["report.html", "evaluation.json"])
def test_a_trained_network_is_not_trained_again(own_run: Run, lost: str) -> None:
    before = own_run.model.read_bytes(), own_run.history
    (own_run.folder / lost).unlink()
    assert resume(own_run.folder, watch=StopAtOnce()).finished
    assert (own_run.model.read_bytes(), own_run.history) == before


def test_a_network_of_some_epochs_whose_checkpoint_is_gone(own_run: Run) -> None:
    (own_run.folder / "report.html").unlink()
    description = own_run.config.to_json()
    own_run.write_json("recipe.json", {**description, "recipe": {**description["recipe"], "epochs": 3}})
    before = own_run.model.read_bytes()
    wanted = (
        "model.onnx is of 2 of 3 epochs, and checkpoint.npz is gone: remove model.onnx to train again from the start"
    )
    with pytest.raises(RunError) as caught:
        resume(own_run.folder)
    assert str(caught.value) == f"{own_run.folder}: {wanted}"
    assert own_run.model.read_bytes() == before


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"recipe": {"epochs": 1.5}}, "recipe.json: recipe.epochs is 1.5: wanted a whole number"),
        ({"recipe": {"epochs": "x"}}, "recipe.json: recipe.epochs is 'x': wanted a whole number"),
        ({"recipe": {"epochs": True}}, "recipe.json: recipe.epochs is True: wanted a whole number"),
        ({"recipe": {"epochs": 10**18}}, f"recipe.json: `epochs` (={10**18}) must be 10000 or less"),
        ({"recipe": {"epochs": 0}}, "recipe.json: `epochs` (=0) must be 1 or more"),
        ({"recipe": {"learning_rate": "fast"}}, "recipe.json: recipe.learning_rate is 'fast': wanted a number"),
        ({"recipe": {"own_loop": 1}}, "recipe.json: recipe.own_loop is 1: wanted true or false"),
        ({"recipe": {"schedule": []}}, "recipe.json: recipe.schedule is []: wanted cosine, one-cycle or step"),
        ({"recipe": {"schedule": "x\ny"}}, "recipe.json: recipe.schedule is 'x\\ny': wanted cosine, one-cycle or step"),
        ({"recipe": {"views": "5"}}, "recipe.json: recipe.views is '5': wanted a whole number"),
        ({"recipe": {"sources": "cuts"}}, "recipe.json: recipe.sources is 'cuts': wanted a list"),
        ({"recipe": {"sources": [5]}}, "recipe.json: recipe.sources[0] is 5: wanted cuts, fonts, hands or nondigits"),
        ({"recipe": {"model": None}}, "recipe.json: recipe.model is None: wanted text"),
        ({"seed": None}, "recipe.json: seed is None: wanted a whole number"),
        ({"seed": -1}, "recipe.json: `seed` (=-1) must be 0 or more and less than 2**32"),
        ({"backend": "abacus"}, "recipe.json: backend is 'abacus': wanted torch, tensorflow, jax"),
        ({"class_names": ["a"]}, "was started with the classes ['a']: those of {data} are others"),
        ({"parameters": 7}, "was started with 7 parameters: its recipe's network has 156042 now"),
        (
            {"calibrated_from": {"seed": 0, "parameters": 1, "temperature": 0, "rejection": {"threshold": 1, "learned_below": 0}, "validation": {}}},
            "recipe.json: calibrated_from: its temperature, threshold and share below it are 0, 1, 0: wanted more than 0, a number, and 0 to 1",
        ),
    ],
)  # fmt: skip
def test_a_damaged_recipe_is_not_trained_by(
    change: dict[str, Any], message: str, own_run: Run, small_npz: Path
) -> None:
    own_run.checkpoint.touch()
    description = own_run.config.to_json()
    recipe = {"recipe": {**description["recipe"], **change.get("recipe", {})}}
    own_run.write_json("recipe.json", {**description, **change, **recipe})
    before = {p: p.stat().st_mtime_ns for p in own_run.folder.iterdir()}
    with pytest.raises(RunError) as caught:
        resume(own_run.folder)
    assert str(caught.value).removeprefix(f"{own_run.folder}")[1:].strip() == message.format(data=small_npz)
    assert {p: p.stat().st_mtime_ns for p in own_run.folder.iterdir()} == before


def test_a_recipe_that_lacks_a_field_or_has_another(own_run: Run) -> None:
    own_run.checkpoint.touch()
    description = own_run.config.to_json()
    wanted = r"its recipe is not one of this version of mnistry \(.*'{}'\)$"
    for recipe, name in (
        ({"name": "a", "model": "fast"}, "learning_rate"),
        ({**description["recipe"], "hue": 1}, "hue"),
    ):
        own_run.write_json("recipe.json", {**description, "recipe": recipe})
        with pytest.raises(RunError, match=wanted.format(name)):
            resume(own_run.folder)


def test_no_more_epochs_than_a_history_may_have(small_npz: Path, tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"^`epochs` \(=10001\) must be 10000 or less$"):
        train(data=small_npz, epochs=10_001, out=tmp_path / "run")


def test_a_full_disk_is_said_before_training(small_npz: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "NEEDED_BYTES", 2**62)
    with pytest.raises(RunError, match="no room for a run"):
        train(data=small_npz, out=tmp_path / "run")


def test_pictures_too_small_for_the_model_leave_no_run(tmp_path: Path) -> None:
    images, labels = np.zeros((40, 8, 8), np.uint8), np.arange(40) % 2
    np.savez(tmp_path / "tiny.npz", x_train=images, y_train=labels, x_test=images, y_test=labels)
    with pytest.raises(RecipeError, match="^images of 8×8×1 px are too small for the model 'tutorial'$"):
        train(data=tmp_path / "tiny.npz", out=tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_folder_of_ones_own_symbols_is_trained_and_read_by_name(mnist: Dataset, tmp_path: Path, cli: Cli) -> None:
    from PIL import Image

    for label, name in enumerate(("null", "eins", "zwei")):
        (tmp_path / "symbols" / name).mkdir(parents=True)
        for i, image in enumerate(mnist.train.images[mnist.train.labels == label][:150]):
            paper = Image.fromarray(255 - image[..., 0]).resize((50, 50))
            paper.save(tmp_path / "symbols" / name / f"{i}.png")
    run = train(data=tmp_path / "symbols", epochs=6, out=tmp_path / "run")
    result = run.evaluation
    assert result is not None
    assert result.class_names == ("eins", "null", "zwei")
    assert result.accuracy > 0.8
    assert Reader(run.model).class_names == ("eins", "null", "zwei")
    assert run.config.data.placement == "mnist"
    read = [Reader(run.model).read(file).text for file in sorted((tmp_path / "symbols" / "zwei").iterdir())[:20]]
    assert read.count("zwei") > 16, "read as it was trained"
    again = cli("evaluate", "run", "--json", cwd=tmp_path)
    assert json.loads(again.stdout)["correct"] == result.correct
    for i in range(10):  # not all of them are test images
        (tmp_path / "symbols" / "eins" / f"{i}.png").unlink()
    changed = cli("evaluate", "run", cwd=tmp_path)
    assert changed.returncode == 1
    assert changed.stderr == (
        f"error: {tmp_path / 'symbols'}: is not the data of run/model.onnx (SHA-256 differs): "
        "say with --data where those are\n"
    )


def test_a_placement_is_kept_with_the_run(mnist: Dataset, tmp_path: Path, cli: Cli) -> None:
    """So that going on and classifying place pictures as training did."""
    from PIL import Image

    for label, name in enumerate(("a", "b")):
        (tmp_path / "symbols" / name).mkdir(parents=True)
        for i, image in enumerate(mnist.train.images[mnist.train.labels == label][:60]):
            Image.fromarray(np.pad(255 - image[..., 0], (0, i), constant_values=255)).save(
                tmp_path / "symbols" / name / f"{i}.png"
            )
    run = train("fast", data=tmp_path / "symbols", placement="pad", out=tmp_path / "run")
    assert json.loads((run.folder / "recipe.json").read_text())["data"]["placement"] == "pad"
    assert Classifier(run.model).placement == "pad"
    (run.folder / "report.html").unlink()
    again = cli("train", "--resume", run.folder)
    assert (again.returncode, (run.folder / "report.html").exists()) == (0, True), again.stderr
    file = tmp_path / "symbols" / "a" / "59.png"
    expected = Classifier(run.model).classify(image_folder.read_picture(file, "pad")[None]).max()
    shown = json.loads(cli("classify", file, "--model", run.folder, "--json").stdout)
    assert shown["confidence"] == pytest.approx(float(expected), abs=1e-6)


def test_a_placement_without_pictures_is_refused(small_npz: Path, tmp_path: Path) -> None:
    said = r"^placement 'pad': there are no pictures to place in .*small\.npz: leave it out$"
    with pytest.raises(UsageError, match=said):
        train(data=small_npz, placement="pad", out=tmp_path / "run")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["tensorflow", "jax"])
def test_another_backend_averages_weights_and_bends_images(name: str, small_npz: Path, tmp_path: Path) -> None:
    pytest.importorskip(name, reason=f"{name} is not installed: pip install 'mnistry[{name}]'")
    code = (
        "from dataclasses import replace\nfrom mnistry.training import RECIPES, train\n"
        "recipe = replace(RECIPES['fast'], epochs=3, averaging=0.9, weight_decay=0.01, augmentation='writers')\n"
        f"print(train(recipe, data={str(small_npz)!r}, out={str(tmp_path / 'run')!r}).evaluation.accuracy)"
    )
    environment = {**os.environ, "KERAS_BACKEND": name}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) > 0.8


@pytest.mark.slow
@pytest.mark.parametrize("name", ["tensorflow", "jax"])
def test_another_backend_learns_the_same_and_resumes_bit_for_bit(
    name: str, finished: tuple[Run, dict[str, Any]], small_npz: Path, tmp_path: Path, cli: Cli
) -> None:
    pytest.importorskip(name, reason=f"{name} is not installed: pip install 'mnistry[{name}]'")
    environment = {"KERAS_BACKEND": name}
    whole = cli("train", "--data", small_npz, "--epochs", "2", "--out", tmp_path / "a", "--json", env=environment)
    assert whole.returncode == 0, whole.stderr
    result = json.loads(whole.stdout)
    assert result["backend"] == name
    assert result["accuracy"] == pytest.approx(finished[1]["accuracy"], abs=0.05)
    command = [sys.executable, "-m", "mnistry", "train", "--data", small_npz, "--epochs", "2", "--out", tmp_path / "b"]
    process = subprocess.Popen(command, env={**os.environ, **environment}, stderr=subprocess.PIPE, text=True)
    wait_for(tmp_path / "b" / "checkpoint.npz", process)
    process.kill()
    process.communicate()
    resumed = cli("train", "--resume", tmp_path / "b", env=environment)
    assert resumed.returncode == 0, resumed.stderr
    assert same(Run(tmp_path / "a"), Run(tmp_path / "b"))
