import io
import re
from base64 import b64decode
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page

from browser import open_page
from mnistry.classifier.metadata import ModelMetadata
from mnistry.data import Dataset, load_dataset
from mnistry.evaluation import report
from mnistry.evaluation.evaluate import Evaluation, evaluate
from mnistry.reader import Reader
from mnistry.run.folder import Run

Finished = tuple[Run, dict[str, Any]]


def tiles(page: Page) -> list[np.ndarray]:
    """The pixels of the pictures that the open cell shows."""
    urls = page.eval_on_selector_all("#cell canvas", "cs => cs.map(c => c.toDataURL('image/png'))")
    return [np.asarray(Image.open(io.BytesIO(b64decode(url.split(",")[1]))).convert("L")) for url in urls]


def test_a_cell_opens_the_very_images_that_fell_into_it(finished: Finished) -> None:
    run, result = finished
    confusion = np.array(result["confusion"])
    data = load_dataset(run.config.data.source)
    with np.load(run.folder / "predictions.npz") as predictions:
        labels, probabilities = predictions["labels"], predictions["probabilities"]
    off_diagonal = np.where(np.eye(10, dtype=bool), 0, confusion)
    wrong = np.unravel_index(off_diagonal.argmax(), confusion.shape)
    right = (int(np.diag(confusion).argmax()),) * 2
    with open_page((run.folder / "report.html").as_uri()) as page:
        for row, column in (wrong, right):
            page.click(f'button[data-row="{row}"][data-column="{column}"]')
            page.wait_for_function(f"document.querySelectorAll('#cell canvas').length === {confusion[row, column]}")
            members = np.flatnonzero((labels == row) & (probabilities.argmax(axis=1) == column))
            shown = {tile.tobytes() for tile in tiles(page)}
            assert shown == {data.test.images[i, ..., 0].tobytes() for i in members}
            many = f"{len(members):,} image{'' if len(members) == 1 else 's'} of {row}"
            assert page.inner_text("#cell h3") == (
                f"{many}, read right, the least sure first"
                if row == column
                else f"{many}, read as {column}{', the most confident first' if len(members) > 1 else ''}"
            )


def test_the_keyboard_is_enough(finished: Finished) -> None:
    """Tab goes to the matrix and from it, arrow keys from one cell with images to the next."""
    run, result = finished
    confusion = np.array(result["confusion"])
    with open_page((run.folder / "report.html").as_uri()) as page:

        def focused() -> tuple[int, int]:
            row, column = page.evaluate("[document.activeElement.dataset.row, document.activeElement.dataset.column]")
            return int(row), int(column)

        page.keyboard.press("Tab")
        row = int(np.flatnonzero(confusion.any(axis=1))[0])
        columns = np.flatnonzero(confusion[row]).tolist()
        assert focused() == (row, columns[0])
        for column in columns[1:]:
            page.keyboard.press("ArrowRight")
            assert focused() == (row, column)
        page.keyboard.press("ArrowRight")  # there is no further cell
        assert focused() == (row, columns[-1])
        page.keyboard.press("ArrowDown")
        below = np.flatnonzero(confusion[row + 1 :, columns[-1]])
        assert focused() == (row + 1 + int(below[0]) if len(below) else row, columns[-1])
        page.keyboard.press("Enter")
        page.wait_for_selector("#cell canvas")
        assert page.get_attribute("button[aria-expanded=true]", "aria-label") == page.evaluate(
            "document.activeElement.ariaLabel"
        )
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.closest('.matrix')") is None


def test_large_cells_are_shown_in_parts(finished: Finished) -> None:
    run, _ = finished
    data = load_dataset()
    reader = Reader(run.model)
    text = report.page(evaluate(reader, data, "validation"), data.validation.images, reader, [])
    path = run.folder.parent / "large.html"
    path.write_text(text, encoding="utf-8")
    with open_page(path.as_uri()) as page:
        page.click('button[data-row="1"][data-column="1"]')
        page.wait_for_selector("#cell canvas")
        assert len(tiles(page)) == 120
        page.click("text=Show more")
        assert len(tiles(page)) == 240


@pytest.mark.parametrize("width", [360, 1400])
def test_nothing_runs_off_the_side(finished: Finished, width: int) -> None:
    with open_page((finished[0].folder / "report.html").as_uri(), width=width) as page:
        assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("width", [360, 1000])
def test_long_names_and_many_classes_do_not_break_the_page(mnist: Dataset, tmp_path: Path, width: int) -> None:
    classes = 62
    labels = np.arange(620) % classes
    read = np.where(np.arange(620) < 62, (labels + 1) % classes, labels)
    names = tuple(f"{'an_unbreakably_long_name' if i % 2 else ''}{i}" for i in range(classes))
    found = Evaluation("test", "made up", "0" * 64, names, labels, np.eye(classes, dtype=np.float32)[read])
    (tmp_path / "r.html").write_text(report.page(found, mnist.validation.images[:620], Reader(), []), encoding="utf-8")
    with open_page((tmp_path / "r.html").as_uri(), width=width) as page:
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.click('button[data-row="1"][data-column="2"]')
        page.wait_for_selector("#cell canvas")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.locator("#cell h3").is_visible()
        box = page.locator("#cell h3").bounding_box()
        assert box is not None
        assert 0 <= box["y"] <= 900  # scrolled to, not somewhere below


def test_with_hundreds_of_classes_the_report_stays_small(mnist: Dataset, tmp_path: Path) -> None:
    classes = 300
    labels = np.arange(1_000) % classes
    read = np.where(np.arange(1_000) % 5, labels, (7 * labels + 1) % classes)
    names = tuple(map(str, range(classes)))
    found = Evaluation("test", "made up", "0" * 64, names, labels, np.eye(classes, dtype=np.float32)[read])
    text = report.page(found, mnist.validation.images[:1_000], Reader(), [])
    table = text[text.index('id="matrix"') : text.index("</table>")]
    assert len(table) < 5 * classes**2
    (tmp_path / "r.html").write_text(text, encoding="utf-8")
    with open_page((tmp_path / "r.html").as_uri()) as page:
        assert page.locator(".matrix tbody td").count() == classes**2
        assert page.locator(".matrix button").count() == np.count_nonzero(found.confusion)
        assert page.locator(".matrix button").first.inner_text() == ""  # there is no room
        page.click('button[data-row="0"][data-column="1"]')
        page.wait_for_selector("#cell canvas")


def test_the_last_click_wins(finished: Finished) -> None:
    with open_page((finished[0].folder / "report.html").as_uri()) as page:
        page.evaluate("""() => {
            for (const digit of [1, 7, 3]) document.querySelector(`button[data-row="${digit}"][data-column="${digit}"]`).click();
        }""")
        page.wait_for_selector("#cell canvas")
        page.wait_for_timeout(300)
        assert "images of 3, read right" in page.inner_text("#cell h3")


def test_the_figures_are_those_of_the_evaluation(finished: Finished) -> None:
    run, result = finished
    with open_page((run.folder / "report.html").as_uri()) as page:
        headline = f"{result['correct']:,} of {result['total']:,} right ({100 * result['accuracy']:.2f} %)"
        assert page.inner_text("h1") == headline
        cells = page.eval_on_selector_all(".matrix tbody td", "cs => cs.map(c => Number(c.innerText))")
        assert cells == np.array(result["confusion"]).ravel().tolist()
        assert page.locator("section .tiles img").count() == min(60, result["total"] - result["correct"])


def test_without_scripts_the_numbers_are_there(finished: Finished) -> None:
    run, result = finished
    with open_page((run.folder / "report.html").as_uri(), scripts=False) as page:
        texts = page.locator("#matrix tbody td").all_text_contents()
        assert [int(text.strip() or 0) for text in texts] == np.array(result["confusion"]).ravel().tolist()
        assert page.locator("#matrix").is_visible()
        assert page.locator("#matrix button").count() == 0
        assert page.locator("#hint").is_hidden()


def test_the_page_needs_nothing_from_elsewhere(finished: Finished) -> None:
    text = (finished[0].folder / "report.html").read_text(encoding="utf-8")
    assert not re.findall(r"""(?:src|href)=["'](?!data:|#)[^"']*""", text)
    assert "http" not in re.sub(r"data:[^\"']*", "", text.split('id="cells"')[0].replace("http-equiv", ""))


def test_class_names_cannot_inject_markup(mnist: Dataset) -> None:
    nasty = "</script><img src=x onerror=alert(1)>"
    probabilities = np.eye(2, dtype=np.float32)[[0, 1, 1]]
    found = Evaluation("test", nasty, "0" * 64, (nasty, "b"), np.array([0, 1, 0]), probabilities)
    text = report.page(found, mnist.validation.images[:3], Reader(), [])
    assert nasty not in text
    assert "&lt;/script&gt;" in text


def test_a_bare_model_without_mistakes_has_a_report(mnist: Dataset, own_run: Run) -> None:
    reader = Reader(own_run.model)
    own = {"data": "my own", "recipe": 7, "elapsed_s": "12 s", "seed": [1]}  # another program's
    reader.metadata = ModelMetadata.from_json(own)
    labels = mnist.validation.labels[:3]
    found = Evaluation(
        "validation", "mnist", "0" * 64, reader.class_names, labels, np.eye(10, dtype=np.float32)[labels]
    )
    text = report.page(found, mnist.validation.images[:3], reader, [])
    assert "A model of unknown origin, on the validation images of mnist." in text
    assert "No mistakes" in text


def test_writing_is_repeatable(finished: Finished, own_run: Run) -> None:
    data, reader = load_dataset(own_run.config.data.source), Reader(own_run.model)
    before = {p.name: p.read_bytes() for p in own_run.folder.iterdir()}
    report.write(evaluate(reader, data), data, reader, own_run.folder, own_run.history)
    after = {p.name: p.read_bytes() for p in own_run.folder.iterdir()}
    assert before.keys() == after.keys()
    for name in ("confusion_matrix.png", "evaluation.json", "report.html"):
        assert before[name] == after[name], name
