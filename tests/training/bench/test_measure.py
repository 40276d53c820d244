import statistics
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mnistry.data import Dataset, load_dataset
from mnistry.data.split import Split
from mnistry.errors import RecipeError, RunError, UsageError
from mnistry.training.bench import measure
from mnistry.training.bench.measure import Cell
from mnistry.training.bench.row import MeasuredRun


def run(seed: int, accuracies: list[float]) -> MeasuredRun:
    """The measurements of a run of 10 s an epoch."""
    return MeasuredRun(
        seed=seed,
        first_step_s=5.0,
        model_s=8.0 + 10 * len(accuracies),
        report_s=9.0 + 10 * len(accuracies),
        epoch_train_s=(10.0,) * len(accuracies),
        step_s_median=0.02,
        peak_memory_mb=500.0 + seed,
        sgemm_gflop_s=100.0,
        accuracy=accuracies[-1],
        epoch_accuracy=tuple(accuracies),
        training_gflop_per_image=0.01,
    )


def test_a_row_of_two_seeds() -> None:
    runs = [run(0, [0.99, 0.992, 0.991]), run(1, [0.9919, 0.99, 0.993])]
    row = measure.row(Cell("tutorial", "torch", 2), runs, 50_000, 3)
    assert (row.recipe, row.backend, row.threads, row.share, row.epochs) == (
        "tutorial",
        "torch",
        2,
        1,
        3,
    )
    assert (row.training_s, row.first_step_s) == (30, 5)
    assert (row.command_to_model_s, row.command_to_report_s) == (38, 39)
    assert row.accuracy_mean == pytest.approx(0.992)
    assert row.accuracy_sd == pytest.approx(statistics.stdev([0.991, 0.993]))
    assert row.held_s == statistics.median([20, 10])
    assert row.gflop_s == pytest.approx(3 * 50_000 * 0.01 / 30)
    assert row.sgemm_share == pytest.approx(row.gflop_s / 100)
    assert (row.peak_memory_mb, row.n, row.held_n) == (501, 2, 2)
    assert row.runs == tuple(runs)


def test_a_row_that_never_holds() -> None:
    row = measure.row(Cell("fast", "torch", 2), [run(0, [0.99])], 1000, None)
    assert (row.held_s, row.held_n, row.accuracy_sd) == (None, 0, None)


def test_what_most_runs_did_not_hold_is_not_said_to_be_held() -> None:
    row = measure.row(Cell("fast", "torch", 2), [run(0, [0.99]), run(1, [0.993])], 1000, None)
    assert (row.held_s, row.held_n) == (None, 1)


def test_an_estimated_row_stands_for_all_images_and_epochs() -> None:
    cell = Cell("tutorial", "torch", 2, sample=1 / 8)
    row = measure.row(cell, [run(0, [0.97])], 64_000, None)
    assert row.training_s == pytest.approx(0.02 * 10 * 64_000 / 128)
    assert row.command_to_model_s == pytest.approx(8 + row.training_s)
    half = measure.row(Cell("tutorial", "torch", 2, share=0.5, sample=1 / 8), [run(0, [0.97])], 64_000, None)
    assert half.training_s == pytest.approx(row.training_s / 2)
    assert half.gflop_s == pytest.approx(row.gflop_s) == pytest.approx(128 * 0.01 / 0.02)
    assert (row.accuracy_mean, row.held_s) == (None, None), "an eighth of the images tells nothing of all"


def test_the_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measure, "available_cores", lambda: 8)
    every = measure.cells(threads=[1])
    assert [cell.recipe for cell in every if cell.backend == "torch"] == [
        *("keras-example", "pytorch-example", "tuomaso", "tutorial", "fast")
    ]
    some = measure.cells(["fast", "tuomaso"], [1, 2], [0.5, 4])
    assert [(cell.recipe, cell.threads, cell.share) for cell in some[:3]] == [
        *(("fast", 1, 0.5), ("tuomaso", 1, 0.5), ("fast", 1, 4))
    ]
    assert len(some) == 8
    assert measure.cells(["fast", "fast"], [1, 1], [1, 1]) == [Cell("fast", "torch", 1)]


def test_quick_cuts_what_takes_several_epochs() -> None:
    samples = {cell.recipe: cell.sample for cell in measure.quick(measure.cells())}
    assert samples["fast"] == samples["tuomaso"] == 1
    assert samples["tutorial"] == samples["keras-example"] == samples["pytorch-example"] == 0.125


def test_quick_cuts_every_recipe_that_is_given_several_epochs() -> None:
    assert {cell.sample for cell in measure.quick(measure.cells(), epochs=2)} == {0.125}
    assert {cell.sample for cell in measure.quick(measure.cells(), epochs=1)} == {1}


def test_recipes_of_one_epoch_run_again_beside_each_longer_one() -> None:
    a, b, c = (Cell(name, "torch", 1) for name in ("keras-example", "tutorial", "fast"))
    alone = Cell("fast", "torch", 1, share=4)
    lengths = {a: 15, b: 10, c: 1, alone: 1}
    assert list(measure._in_turn([a, b, c, alone], 2, lengths)) == [a, c, b, c, alone] * 2
    part = Cell("tutorial", "torch", 1, sample=0.125)
    assert set(measure._in_turn([part, c], 1, {part: 10, c: 2})) == {part, c}, "none is left out"
    assert list(measure._in_turn([part, c], 2, {part: 10, c: 1})) == [part, c] * 2


def test_a_share_is_a_fixed_random_part_of_every_class(mnist: Dataset, tmp_path: Path) -> None:
    """Also where the images stand in the order of their classes, as those of a folder do."""
    order = np.argsort(mnist.train.labels, kind="stable")[::50]
    ordered = replace(mnist, train=Split(mnist.train.images[order], mnist.train.labels[order]))
    part, whole = load_dataset(measure._share(ordered, 0.25, tmp_path)), len(order)
    assert len(part.train) == round(0.25 * whole)
    assert set(part.train.labels) == set(range(10))
    assert part.validation.sha256 == mnist.validation.sha256
    fourfold = load_dataset(measure._share(ordered, 4, tmp_path))
    assert np.array_equal(np.bincount(fourfold.train.labels), 4 * np.bincount(ordered.train.labels))
    assert measure._share(mnist, 1, tmp_path) == "mnist"


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ({"names": ["bread"]}, "^no recipe 'bread': there are tutorial, fast"),
        ({"threads": [0]}, r"^`threads` \(=0\) must be from 1 to the \d+ available cores$"),
        ({"threads": [5000]}, r"^`threads` \(=5000\) must be from 1 to the \d+ available cores$"),
        ({"shares": [0]}, r"^`share` \(=0\) must be more than 0 and at most 16$"),
        ({"shares": [17]}, r"^`share` \(=17\) must be more than 0 and at most 16$"),
    ],
)
def test_wrong_cells(wanted: dict[str, Any], message: str) -> None:
    with pytest.raises((RecipeError, UsageError), match=message):
        measure.cells(**wanted)


def test_no_seeds(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"^`seeds` \(=0\) must be 1 or more$"):
        next(measure.measure(measure.cells(), 0, tmp_path))


@pytest.mark.slow
def test_epochs_of_keras_own_loop_are_scored_too(small_npz: Path, tmp_path: Path) -> None:
    """Each epoch's weights are put into a new model; the last of them scores as the run did."""
    (rows,) = measure.measure([Cell("keras-example", "torch", 1)], 1, tmp_path, data=small_npz, epochs=2)
    (run,) = rows[0].runs
    assert len(run.epoch_accuracy) == 2
    assert run.epoch_accuracy[-1] == run.accuracy > 0.5


def test_what_does_not_train_is_said(small_npz: Path, tmp_path: Path) -> None:
    with pytest.raises(RunError, match="^fast on abacus did not train: .*KERAS_BACKEND=abacus is not supported"):
        next(measure.measure([Cell("fast", "abacus", 1)], 1, tmp_path, data=small_npz))
