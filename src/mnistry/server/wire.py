"""uvicorn's protocol, strictly: what is no request is refused by the app like any other, in its turn.

The scope of such a request has a `problem`: its refusal. Nothing is heard after it.
"""

import asyncio
from typing import Any

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from mnistry.server.limits import Limits
from mnistry.server.problems import CLOSE, ProblemError
from mnistry.server.request_head import check_framing, own_target


class Wire(HttpToolsProtocol):
    """One connection. A callback refuses what it is told of by raising `ProblemError`."""

    limits = Limits()
    _begun = False  # a request has begun, and its head is not whole
    _in_body = False  # the last request's head is whole, and its end has not come
    _again = False  # the head that is parsed has been told already
    _refused = False  # nothing more is heard

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
            cycle.transport = Lingering(self)
            cycle.keep_alive = cycle.more_body = False
            cycle.message_event.set()

    def linger(self) -> None:
        """Read on for a moment, though nothing is heard, then close."""
        self.flow.resume_reading()
        self.loop.call_later(self.limits.rest_s, self.transport.close)

    def on_message_begin(self) -> None:
        """A request begins."""
        if not self._again:
            super().on_message_begin()
            self._begun, self._in_body = True, False

    def on_url(self, url: bytes) -> None:
        """A part of its address."""
        if not self._again:
            super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header of it; those that come after its body tell nothing that anyone here asks for."""
        if not self._again and not self._in_body:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Its head is whole."""
        if self._again:
            return
        check_framing(self.parser.get_http_version(), self.headers)
        self.url = own_target(self.url, self.headers)
        super().on_headers_complete()
        self._in_body, self._begun = True, False

    def on_message_complete(self) -> None:
        """Its body is whole."""
        if not self.parser.should_upgrade():  # if so, it is not: `_parse` goes on with it
            self._in_body = False
            super().on_message_complete()

    def _parse(self, data: bytes) -> None:
        """Parse it; where another protocol is asked for, go on in this one, as RFC 9110, 7.8 allows.

        httptools takes the body of such a request for that protocol: another parser takes it for a body.
        """
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            framing = [header for header in self.headers if header[0] in (b"content-length", b"transfer-encoding")]
            if not self.cycle.keep_alive:
                framing.append((b"connection", b"close"))
            lines = [f"{self.scope['method']} / HTTP/1.1".encode(), *(b": ".join(header) for header in framing)]
            self.parser = httptools.HttpRequestParser(self)
            self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
            self._again = True
            self.parser.feed_data(b"\r\n".join([*lines, b"", b""]))
            self._again = False
            if rest := data[upgrade.args[0] :]:
                self._parse(rest)

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
        transport: Any = Lingering(self)
        cycle = RequestResponseCycle(
            *(scope, transport, self.flow, self.logger, self.access_logger, self.access_log),
            *(self.server_state.default_headers, asyncio.Event(), False, False, self.on_response_complete),
        )
        cycle.more_body = False
        app: Any = self.app
        before, self.cycle = self.cycle, cycle
        if before is None or before.response_complete:
            self._start_asgi_task(cycle, app)
        else:
            self.pipeline.appendleft((cycle, app))


class Lingering:
    """A transport for the last answer of a connection: it is closed when its client has had time to read that.

    A connection that is closed while bytes come in is reset, and the answer may be lost. Source: RFC 9112, 9.6.
    """

    def __init__(self, protocol: Wire) -> None:
        self._protocol, self._transport = protocol, protocol.transport

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def close(self) -> None:
        """Say that nothing more comes, pass over what is still sent, then close."""
        if not self._transport.is_closing():
            self._transport.write_eof()
            self._protocol.linger()


def _problem(error: httptools.HttpParserError) -> ProblemError:
    """What a callback found, or the parser."""
    found = error.__context__
    if isinstance(found, ProblemError):
        return found
    return ProblemError(400, f"this is no HTTP request ({found or error})", CLOSE)
