"""The tasks of a reading process: it opens one file after the other, and reads the pages of each in turn.

What is imported within functions is loaded in the reading process alone.
"""

from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mnistry.safety import memory

if TYPE_CHECKING:
    from mnistry.ocr.document import Document, Pages
    from mnistry.ocr.page import PageJson
    from mnistry.reader import Reader

_own: list["Reader"] = []  # one reader in each reading process, none in the parent
_opened: list[tuple["PictureTask", "Document", ExitStack]] = []  # the file whose pages are being read


@dataclass(frozen=True)
class PictureTask:
    """A picture's file, as a path or its bytes, and how to read it; `explain` asks for an HTML section of each page.

    `signs`, `expect` and `pattern` are those of `Reader.reread`.
    """

    source: str | bytes
    name: str
    min_confidence: float = 0.0
    explain: bool = False
    signs: bool = False
    expect: int | None = None
    pattern: str | None = None


@dataclass(frozen=True)
class PageResult:
    """What was read: `page` as in the JSON output, and, if asked for, the HTML section that explains it.

    `name` is the file's, with the page's number if it has several.
    """

    name: str
    page: "PageJson"
    explained: str | None


@dataclass(frozen=True)
class PageFailure:
    """A page that could not be read, and why; `number` is None if it is the only one, or none could be."""

    number: int | None
    message: str


def begin(reader: "Reader") -> None:
    """Use this reader from now on."""
    _own.append(reader)


def open_file(task: PictureTask) -> "Pages":
    """Open a file, in place of the one that may be open, and find its pages. Raises `PictureError`."""
    from mnistry.ocr import document

    _close()
    with memory.said_of(task.name), ExitStack() as stack:
        opened = stack.enter_context(document.opened(task.source, task.name))
        pages = opened.pages
        _opened.append((task, opened, stack.pop_all()))
        return pages


def read_page(number: int) -> PageResult:
    """Read a page of the open file, which is closed after the last one. Raises `PictureError`."""
    from mnistry.ocr import decode, explain

    task, opened, _ = _opened[0]
    reader, name = _own[0], opened.name(number)
    with memory.said_of(name):
        picture = decode.decode_page(opened, number, enlarge=reader.detector is None)
        if number == opened.pages.numbers[-1]:
            _close()
        page, seen = (
            reader.explained(picture, task.min_confidence, name)
            if task.explain
            else (reader.read_picture(picture, task.min_confidence, name), None)
        )
        page = reader.reread(
            page, task.min_confidence, signs=task.signs, expect=task.expect, pattern=task.pattern, name=name
        )
        page = replace(page, number=number if opened.pages.several else None)
        return PageResult(name, page.as_json(), explain.section(name, picture, page, seen) if task.explain else None)


def _close() -> None:
    while _opened:
        _opened.pop()[2].close()
