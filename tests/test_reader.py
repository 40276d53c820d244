import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from PIL import Image

import drawn
from mnistry import DataWarning, NoMatchError, PictureError, Reader, UsageError
from mnistry.assets import MODEL
from mnistry.data.dataset import Dataset
from mnistry.ocr import document
from mnistry.reader import scoring
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


@pytest.fixture(scope="module")
def strange(mnist: Dataset) -> tuple[np.ndarray, str]:
    """A picture of four digits of which one is rejected, and what it says: a digit that hardly looks like one."""
    reader, images = Reader(), mnist.validation.images[..., 0]
    for i in np.argsort(scoring(reader)(images).log_odds)[:60]:
        digits = [drawn.pen(images[k], 3) for k in (0, 1, i, 2)]
        picture = 255 - np.pad(np.concatenate(digits, axis=1), 20)
        page = reader.read(picture)
        if len(page.digits) == 3 and len(page.rejected) == 1:
            return picture, "".join(str(mnist.validation.labels[k]) for k in (0, 1, i, 2))
    return pytest.fail("each digit is read")


def test_the_number_of_digits_decides_what_is_one(strange: tuple[np.ndarray, str]) -> None:
    picture, says = strange
    page = Reader().read(picture, expect=4)
    assert (page.text, page.rejected) == (says, ())
    assert [digit.confidence > 0.9 for digit in page.digits] == [True, True, False, True]
    with pytest.raises(NoMatchError, match="^the picture: 3 digits found, wanted 5: no more than 4 could be digits;"):
        Reader().read(picture, expect=5)


def test_a_pattern_decides_what_is_read(strange: tuple[np.ndarray, str]) -> None:
    picture, says = strange
    assert Reader().read(picture, pattern=r"\d{4}").text == says
    with pytest.raises(
        NoMatchError, match=r"^the picture: .+ found, wanted lines that match \.\{4\}\[a-z\] from end to end:"
    ):
        Reader().read(picture, pattern=r".{4}[a-z]")


def test_no_digit_has_less_confidence_than_is_wanted(strange: tuple[np.ndarray, str]) -> None:
    with pytest.raises(NoMatchError, match="wanted 4: no more than 3 could be digits"):
        Reader().read(strange[0], 0.9, expect=4)


def test_a_blank_picture_with_expectations() -> None:
    blank = np.full((60, 60), 255, np.uint8)
    with pytest.raises(NoMatchError, match="^the picture: 0 digits found, wanted 1: no more than 0 could be digits;"):
        Reader().read(blank, expect=1)
    with pytest.raises(NoMatchError, match="^the picture: nothing found, wanted lines that match 5 from end to end:"):
        Reader().read(blank, pattern="5")
    assert Reader().read(blank, signs=True).text == ""


def test_what_cannot_be_expected_is_refused_before_the_picture_is_opened() -> None:
    wrong: tuple[tuple[dict[str, Any], str], ...] = (
        ({"expect": -1}, "^expect -1: wanted 1 or more digits$"),
        ({"pattern": "["}, r"^pattern \[: not a regular expression \(unterminated character set at position 0\)$"),
        ({"expect": 2, "pattern": "5"}, r"^expect 2 and a pattern: wanted one of them; \\d\{2\} counts digits too$"),
    )
    for words, said in wrong:
        with pytest.raises(UsageError, match=said):
            Reader().read("none.png", **words)
