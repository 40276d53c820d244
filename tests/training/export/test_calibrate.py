import numpy as np
import pytest

from mnistry.classifier.classifier import softmax
from mnistry.training.export.calibrate import fit_temperature


@pytest.mark.parametrize("temperature", [0.4, 1.0, 3.0])
def test_finds_the_temperature_that_was_used(temperature: float) -> None:
    rng = np.random.default_rng(0)
    true = rng.normal(0, 2, (20_000, 10))
    labels = np.array([rng.choice(10, p=p / p.sum()) for p in softmax(true).astype(float)])
    found = fit_temperature((true * temperature).astype(np.float32), labels)
    assert found == pytest.approx(temperature, rel=0.03)


def test_stays_within_bounds_where_nothing_is_wrong() -> None:
    logits = (np.eye(3) * 100)[[0, 1, 2]].astype(np.float32)
    assert 0.05 <= fit_temperature(logits, np.array([0, 1, 2])) <= 20
