"""The route class of the house: strict bodies, no unknown query parameters, a language, and idempotent POSTs."""

import re
from collections.abc import Callable, Coroutine, Iterator
from enum import Enum
from typing import Any, get_args
from urllib.parse import unquote_to_bytes

from fastapi import APIRouter, Request
from fastapi.dependencies.models import Dependant
from fastapi.params import Form
from fastapi.routing import APIRoute
from starlette.responses import Response

from shared import idempotency, strict_json
from shared.bodies import read_body
from shared.languages import language_of
from shared.problems import FieldError, Invalid, Malformed, NotFound, UnsupportedMediaType
from shared.text import forbidden_character

LARGEST_BODY = 8 * 2**20
JSON_TYPES = ("application/json",)
WHOLE = re.compile(r"-?[0-9]{1,400}")
IN_A_PATH = re.compile(r"0|[1-9][0-9]{0,400}")
PATCH_TYPES = ("application/merge-patch+json", "application/json")


class HouseRoute(APIRoute):
    """Reads a request the same way for every service. `openapi_extra={"x-largest-body": n}` changes the limit;
    `{"x-any-query": True}` is for addresses to which others add parameters of their own."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()
        allowed = {"lang", *_query_names(self.dependant)}
        numbers = frozenset(_whole_numbers(self.dependant))
        reads_json = self.body_field is not None and not isinstance(self.body_field.field_info, Form)
        largest: int = (self.openapi_extra or {}).get("x-largest-body", LARGEST_BODY)
        takes_any_query: bool = (self.openapi_extra or {}).get("x-any-query", False)

        async def read_and_handle(request: Request) -> Response:
            _check_path(request, numbers)
            request.state.language = language_of(request)
            if not takes_any_query:
                _check_query(request, allowed, numbers)
            body = b""
            if reads_json:
                body = await read_body(request, largest)
                _set_body(request, body)
            idempotency.begin(_pending(request, body) if request.method == "POST" else None)
            try:
                return await handle(request)
            except idempotency.Replay as replay:
                return Response(
                    replay.body,
                    status_code=replay.status,
                    headers={"Cache-Control": "no-store", "Idempotency-Replayed": "true", **replay.headers},
                    media_type="application/json",
                )
            finally:
                idempotency.begin(None)

        return read_and_handle


def _query_names(dependant: Dependant) -> Iterator[str]:
    for parameter in dependant.query_params:
        yield parameter.alias
    for inner in dependant.dependencies:
        yield from _query_names(inner)


def _whole_numbers(dependant: Dependant) -> Iterator[str]:
    for parameter in (*dependant.path_params, *dependant.query_params):
        if _is_whole(parameter.field_info.annotation):
            yield parameter.alias
    for inner in dependant.dependencies:
        yield from _whole_numbers(inner)


def _is_whole(annotation: Any) -> bool:
    return annotation is int or any(_is_whole(part) for part in get_args(annotation))


def _check_path(request: Request, numbers: frozenset[str]) -> None:
    """Raises NotFound for what no address has; a number has one spelling, so that a thing has one address."""
    for name, value in request.path_params.items():
        if forbidden_character(str(value)) or (name in numbers and not IN_A_PATH.fullmatch(str(value))):
            raise NotFound


def _check_query(request: Request, allowed: set[str], numbers: frozenset[str]) -> None:
    try:
        unquote_to_bytes(request.scope["query_string"]).decode()
    except UnicodeDecodeError:
        raise Malformed("The query is not UTF-8.") from None
    errors: list[FieldError] = []
    seen: set[str] = set()
    for name, value in request.query_params.multi_items():
        if name not in allowed:
            errors.append(
                FieldError(f"/{name[:80]}", f"is not a parameter here; known: {', '.join(sorted(allowed))}", "unknown")
            )
        elif name in seen:
            errors.append(FieldError(f"/{name}", "is given twice", "doubled"))
        elif found := forbidden_character(value):
            errors.append(FieldError(f"/{name}", f"contains {found}", "character"))
        elif name in numbers and not WHOLE.fullmatch(value):
            errors.append(FieldError(f"/{name}", "must be a whole number", "int_parsing"))
        seen.add(name)
    if errors:
        raise Invalid(errors=errors)


def _set_body(request: Request, body: bytes) -> None:
    """Give the parsed value to the framework, which would otherwise parse it leniently."""
    accepted = PATCH_TYPES if request.method == "PATCH" else JSON_TYPES
    if body:
        media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media_type not in accepted:
            raise UnsupportedMediaType(f"Send {' or '.join(accepted)}.")
        request._json = strict_json.read(body)
    request._body = body


def _pending(request: Request, body: bytes) -> idempotency.Pending | None:
    key = request.headers.get("idempotency-key")
    if key is None:
        return None
    if not 1 <= len(key) <= 255 or not key.isprintable():
        raise Invalid.at("/Idempotency-Key", "must have 1 to 255 printable characters")
    caller = request.state.caller
    path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return idempotency.Pending(
        f"{caller.kind}:{caller.id}", "POST", path, key, idempotency.digest(body), request.state.language
    )


def house_router(prefix: str = "", *, tags: list[str | Enum] | None = None) -> APIRouter:
    """A router whose routes are of the house's kind."""
    return APIRouter(prefix=prefix, tags=tags, route_class=HouseRoute)
