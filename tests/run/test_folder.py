import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mnistry.errors import RunError
from mnistry.lineage import Machine, RecipeRecord
from mnistry.run import folder as runs
from mnistry.run.config import RunConfig
from mnistry.run.folder import Run
from mnistry.safety.atomic_write import umask

CALIBRATED_FROM = {
    "seed": 1,
    "parameters": 1,
    "temperature": 1.1,
    "rejection": {"score": "log-sum-exp of the logits", "threshold": 2.0, "learned_below": 0.001},
    "validation": {"accuracy": 0.99, "correct": 99, "total": 100, "loss": 0.1},
}
DESCRIPTION: dict[str, Any] = {
    "recipe": {"name": "tutorial"},
    "seed": 3,
    "data": {"name": "mnist", "source": "mnist", "sha256": "0", "train": 10, "validation": 1},
    "class_names": ["0", "1"],
    "parameters": 1,
    "backend": "torch",
    "versions": {"mnistry": "0.1.0", "numpy": "2"},
    "commit": None,
    "machine": {"cores": 2},
    "image_shape": [28, 28, 1],
    "precision": "float32",
    "calibrated_from": CALIBRATED_FROM,
    "teachers": [{"source": "a.onnx", "sha256": "0", "recipe": None, "seed": None}],
    "extension": {"source": "digits", "sha256": "0", "learned": 9, "held": 3, "times": 50},
}
EVALUATION: dict[str, Any] = {
    "recipe": None, "seed": None, "parameters": 1, "epochs": 2, "elapsed_s": 1.5, "backend": "torch",
    "accuracy": 0.5, "test_error": 0.5, "correct": 1, "total": 2, "accuracy_interval_95": [0, 0.9], "ece": 0.1,
    "split": "test", "data": {"name": "mnist", "images_sha256": "0"}, "class_names": ["0", "1"],
    "classes": [{"name": "0", "precision": 0.5, "recall": 1.0, "f1": 0.6, "support": 1}],
    "confusion": [[1, 0], [1, 0]],
    "reliability": [{"lower": 0.0, "upper": 0.1, "count": 2, "confidence": 0.05, "accuracy": 0.5}],
    "extension": {"correct": 1, "total": 3},
}  # fmt: skip
CONFIG = RunConfig.from_json(DESCRIPTION)
ROWS = [{"epoch": 1, "loss": 0.5, "accuracy": 0.5}, {"epoch": 2, "loss": 0.25, "accuracy": 0.75}]


def test_a_run_without_a_seed_is_named_without_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    made = runs.create(None, replace(CONFIG, recipe=RecipeRecord(name="ensemble"), seed=None))
    assert made.folder.name.endswith("-ensemble")


def test_a_run_is_made_under_runs_and_latest_points_to_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    first = runs.create(None, CONFIG)
    second = runs.create(None, CONFIG)
    assert first.folder.parent == Path("runs")
    assert first.folder.name.endswith("-tutorial-seed3")
    assert first.folder != second.folder
    assert Path("runs/latest").readlink() == Path(second.folder.name)
    assert runs.open_run(Path("runs/latest")).folder == second.folder.resolve()
    assert runs.open_run(Path("runs/latest")).config == CONFIG
    assert sorted(p.name for p in Path("runs").iterdir()) == sorted([first.folder.name, second.folder.name, "latest"])


def test_out_names_the_folder_and_makes_its_parents(tmp_path: Path) -> None:
    run = runs.create(tmp_path / "a" / "b", CONFIG)
    assert [p.name for p in run.folder.iterdir()] == ["recipe.json"]
    assert not (tmp_path / "a" / "latest").exists()
    assert run.folder.stat().st_mode & 0o777 == 0o777 & ~umask()
    (tmp_path / "empty").mkdir()
    assert runs.create(tmp_path / "empty", CONFIG).config == CONFIG


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    runs.create(tmp_path / "run", CONFIG)
    with pytest.raises(
        RunError, match=r"run: holds a run already: go on with --resume .*run, or choose another --out$"
    ):
        runs.create(tmp_path / "run", CONFIG)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter.txt").write_text("Dear")
    (tmp_path / "file").write_text("Dear")
    for name in ("full", "file"):
        with pytest.raises(RunError, match=rf"{name}: is not an empty folder: choose another --out$"):
            runs.create(tmp_path / name, CONFIG)


def test_an_unwritable_place_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(
        RunError, match=r"run: cannot be made \((File exists|Not a directory)\): choose another with --out$"
    ):
        runs.create(tmp_path / "file" / "run", CONFIG)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder_is_said(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(RunError, match=r"run: cannot be made \(Permission denied\): choose another with --out$"):
        runs.create(tmp_path / "run", CONFIG)


def test_a_full_disk_is_said_and_nothing_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "NEEDED_BYTES", 2**62)  # more than any disk has
    with pytest.raises(RunError, match=r"run: no room for a run \(.*\): wanted \d+ MB free, or another folder with"):
        runs.create(tmp_path / "run", CONFIG)
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_run(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for name in ("", "nowhere", "file"):
        with pytest.raises(
            RunError, match=r"no run there: wanted a folder with a recipe\.json, as mnistry train makes it$"
        ):
            runs.open_run(tmp_path / name)
    (tmp_path / "latest").symlink_to("latest")
    for name, reason in (("latest", "Too many levels of symbolic links"), ("a\0b", "embedded null byte")):
        with pytest.raises(RunError) as caught:
            runs.open_run(tmp_path / name)
        assert str(caught.value) == f"{tmp_path / name}: cannot be read ({reason})"


PUT_BACK = "put back what mnistry train wrote, or train again in another folder"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"{", "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
        (b"[" * 100_000, "nested more than 32 deep"),
        (b"\xff", "'utf-8' codec can't decode byte 0xff in position 0: invalid start byte"),
        (b"[]", "it is []: wanted an object"),
        (b'{"flour": "500 g"}', "recipe is missing"),
        (b'{"seed": NaN}', "NaN is not valid JSON"),
        (b'{"seed": ' + b"9" * 401 + b"}", f"the number {'9' * 20}… is too large: wanted 64 bits at most"),
        (rb'{"backend": "\ud800"}', r"'\ud800' contains half a character (a lone surrogate)"),
    ],
)
def test_a_recipe_json_that_is_none(content: bytes, reason: str, tmp_path: Path) -> None:
    (tmp_path / "recipe.json").write_bytes(content)
    with pytest.raises(RunError) as caught:
        runs.open_run(tmp_path)
    assert str(caught.value) == f"{tmp_path / 'recipe.json'}: is damaged ({reason}): {PUT_BACK}"


def changed(result: dict[str, Any], key: str, value: object) -> dict[str, Any]:
    """A copy with another value under a key such as "data.source"; with none there for `...`."""
    copy = json.loads(json.dumps(result))
    *outer, last = key.split(".")
    inner = copy
    for name in outer:
        inner = inner[name]
    if value is ...:
        del inner[last]
    else:
        inner[last] = value
    return copy


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        *[(key, ..., f"{key} is missing") for key in ("recipe", "seed", "data", "class_names", "versions")],
        *[(f"data.{key}", ..., f"data.{key} is missing") for key in ("name", "source", "sha256", "train")],
        ("recipe", "tutorial", "recipe is 'tutorial': wanted an object"),
        ("recipe.name", 5, "recipe.name is 5: wanted text"),
        ("recipe.members", [5], "recipe.members[0] is 5: wanted an object"),
        ("seed", True, "seed is True: wanted a whole number"),
        ("seed", 1.5, "seed is 1.5: wanted a whole number"),
        ("data.source", ["mnist"], "data.source is ['mnist']: wanted text"),
        ("class_names", [0, 1], "class_names[0] is 0: wanted text"),
        ("image_shape", [28, 28], "image_shape is [28, 28]: wanted a list of 3"),
        ("precision", 32, "precision is 32: wanted text"),
        ("parameters", "many", "parameters is 'many': wanted a whole number"),
        ("backend", 5, "backend is 5: wanted text"),
        ("versions", [], "versions is []: wanted an object"),
        ("versions", {"mnistry": "1", "numpy": 2}, "versions.numpy is 2: wanted text"),
        ("commit", 5, "commit is 5: wanted text"),
        ("machine", "mine", "machine is 'mine': wanted an object"),
        ("calibrated_from", 5, "calibrated_from is 5: wanted an object"),
        ("calibrated_from.temperature", "warm", "calibrated_from.temperature is 'warm': wanted a number"),
        ("calibrated_from.rejection.learned_below", ..., "calibrated_from.rejection.learned_below is missing"),
        ("calibrated_from.validation", [], "calibrated_from.validation is []: wanted an object"),
        ("teachers", {}, "teachers is {}: wanted a list"),
        ("teachers", [{"source": "a"}], "teachers[0].sha256 is missing"),
        ("extension", "x", "extension is 'x': wanted an object"),
        ("extension.held", None, "extension.held is None: wanted a whole number"),
    ],
)
def test_a_recipe_json_of_another_shape_is_named(key: str, value: object, reason: str, tmp_path: Path) -> None:
    (tmp_path / "recipe.json").write_text(json.dumps(changed(DESCRIPTION, key, value)))
    with pytest.raises(RunError) as caught:
        runs.open_run(tmp_path)
    assert str(caught.value) == f"{tmp_path / 'recipe.json'}: is damaged ({reason}): {PUT_BACK}"


@pytest.mark.parametrize("key", ["data.source", "teachers", "extension.source"])
def test_a_source_that_can_be_no_path(key: str, tmp_path: Path) -> None:
    value = [{"source": "a\0b", "sha256": "0"}] if key == "teachers" else "a\0b"
    (tmp_path / "recipe.json").write_text(json.dumps(changed(DESCRIPTION, key, value)))
    with pytest.raises(RunError, match=r"recipe\.json: is damaged: a source, 'a\\x00b', is no path$"):
        runs.open_run(tmp_path)


def test_an_older_run_says_less(tmp_path: Path) -> None:
    optional = ("commit", "machine", "calibrated_from", "teachers", "extension", "image_shape", "precision")
    result = {key: value for key, value in DESCRIPTION.items() if key not in optional}
    (tmp_path / "recipe.json").write_text(json.dumps(result))
    config = runs.open_run(tmp_path).config
    assert [getattr(config, key) for key in optional] == [None, Machine(), None, (), None, None, None]
    assert {key: value for key, value in config.to_json().items() if key not in optional} == result


def test_what_is_no_regular_file_is_not_waited_for(tmp_path: Path) -> None:
    recipe, evaluation = tmp_path / "recipe.json", tmp_path / "evaluation.json"
    for path in (recipe, evaluation):
        os.mkfifo(path)
        with pytest.raises(RunError, match=rf"{path.name}: cannot be read \(not a regular file\): "):
            _ = runs.open_run(tmp_path) if path == recipe else Run(tmp_path).evaluation
        path.unlink()
        path.touch()
        os.truncate(path, 500_000_000)
        with pytest.raises(RunError, match=rf"{path.name}: cannot be read \(larger than (16|64) MB\): "):
            _ = runs.open_run(tmp_path) if path == recipe else Run(tmp_path).evaluation
        path.unlink()
    recipe.symlink_to("nowhere")
    with pytest.raises(RunError, match=r"recipe\.json: cannot be read \(No such file or directory\): put back"):
        runs.open_run(tmp_path)


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        ("accuracy", ..., "accuracy is missing"),
        ("accuracy", "all", "accuracy is 'all': wanted a number"),
        ("correct", 1.5, "correct is 1.5: wanted a whole number"),
        ("split", None, "split is None: wanted text"),
        ("accuracy_interval_95", [1], "accuracy_interval_95 is [1]: wanted a list of 2"),
        ("extension", 5, "extension is 5: wanted an object"),
        ("extension.total", ..., "extension.total is missing"),
        ("corruptions", [1], "corruptions is [1]: wanted an object"),
    ],
)
def test_a_damaged_evaluation_says_how_to_renew_it(key: str, value: object, reason: str, tmp_path: Path) -> None:
    run = Run(tmp_path)
    assert run.evaluation is None
    result = EVALUATION | {"corruptions": {}}
    run.write_json("evaluation.json", result)
    assert run.evaluation is not None
    assert run.evaluation.to_json() == result
    run.write_json("evaluation.json", changed(result, key, value))
    with pytest.raises(RunError) as caught:
        _ = run.evaluation
    path = tmp_path / "evaluation.json"
    assert str(caught.value) == f"{path}: is damaged ({reason}): renew it with: mnistry evaluate {tmp_path}"


def test_what_could_not_be_read_again_is_not_written(tmp_path: Path) -> None:
    run = Run(tmp_path)
    with pytest.raises(RunError, match=r"a\.json: cannot hold NaN or an infinite number$"):
        run.write_json("a.json", {"a": float("nan")})
    with pytest.raises(RunError, match=r"a\.json: cannot hold '/data/b\\udcff': rename what is not named in UTF-8$"):
        run.write_json("a.json", {"source": os.fsdecode(b"/data/b\xff")})
    assert list(tmp_path.iterdir()) == []


def test_history_goes_out_and_comes_back(tmp_path: Path) -> None:
    run = Run(tmp_path)
    assert run.history == []
    run.write_history(ROWS)
    assert run.history == ROWS
    assert (tmp_path / "history.csv").read_text() == "epoch,loss,accuracy\n1,0.5,0.5\n2,0.25,0.75\n"


def test_litter_of_a_kill_is_cleared_and_nothing_else(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.write_text("a.txt", "kept")
    for name in (".k3x_.part.npz", ".k3x_.part.handover.keras"):
        (tmp_path / name).write_text("half of")
    run.clear_litter()
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]


def test_a_checkpoint_of_any_kind_is_of_an_unfinished_run(tmp_path: Path) -> None:
    run = Run(tmp_path)
    for name in ("model.onnx", "evaluation.json", "report.html"):
        run.write_text(name, "")
    assert run.finished
    run.checkpoint.symlink_to("nowhere")
    assert not run.finished


def test_a_finished_run_is_opened_and_another_refused(own_run: Run) -> None:
    assert runs.open_finished(own_run.folder).config == own_run.config
    (own_run.folder / "report.html").unlink()
    said = f"^{own_run.folder}: is not finished: go on with: mnistry train --resume {own_run.folder}$"
    with pytest.raises(RunError, match=said):
        runs.open_finished(own_run.folder)


def test_each_kind_of_run_has_its_own_evaluation(small_detector: Run, own_run: Run) -> None:
    with pytest.raises(RunError, match="is of a detector: its figures are in `page_evaluation`$"):
        _ = small_detector.evaluation
    with pytest.raises(RunError, match="is of a classifier: its figures are in `evaluation`$"):
        _ = own_run.page_evaluation
