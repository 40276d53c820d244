import dataclasses
from pathlib import Path

import numpy as np
import onnx
import pytest
from PIL import Image

import drawn
from mnistry import DataWarning, PictureError, Reader
from mnistry.assets import MODEL
from mnistry.data.dataset import Dataset
from mnistry.ocr import document
from mnistry.safety.limits import LIMITS


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader()


@pytest.fixture
def tiff(mnist: Dataset, tmp_path: Path) -> Path:
    """Three pages; the second is too thin."""
    pages = [Image.fromarray(255 - np.pad(drawn.row(mnist, digit, 3), 9)) for digit in "75"]
    pages[0].save(tmp_path / "a.tif", save_all=True, append_images=[Image.new("L", (2_000, 9), 255), pages[1]])
    return tmp_path / "a.tif"


def test_the_first_page_is_read_or_the_one_that_is_asked_for(reader: Reader, tiff: Path) -> None:
    assert (reader.read(tiff).text, reader.read(tiff).number) == ("7", None)
    assert reader.read(tiff, page=3).text == "5"
    with pytest.raises(PictureError, match=r"a\.tif#4: there is no page 4 in this file$"):
        reader.read(tiff, page=4)
    with pytest.raises(PictureError, match=r"^the picture: there is no page 2 in this file$"):
        reader.read(np.zeros((40, 40), np.uint8), page=2)


def test_pages_are_read_one_after_the_other(reader: Reader, tiff: Path) -> None:
    pages = reader.read_pages(tiff)
    first = next(pages)
    assert (first.text, first.number, first.as_json().get("page")) == ("7", 1, 1)
    with pytest.raises(PictureError, match=r"a\.tif#2: 2000 × 9 px is too thin"):
        next(pages)
    assert list(pages) == []


def test_a_picture_of_one_page_has_no_number(reader: Reader, mnist: Dataset, tmp_path: Path) -> None:
    seven = Image.fromarray(255 - np.pad(drawn.row(mnist, "7", 3), 9))
    seven.save(tmp_path / "7.png")
    for source in (
        tmp_path / "7.png",
        str(tmp_path / "7.png"),
        (tmp_path / "7.png").read_bytes(),
        seven,
        np.array(seven),
    ):
        (page,) = reader.read_pages(source)
        assert (page.text, page.number) == ("7", None)
        assert "page" not in page.as_json()


def test_what_is_left_out_is_a_warning(reader: Reader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blank = Image.new("L", (60, 60), 255)
    blank.save(tmp_path / "a.tif", save_all=True, append_images=[blank, blank])
    monkeypatch.setattr(document, "LIMITS", dataclasses.replace(LIMITS, pages=2))
    with pytest.warns(DataWarning, match=r"a\.tif: more than 2 pages: only the first 2 are read: split it to read the"):
        assert [page.number for page in reader.read_pages(tmp_path / "a.tif")] == [1, 2]


def test_a_model_that_carries_no_threshold_reads_and_rejects_nothing(mnist: Dataset, tmp_path: Path) -> None:
    model = onnx.load(MODEL)
    del model.metadata_props[:]
    onnx.save(model, tmp_path / "bare.onnx")
    number = np.full((60, 160), 255, np.uint8)
    for i, image in enumerate(mnist.validation.images[:4, ..., 0]):
        number[16:44, 10 + 36 * i : 38 + 36 * i] -= image
    page = Reader(tmp_path / "bare.onnx").read(number)
    assert page.text == Reader().read(number).text != ""
    assert page.rejected == ()
