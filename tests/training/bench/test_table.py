import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from bench_rows import row
from mnistry.evaluation import plots
from mnistry.lineage import Machine
from mnistry.training.bench import table
from mnistry.training.bench.row import MeasuredRun, Row

MACHINE = Machine(cores=2, processor="Abacus 3000", system="Linux")


def shown(rows: list[Row]) -> str:
    text = io.StringIO()
    result = replace(table.result(rows, ["bench", "train"], 3.0), machine=MACHINE)
    table.show(result, Console(file=text, width=80))
    return text.getvalue()


def flat(text: str) -> str:
    return " ".join(text.split())


def test_the_table_fits_eighty_columns_and_says_what_it_means() -> None:
    text = shown([row("keras-example", "tensorflow", training_s=1234.5, held_s=None), row("fast")])
    assert max(map(len, text.splitlines())) <= 80
    assert "keras-example (tensorflow) 1,234 s 617.2 7.0 s 99.32 % ± 0.04 – " in flat(text)
    assert "fast 2.0 s 1.0 7.0 s 99.32 % ± 0.04 2.0 s " in flat(text)
    assert "fast 3 2.3 80 22 % 597 MB" in flat(text)
    assert "2 cores, Abacus 3000" in flat(text)
    assert "≈" not in text


def test_an_estimated_row_is_marked_and_stands_beside_the_whole_of_fast() -> None:
    part = row("tutorial", estimated=True, training_s=100.0, accuracy_mean=None, held_s=None)
    text = shown([part, row("fast", n=1, held_n=1, accuracy_sd=None)])
    assert "tutorial ≈ 100 s 50.0 ≈ 7.0 s – –" in flat(text)
    assert "tutorial 3 2.3 ≈ 80 ≈ 22 % –" in flat(text), "a sample's memory is not that of the whole"
    assert "≈ 7.0 s – – fast 2.0 s 1.0 7.0 s 99.32 % 2.0 s" in flat(text)
    assert "≈ from the median step" in text


def test_growth_is_compared_within_threads_and_share() -> None:
    rows = [row("tuomaso", share=4.0, training_s=9.0), row("fast", share=4.0, training_s=3.0), row("fast", threads=1)]
    rows += [row("tutorial", threads=1, training_s=100.0, estimated=True)]
    found = table.result(rows, [], 3.0).rows
    assert [r.times_fast for r in found] == [3, 1, 1, 50]
    text = shown(rows)
    assert "recipe threads share training" in flat(text)
    assert "tuomaso 2 4 9.0 s" in flat(text)


def test_without_fast_there_is_no_ratio() -> None:
    assert table.result([row("tuomaso")], [], 3.0).rows[0].times_fast is None


def test_paths_of_this_machine_stay_out_of_the_record() -> None:
    words = ["bench", "train", "--out", "/home/me/x.json", "--data", "/home/me/mine.npz", "--plot=/x", "--seeds=2"]
    result = table.result([row("fast")], words, 3.0)
    assert (result.command, result.elapsed_s) == ("mnistry bench train --data mine.npz --seeds=2", 3.0)


def test_an_option_with_its_value_keeps_its_name() -> None:
    result = table.result([row("fast")], ["bench", "train", "--data=/home/me/mine.npz"], 3.0)
    assert result.command == "mnistry bench train --data=mine.npz"


def test_when_some_runs_held_the_target() -> None:
    assert table.held(row("fast", held_n=2)) == "2.0 s (2 of 3)"
    assert table.held(row("fast", held_n=1, held_s=None)) == "–"


def test_the_plot_tells_apart_what_varies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    times = {"first_step_s": 1, "model_s": 4, "report_s": 5, "step_s_median": 0.1, "peak_memory_mb": 500.0}
    work = {"sgemm_gflop_s": 100.0, "training_gflop_per_image": 0.01}
    found = {"seed": 0, "accuracy": 0.99, "epoch_accuracy": (0.98, 0.99), "epoch_train_s": (1.0, 2.0)}
    runs = (MeasuredRun(**times, **work, **found),)
    drawn: list[Any] = []
    monkeypatch.setattr(plots, "save_race", lambda curves, target, path: drawn.extend(curves))
    rows = [row("fast", runs=runs), row("fast", threads=1, runs=runs), row("keras-example", "tensorflow", runs=runs)]
    table.save_plot([*rows, row("tutorial", estimated=True)], tmp_path / "x.png")
    assert [name for name, _ in drawn] == ["fast threads 2", "fast threads 1", "keras-example (tensorflow) threads 2"]
    assert drawn[0][1] == [[(1.0, 0.98), (3.0, 0.99)]]


@pytest.mark.parametrize(("time_s", "said"), [(1.23, "1.2 s"), (99.94, "99.9 s"), (1234.4, "1,234 s")])
def test_seconds(time_s: float, said: str) -> None:
    assert table.seconds(time_s) == said
