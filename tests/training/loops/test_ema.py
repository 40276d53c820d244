import keras
import numpy as np
import pytest

from mnistry.training.loops.ema import WeightAverages, averaged


def test_the_mean_is_the_one_on_paper() -> None:
    """Decay min(0.5, (1 + t) / (10 + t)): 2/11, 3/12, …, from the eighth step on a half."""
    variable = keras.Variable(np.zeros(3, np.float32))
    averages, expected = WeightAverages([variable], 0.5), 0.0
    for step in range(1, 12):
        variable.assign(np.full(3, step, np.float32))
        averages.update(step)
        decay = min(0.5, (1 + step) / (10 + step))
        expected = decay * expected + (1 - decay) * step
    (mean,) = averages.state()
    assert mean == pytest.approx(np.full(3, expected), rel=1e-6)
    assert np.array_equal(variable, [11] * 3)


def test_swapping_twice_puts_both_back() -> None:
    variable = keras.Variable(np.ones(2, np.float32))
    averages = WeightAverages([variable], 0.9)
    variable.assign([5.0, 6.0])
    with averaged(averages):
        assert np.array_equal(variable, [1, 1])
        assert np.array_equal(averages.state()[0], [5, 6])
    assert np.array_equal(variable, [5, 6])
    assert np.array_equal(averages.state()[0], [1, 1])


def test_what_is_no_number_to_be_averaged_is_left_alone() -> None:
    counted = keras.Variable(np.array([3], np.int32), dtype="int32", trainable=False)
    weight = keras.Variable(np.zeros(1, np.float32))
    averages = WeightAverages([counted, weight], 0.9)
    counted.assign([7])
    averages.update(1)
    with averaged(averages):
        assert np.array_equal(counted, [7])
    assert len(averages.state()) == 1


def test_without_averages_nothing_happens() -> None:
    with averaged(None):
        pass
