"""A connection with an end to its patience: for clients that send slowly, without end, or do not listen."""

import asyncio
from typing import Any

from mnistry.server.http_protocol import StrictHttpProtocol
from mnistry.server.limits import Limits
from mnistry.server.problems import CLOSE, ProblemError

PART = 4_096  # bytes of a head that are looked at together


class TimeoutProtocol(StrictHttpProtocol):
    """With the limits of `limited`."""

    _head: asyncio.TimerHandle | None = None  # runs while a request's head is not whole
    _head_bytes = _headers = 0  # of one request, what follows its body (its trailers) included
    _silent_bytes = 0  # since anything came to its end: a header, a chunk, a part of a body
    _framing_bytes = 0  # of what came after the head, all that is not body: sizes of chunks, and what is said beside
    _spoke = False
    _taking: asyncio.TimerHandle | None = None  # runs while the client does not take what it is sent
    _rest: asyncio.TimerHandle | None = None  # runs while the rest of a refused body is passed over

    def connection_made(self, transport: Any) -> None:
        """A new connection: there may be too many."""
        super().connection_made(transport)
        self._await_head()
        if len(self.connections) > self.limits.connections:
            transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """It is over."""
        for timer in (self._head, self._taking, self._rest):
            if timer is not None:
                timer.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Bytes, which may be part of a head, or of nothing."""
        while self._head is not None and len(data) > PART and self.hears():
            self._feed(data[:PART])  # so that a long header is noticed while it comes
            data = data[PART:]
        if self.hears():
            self._feed(data)
        idle = self.cycle is None or self.cycle.response_complete
        if self._head is None and idle and self.timeout_keep_alive_task is None and self.hears():
            self._await_head()  # they were no request, yet made uvicorn wait for one, without end

    def _feed(self, data: bytes) -> None:
        """Count what comes to no end: httptools keeps a header until it is whole, and goes on over spaces."""
        self._spoke = False
        self._framing_bytes += len(data) if self._in_body else 0
        super().data_received(data)
        self._silent_bytes = 0 if self._spoke else self._silent_bytes + len(data)
        if self._silent_bytes > self.limits.head:
            self.refuse(self._too_long())
        elif self._in_body and self._framing_bytes > self.limits.body:
            self.refuse(ProblemError(413, f"there are {self.limits.body} bytes between the parts of this body", CLOSE))

    def refuse(self, problem: ProblemError) -> None:
        """Wait for no more of a head."""
        self._stop_head()
        super().refuse(problem)

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self._stop_rest()
        self._spoke = True
        self._head_bytes = self._headers = self._framing_bytes = 0
        self._await_head()

    def on_url(self, url: bytes) -> None:
        """A part of its address."""
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header of it."""
        self._headers += 1
        self._count(len(name) + len(value) + 4)  # a colon, a space, and the line's end
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Its head is whole."""
        self._stop_head()
        if len(self.pipeline) >= self.limits.pipelined:
            self.transport.abort()
            raise ValueError("too many requests at once")
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A part of its body."""
        self._spoke = True
        self._framing_bytes -= len(body)
        super().on_body(body)

    def on_chunk_header(self) -> None:
        """A chunk of its body begins."""
        self._spoke = True

    def on_message_complete(self) -> None:
        """Its body is whole."""
        self._stop_rest()
        self._spoke = True
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """It is answered, perhaps before its body was there."""
        super().on_response_complete()
        if self.cycle.response_complete and self.cycle.more_body:
            self._rest = self.loop.call_later(self.limits.rest_s, self.transport.abort)

    def pause_writing(self) -> None:
        """The client takes nothing."""
        super().pause_writing()
        self._taking = self.loop.call_later(self.limits.take_s, self.transport.abort)

    def resume_writing(self) -> None:
        """It does again."""
        if self._taking is not None:
            self._taking.cancel()
            self._taking = None
        super().resume_writing()

    def timeout_keep_alive_handler(self) -> None:
        """No next request came; perhaps not even the last answer was taken."""
        if self.transport.get_write_buffer_size():
            self.transport.abort()
        super().timeout_keep_alive_handler()

    def _await_head(self) -> None:
        if self._head is None:
            self._head_bytes = 0
            self._head = self.loop.call_later(self.limits.head_s, self._head_is_late)

    def _head_is_late(self) -> None:
        if self.cycle is None or self.cycle.response_complete:
            self.transport.abort()
        else:  # another request is still being answered
            self.refuse(ProblemError(408, f"the head was not there after {self.limits.head_s:g} s", CLOSE))

    def _stop_head(self) -> None:
        if self._head is not None:
            self._head.cancel()
            self._head = None

    def _stop_rest(self) -> None:
        if self._rest is not None:
            self._rest.cancel()
            self._rest = None

    def _count(self, size: int) -> None:
        self._spoke = True
        self._head_bytes += size
        if self._head_bytes > self.limits.head:
            raise self._too_long()  # through httptools, in the middle of it
        if self._headers > self.limits.headers:
            raise ProblemError(431, f"this request has more than {self.limits.headers} headers", CLOSE)

    def _too_long(self) -> ProblemError:
        if self._in_body:
            detail = f"between the parts of this body, or after it, is more than {self.limits.head} bytes"
            return ProblemError(413, detail, CLOSE)
        return ProblemError(431, f"the head of this request is longer than {self.limits.head} bytes", CLOSE)


def limited(limits: Limits) -> type[TimeoutProtocol]:
    """The protocol with these limits."""
    return type("Limited", (TimeoutProtocol,), {"limits": limits})
