"""What stands in records/ is whole, was measured with what is here, and reaches what is promised."""

import hashlib
import json
import statistics
from pathlib import Path

import pytest

from mnistry.assets import MODEL
from mnistry.data import Dataset, load_dataset
from mnistry.evaluation.corruptions import CORRUPTIONS, corrupt
from mnistry.reader import Reader
from mnistry.safety.json_record import as_json
from mnistry.training import RECIPES, full_data, recipes

ROOT = Path(__file__).parents[2]
RECIPE_RECORDS = [path for recipe in RECIPES if (path := ROOT / "records" / f"{recipe}.json").exists()]
READING_RECORDS = ("geometry", "one_picture", "pages", "strangers")


@pytest.mark.parametrize("path", RECIPE_RECORDS, ids=lambda path: path.stem)
def test_records_carry_what_produced_them(path: Path) -> None:
    record = json.loads(path.read_text())
    for run in record["runs"]:
        assert run["accuracy"] == run["correct"] / run["total"]
        assert run["total"] == 10_000
        assert recipes.Recipe(**run["recipe"]) == RECIPES[path.stem], "the recipe has changed since"
        assert len(run["commit"]) == 40, "made from a checkout with changes that were not committed"
        assert {"keras", "numpy", run["backend"]} <= run["versions"].keys()
        assert run["machine"]["cores"]
        if run.get("calibrated_from"):
            calibrate_from = ROOT / "records" / "calibrations" / path.name
            kept = full_data.calibration(calibrate_from, RECIPES[path.stem], load_dataset())
            assert kept is not None
            assert as_json(kept) == {"parameters": run["parameters"], **run["calibrated_from"]}, (
                "of another calibration than is kept"
            )
    for backend, summary in record["summary"].items():
        runs = [run for run in record["runs"] if run["backend"] == backend]
        seeds = [run["seed"] for run in runs]
        assert seeds == list(range(len(seeds))), "a seed was left out"
        assert summary["n"] == len(runs)
        assert summary["accuracy_mean"] == pytest.approx(statistics.mean(run["accuracy"] for run in runs))


def test_the_tutorial_reaches_what_it_promises() -> None:
    summary = json.loads((ROOT / "records" / "tutorial.json").read_text())["summary"]
    assert summary["torch"]["n"] >= 5
    assert all(backend["accuracy_mean"] >= 0.9919 for backend in summary.values())


def test_fast_reaches_what_it_promises_over_twenty_seeds() -> None:
    summary = json.loads((ROOT / "records" / "fast.json").read_text())["summary"]["torch"]
    assert summary["n"] >= 20
    assert summary["accuracy_mean"] >= 0.9919


def test_fast_trains_in_a_fiftieth_of_the_time_of_keras_example() -> None:
    """In one run, on the same backend; each row of the record comes with all that it was made from."""
    record = json.loads((ROOT / "records" / "bench.json").read_text())
    rows = {(row["recipe"], row["backend"]): row for row in record["rows"]}
    assert len(record["commit"]) == 40
    assert {name for name, _ in rows} == {"tutorial", "fast"} | recipes.PEERS.keys()
    for row in rows.values():
        assert row["n"] == len(row["runs"])
        assert row["n"] >= 3
        assert not row["estimated"]
        for run in row["runs"]:
            assert len(run["epoch_accuracy"]) == row["epochs"] == recipes.find(row["recipe"]).epochs
            assert run["epoch_accuracy"][-1] == run["accuracy"]
    assert rows["keras-example", "torch"]["times_fast"] >= 50
    assert rows["keras-example", "tensorflow"]["times_fast"] >= 30


@pytest.mark.parametrize("name", [*READING_RECORDS, "robustness"])
def test_reading_was_measured_with_the_model_that_is_bundled(name: str) -> None:
    record = json.loads((ROOT / "records" / f"{name}.json").read_text())
    assert record["model"]["sha256"] == hashlib.sha256(MODEL.read_bytes()).hexdigest(), "the model has changed since"
    assert record["model"]["recipe"] == "reader"
    assert len(record["commit"]) == 40, "made from a checkout with changes that were not committed"
    assert record["model"]["bytes"] <= 2_000_000


def test_robustness_says_what_evaluate_says_of_the_bundled_model(mnist: Dataset) -> None:
    """All test images under one of the corruptions, as the record has it; and every row has all fifteen."""
    rows = json.loads((ROOT / "records" / "robustness.json").read_text())["rows"]
    bundled = next(row for row in rows if row["name"] == "bundled")
    images, labels = mnist.test.images, mnist.test.labels
    right = Reader().classify(corrupt(images, "stripe")).argmax(axis=1) == labels
    assert bundled["corrupted"]["stripe"] == pytest.approx(right.mean(), abs=2e-4)
    for row in rows:
        assert list(row["corrupted"]) == list(CORRUPTIONS)
        assert row["corrupted_mean"] == pytest.approx(statistics.mean(row["corrupted"].values()))


def test_what_was_measured_reaches_what_is_asked_of_it() -> None:
    geometry, one, pages, strangers = (
        json.loads((ROOT / "records" / f"{n}.json").read_text()) for n in READING_RECORDS
    )
    accuracy = geometry["test_accuracy"]
    assert accuracy["placed_again"] >= accuracy["as_published"] - 0.0005
    assert one["read_s_median"] <= 0.6
    assert pages["apart"]["digits_right"] >= 0.99
    assert pages["apart"]["digits_per_s"] >= 300
    assert pages["touching"]["pairs_right"] >= 0.95
    assert strangers["network"]["accuracy"] >= 0.996
    assert strangers["network"]["ece"] <= 0.003
    assert strangers["load_digits"]["right"] >= 0.96
    assert strangers["mnist_test"]["no_digit"] <= 0.02
    assert strangers["fashion_mnist_test"]["no_digit"] >= 0.85
