"""Error responses of the API: problem details, one format for all errors.

Source: RFC 9457, Problem Details for HTTP APIs. In addition to its members a response has `request_id`, and
`error`, which clients of the Open Inference Protocol look for.
"""

import json
import logging
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any, NotRequired, TypedDict

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

KIND = "application/problem+json"
GONE = 499  # nginx's status for a client that disconnected; only the log and metrics see it
TITLES = {413: "Content Too Large"}  # RFC 9110's title; Python has it from 3.13 on
CLOSE = {"Connection": "close"}  # for errors that leave the start of the next request unknown
RETRY_S = 1  # seconds after which a retry may succeed
log = logging.getLogger("mnistry.server")


class ProblemJson(TypedDict):
    """A problem's members."""

    title: str
    status: int
    detail: str
    error: str
    request_id: NotRequired[str]


class ProblemError(Exception):
    """A refused request: the response's status, what is wrong, and extra headers."""

    def __init__(self, status: int, detail: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status, self.detail, self.headers = status, detail, headers or {}

    def __reduce__(self) -> tuple[type, tuple[int, str, dict[str, str]]]:
        """Pickle it with all its parts, for the way from a worker to the server."""
        return type(self), (self.status, self.detail, self.headers)


def busy(detail: str) -> ProblemError:
    """503 with Retry-After: there is no room now, the client may retry in `RETRY_S` seconds."""
    return ProblemError(503, detail, {"Retry-After": str(RETRY_S)})


def answer(status: int, detail: str, request_id: str | None, headers: dict[str, str] | None = None) -> Response:
    """A problem as a response."""
    return Response(json.dumps(said(status, detail, request_id)), status, headers, KIND)


def said(status: int, detail: str, request_id: str | None = None) -> ProblemJson:
    """A problem's members. `type` is left out, which means "about:blank": the status alone says the kind."""
    title = TITLES.get(status) or HTTPStatus(status).phrase
    members: ProblemJson = {"title": title, "status": status, "detail": detail, "error": detail}
    if request_id:
        members["request_id"] = request_id
    return members


def install(app: FastAPI) -> None:
    """Install handlers so that an app answers every error with a problem."""
    app.add_exception_handler(ClientDisconnect, _gone)
    handlers: dict[type[Exception], Callable[[Request, Any], Awaitable[Response]]] = {
        ProblemError: _problem,
        HTTPException: _http,
        RequestValidationError: _invalid,
        Exception: _unexpected,
    }
    for kind, handler in handlers.items():
        app.add_exception_handler(kind, handler)


async def handled(request: Request, error: Exception) -> Response:
    """The response to an error raised outside the FastAPI app; an unexpected error is logged."""
    if isinstance(error, ClientDisconnect):
        return await _gone(request, error)
    if isinstance(error, ProblemError):
        return await _problem(request, error)
    log.error("failed", exc_info=error, extra={"fields": {"request_id": _id(request)}})
    return await _unexpected(request, error)


async def _problem(request: Request, error: ProblemError) -> Response:
    return answer(error.status, error.detail, _id(request), error.headers)


async def _http(request: Request, error: HTTPException) -> Response:
    detail = {
        404: f"nothing at {request.url.path}: GET /docs lists the endpoints",
        405: f"{request.method} is not allowed for {request.url.path}",
    }.get(error.status_code, str(error.detail))
    return answer(error.status_code, detail, _id(request), dict(error.headers or {}))


async def _invalid(request: Request, error: RequestValidationError) -> Response:
    said = "; ".join(f"{'.'.join(map(str, one['loc'][1:]))}: {one['msg']}" for one in error.errors())
    return answer(400, said, _id(request))


async def _gone(request: Request, error: Exception) -> Response:
    return Response(status_code=GONE)


async def _unexpected(request: Request, error: Exception) -> Response:
    return answer(500, "something went wrong in the server, which has logged it", _id(request))


def _id(request: Request) -> str | None:
    return request.scope.get("request_id")
