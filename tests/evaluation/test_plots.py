import dataclasses
from pathlib import Path

import numpy as np
from PIL import Image

from mnistry.evaluation import plots
from mnistry.evaluation.evaluate import Evaluation

HISTORY = [
    {"epoch": e, "loss": 1 / e, "accuracy": 1 - 0.1 / e, "validation_loss": 0.9 / e, "validation_accuracy": 1.0}
    for e in (1, 2, 3)
]


def made_up(classes: int, wrong: int = 7) -> Evaluation:
    labels = np.arange(classes * 40) % classes
    read = labels.copy()
    read[:wrong] = (labels[:wrong] + 1) % classes
    probabilities = np.full((len(labels), classes), 0.1 / (classes - 1), np.float32)
    probabilities[np.arange(len(labels)), read] = 0.9
    return Evaluation("test", "made up", "", tuple(f"{i}" for i in range(classes)), labels, probabilities)


def test_error_shares_are_by_row_and_leave_out_the_diagonal() -> None:
    counts = np.array([[90, 10, 0], [1, 3, 0], [0, 0, 0]])
    assert plots.error_shares(counts).tolist() == [[0, 0.1, 0], [0.25, 0, 0], [0, 0, 0]]


def test_confusion_matrix_is_a_slide_whose_errors_stand_out(tmp_path: Path) -> None:
    plots.save_confusion(made_up(10), "title", tmp_path / "c.png")
    picture = Image.open(tmp_path / "c.png").convert("RGB")
    assert picture.width >= 1600
    assert picture.height >= 1200
    pixels = np.asarray(picture).reshape(-1, 3).astype(int)
    orange = (pixels[:, 0] - pixels[:, 2] > 80).sum()
    pale = (np.abs(pixels - [0xE3, 0xEE, 0xF8]).max(axis=1) < 6).sum()
    assert orange > 7 * 5000  # seven cells with an error each
    assert pale > 10 * 5000  # the diagonal


def test_many_or_perfect_classes_can_be_drawn(tmp_path: Path) -> None:
    plots.save_confusion(made_up(62), "title", tmp_path / "many.png")
    plots.save_confusion(made_up(2, wrong=0), "title", tmp_path / "perfect.png")
    assert (tmp_path / "many.png").stat().st_size > 10_000
    assert (tmp_path / "perfect.png").stat().st_size > 5_000


def test_names_are_drawn_as_they_are(tmp_path: Path) -> None:
    """Neither as formulas, which may not be any, nor with a warning where the font has no such letter."""
    found = dataclasses.replace(made_up(3), class_names=("$\\frac$", "$x^2$", "七"))
    plots.save_confusion(found, "$title^$", tmp_path / "c.png")
    assert (tmp_path / "c.png").stat().st_size > 5_000


def test_curves_even_where_the_error_is_zero() -> None:
    svg = plots.learning_curves(HISTORY)
    assert svg.count("<svg") == 1
    assert "validation" in svg
    assert plots.learning_curves(HISTORY) == svg


def test_reliability_diagram_says_how_many() -> None:
    assert ">400<" in plots.reliability_diagram(made_up(10))


def test_a_race_is_drawn_with_every_name_and_the_target(tmp_path: Path) -> None:
    curves = [("slow", [[(10.0, 0.98), (20.0, 0.99)], [(12.0, 0.97), (24.0, 0.992)]]), ("quick", [[(2.0, 0.993)]])]
    plots.save_race(curves, 0.9919, tmp_path / "race.png")
    picture = Image.open(tmp_path / "race.png").convert("RGB")
    assert picture.size == (1600, 896)
    pixels = np.asarray(picture).reshape(-1, 3).astype(int)
    for colour in ((0x1F, 0x77, 0xB4), (0xFF, 0x7F, 0x0E)):  # a name each, beside its curve
        assert (np.abs(pixels - colour).max(axis=1) < 6).sum() > 200
    plots.save_race(curves, 0.9919, tmp_path / "again.png")
    assert (tmp_path / "again.png").read_bytes() == (tmp_path / "race.png").read_bytes()


def test_a_detector_s_curves_mark_the_epoch_that_is_kept() -> None:
    shares = {"digits_right": 0.9, "lines_exact": 0.8, "silence": 1.0}
    history = [{"epoch": k, "loss": 1 / k, **shares, "score": score} for k, score in ((1, 0.2), (2, 0.4), (3, 0.4))]
    svg = plots.detector_curves(history)
    for text in ("loss", "validation pages, %", "digits right", "lines exact", "silence", "score"):
        assert f">{text}</text>" in svg
    assert svg == plots.detector_curves(history)
