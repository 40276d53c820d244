"""Requests that no well-behaved client sends, byte for byte: heads, bodies, forms, tensors, and bad manners.

{HOST} stands for the server's address, {PAUSE} for a wait of 0.7 s. After "-- N" at the end of a name N answers are
waited for. An attack "http fine" may be answered with success as well, to "http closed" there may be no answer.
"""

from attack import tensors
from attack.answers import form, message
from attack.cases import Cases, drawn, truncated
from attack.pictures import picture

GET = b"GET /v2 HTTP/1.1\r\nHost: {HOST}\r\n"
POST = b"POST /read HTTP/1.1\r\nHost: {HOST}\r\n"
INFER = "/v2/models/mnistry/infer"
END = b"\r\n"


def cases(seed: int) -> Cases:
    """All of them."""
    found = Cases("requests", seed)
    for name, request in HEADS.items():
        found.add(f"head-{name}", "http", "request", request)
    for name, request in ENDLESS.items():
        found.add(f"head-{name}", "http closed", "request", request)
    for name, request in FINE.items():
        found.add(f"head-{name}", "http fine", "request", request)
    for name, request in BODIES.items():
        found.add(f"body-{name}", "http", "request", request)
    for name, body in tensors.bodies().items():
        found.add(f"infer-{name}", "http", "request", message("POST", INFER, body, "application/json"))
    for name, (body, kind) in _forms().items():
        found.add(f"form-{name}", "http fine", "request", message("POST", "/read", body, kind))
    for path in PATHS:
        name = path[:30].replace("/", "_").replace("%", "+")
        found.add(f"path-{name}", "http fine", "request", message("GET", path))
    whole = message("POST", "/read", picture("png-grey")).replace(b"{HOST}", b"127.0.0.1")
    for n in range(12):
        found.add(f"noise-{n}", "http fine", "request", drawn(lambda rng: rng.bytes(int(rng.integers(1, 3_000)))))
        found.add(f"cut-{n}", "http fine", "request", drawn(lambda rng: truncated(whole, rng) + b"\r\n\r\n"))
    return found


HEADS = {
    "two-hosts": GET + b"Host: example.com\r\n\r\n",
    "two-hosts-alike": GET + GET.splitlines(keepends=True)[1] + END,
    "no-host": b"GET /v2 HTTP/1.1\r\n\r\n",
    "host-empty": b"GET /v2 HTTP/1.1\r\nHost:\r\n\r\n",
    "host-other": b"GET /v2 HTTP/1.1\r\nHost: example.com\r\n\r\n",
    "host-port": b"GET /v2 HTTP/1.1\r\nHost: example.com:99999999999\r\n\r\n",
    "host-user": b"GET /v2 HTTP/1.1\r\nHost: a@127.0.0.1\r\n\r\n",
    "host-brackets": b"GET /v2 HTTP/1.1\r\nHost: [::1\r\n\r\n",
    "host-brackets-many": b"GET /v2 HTTP/1.1\r\nHost: [[[[::1]]]]x\r\n\r\n",
    "host-path": b"GET /v2 HTTP/1.1\r\nHost: 127.0.0.1/x\r\n\r\n",
    "host-blank": b"GET /v2 HTTP/1.1\r\nHost: 127.0.0.1 example.com\r\n\r\n",
    "host-latin": b"GET /v2 HTTP/1.1\r\nHost: caf\xe9\r\n\r\n",
    "host-long": b"GET /v2 HTTP/1.1\r\nHost: " + b"a" * 20_000 + b"\r\n\r\n",
    "host-number": b"GET /v2 HTTP/1.1\r\nHost: 2130706433\r\n\r\n",
    "origin-other": GET + b"Origin: http://example.com\r\n\r\n",
    "origin-null": GET + b"Origin: null\r\n\r\n",
    "origin-empty": GET + b"Origin:\r\n\r\n",
    "origin-latin": GET + b"Origin: http://caf\xe9\r\n\r\n",
    "origin-two": GET + b"Origin: http://{HOST}\r\nOrigin: http://example.com\r\n\r\n",
    "uri-other": b"GET http://example.com/v2 HTTP/1.1\r\nHost: example.com\r\n\r\n",
    "uri-authority": b"CONNECT example.com:443 HTTP/1.1\r\nHost: {HOST}\r\n\r\n",
    "connect-path": b"CONNECT / HTTP/1.1\r\nHost: {HOST}\r\n\r\n",
    "connect-path-behind": POST + b"Content-Length: 3\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\nabc"
    b"CONNECT / HTTP/1.1\r\nHost: {HOST}\r\n\r\n",
    "uri-star": b"OPTIONS * HTTP/1.1\r\nHost: {HOST}\r\n\r\n",
    "uri-latin": b"GET /caf\xe9 HTTP/1.1\r\nHost: {HOST}\r\n\r\n",
    "uri-long": b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: {HOST}\r\n\r\n",
    "uri-query-long": b"GET /v2?" + b"a=b&" * 25_000 + b" HTTP/1.1\r\nHost: {HOST}\r\n\r\n",
    "uri-blank": b"GET /v2 x HTTP/1.1\r\nHost: {HOST}\r\n\r\n",
    "headers-5000": GET + b"".join(b"X-%d: y\r\n" % n for n in range(5_000)) + END,
    "header-long": GET + b"X: " + b"y" * 100_000 + b"\r\n\r\n",
    "header-name-long": GET + b"X" * 100_000 + b": y\r\n\r\n",
    "header-no-colon": GET + b"no colon\r\n\r\n",
    "header-folded": GET + b"X: a\r\n b\r\n\r\n",
    "header-null": GET + b"X: a\0b\r\n\r\n",
    "header-blank-name": GET + b"X : y\r\n\r\n",
    "version-9": b"GET /v2 HTTP/9.9\r\nHost: {HOST}\r\n\r\n",
    "version-none": b"GET /v2\r\n\r\n",
    "version-2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "method-none": b" /v2 HTTP/1.1\r\nHost: {HOST}\r\n\r\n",
    "method-own": b"PICTURE /v2 HTTP/1.1\r\nHost: {HOST}\r\n\r\n",
    "method-long": b"G" * 50_000 + b" /v2 HTTP/1.1\r\nHost: {HOST}\r\n\r\n",
    "method-delete": b"DELETE /v2 HTTP/1.1\r\nHost: {HOST}\r\n\r\n",
    "method-post": b"POST /v2 HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: 0\r\n\r\n",
    "method-trace": b"TRACE / HTTP/1.1\r\nHost: {HOST}\r\n\r\n",
    "upgrade": b"GET /v2x HTTP/1.1\r\nHost: {HOST}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
    "tls": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500),
    "range-many": GET.replace(b"/v2", b"/nothing") + b"Range: bytes=" + b"0-1," * 5_000 + b"\r\n\r\n",
}
ENDLESS = {  # no request comes of them, or too many: the connection may be closed without an answer
    "line-ends": b"\r\n" * 500,
    "slow": b"{PAUSE}".join([b"G", b"E", b"T", b" ", b"/", b"v", b"2", b" ", b"H", b"T", b"T", b"P", b"/"]),
    "slow-headers": GET + b"{PAUSE}".join(b"X-%d: y\r\n" % n for n in range(12)),
    "unfinished": GET,
    "pipelined-200": (GET + END) * 200,
}
FINE = {
    "uri-absolute": b"GET http://{HOST}/v2 HTTP/1.1\r\nHost: {HOST}\r\n\r\n",
    "uri-absolute-differs": b"GET http://example.com/v2 HTTP/1.1\r\nHost: {HOST}\r\n\r\n",
    "bare-line-ends": b"GET /v2 HTTP/1.1\nHost: {HOST}\n\n",
    "version-1.0": b"GET /v2 HTTP/1.0\r\nHost: {HOST}\r\n\r\n",
    "request-id-odd": GET + b"X-Request-ID: a b;\xe9<script>\r\n\r\n",
    "request-id-long": GET + b"X-Request-ID: " + b"a" * 9_000 + b"\r\n\r\n",
    "pipelined -- 12": (GET + END) * 12,
    "pipelined-reads -- 3": message("POST", "/read", picture("png-grey")) * 3,
    "smuggled": GET + b"Content-Length: 40\r\n\r\nGET /v2 HTTP/1.1\r\nHost: example.com\r\n\r\n",
    "upgrade-then-refused -- 2": GET + b"Upgrade: h2c\r\nConnection: Upgrade\r\n\r\n" + GET + b"X : a\r\n\r\n",
    "upgrade-body -- 2": POST + b"Upgrade: h2c\r\nConnection: Upgrade\r\nContent-Length: 3\r\n\r\nabc" + GET + END,
    "expect-large": POST + b"Content-Length: 20000000\r\nExpect: 100-continue\r\n\r\n",
    "expect-odd": POST + b"Content-Length: 3\r\nExpect: 200-perhaps\r\n\r\nabc",
    "range": GET.replace(b"/v2", b"/web/main.js") + b"Range: bytes=5-2,0-0,-99999999999999\r\n\r\n",
    "range-much": GET.replace(b"/v2", b"/web/main.js") + b"Range: bytes=" + b"0-1," * 2_000 + b"0-1\r\n\r\n",
    "modified-odd": GET.replace(b"/v2", b"/web/main.js")
    + b"If-Modified-Since: yesterday\r\nIf-None-Match: \xff\r\n\r\n",
    "accept-odd": GET + b"Accept: \xff\r\nAccept-Encoding: x;q=NaN\r\nCookie: " + b"a=b;" * 2_000 + b"\r\n\r\n",
}
BODIES = {
    "lengths-two": POST + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc",
    "lengths-list": POST + b"Content-Length: 3, 4\r\n\r\nabc",
    "length-and-chunked": POST + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    "length-negative": POST + b"Content-Length: -3\r\n\r\nabc",
    "length-plus": POST + b"Content-Length: +3\r\n\r\nabc",
    "length-words": POST + b"Content-Length: abc\r\n\r\nabc",
    "length-digits": POST + b"Content-Length: \xd9\xa3\r\n\r\nabc",
    "length-vast": POST + b"Content-Length: 99999999999999999999999\r\n\r\nabc",
    "length-large": POST + b"Content-Length: 1000000000000\r\n\r\nabc",
    "length-more": POST + b"Content-Length: 300\r\n\r\nabc",
    "length-none": POST + b"\r\n",
    "length-0": POST + b"Content-Length: 0\r\n\r\n",
    "chunk-size": POST + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\nabc\r\n0\r\n\r\n",
    "chunk-negative": POST + b"Transfer-Encoding: chunked\r\n\r\n-3\r\nabc\r\n0\r\n\r\n",
    "chunk-vast": POST + b"Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nabc",
    "chunk-large": POST + b"Transfer-Encoding: chunked\r\n\r\n7fffffff\r\nabc",
    "chunk-short": POST + b"Transfer-Encoding: chunked\r\n\r\n5\r\nabc\r\n0\r\n\r\n",
    "chunk-extension": POST + b"Transfer-Encoding: chunked\r\n\r\n3;" + b"x" * 200_000 + b"\r\nabc\r\n0\r\n\r\n",
    "chunk-trailers": POST + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n" + b"X: y\r\n" * 20_000 + END,
    "chunks-many": POST + b"Transfer-Encoding: chunked\r\n\r\n" + b"1\r\na\r\n" * 100_000 + b"0\r\n\r\n",
    "encoding-gzip": POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    "encoding-odd": POST + b"Transfer-Encoding: xchunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    "encoding-twice": POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
    "content-encoding": POST + b"Content-Encoding: gzip\r\nContent-Length: 10\r\n\r\n\x1f\x8b" + bytes(8),
    "slow": POST + b"Content-Length: 30\r\n\r\n" + b"{PAUSE}".join([b"a"] * 25),
    "large": message("POST", "/read", bytes(17_000_000)),
    "large-tensor": message("POST", INFER, b"[" * 5_000_000, "application/json"),
    "confidence-nan": message("POST", "/read?min_confidence=nan", picture("png-grey")),
    "confidence-words": message("POST", "/read?min_confidence=%00%ff", picture("png-grey")),
    "confidence-many": message("POST", "/read?min_confidence=7&min_confidence=8", picture("png-grey")),
    "confidence-digits": message("POST", "/read?min_confidence=" + "9" * 5_000, picture("png-grey")),
}
PATHS = (
    *("/../../../../etc/passwd", "/web/../../../reader.py", "/web/..%2f..%2freader.py", "/web/%2e%2e/%2e%2e/cli.py"),
    *("/web/%00", "/web/a%0d%0aSet-Cookie:x", "/web//etc/passwd", "/web/" + "a/" * 5_000, "/docs/%ff%fe"),
    *("//example.com/", "/v2/models/%F0%9F%98%80/infer", "/v2/models/mnistry/infer", "/%", "/?" + "%" * 3_000),
    *("/page/test-set?x=%00", "/page/test-set.png?" + "9" * 4_000, "/web/" + "a" * 5_000, "/v2/health/live/../ready"),
)


def _forms() -> dict[str, tuple[bytes, str]]:
    """Forms and their types."""
    good, kind = form(picture("png-grey"))
    edge = kind.partition("boundary=")[2].encode()
    named = {f"name-{n}": form(picture("png-grey"), name) for n, name in enumerate(FILE_NAMES)}
    part = b"--" + edge + b'\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n'
    return {
        **named,
        "edge-none": (good, "multipart/form-data"),
        "edge-empty": (good, "multipart/form-data; boundary="),
        "edge-other": (good, "multipart/form-data; boundary=other"),
        "edge-long": (good, "multipart/form-data; boundary=" + "b" * 9_000),
        "edge-quoted": (good, f'multipart/form-data; boundary="{edge.decode()}"'),
        "type-odd": (good, "multipart/form-data;;;=;boundary"),
        "type-mixed": (good, f"multipart/mixed; boundary={edge.decode()}"),
        **{
            f"charset-{name}": (
                part.replace(b"\r\nb\r\n", b"\r\n" + b"a" * 900_000 + b"\r\n") + good,
                f"{kind}; charset={name}",
            )
            for name in CHARSETS
        },
        "charset-odd": (good, f"{kind}; charset=no-such-one"),
        "field-other": form(picture("png-grey"), field="picture"),
        "file-empty": form(b""),
        "cut": (good[: len(good) // 2], kind),
        "end-none": (good[:-4], kind),
        "parts-many": (part * 5_000 + b"--" + edge + b"--\r\n", kind),
        "file-twice": (good.replace(b"--\r\n", b"\r\n") + good, kind),
        "headers-none": (b"--" + edge + b"\r\n\r\n\r\nx\r\n--" + edge + b"--\r\n", kind),
        "headers-many": (b"--" + edge + b"\r\n" + b"X: y\r\n" * 20_000 + b"\r\nx\r\n--" + edge + b"--\r\n", kind),
        "header-long": (b"--" + edge + b"\r\nX: " + b"y" * 500_000 + b"\r\n\r\nx\r\n--" + edge + b"--\r\n", kind),
        "disposition-odd": (good.replace(b"form-data;", b"attachment; filename*=x''%ff;"), kind),
        "encoding-odd": (good.replace(b"\r\n\r\n", b"\r\nContent-Transfer-Encoding: x\r\n\r\n", 1), kind),
        "field-large": (part.replace(b"\r\nb\r\n", b"\r\n" + b"b" * 3_000_000 + b"\r\n") + good, kind),
        "nothing": (b"", kind),
        "edges": ((b"--" + edge + b"\r\n") * 20_000, kind),
    }


CHARSETS = ("punycode", "undefined", "utf-7", "idna", "rot13", "unicode_escape", "utf-32")
FILE_NAMES = (
    "../../etc/passwd.png",
    "a" * 5_000,
    "",
    "\x1b[31m.png",
    "a\\u0000.png",
    "caf\udce9.png".encode("utf-8", "replace").decode(),
    "<script>.png",
    "\u202egnp.a",
)
