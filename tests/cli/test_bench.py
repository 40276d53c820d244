import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench_rows import row
from conftest import Cli
from mnistry.cli import bench
from mnistry.errors import RunError
from mnistry.training.bench import measure as bench_module
from mnistry.training.bench import worker
from mnistry.training.bench.row import Row


@pytest.mark.slow
def test_the_command_measures_for_real(cli: Cli, small_npz: Path, tmp_path: Path) -> None:
    """One recipe on half of 2,200 images, on one thread, for four epochs."""
    words = ("--data", small_npz, "--epochs", "4", "--threads", "1", "--share", "0.5")
    done = cli("bench", "train", "fast", *words, "--json", "--plot", tmp_path / "p.png", "--out", tmp_path / "b.json")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result == json.loads((tmp_path / "b.json").read_text())
    assert result["command"].startswith("mnistry bench train fast --data")
    assert str(tmp_path) not in result["command"]
    assert (result["target"], result["machine"]["cores"] >= 1) == (0.9919, True)
    (only,) = result["rows"]
    assert (only["recipe"], only["backend"], only["threads"], only["share"]) == ("fast", "torch", 1, 0.5)
    assert (only["n"], only["times_fast"], only["held_s"]) == (1, 1, None)
    assert only["training_s"] == pytest.approx(sum(only["runs"][0]["epoch_train_s"]))
    assert 0 < only["training_s"] < only["first_step_s"] < only["command_to_model_s"] < only["command_to_report_s"]
    assert 0 < only["gflop_s"] < only["sgemm_gflop_s"]
    assert 200 < only["peak_memory_mb"] < 4000
    *_, last = only["runs"][0]["epoch_accuracy"]
    assert last == only["accuracy_mean"] == only["runs"][0]["accuracy"], "evaluate and the run agree on the last epoch"
    assert last > 0.5
    assert (tmp_path / "p.png").read_bytes().startswith(b"\x89PNG")


def test_the_command_refuses_a_folder_that_is_not_there(cli: Cli, tmp_path: Path) -> None:
    done = cli("bench", "train", "--plot", tmp_path / "none" / "p.png")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"error: {tmp_path / 'none' / 'p.png'}: there is no folder {tmp_path / 'none'}\n"


def test_the_command_refuses_to_write_over_a_folder(cli: Cli, tmp_path: Path) -> None:
    done = cli("bench", "train", "--out", tmp_path)
    assert (done.returncode, done.stderr) == (2, f"error: {tmp_path}: is a folder: wanted the name of a file\n")


def test_what_is_measured_is_shown_even_if_the_next_one_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def measured(*given: object, **options: object) -> Iterator[list[Row]]:
        yield [row("fast")]
        raise RunError("tuomaso on torch did not train")

    monkeypatch.setattr(bench_module, "measure", measured)
    monkeypatch.setattr(worker, "hide_other_backends", lambda backend: None)  # of this process, for good
    with pytest.raises(RunError, match="^tuomaso on torch did not train$"):
        bench.train(["fast"], as_json=True)
    assert json.loads(capsys.readouterr().out)["rows"][0]["times_fast"] == 1


@pytest.mark.slow
def test_quick_in_its_tiny_form(cli: Cli, small_npz: Path) -> None:
    """An eighth of an epoch of the tutorial stands for all of it."""
    done = cli("bench", "train", "tutorial", "--quick", "--data", small_npz)
    assert done.returncode == 0, done.stderr
    assert "tutorial ≈ " in " ".join(done.stdout.split())
    assert "≈ from the median step of a part of one epoch" in " ".join(done.stdout.split())


@pytest.mark.parametrize(
    ("words", "environment", "message"),
    [
        (("tutorial", "--quick", "--plot", "p.png"), {}, "--plot draws what is trained whole: leave out --quick, or add a recipe of one epoch"),
        (("fast",), {"KERAS_BACKEND": "jax"}, "bench train measures on torch, beside it Keras' example on tensorflow: unset KERAS_BACKEND"),
        (("fast", "--epochs", "0"), {}, "`epochs` (=0) must be 1 or more"),
        (("fast", "--data", "nowhere"), {}, "nowhere: no such file or folder"),
    ],
)  # fmt: skip
def test_wrong_use_is_one_line(
    cli: Cli, tmp_path: Path, words: tuple[str, ...], environment: dict[str, str], message: str
) -> None:
    done = cli("bench", "train", *words, env=environment, cwd=tmp_path)
    assert done.returncode in (1, 2)
    assert done.stdout == ""
    assert done.stderr.startswith(f"error: {message}")
    assert done.stderr.count("\n") == 1
