"""uvicorn's protocol, with an end to its patience: for clients that send slowly, without end, or do not listen."""

import asyncio
import json
from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from mnistry.server.limits import Limits
from mnistry.server.problems import KIND, said


class Patient(HttpToolsProtocol):
    """As uvicorn's, with the limits of `limited`."""

    limits = Limits()
    _head: asyncio.TimerHandle | None = None  # runs while a request's head is not whole
    _head_bytes = 0
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
        super().data_received(data)
        if self._head is not None:  # not in any header yet: httptools keeps one until it is whole
            self._count(len(data))
        elif (self.cycle is None or self.cycle.response_complete) and self.timeout_keep_alive_task is None:
            self._await_head()  # they were no request, yet made uvicorn wait for one, without end

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self._stop_rest()
        self._head_bytes = 0
        self._await_head()

    def on_url(self, url: bytes) -> None:
        """A part of its address."""
        self._count(len(url), stop=True)
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header of it."""
        self._count(len(name) + len(value), stop=True)
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Its head is whole."""
        if self._head is not None:
            self._head.cancel()
            self._head = None
        if len(self.pipeline) >= self.limits.pipelined:
            self.transport.abort()
            raise ValueError("too many requests at once")
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Its body is whole."""
        self._stop_rest()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """It is answered, perhaps before its body was there."""
        super().on_response_complete()
        if self.cycle.response_complete and self.cycle.more_body:
            self._rest = self.loop.call_later(self.limits.rest_s, self.transport.close)

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

    def send_400_response(self, msg: str) -> None:
        """What came is no HTTP."""
        self._refuse(400, msg.removesuffix("."))

    def _await_head(self) -> None:
        if self._head is None:
            self._head_bytes = 0
            self._head = self.loop.call_later(self.limits.head_s, self.transport.abort)

    def _stop_rest(self) -> None:
        if self._rest is not None:
            self._rest.cancel()
            self._rest = None

    def _count(self, size: int, stop: bool = False) -> None:
        self._head_bytes += size
        if self._head_bytes > self.limits.head:
            self._refuse(431, f"the head of this request is longer than {self.limits.head} bytes")
            if stop:  # httptools, in the middle of it
                raise ValueError("the head of this request is too long")

    def _refuse(self, status: int, detail: str) -> None:
        if self.transport.is_closing():
            return
        body = json.dumps(said(status, detail)).encode()
        head = f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\nContent-Type: {KIND}\r\nContent-Length: {len(body)}"
        self.transport.write(f"{head}\r\nConnection: close\r\n\r\n".encode() + body)
        self.transport.close()


def limited(limits: Limits) -> type[Patient]:
    """The protocol with these limits."""
    return type("Limited", (Patient,), {"limits": limits})
