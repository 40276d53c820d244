"""Checks of a request's head, against request smuggling: its target and its framing must be unambiguous."""

import re

from mnistry.server.problems import CLOSE, ProblemError

VERSIONS = ("1.0", "1.1")
Headers = list[tuple[bytes, bytes]]  # with lower-case names


def own_target(url: bytes, headers: Headers) -> bytes:
    """The path and query of a request's target. Raises `ProblemError` 400 unless that is a path or an HTTP URL.

    The host of a URL must be that of the Host header, or it is 400 too. Source: RFC 9112, 3.2.
    """
    if url.startswith(b"/"):
        return url
    scheme, _, rest = url.partition(b"://")
    if scheme.lower() not in (b"http", b"https") or not rest:
        raise ProblemError(400, f"{url[:60].decode('latin-1')!r} is not a path of this server: wanted a path", CLOSE)
    authority = re.split(rb"[/?#]", rest, maxsplit=1)[0]
    hosts = values(headers, b"host")
    if hosts and hosts[0].lower() != authority.lower():
        raise ProblemError(400, "the request target and the Host header name different hosts", CLOSE)
    path = rest[len(authority) :]
    return path if path.startswith(b"/") else b"/" + path


def check_framing(version: str, method: bytes, headers: Headers) -> None:
    """Check that both sides agree where the body ends. Source: RFC 9112, 2.3 and 6.1.

    Raises `ProblemError` 505 for the version, 501 for CONNECT or an unknown coding, 400 for any coding in HTTP/1.0.
    """
    if version not in VERSIONS:
        raise ProblemError(505, f"HTTP/{version} is not supported: wanted HTTP/1.1", CLOSE)
    if method == b"CONNECT":  # what follows it is not HTTP. Source: RFC 9110, 9.3.6
        raise ProblemError(501, "CONNECT is not supported: this server is not a proxy", CLOSE)
    codings = [coding.strip() for coding in values(headers, b"transfer-encoding")]
    if codings and version == "1.0":
        raise ProblemError(400, "Transfer-Encoding is not allowed in an HTTP/1.0 request", CLOSE)
    if codings and [coding.lower() for coding in codings] != [b"chunked"]:
        said = b", ".join(codings)[:60].decode("latin-1")
        raise ProblemError(501, f"Transfer-Encoding {said!r} is not supported: wanted chunked", CLOSE)


def values(headers: Headers, name: bytes) -> list[bytes]:
    """The values of all headers with this name."""
    return [value for found, value in headers if found == name]
