import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import small_pages
from mnistry.detector.detector import Detector
from mnistry.errors import InterruptedRunError, RecipeError, RunError, UsageError
from mnistry.ocr.glyph_classes import GLYPHS
from mnistry.run import folder as runs
from mnistry.run.config import DETECTOR
from mnistry.run.folder import Run
from mnistry.training import DETECTORS, resume, train, train_detector
from mnistry.training.detector import train as module
from mnistry.training.loops import checkpoint
from mnistry.training.progress import Watch
from small_pages import RECIPE

FILES = ["evaluation.json", "history.csv", "model.keras", "model.onnx", "recipe.json", "report.html"]
MEASURED = ("train_s", "elapsed_s")


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    small_pages.use(monkeypatch)


def weights(run: Run) -> list[np.ndarray]:
    import keras

    return keras.models.load_model(run.folder / "model.keras", compile=False).get_weights()


def untimed(run: Run) -> list[dict[str, float]]:
    return [{name: value for name, value in row.items() if name not in MEASURED} for row in run.history]


def assert_same(run: Run, other: Run) -> None:
    assert sorted(path.name for path in run.folder.iterdir()) == FILES
    assert all(np.array_equal(a, b) for a, b in zip(weights(run), weights(other), strict=True))
    assert untimed(run) == untimed(other)
    assert run.page_evaluation is not None
    assert other.page_evaluation is not None
    assert replace(run.page_evaluation, elapsed_s=0) == replace(other.page_evaluation, elapsed_s=0)


class Killed(BaseException):
    """What stands for SIGKILL: nothing catches it."""


def kill_at(patch: pytest.MonkeyPatch, name: str, times: int = 1, *, after: bool = False) -> None:
    """End training as the file `name` is replaced for the nth time: before that is done, or after it."""
    count = 0
    real = runs.replace

    def write(path: Path, writing: Callable[[Path], object]) -> None:
        nonlocal count
        count += path.name == name
        due = path.name == name and count == times
        if due and not after:
            raise Killed
        real(path, writing)
        if due:
            raise Killed

    patch.setattr(runs, "replace", write)
    patch.setattr(checkpoint, "replace", write)


class StopAfter(Watch):
    def __init__(self, epoch: int) -> None:
        self.last = epoch

    def epoch(self, row: dict[str, float]) -> None:
        if row["epoch"] == self.last:
            raise KeyboardInterrupt


def test_what_a_run_leaves_behind(small_detector: Run) -> None:
    run = small_detector
    assert run.finished
    assert sorted(path.name for path in run.folder.iterdir()) == FILES
    stored = json.loads((run.folder / "recipe.json").read_text())
    assert list(stored) == list(DETECTOR)
    assert (stored["kind"], stored["seed"], tuple(stored["class_names"])) == ("detector", 1, GLYPHS)
    assert stored["data"] | {"sha256": ""} == {
        "name": "pages", "source": "mnist", "sha256": "", "train": 24, "validation": 2,
    }  # fmt: skip
    parts = ["loss", "heat", "glyph", "size", "offset", "ink", "owner", "text", "height"]
    shares = ["digits_right", "lines_exact", "silence", "score"]
    assert list(run.history[0]) == ["epoch", *parts, *shares, "train_s", "elapsed_s"]
    assert [row["epoch"] for row in run.history] == [1, 2, 3]


def test_the_model_tells_where_it_comes_from(small_detector: Run) -> None:
    metadata = Detector(small_detector.model).metadata
    config = small_detector.config
    assert (metadata.kind, metadata.seed, metadata.class_names, metadata.epochs) == ("detector", 1, GLYPHS, 3)
    assert metadata.recipe == config.recipe == RECIPE.record
    assert metadata.data == replace(config.data, source="")
    assert metadata.validation is not None
    assert metadata.validation.score == pytest.approx(small_detector.history[(metadata.best_epoch or 0) - 1]["score"])
    assert metadata.weights in ("int8", "float16")
    assert (metadata.rounding is None) == (metadata.weights == "int8")
    assert metadata.confidence is not None
    assert small_detector.page_evaluation is not None
    assert small_detector.page_evaluation.epochs == 3


def test_stopped_again_and_again_it_ends_as_if_nothing_had_been(small_detector: Run, tmp_path: Path) -> None:
    """Hard negatives are looked for after epochs 1 and 2."""
    out = tmp_path / "run"
    with pytest.raises(InterruptedRunError) as caught:
        train_detector(RECIPE, seed=1, out=out, watch=StopAfter(1))
    assert str(caught.value) == f"stopped after epoch 1 of 3: go on with: mnistry train --resume {out}"
    metadata = Detector(Run(out).model).metadata  # usable
    assert (metadata.epochs, metadata.best_epoch, metadata.validation) == (1, 1, None)
    for name, times in (("history.csv", 2), ("model.onnx", 1)):  # history.csv is renewed first of all
        with pytest.MonkeyPatch.context() as patch:
            kill_at(patch, name, times)
            with pytest.raises(Killed):
                resume(out)
        assert not Run(out).finished
    assert_same(resume(out), small_detector)


@pytest.mark.slow
@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize(
    ("name", "times"),
    [("checkpoint.npz", 1), ("checkpoint.npz", 3), ("history.csv", 1), ("model.keras", 1), ("evaluation.json", 1)],
)
def test_killed_at_any_moment_too(name: str, times: int, after: bool, small_detector: Run, tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        kill_at(patch, name, times, after=after)
        with pytest.raises(Killed):
            train_detector(RECIPE, seed=1, out=tmp_path / "run")
    assert_same(resume(tmp_path / "run"), small_detector)


def test_ctrl_c_before_the_first_epoch_leaves_no_model(tmp_path: Path) -> None:
    class StopAtOnce(Watch):
        def start(self, epochs: int, steps: int, history: list[dict[str, float]]) -> None:
            raise KeyboardInterrupt

    with pytest.raises(InterruptedRunError, match=r"^stopped after epoch 0 of 3: go on with: mnistry train --resume"):
        train_detector(RECIPE, out=tmp_path / "run", watch=StopAtOnce())
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["recipe.json"]


def test_the_network_of_the_best_epoch_ships(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By its score alone: of equal ones the later. Resuming keeps it."""
    from mnistry.training.detector import pages
    from mnistry.training.detector.judge import Verdict

    scores = [1, 3, 2]
    verdicts = (Verdict(true=4, found=4, right=right) for right in scores)
    monkeypatch.setattr(pages, "validate", lambda detect, judged_on: next(verdicts, Verdict(true=4, right=1)))
    out = tmp_path / "run"
    with pytest.raises(InterruptedRunError):
        train_detector(replace(RECIPE, mining=0), seed=1, out=out, watch=StopAfter(2))
    second = weights(Run(out))
    assert Detector(Run(out).model).metadata.best_epoch == 2
    run = resume(out)
    assert [row["score"] for row in run.history] == [0.25, 0.75, 0.5]
    assert all(np.array_equal(a, b) for a, b in zip(weights(run), second, strict=True))
    metadata = Detector(run.model).metadata
    assert (metadata.epochs, metadata.best_epoch) == (3, 2)


def test_a_drawing_process_that_was_killed_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def submit(*_: object) -> Future[object]:
        raise BrokenProcessPool

    monkeypatch.setattr(small_pages.AtOnce, "submit", submit)
    out = tmp_path / "run"
    with pytest.raises(RunError) as caught:
        train_detector(RECIPE, out=out)
    assert str(caught.value) == (
        f"{out}: a process that draws training pictures has ended, perhaps for lack of memory: "
        f"go on with: mnistry train --resume {out}"
    )


def test_a_finished_run_is_left_as_it_is(small_detector: Run) -> None:
    before = {path: path.stat().st_mtime_ns for path in small_detector.folder.iterdir()}
    assert resume(small_detector.folder) == small_detector
    assert {path: path.stat().st_mtime_ns for path in small_detector.folder.iterdir()} == before


def changed(run: Run, to: Path, **values: object) -> Path:
    """A copy of a run, with other values in its recipe.json, that is not finished."""
    folder = shutil.copytree(run.folder, to)
    (folder / "report.html").unlink()
    stored = json.loads((folder / "recipe.json").read_text())
    (folder / "recipe.json").write_text(json.dumps(stored | values))
    return folder


def test_a_run_that_cannot_be_resumed_says_why(small_detector: Run, tmp_path: Path) -> None:
    config = small_detector.config.to_json()
    cases: list[tuple[dict[str, object], str]] = [
        ({"data": config["data"] | {"sha256": "0"}}, "was started with other fonts or photos than those listed now (SHA-256 differs)"),
        ({"class_names": ["a", "b"]}, "was started with other glyphs than this version of mnistry has"),
        ({"recipe": config["recipe"] | {"epochs": 9}}, "model.onnx is of 3 of 9 epochs, and checkpoint.npz is gone: remove model.onnx to train again from the start"),
        ({"backend": "jax"}, "the run was started on jax, this process uses torch: set KERAS_BACKEND=jax"),
    ]  # fmt: skip
    for k, (values, said) in enumerate(cases):
        folder = changed(small_detector, tmp_path / str(k), **values)
        with pytest.raises(RunError) as caught:
            resume(folder)
        assert str(caught.value).removeprefix(f"{folder}: ") == said
    wrong = changed(small_detector, tmp_path / "wrong", recipe=config["recipe"] | {"width": 100})
    with pytest.raises(RunError, match=r"recipe\.json: `width` \(=100\) must be a multiple of 16, and 64 or more$"):
        resume(wrong)
    grown = changed(small_detector, tmp_path / "grown", recipe=config["recipe"] | {"deep": 2})
    (grown / "model.onnx").unlink()
    with pytest.raises(RunError, match=r"was started with 2856 parameters: its recipe's network has \d+ now$"):
        resume(grown)
    with pytest.raises(UsageError, match="is of a detector, which draws its own pages: leave out --data$"):
        resume(small_detector.folder, data="mnist")


def test_scored_again_if_that_is_all_that_is_left(small_detector: Run, tmp_path: Path) -> None:
    assert_same(resume(changed(small_detector, tmp_path / "run")), small_detector)


def test_wrong_use_is_said_before_anything_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "run"
    with pytest.raises(RecipeError, match=r"^no recipe of a detector 'tiny': there are detector$"):
        train_detector("tiny", out=out)
    with pytest.raises(RecipeError, match=r"^`seed` \(=-1\) must be 0 or more and less than 2\*\*32$"):
        train_detector(RECIPE, seed=-1, out=out)
    with pytest.raises(
        RecipeError, match=r"^the recipe 'detector' is of a detector \(`train_detector`\): wanted tutor"
    ):
        train("detector", out=out)
    monkeypatch.setattr(module.backend, "choose", lambda wanted=None: "jax")
    with pytest.raises(
        UsageError, match="^KERAS_BACKEND=jax: a detector is trained on torch: set KERAS_BACKEND=torch$"
    ):
        train_detector(RECIPE, out=out)
    assert not out.exists()
    assert list(DETECTORS) == ["detector"]


SCRIPT = """
import sys
import pytest, small_pages
from mnistry.errors import MnistryError
from mnistry.training import train_detector

if __name__ == "__main__":
    small_pages.use(pytest.MonkeyPatch(), at_once=False)
    try:
        train_detector(small_pages.RECIPE, seed=1, out=sys.argv[1])
    except MnistryError as error:
        sys.exit(str(error))
"""


def started(out: Path, stop: int) -> tuple[int, str]:
    """Train in a process, with drawing processes of its own; send all of them a signal after the first epoch."""
    script = out.with_suffix(".py")
    script.write_text(SCRIPT)
    path = os.pathsep.join([*sys.path, os.environ.get("PYTHONPATH", "")])
    process = subprocess.Popen(
        [sys.executable, script, out],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": path},
        start_new_session=True,
    )
    while not (out / "history.csv").exists():
        assert process.poll() is None, process.communicate()[1]
        time.sleep(0.05)
    os.killpg(process.pid, stop) if stop == signal.SIGINT else process.kill()
    said = process.communicate(timeout=120)[1]
    until = time.monotonic() + 20
    while time.monotonic() < until:  # the drawing processes end with it
        try:
            os.killpg(process.pid, 0)
        except ProcessLookupError:
            return process.returncode, said
        time.sleep(0.1)
    raise AssertionError("a process is left")


@pytest.mark.slow
def test_ctrl_c_and_the_processes_that_draw(small_detector: Run, tmp_path: Path) -> None:
    status, said = started(tmp_path / "run", signal.SIGINT)
    done = len(Run(tmp_path / "run").history)
    stopped = f"stopped after epoch {done} of 3: go on with: mnistry train --resume {tmp_path / 'run'}"
    assert (status, said.splitlines()[-1]) == (1, stopped)  # a backend may have logged before
    assert "Traceback" not in said
    assert_same(resume(tmp_path / "run"), small_detector)


@pytest.mark.slow
def test_a_real_kill_leaves_no_process(small_detector: Run, tmp_path: Path) -> None:
    status, _ = started(tmp_path / "run", signal.SIGKILL)
    assert status == -signal.SIGKILL
    assert_same(resume(tmp_path / "run"), small_detector)
