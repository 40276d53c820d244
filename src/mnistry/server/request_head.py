"""What a request's head asks for, and where its body ends: refused where two readers of it could disagree."""

import re

from mnistry.server.problems import CLOSE, ProblemError

VERSIONS = ("1.0", "1.1")
Headers = list[tuple[bytes, bytes]]  # their names in small letters


def own_target(url: bytes, headers: Headers) -> bytes:
    """The path, with its query, that a request's first line asks for; raises `ProblemError` (400) if for neither.

    Source: RFC 9112, 3.2: the host of a whole address must be the one that the header Host says.
    """
    if url.startswith(b"/"):
        return url
    scheme, _, rest = url.partition(b"://")
    if scheme.lower() not in (b"http", b"https") or not rest:
        raise ProblemError(400, f"{url[:60].decode('latin-1')!r} is not asked for here: wanted a path", CLOSE)
    authority = re.split(rb"[/?#]", rest, maxsplit=1)[0]
    hosts = values(headers, b"host")
    if hosts and hosts[0].lower() != authority.lower():
        raise ProblemError(400, "this request is for another host than its header Host says", CLOSE)
    path = rest[len(authority) :]
    return path if path.startswith(b"/") else b"/" + path


def check_framing(version: str, method: bytes, headers: Headers) -> None:
    """That both sides agree where the body ends; raises `ProblemError`. Source: RFC 9112, 2.3 and 6.1."""
    if version not in VERSIONS:
        raise ProblemError(505, f"HTTP/{version} is not spoken here: wanted HTTP/1.1", CLOSE)
    if method == b"CONNECT":  # what followed would be no HTTP. Source: RFC 9110, 9.3.6
        raise ProblemError(501, "CONNECT is for proxies, and this is none", CLOSE)
    codings = [coding.strip() for coding in values(headers, b"transfer-encoding")]
    if codings and version == "1.0":
        raise ProblemError(400, "there is a Transfer-Encoding in HTTP/1.0, which has none", CLOSE)
    if codings and [coding.lower() for coding in codings] != [b"chunked"]:
        said = b", ".join(codings)[:60].decode("latin-1")
        raise ProblemError(501, f"Transfer-Encoding {said!r} is not understood: wanted chunked", CLOSE)


def values(headers: Headers, name: bytes) -> list[bytes]:
    """Those of every header of that name."""
    return [value for found, value in headers if found == name]
