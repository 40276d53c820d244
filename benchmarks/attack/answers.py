"""HTTP, byte for byte: requests as they should be, what is answered, and what is wrong with an answer."""

import json
import socket
import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

from attack.verdicts import Verdict, parsed

PROBLEM = "application/problem+json"
ALWAYS = ("x-request-id", "x-content-type-options", "content-security-policy")  # headers of every answer
REFUSED = frozenset((*range(400, 500), 501, 503, 505))


@dataclass
class Answer:
    """One answer; status 0 where the connection was closed without one, or none came in time (`late`)."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    late: bool = False


def message(method: str, path: str, body: bytes = b"", kind: str = "application/octet-stream") -> bytes:
    """A request as it should be."""
    length = f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n" if method == "POST" else ""
    return f"{method} {path} HTTP/1.1\r\nHost: {{HOST}}\r\n{length}\r\n".encode() + body


def form(body: bytes, name: str = "a.png", field: str = "file") -> tuple[bytes, str]:
    """A picture as a form, and the type of that."""
    edge = b"----edge-of-the-form"
    head = f'Content-Disposition: form-data; name="{field}"; filename="{name}"\r\n\r\n'.encode()
    return (
        b"--" + edge + b"\r\n" + head + body + b"\r\n--" + edge + b"--\r\n",
        f"multipart/form-data; boundary={edge.decode()}",
    )


def answers(connection: socket.socket, number: int, deadline: float) -> Iterator[Answer]:
    data = b""
    while number:
        if first := _first(data):
            answer, data = first
            if answer.status >= 200:
                number -= 1
                yield answer
            continue
        left = deadline - time.monotonic()
        if left <= 0:
            yield Answer(late=True)
            return
        connection.settimeout(left)
        try:
            part = connection.recv(2**16)
        except TimeoutError:
            continue
        except OSError:
            part = b""
        if not part:
            yield Answer()
            return
        data += part


def _first(data: bytes) -> tuple[Answer, bytes] | None:
    """The first answer in what came, and the rest; None while it is not whole. A body without a length has none."""
    head, split, rest = data.partition(b"\r\n\r\n")
    if not split:
        return None
    lines = head.decode("latin-1").split("\r\n")
    pairs = (line.partition(":") for line in lines[1:])
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    words = lines[0].split()
    status = int(words[1]) if len(words) > 1 and words[1].isdecimal() else 599
    if headers.get("transfer-encoding") == "chunked":
        body, end, left = rest.partition(b"0\r\n\r\n")
        return (Answer(status, headers, body), left) if end else None
    length = int(headers.get("content-length", "0"))
    return (Answer(status, headers, rest[:length]), rest[length:]) if len(rest) >= length else None


def misanswered(found: Sequence[Answer], fine: Collection[int]) -> Iterator[Verdict]:
    """What is wrong with answers: each must be of a `fine` status, and a problem as it should be if it is one.

    0 is fine where the connection may be closed without an answer.
    """
    for answer in found:
        if answer.late:
            yield "hang", "no answer in time"
        elif answer.status == 500:
            yield "traceback", f"status 500: {answer.body[:200]!r}"
        elif answer.status == 503 and b"has ended" in answer.body:
            yield "traceback", f"it took a process of the server with it: {answer.body[:200]!r}"
        elif answer.status not in fine:
            yield "status", f"status {answer.status}: {answer.body[:200]!r}" if answer.status else "no answer"
        elif answer.status and (missing := [name for name in ALWAYS if name not in answer.headers]):
            yield "status", f"status {answer.status} without {', '.join(missing)}"
        elif answer.status >= 400:
            yield from (("status", why) for why in _no_problem(answer))
        elif "json" in answer.headers.get("content-type", ""):
            try:
                parsed(answer.body)
            except ValueError as error:
                yield "status", f"status {answer.status} with a body that is not JSON ({error})"


def _no_problem(answer: Answer) -> Iterator[str]:
    if answer.headers.get("content-type") != PROBLEM:
        yield f"status {answer.status} of type {answer.headers.get('content-type')}"
        return
    try:
        said = json.loads(answer.body)
        if said["status"] != answer.status or not said["detail"] or not said["title"]:
            yield f"status {answer.status} with another problem: {answer.body[:200]!r}"
    except (ValueError, LookupError, TypeError):
        yield f"status {answer.status} with no problem: {answer.body[:200]!r}"
