"""`mnistry evaluate` of a detector, and what commands say to one kind of model in the place of the other."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

import hostile_models
import small_pages
from conftest import Cli
from mnistry.assets import MODEL
from mnistry.cli.classify import classify
from mnistry.cli.evaluate import evaluate
from mnistry.cli.read import read
from mnistry.cli.serve import serve
from mnistry.cli.train import ensemble, train
from mnistry.errors import MnistryError, UsageError
from mnistry.run.folder import Run


@pytest.fixture(scope="module")
def detector(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return hostile_models.detector(tmp_path_factory.mktemp("model") / "d.onnx")


def test_a_detector_s_run_is_scored_again(
    small_detector: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    small_pages.use(monkeypatch)
    run = Run(shutil.copytree(small_detector.folder, tmp_path / "run"))
    (run.folder / "report.html").unlink()
    evaluate(run.folder)
    first, *places = capsys.readouterr().out.splitlines()
    assert run.finished
    found = run.page_evaluation
    assert found == small_detector.page_evaluation
    assert found is not None
    assert first == (
        f"{found.right} of {found.total} digits right ({100 * found.digits_right:.1f} %) on 4 pages; "
        f"{found.exact} of {found.lines} lines exact ({100 * found.lines_exact:.1f} %); "
        f"false alarms on {found.empty - found.silent} of {found.empty} pages without digits"
    )
    assert places == [f"run     {run.folder}", f"report  {run.folder / 'report.html'}"]


def test_a_bare_file_too(
    small_detector: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    small_pages.use(monkeypatch)
    model = Path(shutil.copy(small_detector.model, tmp_path / "d.onnx"))
    evaluate(model, out=tmp_path / "out", as_json=True)
    printed = json.loads(capsys.readouterr().out)
    wanted = {"recipe", "seed", "parameters", "epochs", "elapsed_s", "backend", "accuracy", "test_error", "correct"}
    assert wanted | {"total", "digits_right", "lines_exact", "false_alarms"} <= printed.keys()
    assert (printed["kind"], printed["run"]) == ("detector", None)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["evaluation.json", "report.html"]


def test_options_of_classifiers_are_refused(detector: Path) -> None:
    with pytest.raises(UsageError) as caught:
        evaluate(detector, data="mnist", split="validation", corruptions=True)
    said = "is a detector, which is scored on pages drawn for it: leave out --data, --split, --corruptions"
    assert str(caught.value) == f"{detector}: {said}"


CALLS: dict[str, Callable[[Path], object]] = {
    "read": lambda model: read(["x.png"], model=model),
    "classify": lambda model: classify("mnist", model=model),
    "serve": lambda model: serve(model=model),
    "teacher": lambda model: train("distilled", teacher=[model]),
}


@pytest.mark.parametrize("command", CALLS)
def test_a_detector_is_no_classifier(command: str, detector: Path) -> None:
    with pytest.raises(MnistryError) as caught:
        CALLS[command](detector)
    assert str(caught.value) == (
        f"{detector}: is a detector, which finds digits: "
        "wanted a classifier, which says what they are, e.g. from: mnistry train"
    )


def test_nor_is_its_run(small_detector: Run) -> None:
    folder = small_detector.folder
    with pytest.raises(MnistryError, match=r"run.*model\.onnx: is a detector, which finds digits: wanted a classifier"):
        train("fast", calibrate_from=folder)
    with pytest.raises(MnistryError) as caught:
        ensemble([folder, folder])
    assert str(caught.value) == f"{folder}: is of a detector: wanted runs of classifiers"


def test_on_the_command_line(cli: Cli, tmp_path: Path) -> None:
    done = cli(
        "train", "detector", "--data", "mnist", "--placement", "pad", "--teacher", MODEL, "--out", tmp_path / "r"
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert (
        done.stderr == "error: a detector learns from pages that it draws: leave out --data, --placement, --teacher\n"
    )
