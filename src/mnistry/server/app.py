"""The application: what is served, in one list of routes."""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

import mnistry
from mnistry.reader import Reader
from mnistry.server import problems, schemas
from mnistry.server.access import Access
from mnistry.server.api import Api
from mnistry.server.limits import Limits
from mnistry.server.middleware import RequestMiddleware
from mnistry.server.model_info import ModelInfo
from mnistry.server.ui import UiApi

Endpoint = Callable[[Request], Awaitable[Response]]
PICTURE = {"type": "string", "format": "binary"}
FORM = {"type": "object", "required": ["file"], "properties": {"file": PICTURE}}
PICTURES = {"multipart/form-data": {"schema": FORM}, "application/octet-stream": {"schema": PICTURE}}
MIN_CONFIDENCE = {
    "name": "min_confidence",
    "in": "query",
    "required": False,
    "description": "What is read with less is rejected",
    "schema": {"type": "number", "minimum": 0, "maximum": 1, "default": 0},
}
SCHEMAS = "#/components/schemas/"
PROBLEM = {
    "description": "What went wrong",
    "content": {problems.KIND: {"schema": {"$ref": f"{SCHEMAS}ProblemDetails"}}},
}
TENSORS = {"application/json": {"schema": {"$ref": f"{SCHEMAS}InferRequest"}}}


def routes(api: Api) -> list[dict[str, Any]]:
    """Every route of the API: GET, or POST where it takes a body."""
    return [
        {"path": "/v2", "endpoint": api.server, "answer": schemas.ServerMetadata},
        {"path": "/v2/health/live", "endpoint": api.live, "answer": schemas.Live},
        {"path": "/v2/health/ready", "endpoint": api.ready, "answer": schemas.Ready},
        {"path": "/v2/models/mnistry", "endpoint": api.model, "answer": schemas.ModelMetadata},
        {"path": "/v2/models/mnistry/ready", "endpoint": api.model_ready, "answer": schemas.ModelReady},
        {"path": "/v2/models/mnistry/infer", "endpoint": api.infer, "answer": schemas.InferResponse, "body": TENSORS},
        {"path": "/read", "endpoint": api.read, "answer": schemas.Page, "body": PICTURES, "query": [MIN_CONFIDENCE]},
        {"path": "/metrics", "endpoint": api.figures},
    ]


WEB = Path(__file__).parents[1] / "web"


def page_routes(page: UiApi) -> list[BaseRoute]:
    """What the page needs, beside the API: not described, since it may change with the page."""
    return [
        Route("/", page.index),
        Route("/docs", page.docs),
        Route("/page/read", page.read, methods=["POST"]),
        Route("/page/look", page.look, methods=["POST"]),
        Route("/page/test-set", page.test_set),
        Route("/page/test-set.png", page.sprite),
        Route("/page/run", page.run),
        Mount("/web", Files(directory=WEB)),
        Mount("/docs", Files(packages=[("fastapi_offline", "static")])),
    ]


class Files(StaticFiles):
    """Small files, always whole, as RFC 9110, 14.2 allows: no range of one is asked for that could be wrong."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One file."""
        headers = [header for header in scope.get("headers", []) if header[0] != b"range"]
        await super().__call__({**scope, "headers": headers}, receive, send)

    async def get_response(self, path: str, scope: Scope) -> Response:
        """It, or that it has not changed."""
        response = await super().get_response(path, scope)
        response.headers["Accept-Ranges"] = "none"
        return response


class Direct:
    """Routes that are asked so often that FastAPI's own way to them would take most of their time."""

    def __init__(self, app: FastAPI, ways: dict[tuple[str, str], Endpoint]) -> None:
        self._app = app
        self._ways = {way: (endpoint, Route(way[1], endpoint)) for way, endpoint in ways.items()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Such a request; any other is the app's."""
        found = self._ways.get((scope["method"], scope["path"])) if scope["type"] == "http" else None
        if found is None:
            await self._app(scope, receive, send)
            return
        endpoint, scope["route"] = found
        request = Request(scope, receive)
        try:
            response = await endpoint(request)
        except Exception as error:
            response = await problems.handled(request, error)
        await response(scope, receive, send)


def application(
    reader: Reader, limits: Limits | None = None, hosts: Collection[str] = (), processes: int = 2
) -> RequestMiddleware:
    """An ASGI application that reads with `reader`: pictures in so many processes, tensors in one more.

    `hosts` are names, beside localhost and addresses, that it answers to.
    """
    limits = limits or Limits()
    api = Api(reader, limits, processes)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        api.open()
        yield
        api.close()
        page.close()

    app = FastAPI(title="mnistry", version=mnistry.__version__, docs_url=None, redoc_url=None, lifespan=lifespan)
    problems.install(app)
    for route in routes(api):
        add(app, **route)
    app.router.routes.extend(page_routes(page := UiApi(api, ModelInfo(reader))))
    app.openapi = lambda: described(app)
    direct = Direct(app, {("POST", "/v2/models/mnistry/infer"): api.infer, ("POST", "/read"): api.read})
    return RequestMiddleware(direct, limits, Access(api.metrics), hosts)


def described(app: FastAPI) -> dict[str, Any]:
    """The API's description, with the schemas of what no endpoint takes or gives by its signature."""
    if app.openapi_schema is None:
        description = get_openapi(title=app.title, version=app.version, routes=app.routes)
        for model in (schemas.ProblemDetails, schemas.InferRequest):
            schema = model.model_json_schema(ref_template=SCHEMAS + "{model}")
            description["components"]["schemas"] |= schema.pop("$defs", {}) | {model.__name__: schema}
        app.openapi_schema = description
    return app.openapi_schema


def add(
    app: FastAPI,
    path: str,
    endpoint: Any,
    answer: type | None = None,
    body: dict[str, Any] | None = None,
    query: list[dict[str, Any]] | None = None,
) -> None:
    """One route: GET, or POST where it takes a body."""
    figures = {"description": "Figures", "content": {"text/plain": {"schema": {"type": "string"}}}}
    app.add_api_route(
        path,
        endpoint,
        methods=["POST" if body else "GET"],
        response_model=None,
        response_class=JSONResponse if answer else Response,
        responses={200: {"model": answer} if answer else figures, "default": PROBLEM},
        openapi_extra={"requestBody": {"required": True, "content": body}, "parameters": query or []} if body else None,
    )
