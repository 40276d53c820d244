"""Opens the pages of a file: of a TIFF or PDF all, of an animation the frames that differ, of other pictures one.

    with document.opened("scan.pdf", "scan.pdf") as file:
        for number in file.pages.numbers:
            with file.image(number) as image:
                ...

Pages are found without being decoded, except the frames of an animation; each is checked when it is decoded.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from PIL import Image

from mnistry.errors import PictureError
from mnistry.ocr import frames, pdf_file, picture_file, picture_formats
from mnistry.ocr.picture_formats import ANIMATED
from mnistry.ocr.picture_header import is_tiff, tiff_pages
from mnistry.safety.limits import LIMITS

UNNAMED = "the picture"  # what errors call a picture that has no name


@dataclass(frozen=True)
class Pages:
    """The `numbers` of a file's pages, from 1; those of an animation have gaps where nothing new is shown.

    `left_out` says what is beyond `LIMITS` and is not read, as an error message; None if nothing is.
    """

    numbers: tuple[int, ...] = (1,)
    left_out: str | None = None

    @property
    def several(self) -> bool:
        """Whether the file has more than one page."""
        return self.numbers != (1,) or self.left_out is not None


class Document:
    """An open file of one page or several, of which one at a time is decoded."""

    def __init__(self, file: BinaryIO, what: str, max_px: int | None) -> None:
        self._file, self._what, self._max_px = file, what, max_px
        self._image: Image.Image | None = None
        self._last = 0  # the page that was decoded last
        self._pages: Pages | None = None
        file.seek(0)
        head = file.read(picture_formats.HEAD)
        self._is_pdf, self._is_tiff = picture_formats.is_pdf(head), is_tiff(head)

    @property
    def pages(self) -> Pages:
        """The pages; to find them, the frames of an animation are decoded. Raises `PictureError`."""
        if self._pages is None:
            with picture_file.quiet(self._what):
                self._pages = self._found()
        return self._pages

    def name(self, number: int) -> str:
        """Return what errors and results call a page, "scan.pdf#2", or the file if it is known to have only one."""
        if number == 1 and not (self._pages and self._pages.several):
            return self._what
        return f"page {number} of {UNNAMED}" if self._what == UNNAMED else f"{self._what}#{number}"

    @contextmanager
    def image(self, number: int) -> Iterator[Image.Image]:
        """Decode a page; use the image only within the context. The number may be known from an earlier opening.

        What is raised there, too, becomes a `PictureError` that names the page (`picture_file.opened`).
        """
        name = self.name(number)
        with picture_file.quiet(name):
            if self._is_pdf:
                yield pdf_file.rendered(self._file, number, name, self._max_px)
                return
            is_last = self._pages is None or number >= self._pages.numbers[-1]
            try:
                self._image = self._at(number, name)
                yield self._image
            except BaseException:
                is_last = True  # what failed may have left it in disorder
                raise
            finally:
                if is_last:
                    self.close()
                elif self._image and self._image.format not in ANIMATED:  # whose next frame is drawn over this one
                    self._image.im = None  # pyright: ignore[reportAttributeAccessIssue]

    def _at(self, number: int, name: str) -> Image.Image:
        is_behind, self._last = number <= self._last, number
        if self._image is None or is_behind:
            return picture_file.opened_image(self._file, name, self._max_px, number, documents=True)
        if self._is_tiff:
            picture_file.check_tiff(self._file, name, self._max_px, number)
        picture_file.seek(self._image, number, name, self._max_px)
        return self._image

    def close(self) -> None:
        """Free the image that is kept for the next page, if there is one."""
        self._image = None

    def _found(self) -> Pages:
        if self._is_pdf:
            count = pdf_file.count(self._file, self._what)
            if not count:
                raise PictureError(f"{self._what}: this PDF has no pages")
            return self._at_most(tuple(range(1, min(count, LIMITS.pages) + 1)), count > LIMITS.pages)
        if self._is_tiff:
            numbers, more = tiff_pages(self._file, LIMITS.pages)
            return self._at_most(tuple(numbers), more)
        self._image = picture_file.opened_image(self._file, self._what, self._max_px, documents=True)
        if self._image.format not in ANIMATED or not getattr(self._image, "is_animated", False):
            return Pages()
        found = Pages(*frames.differing(self._image, self._what, self._max_px))
        self.close()  # a frame that failed may have left it in disorder
        return found

    def _at_most(self, numbers: tuple[int, ...], more: bool) -> Pages:
        only = f"only the first {LIMITS.pages:,} are read: split it to read the others"
        return Pages(numbers, f"{self._what}: more than {LIMITS.pages:,} pages: {only}" if more else None)


@contextmanager
def opened(source: str | Path | bytes, what: str, max_px: int | None = None) -> Iterator[Document]:
    """Open a file by its path or its bytes; errors call it `what`. Raises `PictureError` as `picture_file.opened`."""
    with picture_file.opened_file(source, what) as file:
        document = Document(file, what, max_px)
        try:
            yield document
        finally:
            document.close()
