"""The ASGI application: the list of routes, static files, and the OpenAPI description."""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI, Request
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

import mnistry
from mnistry.assets import WEB
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
PICTURES = {
    "multipart/form-data": {"schema": FORM},
    **{kind: {"schema": PICTURE} for kind in ("application/octet-stream", "application/pdf")},
}
MIN_CONFIDENCE = {
    "name": "min_confidence",
    "in": "query",
    "required": False,
    "description": "Digits read with less confidence are rejected",
    "schema": {"type": "number", "minimum": 0, "maximum": 1, "default": 0},
}
SCHEMAS = "#/components/schemas/"
PROBLEM = {
    "description": "What went wrong",
    "content": {problems.KIND: {"schema": {"$ref": f"{SCHEMAS}ProblemDetails"}}},
}
TENSORS = {"application/json": {"schema": {"$ref": f"{SCHEMAS}InferRequest"}}}


@dataclass(frozen=True)
class ApiRoute:
    """A route of the API: GET, or POST if it takes a body. `body` and `query` are as in the OpenAPI description."""

    path: str
    endpoint: Callable[..., object]
    answer: type | None = None
    body: Mapping[str, object] | None = None
    query: Sequence[Mapping[str, object]] = ()


def routes(api: Api) -> list[ApiRoute]:
    """Every route of the API."""
    return [
        ApiRoute("/v2", api.server, schemas.ServerMetadata),
        ApiRoute("/v2/health/live", api.live, schemas.Live),
        ApiRoute("/v2/health/ready", api.ready, schemas.Ready),
        ApiRoute("/v2/models/mnistry", api.model, schemas.ModelMetadata),
        ApiRoute("/v2/models/mnistry/ready", api.model_ready, schemas.ModelReady),
        ApiRoute("/v2/models/mnistry/infer", api.infer, schemas.InferResponse, TENSORS),
        ApiRoute("/read", api.read, schemas.Document, PICTURES, [MIN_CONFIDENCE]),
        ApiRoute("/metrics", api.figures),
    ]


def page_routes(page: UiApi) -> list[BaseRoute]:
    """The page's own routes. They are not in the OpenAPI description, since they may change with the page."""
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
    """Small files, always sent whole: Range is ignored, as RFC 9110, 14.2 allows, so no range can be invalid."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one file, without the request's Range header."""
        headers = [header for header in scope.get("headers", []) if header[0] != b"range"]
        await super().__call__({**scope, "headers": headers}, receive, send)

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file, or 304 if it has not changed."""
        response = await super().get_response(path, scope)
        response.headers["Accept-Ranges"] = "none"
        return response


class Direct:
    """Dispatches frequent requests past FastAPI, whose routing would take most of their time."""

    def __init__(self, app: FastAPI, ways: dict[tuple[str, str], Endpoint]) -> None:
        self._app = app
        self._ways = {way: (endpoint, Route(way[1], endpoint)) for way, endpoint in ways.items()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle such a request; pass any other on to the app."""
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
    """An ASGI application that reads with `reader`: pictures in `processes` workers, tensors in one more.

    `hosts` are the names that it answers to, in addition to localhost and IP addresses.
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
        add(app, route)
    app.router.routes.extend(page_routes(page := UiApi(api, ModelInfo(reader))))
    app.openapi = lambda: described(app)
    direct = Direct(app, {("POST", "/v2/models/mnistry/infer"): api.infer, ("POST", "/read"): api.read})
    return RequestMiddleware(direct, limits, Access(api.metrics), hosts)


def described(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI description, with the schemas that no endpoint's signature names."""
    if app.openapi_schema is None:
        description = get_openapi(title=app.title, version=app.version, routes=app.routes)
        for model in (schemas.ProblemDetails, schemas.InferRequest):
            schema = model.model_json_schema(ref_template=SCHEMAS + "{model}")
            description["components"]["schemas"] |= schema.pop("$defs", {}) | {model.__name__: schema}
        app.openapi_schema = description
    return app.openapi_schema


def add(app: FastAPI, route: ApiRoute) -> None:
    """Add one route."""
    taken = {"requestBody": {"required": True, "content": route.body}, "parameters": [*route.query]}
    figures = {"description": "Figures", "content": {"text/plain": {"schema": {"type": "string"}}}}
    app.add_api_route(
        route.path,
        route.endpoint,
        methods=["POST" if route.body else "GET"],
        response_model=None,
        response_class=JSONResponse if route.answer else Response,
        responses={200: {"model": route.answer} if route.answer else figures, "default": PROBLEM},
        openapi_extra=taken if route.body else None,
    )
