"""Renders the pages of a PDF with PDFium (the extra `pdf`), at 200 dpi and in bounded memory.

PDFium decodes a page's pictures line by line, but no header says how long a page takes to render, or how much memory
its drawing needs: programs that read PDFs of other people do so in a process that can be ended (`reading_process`).
"""

import math
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

import numpy as np
from PIL import Image

from mnistry.errors import NotAPictureError, PictureError
from mnistry.ocr import picture_file

DPI = 200
MAX_PX = 6_000_000  # of a page: a larger one is rendered at fewer dpi; A3 at 200 dpi has 7.7 megapixels
POINTS = 72  # a PDF's unit, per inch
TRIM = 1 - 1e-6  # PDFium's sizes are not exact, and pypdfium2 rounds pixels up
_one_at_a_time = threading.Lock()  # PDFium is not thread-safe


def count(file: BinaryIO, what: str) -> int:
    """Return how many pages a PDF says it has. Raises `PictureError` if it cannot be opened."""
    with _opened(file, what) as document:
        return len(document)


def rendered(file: BinaryIO, number: int, what: str, max_px: int | None = None) -> Image.Image:
    """Render a page, counted from 1, with its annotations and the values of its forms, on white.

    Raises `PictureError`, which calls the page `what`, if it cannot be rendered or has the shape of no picture.
    """
    with _opened(file, what) as document:
        document.init_forms()
        if number > len(document):
            raise picture_file.no_page(number, what)
        page = document[number - 1]
        width, height = page.get_size()
        room = min(max_px or MAX_PX, MAX_PX)
        scale = TRIM * min(DPI / POINTS, math.sqrt(room / max(width * height, 1)))
        picture_file.check_size(math.ceil(width * scale), math.ceil(height * scale), what)
        bitmap = page.render(scale=scale, rev_byteorder=True)
        image = Image.fromarray(np.array(bitmap.to_numpy()))  # a copy: the bitmap's memory is PDFium's
        bitmap.close()
        return image


@contextmanager
def _opened(file: BinaryIO, what: str) -> Iterator[Any]:
    """Open a PDF, a `PdfDocument`; what PDFium cannot do with it raises `PictureError`."""
    pdfium = _library(what)
    with _one_at_a_time:
        file.seek(0)
        try:
            with pdfium.PdfDocument(file) as document:
                yield document
        except pdfium.PdfiumError as error:
            if error.err_code == pdfium.raw.FPDF_ERR_PASSWORD:
                wanted = "wanted one that opens without a password: save a copy without it"
                raise PictureError(f"{what}: this PDF is encrypted: {wanted}") from error
            raise PictureError(f"{what}: this PDF cannot be read ({error})") from error


def _library(what: str) -> Any:
    """Return pypdfium2. Raises `NotAPictureError` if it is not installed."""
    try:
        import pypdfium2
    except ImportError as error:
        lacking = "is not installed" if isinstance(error, ModuleNotFoundError) else f"cannot be loaded ({error})"
        extra = f"reading it needs pypdfium2, which {lacking}: pip install 'mnistry[pdf]'"
        raise NotAPictureError(f"{what}: a PDF: {extra}") from error
    return pypdfium2
