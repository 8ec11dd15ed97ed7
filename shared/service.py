"""What every service is made of: the guard at its door, errors told in one way, health, its jobs."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import structlog
from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response
from starlette.routing import Match
from starlette.types import ASGIApp, Receive, Scope, Send

from shared import idempotency, inner, problems
from shared.callers import PUBLIC, Caller
from shared.database import Database, Schema
from shared.jobs import Handler, Worker
from shared.languages import DEFAULT, best_match
from shared.objects import Objects
from shared.pages import error_page, wants_page
from shared.peers import Peers
from shared.problems import Conflict, FieldError, Invalid, Problem, Unavailable
from shared.routing import HouseRoute
from shared.settings import Settings
from shared.tokens import FetchKeys, TokenVerifier
from shared.validation import from_validation

log = structlog.get_logger(__name__)


@dataclass
class Surroundings:
    """What a service is given by whoever starts it."""

    settings: Settings
    database_url: str
    peers: Peers
    fetch_keys: FetchKeys


@dataclass
class Service:
    """One service before it is connected: its name, its tables, its routes, its jobs."""

    name: str
    schema: Schema
    routers: Sequence[APIRouter]
    title: str
    jobs: Callable[[FastAPI], Mapping[str, Handler]] = field(default=lambda app: {})
    on_start: Callable[[FastAPI], Any] | None = None
    seed: Callable[[Database], Awaitable[str | None]] | None = None
    read_reference: Callable[[], object] = field(default=lambda: None)
    """Reads and checks the reference files; all services' are read before any loads its own."""
    is_guarded: bool = True
    before_routes: Sequence[Any] = ()
    """Dependencies (`Depends(…)`) of every route, which may look at the caller first."""
    error_response: Callable[[Request, Problem], Response | None] = field(default=lambda request, problem: None)

    def application(self) -> FastAPI:
        """The ASGI application; `connect` must run before it serves."""

        app = FastAPI(
            title=self.title, version="1", openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False
        )
        app.router.route_class = HouseRoute
        app.state.service = self
        for router in self.routers:
            app.include_router(router, dependencies=self.before_routes)
        _tell_problems(app, self)
        if self.is_guarded:
            app.include_router(inner.router)
            app.add_middleware(Guard, service=app)
        return app


async def connect(app: FastAPI, surroundings: Surroundings, *, work: bool = True) -> None:
    """Give an application its database, peers and keys, and start its jobs when `work`."""
    service: Service = app.state.service
    app.state.settings = surroundings.settings
    app.state.database = Database.at(
        surroundings.database_url, service.schema, pool=surroundings.settings.database_pool
    )
    app.state.peers = surroundings.peers
    app.state.objects = Objects(surroundings.settings, service.name)
    app.state.verifier = TokenVerifier(service.name, surroundings.fetch_keys)
    if service.on_start is not None:
        await service.on_start(app)
    app.state.worker = Worker(surroundings.database_url, service.name, service.jobs(app))
    if work:
        await app.state.worker.start()


async def disconnect(app: FastAPI) -> None:
    await app.state.worker.stop()
    await app.state.peers.close()
    await app.state.database.close()


@asynccontextmanager
async def connected(app: FastAPI, surroundings: Surroundings) -> AsyncIterator[FastAPI]:
    await connect(app, surroundings)
    try:
        yield app
    finally:
        await disconnect(app)


class Guard:
    """Answers nobody without a valid token for this service, health checks aside. Pure ASGI: streams stay streams."""

    def __init__(self, app: ASGIApp, service: FastAPI) -> None:
        self._app = app
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = scope["path"]
        if path in ("/healthz", "/readyz"):
            await (await self._health(path))(scope, receive, send)
            return
        authorization = b""
        for name, value in scope["headers"]:
            if name == b"authorization":
                authorization = value
            elif name == b"x-request-id":
                idempotency.request_id.set(value.decode("latin-1"))
        scheme, _, token = authorization.decode("latin-1").partition(" ")
        state = scope.setdefault("state", {})
        try:
            if scheme.lower() != "bearer" or not token:
                raise problems.NotSignedIn("This service answers to the gateway only.")
            caller = await self._service.state.verifier.caller(token)
            _must_have_scope(caller, self._service.state.service.name, scope["method"])
            state["caller"] = caller
            state["token"] = token
        except Problem as problem:
            await problems.as_response(problem, path)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    async def _health(self, path: str) -> Response:
        if path == "/healthz" or await self._service.state.database.answers():
            return JSONResponse({"status": "ok"}, headers={"Cache-Control": "no-store"})
        return JSONResponse(
            {"status": "unavailable", "failing": ["database"]}, status_code=503, headers={"Cache-Control": "no-store"}
        )


def _must_have_scope(caller: Caller, service: str, method: str) -> None:
    """An API client reads with `<service>:read` and changes with `<service>:write`."""
    if caller.kind == "client":
        needed = f"{service}:{'read' if method in ('GET', 'HEAD') else 'write'}"
        if needed not in caller.scopes:
            raise problems.NotAllowed(f"This needs the scope {needed}.")


def _tell_problems(app: FastAPI, service: Service) -> None:
    def told(request: Request, problem: Problem) -> Response:
        own = service.error_response(request, problem)
        if own is not None:
            return own
        if wants_page(request.headers.get("accept", "")):
            language = getattr(request.state, "language", None) or best_match(
                request.headers.get("accept-language", ""), getattr(request.state, "caller", PUBLIC).locale or DEFAULT
            )
            return error_page(problem, language)
        return problems.as_response(problem, request.url.path)

    async def on_problem(request: Request, error: Exception) -> Response:
        assert isinstance(error, Problem)
        return told(request, error)

    async def on_http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        detail = str(error.detail) if error.detail else None
        headers = {**(error.headers or {})}
        if error.status_code == 405:
            headers["Allow"] = ", ".join(_methods_of(app, request))
        return told(request, problems.of_status(error.status_code, detail, headers))

    async def on_validation(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        return told(request, from_validation(error.errors()))

    async def on_database(request: Request, error: Exception) -> Response:
        assert isinstance(error, SQLAlchemyError)
        return told(request, from_database(error))

    async def on_anything(request: Request, error: Exception) -> Response:
        log.error("unexpected", path=request.url.path, exc_info=error)
        return told(request, Problem())

    app.add_exception_handler(Problem, on_problem)
    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(RequestValidationError, on_validation)
    app.add_exception_handler(SQLAlchemyError, on_database)
    app.add_exception_handler(Exception, on_anything)


def _methods_of(app: FastAPI, request: Request) -> list[str]:
    """What can be done at the path of a request, over all its routes: the framework names those of the first one."""
    methods: set[str] = set()
    for context in iter_route_contexts(app.routes):
        if context.original_route.matches(request.scope)[0] is not Match.NONE:
            methods |= context.methods or set()
    return sorted(methods | {"HEAD"} if "GET" in methods else methods)


def from_database(error: SQLAlchemyError) -> Problem:
    """What PostgreSQL's refusals mean to a caller, by SQLSTATE class. Constraints that a caller can hit in normal use
    are checked before; these are the last line."""
    if isinstance(error, PoolTimeout):
        return Unavailable("Too many requests at once; try again in a moment.", retry_after=2)
    state = str(getattr(getattr(error, "orig", None), "sqlstate", "") or "")
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return Unavailable("The database is restarting; try again in a moment.")
    if state.startswith("22"):
        return Invalid(errors=[FieldError("", "contains a value that cannot be stored", "unstorable")])
    if state in ("40001", "40P01", "23505", "23P01"):
        return Conflict("Somebody else did the same at the same moment; read it again.", headers={"Retry-After": "1"})
    if state in ("55P03", "57014", "53300", "57P01", "57P03", "53100"):
        return Unavailable("The database is busy; try again in a moment.")
    log.error("database refused", sqlstate=state, exc_info=error)
    return Problem()
