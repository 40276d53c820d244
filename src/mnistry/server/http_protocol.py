"""uvicorn's protocol, strictly: what is no request is refused by the app like any other, in its turn.

The scope of such a request has a `problem`: its refusal. Nothing is heard after it.
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
    """One connection. A callback refuses what it is told of by raising `ProblemError`."""

    limits = Limits()
    _begun = False  # a request has begun, and its head is not whole
    _in_body = False  # the last request's head is whole, and its end has not come
    _refused = False  # nothing more is heard

    def connection_made(self, transport: Any) -> None:
        """A new connection."""
        super().connection_made(transport)
        lingering: Any = Lingering(self, transport)
        self.transport = lingering

    def data_received(self, data: bytes) -> None:
        """Bytes, which may be part of a request, or of none."""
        if not self.hears():
            return
        self._unset_keepalive_if_required()
        try:
            self._parse(data)
        except httptools.HttpParserError as error:
            self.refuse(_problem(error))

    def hears(self) -> bool:
        """Whether what comes is still looked at."""
        return not self._refused and not self.transport.is_closing()

    def refuse(self, problem: ProblemError) -> None:
        """Let the app answer so, to the request that is coming in or to one of its own, and hear no more."""
        if not self.hears():
            return
        self._refused = True
        if not self._in_body:
            self._begin_refused(problem)
        elif self.cycle.response_complete:  # before its body was there: it has its answer
            self.transport.close()
        else:
            cycle: Any = self.cycle
            cycle.scope["problem"] = problem
            cycle.keep_alive = cycle.more_body = False
            cycle.message_event.set()

    @property
    def between_requests(self) -> bool:
        """Whether all that came is whole, as far as is known: nothing is on its way that is passed over."""
        return not (self._refused or self._in_body)

    def linger(self, close: Callable[[], object]) -> None:
        """Read on for a moment, though nothing is heard, then close."""
        self._refused = True
        self.flow.resume_reading()
        self.loop.call_later(self.limits.rest_s, close)

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self._begun, self._in_body = True, False

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header of it; those that come after its body tell nothing that anyone here asks for."""
        if not self._in_body:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Its head is whole."""
        check_framing(self.parser.get_http_version(), self.parser.get_method(), self.headers)
        self.url = own_target(self.url, self.headers)
        super().on_headers_complete()
        self._in_body, self._begun = True, False

    def on_message_complete(self) -> None:
        """Its body is whole."""
        if not self.parser.should_upgrade():  # if so, it is not: `_parse` goes on with it
            self._in_body = False
            super().on_message_complete()

    def _parse(self, data: bytes) -> None:
        """Parse it; where another protocol is asked for, go on in this one, as RFC 9110, 7.8 allows."""
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
        """Take what follows for the body of the last request, which httptools leaves to the protocol it asks for.

        Another parser is told the framing of that body, in a head of its own, which nobody else hears of.
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
        """As uvicorn begins a request, with what is known of this one: its method and path may not be."""
        known = bool(self._begun and self.url)
        scope: Any = {
            "type": "http",
            "http_version": "1.1",
            "client": self.client,
            "problem": problem,
            "method": self.parser.get_method().decode() if known else "",
            "path": self.url[:200].decode("latin-1").partition("?")[0] if known else "",
            "headers": self.headers if self._begun else [],
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
    """Passes on what a parser hears, but for the head of the first request."""

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
    """A transport that is closed when its client has had time to read the last answer.

    A connection that is closed while bytes come in is reset, and the answer may be lost. Source: RFC 9112, 9.6.
    """

    def __init__(self, protocol: StrictHttpProtocol, transport: Any) -> None:
        self._protocol, self._transport = protocol, transport
        self.write, self.is_closing = transport.write, transport.is_closing

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def close(self) -> None:
        """Close it; where something may still come, say that nothing more goes out, and pass over that first."""
        if self._protocol.between_requests:
            self._transport.close()
        elif not self._transport.is_closing():
            self._transport.write_eof()
            self._protocol.linger(self._transport.close)


def _problem(error: httptools.HttpParserError) -> ProblemError:
    """What a callback found, or the parser."""
    found = error.__context__
    if isinstance(found, ProblemError):
        return found
    return ProblemError(400, f"this is no HTTP request ({found or error})", CLOSE)
