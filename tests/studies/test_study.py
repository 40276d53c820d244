"""studies/study.py: a cell learns and is recorded, and the recipes are what was studied."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from mnistry.data.dataset import Dataset
from mnistry.data.split import Split
from mnistry.training import RECIPES


@pytest.mark.slow
def test_a_cell_of_the_study_learns_and_is_recorded(
    mnist: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
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


def test_the_recipes_are_what_was_studied(monkeypatch: pytest.MonkeyPatch) -> None:
    """Layer by layer, and the base except for its length, its views and its augmentation."""
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
