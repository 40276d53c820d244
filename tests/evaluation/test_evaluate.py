import json
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix

from mnistry.data import Dataset, load_dataset
from mnistry.data.split import Split
from mnistry.errors import DataError
from mnistry.evaluation.corruptions import CORRUPTIONS, corrupt
from mnistry.evaluation.evaluate import Evaluation, evaluate, under_corruption
from mnistry.reader import Reader
from mnistry.run.evaluation import ClassScores, ReliabilityBin
from mnistry.run.folder import Run


def evaluation(labels: list[int], probabilities: list[list[float]]) -> Evaluation:
    shape = np.array(probabilities, np.float32)
    names = tuple("abcdefghij"[: shape.shape[1]])
    return Evaluation("test", "made up", "", names, np.array(labels), shape)


# Of three a's one is read as b; of two b's one is read as a, and surely so.
SMALL = evaluation([0, 0, 0, 1, 1], [[0.9, 0.1], [0.8, 0.2], [0.4, 0.6], [0.3, 0.7], [0.95, 0.05]])


def test_counts_and_shares() -> None:
    assert (SMALL.correct, SMALL.total, SMALL.accuracy, SMALL.test_error) == (3, 5, 0.6, 0.4)
    assert SMALL.confusion.tolist() == [[2, 1], [1, 1]]
    assert SMALL.mistakes.tolist() == [4, 2]
    first = SMALL.classes[0]
    assert (first.name, first.support) == ("a", 3)
    assert (first.precision, first.recall, first.f1) == pytest.approx((2 / 3, 2 / 3, 2 / 3))


def test_wilson_interval_is_the_textbook_one() -> None:
    # Newcombe 1998, table I: 81 of 263 gives 0.2553 to 0.3662.
    labels = [0] * 263
    found = evaluation(labels, [[1.0, 0.0]] * 81 + [[0.0, 1.0]] * 182)
    assert found.interval == pytest.approx((0.2553, 0.3662), abs=5e-5)


def test_ece_by_hand() -> None:
    # Bins of 1/15: .9 and .95 fall into one and two bins, each image alone except none.
    gaps = [abs(1 - 0.9), abs(1 - 0.8), abs(0 - 0.6), abs(1 - 0.7), abs(0 - 0.95)]
    assert SMALL.ece == pytest.approx(sum(gaps) / 5)
    # Two images in one bin balance each other.
    both = evaluation([0, 1], [[0.51, 0.49], [0.53, 0.47]])
    assert both.ece == pytest.approx(abs(0.5 - 0.52))


def test_confidence_of_one_has_its_bin() -> None:
    sure = evaluation([0, 0], [[1.0, 0.0], [1.0, 0.0]])
    assert sure.reliability == (ReliabilityBin(lower=14 / 15, upper=1.0, count=2, confidence=1.0, accuracy=1.0),)
    assert sure.ece == 0


def test_a_class_never_seen_has_figures_and_no_warning() -> None:
    found = evaluation([0, 0], [[0.6, 0.3, 0.1], [0.6, 0.3, 0.1]])
    assert found.classes[2] == ClassScores(name="c", precision=0.0, recall=0.0, f1=0.0, support=0)
    assert found.confusion.shape == (3, 3)


def test_the_summary_is_json_and_agrees_with_the_predictions(finished: tuple[Run, dict[str, Any]]) -> None:
    run, printed = finished
    stored = json.loads((run.folder / "evaluation.json").read_text())
    assert stored == {key: value for key, value in printed.items() if key != "run"}
    with np.load(run.folder / "predictions.npz", allow_pickle=False) as predictions:
        labels, read = predictions["labels"], predictions["probabilities"].argmax(axis=1)
    assert stored["correct"] == (labels == read).sum()
    assert stored["confusion"] == confusion_matrix(labels, read, labels=range(10)).tolist()
    assert sum(map(sum, stored["confusion"])) == stored["total"] == 400
    assert [sum(row) for row in stored["confusion"]] == np.bincount(labels, minlength=10).tolist()


def test_only_the_asked_for_split_is_opened(finished: tuple[Run, dict[str, Any]]) -> None:
    run, printed = finished
    data = load_dataset(run.config.data.source)

    def refuse() -> Split:
        raise AssertionError("the test images were opened")

    closed = Dataset(data.name, data.source, data.class_names, data.train, data.validation, refuse)
    reader = Reader(run.model)
    found = evaluate(reader, closed, "validation")
    assert found.total == len(data.validation)
    assert found.correct == reader.metadata.to_json()["validation"]["correct"]
    with pytest.raises(AssertionError, match="the test images were opened"):
        evaluate(reader, closed, "test")
    assert evaluate(reader, data).correct == printed["correct"]


def test_under_corruption_scores_every_image(finished: tuple[Run, dict[str, Any]]) -> None:
    run, _ = finished
    data, reader = load_dataset(run.config.data.source), Reader(run.model)
    found = under_corruption(reader, data, "validation")
    assert list(found) == list(CORRUPTIONS)
    images, labels = data.validation.images, data.validation.labels
    for name in ("fog", "zigzag"):
        right = reader.classify(corrupt(images, name, 0)).argmax(axis=1) == labels
        assert found[name] == right.mean()
    assert found["shear"] > found["impulse_noise"]


def test_data_that_do_not_fit_the_model(finished: tuple[Run, dict[str, Any]], mnist: Dataset) -> None:
    reader = Reader(finished[0].model)
    letters = Dataset("letters", "letters", tuple("abcdefghij"), mnist.train, mnist.validation, lambda: mnist.test)
    with pytest.raises(DataError, match=r"letters: its classes are a, b, .*, the model's 0, 1, .*: wanted the same"):
        evaluate(reader, letters)
    half = Split(mnist.train.images[:50, ::2, ::2], mnist.train.labels[:50])
    tiny = Dataset("tiny", "tiny", mnist.class_names, half, half, lambda: half)
    with pytest.raises(DataError, match=r"tiny: its images are 14×14×1 px, the model's 28×28×1: wanted the same"):
        evaluate(reader, tiny)


def test_origin_of_a_known_model(finished: tuple[Run, dict[str, Any]]) -> None:
    origin = Reader(finished[0].model).metadata.origin
    assert origin.recipe == "tutorial"
    assert (origin.seed, origin.epochs, origin.backend, origin.parameters) == (0, 2, "torch", 156_042)
