"""studies/ensembles.py: every choice of networks is counted, of the recorded ones alone."""

import json
from pathlib import Path

import numpy as np
import pytest

from mnistry.data.dataset import Dataset

ROOT = Path(__file__).parents[2]


def test_every_ensemble_is_counted() -> None:
    """Of three networks, each wrong about another of four images: two of them still err, three do not."""
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
def test_recorded_ensembles_are_those_of_the_recorded_networks(path: Path, mnist: Dataset) -> None:
    import ensembles

    record, labels = json.loads(path.read_text()), mnist.test.labels
    members = ensembles.predictions(record["recipe"], labels)
    assert record["seeds"] == sorted(members)
    assert record["rows"] == ensembles.measure(members, labels)


def test_predictions_of_another_run_are_refused(mnist: Dataset) -> None:
    import ensembles

    with pytest.raises(SystemExit, match="is not of the recorded run: record it again"):
        ensembles.predictions("tiny", 9 - mnist.test.labels)
