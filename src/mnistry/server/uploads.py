"""A request's picture, from the raw body or a form's field `file`; kept in memory while the request lasts."""

from dataclasses import dataclass

from fastapi import Request
from python_multipart.multipart import parse_options_header
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from mnistry.server.problems import ProblemError

CHARSETS = frozenset({"utf-8", "utf8", "us-ascii", "ascii", "iso-8859-1", "latin-1"})


@dataclass(frozen=True)
class Upload:
    """A picture's file: its `data`, and the name it was sent with; "-" for a raw body."""

    name: str
    data: bytes


class InMemory(MultiPartParser):
    """Keeps files in memory. Starlette's parser writes those above a megabyte to disk, but no picture may be stored."""

    spool_max_size = 1 << 62


async def of(request: Request) -> Upload:
    """The picture in a request. Raises `ProblemError` 400 if there is none."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() == "multipart/form-data":
        return await _field(request)
    data = await request.body()
    if not data:
        raise ProblemError(400, "the body is empty: wanted a picture")
    return Upload("-", data)


def _check_charset(kind: str) -> None:
    """Raise `ProblemError` 400 for an unusual charset of a form's names: decoding some takes minutes."""
    _, options = parse_options_header(kind)
    charset = options.get(b"charset", b"utf-8").decode("latin-1")
    if charset.lower() not in CHARSETS:
        raise ProblemError(400, f"the form's charset is {charset[:60]!r}: wanted utf-8")


async def _field(request: Request) -> Upload:
    try:
        _check_charset(request.headers["content-type"])
        form = await InMemory(request.headers, request.stream(), max_files=1, max_fields=8).parse()
    except (MultiPartException, KeyError, UnicodeError) as error:
        raise ProblemError(400, f"the form cannot be read ({getattr(error, 'message', error)})") from error
    file = form.get("file")
    if not isinstance(file, UploadFile):
        raise ProblemError(400, "the form has no file `file`: wanted a picture")
    data = await file.read()
    if not data:
        raise ProblemError(400, "the file is empty: wanted a picture")
    return Upload(file.filename or "-", data)
