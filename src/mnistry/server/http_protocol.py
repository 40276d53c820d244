"""uvicorn's HTTP protocol made strict: the app answers a malformed request like any other, in pipeline order.

The scope of such a request has a `problem`, the error to answer with. All input after it is ignored.
"""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from mnistry.server.limits import Limits
from mnistry.server.problems import CLOSE, ProblemError
from mnistry.server.request_head import check_framing, own_target

FRAMING = (b"content-length", b"transfer-encoding")


class StrictHttpProtocol(HttpToolsProtocol):
    """One connection. A parser callback refuses its request by raising `ProblemError`."""

    limits = Limits()
    _began = False  # a request has started, and its head is incomplete
    _in_body = False  # the last request's head is complete, its body is not
    _refused = False  # all further input is ignored

    def connection_made(self, transport: Any) -> None:
        """Wrap the transport of a new connection in a lingering close."""
        super().connection_made(transport)
        lingering: Any = Lingering(self, transport)
        self.transport = lingering

    def data_received(self, data: bytes) -> None:
        """Parse received bytes, which may be malformed."""
        if not self.hears():
            return
        self._unset_keepalive_if_required()
        try:
            self._parse(data)
        except httptools.HttpParserError as error:
            self.refuse(_problem(error))

    def hears(self) -> bool:
        """Whether input is still parsed."""
        return not self._refused and not self.transport.is_closing()

    def refuse(self, problem: ProblemError) -> None:
        """Let the app answer with this problem, and ignore all further input.

        It answers the request whose body is arriving, or else one that is created for the problem.
        """
        if not self.hears():
            return
        self._refused = True
        if not self._in_body:
            self._begin_refused(problem)
        elif self.cycle.response_complete:  # it was answered before its body was complete
            self.transport.close()
        else:
            cycle: Any = self.cycle
            cycle.scope["problem"] = problem
            cycle.keep_alive = cycle.more_body = False
            cycle.message_event.set()

    @property
    def between_requests(self) -> bool:
        """Whether no refused input and no rest of a body is pending: the connection can close without lingering."""
        return not (self._refused or self._in_body)

    def linger(self, close: Callable[[], object]) -> None:
        """Discard input for `rest_s` seconds, then close."""
        self._refused = True
        self.flow.resume_reading()
        self.loop.call_later(self.limits.rest_s, close)

    def on_message_begin(self) -> None:
        """A request starts."""
        super().on_message_begin()
        self._began, self._in_body = True, False

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header. Trailers, which follow the body, are dropped: nothing here uses them."""
        if not self._in_body:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The head is complete: check it before uvicorn starts the request."""
        check_framing(self.parser.get_http_version(), self.parser.get_method(), self.headers)
        self.url = own_target(self.url, self.headers)
        super().on_headers_complete()
        self._in_body, self._began = True, False

    def on_message_complete(self) -> None:
        """The body is complete."""
        if not self.parser.should_upgrade():  # if it asks for an upgrade, its body follows: see `_parse`
            self._in_body = False
            super().on_message_complete()

    def _parse(self, data: bytes) -> None:
        """Parse bytes. A request for another protocol (Upgrade) is ignored, as RFC 9110, 7.8 allows."""
        while True:
            try:
                self.parser.feed_data(data)
                return
            except httptools.HttpParserUpgrade as upgrade:
                rest = data[upgrade.args[0] :]
            self._stay()
            if not rest:
                return
            data = rest

    def _stay(self) -> None:
        """Parse what follows an Upgrade as the body of that request; httptools leaves it to the new protocol.

        A new parser gets the framing of that body in a synthetic head, which `AfterHead` hides.
        """
        lines = [b": ".join(header) for header in self.headers if header[0] in FRAMING]
        if not self.cycle.keep_alive:
            lines.append(b"connection: close")
        after: Any = AfterHead(self)
        self.parser = httptools.HttpRequestParser(after)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
        self.parser.feed_data(b"\r\n".join([b"POST / HTTP/1.1", *lines, b"", b""]))
        after.over = True

    def _begin_refused(self, problem: ProblemError) -> None:
        """Start a refused request as uvicorn starts any other; its method and path may be unknown, then empty."""
        known = bool(self._began and self.url)
        scope: Any = {
            "type": "http",
            "http_version": "1.1",
            "client": self.client,
            "problem": problem,
            "method": self.parser.get_method().decode() if known else "",
            "path": self.url[:200].decode("latin-1").partition("?")[0] if known else "",
            "headers": self.headers if self._began else [],
        }
        cycle = RequestResponseCycle(
            *(scope, self.transport, self.flow, self.logger, self.access_logger, self.access_log),
            *(self.server_state.default_headers, asyncio.Event(), False, False, self.on_response_complete),
        )
        cycle.more_body = False
        app: Any = self.app
        before, self.cycle = self.cycle, cycle
        if before is None or before.response_complete:
            self._start_asgi_task(cycle, app)
        else:
            self.pipeline.appendleft((cycle, app))


class AfterHead:
    """Passes parser callbacks on to the protocol, except those for the head of the first request."""

    def __init__(self, protocol: StrictHttpProtocol) -> None:
        self.over = False
        for name in ("on_message_begin", "on_url", "on_header", "on_headers_complete"):
            setattr(self, name, partial(self._pass, getattr(protocol, name)))
        for name in ("on_body", "on_chunk_header", "on_message_complete"):
            if callback := getattr(protocol, name, None):
                setattr(self, name, callback)

    def _pass(self, callback: Callable[..., None], *what: bytes) -> None:
        if self.over:
            callback(*what)


class Lingering:
    """A transport with a lingering close: its client gets time to read the last response.

    A connection that is closed while bytes arrive is reset, and the response may be lost. Source: RFC 9112, 9.6.
    """

    def __init__(self, protocol: StrictHttpProtocol, transport: Any) -> None:
        self._protocol, self._transport = protocol, transport
        self.write, self.is_closing = transport.write, transport.is_closing

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def close(self) -> None:
        """Close it. While input may still arrive, close only the sending side, and discard that input first."""
        if self._protocol.between_requests:
            self._transport.close()
        elif not self._transport.is_closing():
            self._transport.write_eof()
            self._protocol.linger(self._transport.close)


def _problem(error: httptools.HttpParserError) -> ProblemError:
    """The problem that a callback raised, or 400 for the parser's own error."""
    found = error.__context__
    if isinstance(found, ProblemError):
        return found
    return ProblemError(400, f"not an HTTP request ({found or error})", CLOSE)
