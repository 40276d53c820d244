"""Errors that nobody foresaw, and the words of those that are."""

import asyncio
import json

import httpx
import pytest
from fastapi import FastAPI, Request, Response
from starlette.types import ASGIApp

from mnistry.server import problems
from mnistry.server.app import Direct


def app() -> FastAPI:
    one = FastAPI()
    problems.install(one)

    @one.get("/broken")
    def broken() -> None:
        raise ValueError("a secret")

    @one.get("/busy")
    def busy() -> None:
        raise problems.busy("later")

    @one.get("/number")
    def number(n: int) -> int:
        return n

    return one


def get(path: str, one: ASGIApp | None = None) -> httpx.Response:
    async def asked() -> httpx.Response:
        transport = httpx.ASGITransport(one or app(), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await client.get(path)

    return asyncio.run(asked())


@pytest.mark.parametrize(
    ("path", "status", "title", "detail"),
    [
        ("/broken", 500, "Internal Server Error", "something went wrong in the server, which has logged it"),
        ("/busy", 503, "Service Unavailable", "later"),
        ("/number?n=a", 400, "Bad Request", "n: Input should be a valid integer, unable to parse string as an integer"),
        ("/number", 400, "Bad Request", "n: Field required"),
        ("/nowhere", 404, "Not Found", "nothing at /nowhere: GET /docs lists the endpoints"),
    ],
)
def test_every_error_is_a_problem(path: str, status: int, title: str, detail: str) -> None:
    answer = get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert answer.json() == {"title": title, "status": status, "detail": detail, "error": detail}
    assert "secret" not in answer.text


def test_so_is_one_of_a_route_that_no_app_sees(caplog: pytest.LogCaptureFixture) -> None:
    """`Direct` answers busy routes itself, before FastAPI and what it does with errors."""

    async def broken(request: Request) -> Response:
        raise ValueError("a secret")

    answer = get("/direct", Direct(app(), {("GET", "/direct"): broken}))
    assert (answer.status_code, answer.headers["content-type"]) == (500, "application/problem+json")
    assert answer.json()["detail"] == "something went wrong in the server, which has logged it"
    assert "a secret" in caplog.text


def test_too_large_has_the_title_of_today() -> None:
    assert json.loads(bytes(problems.answer(413, "x", "id").body))["title"] == "Content Too Large"
