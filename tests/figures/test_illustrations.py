"""docs/figures/: what draws the documentation's pictures loads, and draws what it says."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import illustrations
from mnistry import Reader, Run

FIGURES = Path(__file__).parents[2] / "docs" / "figures"


@pytest.mark.parametrize(
    "draw", [illustrations.touching, illustrations.faint, illustrations.broken, illustrations.ruled]
)
def test_each_misreading_has_digits_to_misread_and_its_picture(draw: Callable[..., Any]) -> None:
    pixels, wanted = draw(np.random.default_rng(0))
    assert pixels.dtype == np.uint8
    assert wanted.isdigit()
    assert (FIGURES / "misread" / f"{draw.__name__}.png").exists()


def test_a_misreading_is_shown_with_its_boxes(tmp_path: Path) -> None:
    pixels, wanted = illustrations.touching(np.random.default_rng(0))
    illustrations._show(pixels, wanted, Reader().read(pixels), tmp_path / "out.png")
    assert (tmp_path / "out.png").stat().st_size > 1_000


def test_the_pictures_of_the_page_and_the_map_load() -> None:
    pytest.importorskip("playwright")
    import page_pictures
    import report_picture
    import test_map

    assert page_pictures.FIGURES == FIGURES
    assert report_picture.PICTURE.exists()
    assert test_map.PLACES.exists()


@pytest.mark.skipif(shutil.which("chromium") is None, reason="no chromium")
def test_the_report_is_drawn_with_a_cell_opened(finished: tuple[Run, dict[str, object]], tmp_path: Path) -> None:
    import report_picture

    run = finished[0]
    row, column = report_picture.most_mistaken(run)
    assert row != column
    assert run.evaluation is not None
    wrong = [count for i, counts in enumerate(run.evaluation.confusion) for j, count in enumerate(counts) if i != j]
    assert run.evaluation.confusion[row][column] == max(wrong)
    report_picture.draw(run, tmp_path / "report.png")
    with Image.open(tmp_path / "report.png") as drawn:
        assert drawn.width == 1500
        assert drawn.height > 1200
