import numpy as np
import pytest

from mnistry.ocr.confidence import CERTAIN, FEATURES, Confidence, log_odds


def test_each_feature_has_a_weight() -> None:
    assert len(Confidence().weights) == len(FEATURES)


def test_the_probability_is_that_of_the_weighted_evidence() -> None:
    weights = (1.0, *[0.0] * (len(FEATURES) - 1))
    features = np.zeros((3, len(FEATURES)))
    features[:, 0] = -2.0, 0.0, 2.0
    assert Confidence(weights, bias=0.0).of(features) == pytest.approx([0.119203, 0.5, 0.880797], abs=1e-6)
    assert Confidence(weights, bias=2.0).of(features) == pytest.approx([0.5, 0.880797, 0.982014], abs=1e-6)
    assert Confidence().of(np.zeros((0, len(FEATURES)))).shape == (0,)


def test_both_networks_say_which_digit_it_is() -> None:
    one, other = np.log([[0.9, 0.1]]), np.log([[0.2, 0.8]])
    assert Confidence(detector=1.0, classifier=0.0).combined(one, other)[0] == pytest.approx([0.9, 0.1], abs=1e-6)
    assert Confidence(detector=0.0, classifier=1.0).combined(one, other)[0] == pytest.approx([0.2, 0.8], abs=1e-6)
    both = Confidence(detector=1.0, classifier=1.0).combined(one, other)[0]
    assert both == pytest.approx([0.18 / 0.26, 0.08 / 0.26], abs=1e-6)
    assert Confidence().combined(np.zeros((0, 10)), np.zeros((0, 10))).shape == (0, 10)


def test_a_line_is_less_sure_than_its_digits() -> None:
    plain = Confidence(line=1.0, line_bias=0.0)
    assert plain.of_line([0.9, 0.8]) == pytest.approx(0.72)
    assert plain.of_line([0.9]) == pytest.approx(0.9)
    assert Confidence(line=1.0, line_bias=-1.0).of_line([0.9]) == pytest.approx(9 / (9 + np.e))
    assert Confidence(line=0.5, line_bias=0.0).of_line([0.9]) == pytest.approx(0.75)
    assert 0 < plain.of_line([1e-9] * 50) < plain.of_line([1.0] * 50) < 1


def test_log_odds_are_bounded() -> None:
    assert log_odds(np.array([0.0, 0.5, 1.0])).tolist() == [-CERTAIN, 0.0, CERTAIN]
