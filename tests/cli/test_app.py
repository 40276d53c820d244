import json
import re
import resource
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from conftest import Cli
from mnistry.data import load_dataset
from mnistry.evaluation.corruptions import CORRUPTIONS
from mnistry.run.folder import Run

COMMANDS = (
    [],
    ["data"],
    ["train"],
    ["evaluate"],
    ["data", "list"],
    ["data", "check"],
    ["data", "import"],
    ["data", "augment"],
    ["data", "pages"],
    ["ensemble"],
)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_help_shows_an_example(cli: Cli, command: list[str]) -> None:
    done = cli(*command, "--help")
    assert done.returncode == 0
    assert re.search(rf"Example: mnistry {' '.join(command)}\b", done.stdout) or command == []
    assert "Example: mnistry" in done.stdout


def test_version_and_bare_call(cli: Cli) -> None:
    assert re.fullmatch(r"mnistry \d+\.\d+\.\d+\n", cli("--version").stdout)
    bare = cli()
    assert bare.returncode == 0
    assert "train" in bare.stdout


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        (["nonsense"], 2, "No such command 'nonsense'."),
        (["train", "--nonsense"], 2, "No such option: --nonsense (Possible options: --seed)"),
        (["train", "--epochs", "many"], 2, "Invalid value for '--epochs': Input should be a valid integer, unable to parse string as an integer"),
        (["train", "--epochs", "0"], 2, "`epochs` (=0) must be 1 or more"),
        (["train", "--seed", "-1"], 2, "`seed` (=-1) must be 0 or more and less than 2**32"),
        (["train", "bread"], 2, "no recipe 'bread': there are tutorial, fast, reader, accurate, distilled, tiny, keras-example, pytorch-example, tuomaso"),
        (["train", "tutorial", "--resume", "x", "--seed", "1"], 2, "--resume goes on with a run as it was started: leave out RECIPE, --seed"),
        (["train", "--resume", "nowhere"], 2, "nowhere: no run there: wanted a folder with a recipe.json, as mnistry train makes it"),
        (["train", "--data", "nowhere"], 1, "nowhere: no such file or folder, nor a data set known by name (mnist, fashion-mnist, kmnist, emnist-digits, emnist-letters, emnist-balanced)"),
        (["evaluate"], 2, "Missing argument 'MODEL|RUN'."),
        (["evaluate", "nowhere"], 2, "nowhere: no such model or run"),
        (["evaluate", "."], 2, ".: no run there: wanted a folder with a recipe.json, as mnistry train makes it"),
        (["evaluate", "x", "--split", "train"], 2, "--split train: wanted test or validation"),
        (["data", "check", "nowhere"], 1, "nowhere: no such file or folder, nor a data set known by name (mnist, fashion-mnist, kmnist, emnist-digits, emnist-letters, emnist-balanced)"),
        (["data", "import", "mnist", "--out", "mnist.txt"], 2, "--out mnist.txt: wanted a name that ends in .npz"),
        (["data", "import", "mnist", "--out", "nowhere/mnist.npz"], 2, "--out nowhere/mnist.npz: there is no folder nowhere"),
    ],
)  # fmt: skip
def test_wrong_use_is_one_line(cli: Cli, tmp_path: Path, words: list[str], status: int, message: str) -> None:
    done = cli(*words, cwd=tmp_path)
    assert done.returncode == status
    assert done.stdout == ""
    assert done.stderr == f"error: {message}\n"
    assert list(tmp_path.iterdir()) == []


def test_train_keeps_the_contract(finished: tuple[Run, dict[str, Any]]) -> None:
    run, result = finished
    assert {p.name for p in run.folder.iterdir()} == {
        *("recipe.json", "history.csv", "model.keras", "model.onnx", "evaluation.json", "predictions.npz"),
        *("confusion_matrix.png", "report.html"),
    }
    assert result["run"] == str(run.folder)
    assert result["recipe"] == "tutorial"
    assert (result["seed"], result["epochs"], result["backend"], result["total"]) == (0, 2, "torch", 400)
    assert result["accuracy"] == result["correct"] / 400 > 0.5
    assert result["test_error"] == pytest.approx(1 - result["accuracy"])
    assert result["elapsed_s"] > 0
    assert len(run.history) == 2


def test_evaluate_a_run_scores_its_own_test_images(
    cli: Cli, own_run: Run, finished: tuple[Run, dict[str, Any]]
) -> None:
    (own_run.folder / "report.html").unlink()
    done = cli("evaluate", own_run.folder, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {**finished[1], "run": str(own_run.folder)}
    assert (own_run.folder / "report.html").exists()


def test_evaluate_for_people(cli: Cli, own_run: Run, finished: tuple[Run, dict[str, Any]]) -> None:
    correct, accuracy = finished[1]["correct"], 100 * float(finished[1]["accuracy"])
    lines = cli("evaluate", own_run.folder).stdout.splitlines()
    assert lines[0].startswith(f"{correct} of 400 test images right: {accuracy:.2f} % (95 % interval ")
    assert lines[1:] == [f"run     {own_run.folder}", f"report  {own_run.folder / 'report.html'}"]


def test_evaluate_validation_leaves_the_run_alone(cli: Cli, own_run: Run) -> None:
    before = {p: p.stat().st_mtime_ns for p in own_run.folder.iterdir()}
    done = cli("evaluate", own_run.folder, "--split", "validation", "--json")
    result = json.loads(done.stdout)
    assert (result["split"], result["total"]) == ("validation", 200)
    assert {p: p.stat().st_mtime_ns for p in own_run.folder.iterdir()} == before


def test_evaluate_on_corrupted_images(cli: Cli, own_run: Run) -> None:
    lines = cli("evaluate", own_run.folder, "--corruptions", "--split", "validation").stdout.splitlines()
    assert re.fullmatch(r"corrupted in fifteen ways after MNIST-C, mean \d\d\.\d %:", lines[-16])
    assert [line.split()[0] for line in lines[-15:]] == list(CORRUPTIONS)
    assert all(0 <= float(line.split()[1]) <= 100 for line in lines[-15:])


def test_evaluate_a_bare_model_elsewhere(cli: Cli, own_run: Run, small_npz: Path, tmp_path: Path) -> None:
    refused = cli("evaluate", own_run.model)
    assert refused.returncode == 2
    assert "was trained on small: say with --data where that, or other data, are" in refused.stderr
    done = cli("evaluate", own_run.model, "--data", small_npz, "--out", tmp_path / "out", "--json")
    assert json.loads(done.stdout)["run"] is None
    assert {p.name for p in (tmp_path / "out").iterdir()} == {
        *("evaluation.json", "predictions.npz", "confusion_matrix.png", "report.html"),
    }


def test_evaluate_a_run_elsewhere_keeps_its_learning_curves(cli: Cli, own_run: Run, tmp_path: Path) -> None:
    done = cli("evaluate", own_run.folder, "--out", tmp_path / "out")
    assert done.stdout.splitlines()[2] == f"report  {tmp_path / 'out' / 'report.html'}"
    assert (tmp_path / "out" / "report.html").read_bytes() == (own_run.folder / "report.html").read_bytes()


def test_evaluate_an_unfinished_run_says_how_to_go_on(cli: Cli, own_run: Run) -> None:
    own_run.model.unlink()
    done = cli("evaluate", own_run.folder)
    assert done.returncode == 2
    assert done.stderr == (
        f"error: {own_run.folder}: has no model yet: go on with: mnistry train --resume {own_run.folder}\n"
    )


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("recipe.json", "[" * 100_000, "is damaged (nested more than 32 deep): put back what mnistry train wrote, or train again in another folder"),
        ("recipe.json", "{}", "is damaged (recipe is missing): put back what mnistry train wrote, or train again in another folder"),
        ("history.csv", "epoch,loss,accuracy\n1,2\n", "cannot be read (row 1 has 2 cells: wanted 3): fix or remove it"),
    ],
)  # fmt: skip
def test_evaluate_a_damaged_run_is_one_line(cli: Cli, own_run: Run, name: str, content: str, reason: str) -> None:
    own_run.write_text(name, content)
    before = {p: p.stat().st_mtime_ns for p in own_run.folder.iterdir()}
    done = cli("evaluate", own_run.folder)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"error: {own_run.folder / name}: {reason}\n"
    assert {p: p.stat().st_mtime_ns for p in own_run.folder.iterdir()} == before


def test_resume_a_finished_run_with_damaged_figures(cli: Cli, own_run: Run) -> None:
    """Evaluated again it is whole again."""
    own_run.write_json("evaluation.json", {"accuracy": "high"})
    path = own_run.folder / "evaluation.json"
    done = cli("train", "--resume", own_run.folder)
    reason = "accuracy is 'high': wanted a number"
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"error: {path}: is damaged ({reason}): renew it with: mnistry evaluate {own_run.folder}\n"
    renewed = cli("evaluate", own_run.folder)
    assert (renewed.returncode, renewed.stderr) == (0, "")
    assert cli("train", "--resume", own_run.folder).stdout == renewed.stdout


def test_evaluate_leaves_a_run_alone_that_is_trained(cli: Cli, own_run: Run) -> None:
    """But for what writes nothing into it."""
    before = {p: p.stat().st_mtime_ns for p in own_run.folder.iterdir()}
    with own_run.locked():
        refused = cli("evaluate", own_run.folder)
        looked_at = cli("evaluate", own_run.folder, "--split", "validation")
    wanted = f"error: {own_run.folder}: another process trains this run now: wait until it is done\n"
    assert (refused.returncode, refused.stderr) == (2, wanted)
    assert looked_at.returncode == 0
    assert {p: p.stat().st_mtime_ns for p in own_run.folder.iterdir()} == before


def test_evaluate_on_a_full_disk(cli: Cli, own_run: Run) -> None:
    def small_files() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

    path = own_run.folder / "report.html"
    before = path.read_bytes()
    done = cli("evaluate", own_run.folder, preexec_fn=small_files)
    then = "make room there, or choose another folder with --out"
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"error: {path}: cannot be written (File too large): {then}\n"
    assert path.read_bytes() == before
    assert not list(own_run.folder.glob(".*"))


def test_data_list(cli: Cli) -> None:
    lines = cli("data", "list").stdout.splitlines()
    assert [line.split()[0] for line in lines] == [
        *("name", "mnist", "fashion-mnist", "kmnist", "emnist-digits", "emnist-letters", "emnist-balanced"),
    ]
    listed = json.loads(cli("data", "list", "--json").stdout)["datasets"]
    assert listed[0] == {
        "name": "mnist",
        "title": "MNIST (LeCun, Cortes & Burges)",
        "classes": 10,
        "licence": "CC BY-SA 3.0",
        "folder": "bundled",
    }


def test_data_check(cli: Cli) -> None:
    result = json.loads(cli("data", "check", "--json").stdout)
    assert (result["train"], result["validation"], result["test"]) == (55_000, 5_000, 10_000)
    assert cli("data", "check").stdout.startswith("mnist: 10 classes (0, 1, 2, 3, 4, 5, 6, 7, 8, 9)\nimages 28×28 px")


def test_data_import(cli: Cli, small_npz: Path, tmp_path: Path) -> None:
    done = cli("data", "import", small_npz, "--out", tmp_path / "copy.npz")
    assert done.stdout == f"{tmp_path / 'copy.npz'}\n"
    assert load_dataset(tmp_path / "copy.npz").sha256 == load_dataset(small_npz).sha256
    assert np.load(tmp_path / "copy.npz")["class_names"].tolist() == list("0123456789")
