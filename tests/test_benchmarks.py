"""What stands in records/ is whole, README says what they say, and the scripts that make them run."""

import hashlib
import json
import statistics
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mnistry.assets import MODEL
from mnistry.data.dataset import Dataset, load_dataset
from mnistry.data.split import Split
from mnistry.errors import RunError
from mnistry.evaluation.corruptions import CORRUPTIONS, corrupt
from mnistry.reader import Reader
from mnistry.safety.json_record import as_json
from mnistry.training import RECIPES, full_data, recipes

ROOT = Path(__file__).parents[1]
SCRIPTS = ROOT / "benchmarks"
RECIPE_RECORDS = [path for recipe in RECIPES if (path := ROOT / "records" / f"{recipe}.json").exists()]


def test_the_pages_say_what_the_records_say() -> None:
    done = subprocess.run([sys.executable, SCRIPTS / "tables.py", "--check"])
    assert done.returncode == 0, "a page has drifted from records/: python benchmarks/tables.py renews it"


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


def test_recording_adds_a_run_and_the_tables_follow(
    tmp_path: Path, small_npz: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.syspath_prepend(str(SCRIPTS))
    import record
    import tables

    monkeypatch.setattr(record, "RECORDS", tmp_path / "records")
    run = subprocess.run

    monkeypatch.setitem(recipes.RECIPES, "tutorial", replace(recipes.TUTORIAL, epochs=1))

    def shorter(command: list[Any], **options: Any) -> Any:
        return run([*command, "--epochs", "1", "--data", small_npz], **options)

    monkeypatch.setattr(subprocess, "run", shorter)
    words = ["record.py", "tutorial", "--seeds", "0-0", "--keep", str(tmp_path / "runs"), "--predictions"]
    monkeypatch.setattr(sys, "argv", words)
    record.main()
    monkeypatch.setattr(subprocess, "run", None)  # what is recorded is not run again
    record.main()
    assert capsys.readouterr().out.endswith("seed 0 is recorded already; mnistry train tutorial --seed 0 repeats it\n")
    calibrate_from = tmp_path / "records" / "calibrations" / "tutorial.json"
    monkeypatch.setattr(sys, "argv", [*words, "--calibrate-from", str(ROOT / "records" / "calibrations" / "tiny.json")])
    with pytest.raises(RunError, match="is of another recipe"):
        record.main()
    assert not calibrate_from.exists(), "written down before it was checked"
    found = json.loads((tmp_path / "records" / "tutorial.json").read_text())
    assert [one["seed"] for one in found["runs"]] == [0]
    assert found["summary"]["torch"]["n"] == 1
    assert (found["runs"][0]["teachers"], found["runs"][0]["precision"]) == ([], "float32")
    with pytest.raises(SystemExit, match=r"tutorial.json is of runs with other teachers: remove it to record these$"):
        record._recorded(record.RECORDS / "tutorial.json", recipes.find("tutorial"), 0, "torch", None, [{"seed": 1}])
    import ensembles

    monkeypatch.setattr(ensembles, "RECORDS", tmp_path / "records")
    with np.load(small_npz) as arrays:
        labels = arrays["y_test"].astype(np.int64)
    (logs,) = ensembles.predictions("tutorial", labels).values()
    assert np.exp(logs).sum(axis=1) == pytest.approx(np.ones(400), abs=1e-3)
    with pytest.raises(SystemExit, match="is not of the recorded run: record it anew"):
        ensembles.predictions("tutorial", 9 - labels)
    assert found["runs"][0]["wall_s"] > found["runs"][0]["elapsed_s"] > 0
    monkeypatch.setattr(tables, "ROOT", tmp_path)
    page = "a\n<!-- table: accuracy -->\nold\n<!-- end -->\n<!-- table: machine -->\n<!-- end -->\nb"
    wanted = {"accuracy": tables.accuracy, "machine": tables.machine}
    text = tables.renew(page, wanted)
    assert f"| `tutorial` | torch | **{100 * found['runs'][0]['accuracy']:.2f} %** |" in text
    assert "old" not in text
    assert "Mean ± standard deviation over the seeds" in text
    empty = page.replace("\nold", "")
    assert tables.renew(empty, wanted) == text, "an empty table swallowed what stands behind it"
    with pytest.raises(SystemExit, match="wanted each of"):
        tables.renew("no markers", wanted)


def test_an_idea_is_measured(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """On three folds of 600 images, in this process; nothing is written when ideas are named."""
    monkeypatch.syspath_prepend(str(SCRIPTS))
    import torch

    import ideas
    from probe import Probe, run_folds

    threads = torch.get_num_threads()  # not the probe's own: with others, later tests would not train bit for bit
    probe = replace(
        Probe(threads=threads), share=0.01, batch_sizes=(32,), shift_px=1, keep_hardest=0.5, average=0.5, muon=True
    )
    found = run_folds(probe, 3)
    assert all(0.2 < accuracy < 1 and time_s > 0 for accuracy, time_s in found)
    assert run_folds(probe, 3)[1][0] == found[1][0], "the same fold, the same network"
    row = {"accuracies": [0.99, 0.98], "elapsed_s": [3.0, 5.0]}
    base = {"accuracies": [0.98, 0.98], "elapsed_s": [2.0, 2.0]}
    compared = ideas.compare(row, base)
    assert compared["difference_pp"] == pytest.approx(0.5)
    assert compared["standard_error_pp"] == pytest.approx(0.5)
    assert compared["time_ratio"] == pytest.approx(2)
    for change in (
        {"whiten": True},
        {"half_size": True},
        {"stride": 2},
        {"dense": 0, "dropout": 0.1},
        {"gather": True},
    ):
        assert 0.2 < run_folds(replace(probe, share=0.03, average=0.0, **change), 1)[0][0] < 1


def test_a_cell_of_the_study_learns_and_is_recorded(
    mnist: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(SCRIPTS))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    import study
    from mnistry.training import models
    from mnistry.training.augment import geometric

    monkeypatch.setattr(models, "MODELS", dict(models.MODELS))  # it puts in its own
    monkeypatch.setattr(geometric, "AUGMENTATIONS", dict(geometric.AUGMENTATIONS))
    whole = study.split()
    assert (len(whole.train), len(whole.validation)) == (40_000, 20_000)
    few = replace(
        whole,
        train=Split(whole.train.images[:2000], whole.train.labels[:2000]),
        validation=Split(whole.validation.images[:1000], whole.validation.labels[:1000]),
    )
    small = study.cell("small", "tiny", "s5-8 d-16 p v3-16 g", epochs=5, averaging=0.9, batch_size=32)
    monkeypatch.setattr(study, "RECORD", tmp_path / "study.json")
    monkeypatch.setattr(study, "CELLS", [small])
    row = study.measure(small, 1, few)
    assert row["accuracy"] == row["correct"] / 1000 > 0.6
    assert row["parameters"] == 25 * 8 + 9 * 8 + 8 * 16 + 9 * 16 * 16 + 4 * (8 + 16 + 16 + 10) + 16 * 10
    again = study.measure(small, 1, few)
    assert again["loss"] == row["loss"], "the same cell and seed, the same network"
    assert again["five_views"] == row["five_views"]
    assert abs(row["five_views"]["loss"] - row["loss"]) < 0.2
    assert row["five_views"]["loss"] != row["loss"]
    teacher_logits = study.cell(
        "taught", "tiny", "s5-8 p g", teacher="small", epochs=1, batch_size=32, distillation=2.0
    )
    assert 0 < study.measure(teacher_logits, 1, few)["loss"] != row["loss"]
    assert [(c.name, seed) for c, seed in study.missing([])] == [("small", 0), ("small", 1)]
    study.add(row)
    assert [(c.name, seed) for c, seed in study.missing([])] == [("small", 0)]
    found = json.loads((tmp_path / "study.json").read_text())
    assert found["cells"]["small"]["accuracy_mean"] == row["accuracy"]
    assert found["cells"]["small"]["five_views"]["loss_mean"] == row["five_views"]["loss"]
    older = json.loads(json.dumps({**row, "seed": 0, "five_views": None}))
    del older["recipe"]["views"], older["bent"]["degrade_share"]
    study.add(older)
    assert study.summary(study.rows())["small"]["five_views"] is None, "a mean over other seeds than the accuracy's"
    for changed in (replace(small, network="s5-8 p g"), replace(small, augmented=replace(small.augmented, turn=0.2))):
        monkeypatch.setattr(study, "CELLS", [changed])
        with pytest.raises(SystemExit, match="the cell 'small' has changed since"):
            study.rows()


def test_every_ensemble_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of three networks, each wrong about another of four images: two of them still err, three do not."""
    monkeypatch.syspath_prepend(str(SCRIPTS))
    import ensembles

    labels = np.array([0, 1, 0, 1])
    members = {}
    for seed in range(3):
        right = np.where(np.arange(2)[None] == labels[:, None], -0.1, -2.0)
        right[seed] = right[seed, ::-1] * (1.2 if seed == 0 else 1.0)
        members[seed] = right.astype(np.float32)
    rows = ensembles.measure(members, labels)
    assert [(row["n"], row["ensembles"], row["correct"]) for row in rows][::2] == [(1, 3, [3, 3, 3]), (3, 1, [4])]
    assert rows[1]["ensembles"] == 3
    assert rows[0]["accuracy_mean"] == 0.75


@pytest.mark.parametrize("path", sorted((ROOT / "records").glob("ensemble-*.json")), ids=lambda path: path.stem)
def test_recorded_ensembles_are_those_of_the_recorded_networks(
    path: Path, monkeypatch: pytest.MonkeyPatch, mnist: Dataset
) -> None:
    monkeypatch.syspath_prepend(str(SCRIPTS))
    import ensembles

    record, labels = json.loads(path.read_text()), mnist.test.labels
    members = ensembles.predictions(record["recipe"], labels)
    assert record["seeds"] == sorted(members)
    assert record["rows"] == ensembles.measure(members, labels)


def test_the_recipes_are_what_was_studied(monkeypatch: pytest.MonkeyPatch) -> None:
    """Layer by layer, and but for its length, its views and how images are bent the base."""
    monkeypatch.syspath_prepend(str(SCRIPTS))
    import architectures
    import study
    from mnistry.training import models
    from mnistry.training.augment.geometric import AUGMENTATIONS

    assert AUGMENTATIONS["affine"] == next(c.augmented for c in study.CELLS if c.name == "affine alone")
    studied = (("accurate", study.MIDDLE, 5, "affine"), ("tiny", study.DEEPEST, 1, "writers"))
    for name, line, views, augmentation in studied:
        ours, studied = (
            [(type(layer).__name__, {**layer.get_config(), "name": None}) for layer in model.layers]
            for model in (models.build(name, (28, 28, 1), 10), architectures.build(line))
        )
        assert [layer for layer in ours if layer[0] != "Flatten"] == [
            layer for layer in studied if layer[0] != "Flatten"
        ]
        recipe = RECIPES[name]
        same = replace(study.BASE, name=name, model=name, epochs=recipe.epochs)
        assert recipe == replace(same, views=views, augmentation=augmentation)


def test_a_word_that_is_no_layer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(SCRIPTS))
    import architectures

    for word in ("q3-4", "c3", "c3-4-5"):
        with pytest.raises(ValueError, match="is no layer: wanted such as c3-16"):
            architectures.build(f"c3-4 {word}")


def test_every_idea_is_recorded_as_the_script_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(SCRIPTS))
    import ideas
    from probe import FOLDS, Probe

    record = json.loads((ROOT / "records" / "ideas.json").read_text())
    assert len(record["commit"]) == 40, "made from a checkout with changes that were not committed"
    assert record["base"] == json.loads(json.dumps(asdict(Probe())))
    predicted = [(row["idea"], row["change"], row["predicted_pp"], row["predicted_time"]) for row in record["rows"]]
    assert predicted == [tuple(idea) for idea in json.loads(json.dumps(ideas.IDEAS))]
    for row in record["rows"]:
        assert len(row["accuracies"]) == len(row["elapsed_s"]) == FOLDS
        assert row["accuracy_mean"] == pytest.approx(statistics.mean(row["accuracies"]))


READING_RECORDS = ("geometry", "one_picture", "pages", "strangers")


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


def test_every_source_was_left_out_once() -> None:
    record = json.loads((ROOT / "records" / "sources.json").read_text())
    assert len(record["commit"]) == 40, "made from a checkout with changes that were not committed"
    known = RECIPES["reader"].sources
    left_out = [set(known) - set(row["sources"]) for row in record["rows"]]
    assert left_out == [set(), set(known), *({source} for source in known)]


def test_a_trial_of_sources_is_kept_and_one_of_another_recipe_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.syspath_prepend(str(SCRIPTS))
    import sources

    model = sources._trained(RECIPES["fast"], tmp_path / "run")
    written = model.stat().st_mtime_ns
    assert sources._trained(RECIPES["fast"], tmp_path / "run") == model
    assert model.stat().st_mtime_ns == written
    with pytest.raises(SystemExit, match="run is of another recipe or commit: remove it"):
        sources._trained(replace(RECIPES["fast"], epochs=2), tmp_path / "run")


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


def test_pages_are_read_and_compared_with_what_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(SCRIPTS))
    import pages

    found = pages.measure(Reader(), 3, touching=False, first=0)
    assert found["pages"] == 3
    assert found["pairs"] == found["digits"] / 2
    assert found["digits_right"] > 0.9
    assert found["digits_per_s"] > 0
    assert pages.distance("1234", "124") == 1
    assert pages.distance("12\n3", "13\n3") == 1
    assert pages.aligned("1234", "124") == [0, 1, None, 2]
    assert pages.aligned("12", "") == [None, None]


def test_pictures_of_one_thing_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(SCRIPTS))
    import strangers

    validation = load_dataset().validation
    images, blank = validation.images[:20, ..., 0], np.zeros((5, 28, 28), np.uint8)
    assert strangers.measure(Reader(), images, validation.labels[:20])["right"] > 0.9
    assert strangers.measure(Reader(), images, (validation.labels[:20] + 1) % 10)["right"] < 0.1
    assert strangers.measure(Reader(), blank, None) == {"pictures": 5, "no_digit": 1.0}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("script", "shorter", "result"),
    [
        ("profile_step", "STEPS = 5", {"step_ms", "compiled", "sgemm_gflop_s", "shares"}),
        ("startup", "PAIRS = 1", {"ratio_median", "first_step_s_median", "pairs"}),
        ("one_picture", "PAIRS = 1", {"ratio_median", "read_s_median", "imports_s_median", "pairs"}),
    ],
)
def test_the_scripts_that_measure_run(tmp_path: Path, script: str, shorter: str, result: set[str]) -> None:
    code = (
        f"import sys; sys.path.insert(0, {str(SCRIPTS)!r}); import pathlib, {script} as script; "
        f"script.RECORD = pathlib.Path({str(tmp_path / 'record.json')!r}); script.{shorter}; script.main()"
    )
    subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)
    record = json.loads((tmp_path / "record.json").read_text())
    assert result <= record.keys()


@pytest.mark.slow
def test_a_named_idea_is_shown_and_not_recorded() -> None:
    before = (ROOT / "records" / "ideas.json").read_bytes()
    words = ["half an epoch", "--folds", "2"]
    done = subprocess.run([sys.executable, SCRIPTS / "ideas.py", *words], check=True, capture_output=True, text=True)
    assert [line[:32].strip() for line in done.stdout.splitlines()] == ["base", "half an epoch"]
    assert "pp (predicted -0.25)" in done.stdout
    assert (ROOT / "records" / "ideas.json").read_bytes() == before


@pytest.mark.slow
def test_killed_at_random_moments_and_resumed() -> None:
    done = subprocess.run(
        [sys.executable, SCRIPTS / "kill.py", "--times", "20", "--seed", "1"], text=True, capture_output=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("same weights") == 20
