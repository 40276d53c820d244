import os
from pathlib import Path

import pytest

from mnistry import run as runs
from mnistry.errors import RunError
from mnistry.run import Run

DESCRIPTION = {
    "recipe": {"name": "tutorial"},
    "seed": 3,
    "data": {"name": "mnist"},
    "class_names": ["0", "1"],
    "parameters": 1,
    "backend": "torch",
    "versions": {},
}
ROWS = [{"epoch": 1, "loss": 0.5}, {"epoch": 2, "loss": 0.25}]


def test_a_run_without_a_seed_is_named_without_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    made = runs.create(None, DESCRIPTION | {"recipe": {"name": "ensemble"}, "seed": None})
    assert made.folder.name.endswith("-ensemble")


def test_a_run_is_made_under_runs_and_latest_points_to_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    first = runs.create(None, DESCRIPTION)
    second = runs.create(None, DESCRIPTION)
    assert first.folder.parent == Path("runs")
    assert first.folder.name.endswith("-tutorial-seed3")
    assert first.folder != second.folder
    assert Path("runs/latest").readlink() == Path(second.folder.name)
    assert runs.open_run(Path("runs/latest")).folder == second.folder.resolve()
    assert runs.open_run(Path("runs/latest")).description == DESCRIPTION
    assert sorted(p.name for p in Path("runs").iterdir()) == sorted([first.folder.name, second.folder.name, "latest"])


def test_out_names_the_folder_and_makes_its_parents(tmp_path: Path) -> None:
    run = runs.create(tmp_path / "a" / "b", DESCRIPTION)
    assert [p.name for p in run.folder.iterdir()] == ["recipe.json"]
    assert not (tmp_path / "a" / "latest").exists()
    assert run.folder.stat().st_mode & 0o777 == 0o777 & ~runs._umask()
    (tmp_path / "empty").mkdir()
    assert runs.create(tmp_path / "empty", DESCRIPTION).description == DESCRIPTION


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    runs.create(tmp_path / "run", DESCRIPTION)
    with pytest.raises(
        RunError, match=r"run: holds a run already: go on with --resume .*run, or choose another --out$"
    ):
        runs.create(tmp_path / "run", DESCRIPTION)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter.txt").write_text("Dear")
    (tmp_path / "file").write_text("Dear")
    for name in ("full", "file"):
        with pytest.raises(RunError, match=rf"{name}: is not an empty folder: choose another --out$"):
            runs.create(tmp_path / name, DESCRIPTION)


def test_an_unwritable_place_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(
        RunError, match=r"run: cannot be made \((File exists|Not a directory)\): choose another with --out$"
    ):
        runs.create(tmp_path / "file" / "run", DESCRIPTION)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder_is_said(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(RunError, match=r"run: cannot be made \(Permission denied\): choose another with --out$"):
        runs.create(tmp_path / "run", DESCRIPTION)


def test_a_full_disk_is_said_and_nothing_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "NEEDED_BYTES", 2**62)  # more than any disk has
    with pytest.raises(RunError, match=r"run: no room for a run \(.*\): wanted \d+ MB free, or another folder with"):
        runs.create(tmp_path / "run", DESCRIPTION)
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_run(tmp_path: Path) -> None:
    with pytest.raises(
        RunError, match=r"no run there: wanted a folder with a recipe\.json, as mnistry train makes it$"
    ):
        runs.open_run(tmp_path)
    (tmp_path / "recipe.json").write_text("{")
    with pytest.raises(RunError, match=r"recipe\.json: cannot be read \("):
        runs.open_run(tmp_path)
    for other in ("[]", '{"flour": "500 g"}'):
        (tmp_path / "recipe.json").write_text(other)
        with pytest.raises(RunError, match="is not a run's"):
            runs.open_run(tmp_path)
    with pytest.raises(
        RunError,
        match=r"recipe\.json: is not a run's: wanted backend, class_names, data, parameters, recipe, seed, versions$",
    ):
        runs.open_run(tmp_path)


def test_history_goes_out_and_comes_back(tmp_path: Path) -> None:
    run = Run(tmp_path)
    assert run.history == []
    run.write_history(ROWS)
    assert run.history == ROWS
    assert (tmp_path / "history.csv").read_text() == "epoch,loss\n1,0.5\n2,0.25\n"


def test_a_damaged_history_is_said(tmp_path: Path) -> None:
    (tmp_path / "history.csv").write_text("epoch,loss\n1\n")
    with pytest.raises(RunError, match=r"history\.csv: cannot be read \("):
        _ = Run(tmp_path).history


def test_litter_of_a_kill_is_cleared_and_nothing_else(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.write_text("a.txt", "kept")
    for name in (".k3x_.part.npz", ".k3x_.part.handover.keras"):
        (tmp_path / name).write_text("half of")
    run.clear_litter()
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.write_text("a.txt", "old")

    def fail(path: Path) -> None:
        path.write_text("half of the n")
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        run.write("a.txt", fail)
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]
    assert (tmp_path / "a.txt").read_text() == "old"
