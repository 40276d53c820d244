"""The notebooks run from their first cell to their last, and stand executed in the repository."""

import re
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
NOTEBOOK = NOTEBOOKS / "MNIST_CNN.ipynb"
STUDY = NOTEBOOKS / "WHAT_HELPS.ipynb"


@pytest.fixture(scope="module")
def notebook() -> Any:
    return nbformat.read(NOTEBOOK, as_version=4)


def text_of(notebook: Any) -> str:
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return "".join(output.get("text", "") for output in outputs)


def test_it_stands_executed_from_a_full_run(notebook: Any) -> None:
    counts = [cell.execution_count for cell in notebook.cells if cell.cell_type == "code"]
    assert counts == list(range(1, len(counts) + 1))
    found = re.search(r"of 10,000 right: ([\d.]+) %", text_of(notebook))
    assert found
    assert float(found[1]) >= 99.19
    assert "the same network" in text_of(notebook)
    kinds = {output.output_type for cell in notebook.cells for output in cell.get("outputs", [])}
    assert "error" not in kinds
    assert NOTEBOOK.stat().st_size < 2e6


def test_it_tells_nothing_of_the_machine_it_ran_on(notebook: Any) -> None:
    text = NOTEBOOK.read_text(encoding="utf-8")
    assert not re.findall(r"/(?:home|root|tmp|Users)/[^\"\s]*", text)


def test_it_holds_no_copy_of_the_library(notebook: Any) -> None:
    source = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    assert "assert anatomy(model) == anatomy(tutorial())" in source
    assert set(re.findall(r"^def (\w+)", source, re.MULTILINE)) == {"show", "add", "anatomy"}


def test_it_runs_with_one_short_epoch() -> None:
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    cells = {tuple(cell.metadata.get("tags", ())): cell for cell in notebook.cells}
    cells["parameters",].source = "EPOCHS = 1\nSEED = 0"
    loading = next(cell for cell in notebook.cells if "dataset = load_dataset()" in cell.source)
    line = "train, validation = dataset.train, dataset.validation"
    assert line in loading.source
    loading.source = loading.source.replace(
        line,
        "from mnistry.data.split import Split\n"
        "train = Split(dataset.train.images[:3000], dataset.train.labels[:3000])\n"
        "validation = dataset.validation",
    )
    NotebookClient(notebook, timeout=240, resources={"metadata": {"path": NOTEBOOK.parent}}).execute()
    found = re.search(r"of 10,000 right: ([\d.]+) %", text_of(notebook))
    assert found
    assert float(found[1]) > 60


def test_the_study_stands_executed_and_tells_nothing_of_its_machine() -> None:
    study = nbformat.read(STUDY, as_version=4)
    counts = [cell.execution_count for cell in study.cells if cell.cell_type == "code"]
    assert counts == list(range(1, len(counts) + 1))
    kinds = {output.output_type for cell in study.cells for output in cell.get("outputs", [])}
    assert "error" not in kinds
    text = STUDY.read_text(encoding="utf-8")
    assert not re.findall(r"/(?:home|root|tmp|Users)/[^\"\s]*", text)
    assert STUDY.stat().st_size < 2e6


@pytest.mark.slow
def test_the_study_runs_with_one_short_epoch() -> None:
    study = nbformat.read(STUDY, as_version=4)
    (parameters,) = (cell for cell in study.cells if cell.metadata.get("tags") == ["parameters"])
    parameters.source = "EPOCHS = 1\nSEEDS = (0,)"
    NotebookClient(study, timeout=240, resources={"metadata": {"path": NOTEBOOKS}}).execute()
    found = re.findall(r"(none|writers) +seed 0  ([\d.]+) % of 5,000 validation images", text_of(study))
    assert [augmented for augmented, _ in found] == ["none", "writers"]
    assert all(float(share) > 20 for _, share in found)
