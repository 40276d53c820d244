"""Pages of PDFs: of scans, of drawings, of odd sizes, and those that cannot be rendered."""

import io
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image

import pdfs
from mnistry.errors import LargePictureError, NotAPictureError, PictureError
from mnistry.ocr import pdf_file

pytest.importorskip("pypdfium2")


def rendered(data: bytes, number: int = 1, max_px: int | None = None) -> np.ndarray:
    return np.asarray(pdf_file.rendered(io.BytesIO(data), number, "p", max_px))


def test_a_scan_keeps_its_pixels_at_200_dpi() -> None:
    pixels = np.where(np.random.default_rng(0).random((300, 413)) < 0.5, 0, 255).astype(np.uint8)
    data = pdfs.of_pictures([Image.new("L", (99, 50), 255), Image.fromarray(pixels).convert("1")])
    assert pdf_file.count(io.BytesIO(data), "p") == 2
    assert rendered(data).shape == (50, 99, 3)
    assert np.array_equal(rendered(data, 2)[..., 0], pixels)


def test_a_drawing_is_rendered_on_white_in_its_colours_and_turned() -> None:
    drawing = b"1 0 0 rg 0 0 72 72 re f"
    upright = rendered(pdfs.page(drawing))
    assert upright.shape == (200, 400, 3)
    assert upright[100, 100].tolist() == [255, 0, 0]
    assert upright[100, 300].tolist() == [255, 255, 255]
    turned = rendered(pdfs.page(drawing, more=b"/Rotate 90"))
    assert turned.shape == (400, 200, 3)
    assert turned[100, 100].tolist() == [255, 0, 0]


def test_the_values_of_a_form_are_rendered() -> None:
    black = b"<</Type/XObject/Subtype/Form/BBox[0 0 72 72]/Length 14>>\nstream\n0 0 72 72 re f\nendstream"
    field = b"<</Type/Annot/Subtype/Widget/FT/Tx/F 4/T(a)/V(7)/Rect[0 0 72 72]/AP<</N 6 0 R>>/P 3 0 R>>"
    data = pdfs.of_objects(
        b"<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[5 0 R]>>>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 144 72]/Contents 4 0 R/Annots[5 0 R]>>",
        b"<</Length 0>>\nstream\n\nendstream",
        field,
        black,
    )
    assert rendered(data)[100, 100].tolist() == [0, 0, 0]


@pytest.mark.parametrize(
    ("box", "shape"),
    [
        (b"0 0 842 1191", (2_914, 2_060)),  # A3 has more than 6 megapixels at 200 dpi
        (b"0 0 14400000 14400000", (2_450, 2_450)),
        (b"0 0 7200 36", (100, 20_000)),
    ],
)
def test_a_large_page_is_rendered_in_six_megapixels(box: bytes, shape: tuple[int, int]) -> None:
    assert rendered(pdfs.page(b"", box)).shape == (*shape, 3)
    height, width, _ = rendered(pdfs.page(b"", box), max_px=10_000).shape
    assert 9_000 < height * width < 12_000  # each side is rounded up


def test_a_page_in_the_shape_of_no_picture_is_refused() -> None:
    with pytest.raises(LargePictureError, match=r"^p: 40000 × 3 px is too thin: wanted sides of at most 200 to 1$"):
        rendered(pdfs.page(b"", b"0 0 14400 1"))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (pdfs.encrypted(), "this PDF is encrypted: wanted one that opens without a password: save a copy without it"),
        (b"%PDF-1.4\n", r"this PDF cannot be read \(Failed to load document \(PDFium: Data format error\)\.\)"),
        (
            pdfs.page(b"").replace(b"/Kids[3 0 R]", b"/Kids[9 0 R]"),
            r"this PDF cannot be read \(Failed to load page\.\)",
        ),
    ],
    ids=["encrypted", "broken", "no such object"],
)
def test_what_cannot_be_rendered_says_why(data: bytes, said: str) -> None:
    with pytest.raises(PictureError, match=f"^p: {said}$"):
        rendered(data)


def test_a_page_that_is_not_there() -> None:
    with pytest.raises(PictureError, match=r"^p: there is no page 2 in this file$"):
        rendered(pdfs.page(b""), 2)


def test_without_its_extra_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pypdfium2", None)
    said = r"^p: a PDF: reading it needs pypdfium2, which is not installed: pip install 'mnistry\[pdf\]'$"
    with pytest.raises(NotAPictureError, match=said):
        rendered(pdfs.page(b""))


def test_threads_take_turns() -> None:
    """PDFium crashes where two use it at the same time."""
    data = pdfs.of_pictures([Image.new("L", (300, 300), grey) for grey in (0, 90, 180)])
    with ThreadPoolExecutor(4) as pool:
        found = pool.map(lambda n: int(rendered(data, n % 3 + 1)[150, 150, 0]), range(30))
    assert list(found) == [0, 90, 180] * 10
