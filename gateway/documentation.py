"""One OpenAPI 3.1 document for the whole platform, merged from its parts, and a page to try it."""

import asyncio
import json
import time
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.openapi.utils import get_openapi
from starlette.responses import Response

from gateway import documentation_page
from shared.answers import PUBLIC, answer
from shared.callers import Anyone
from shared.peers import Peers
from shared.problems import PROBLEM_SCHEMA, NotFound, Problem
from shared.routing import house_router

router = house_router()
STATIC = Path(__file__).parent / "static"
ASSETS = {"try.js": "text/javascript; charset=utf-8", "docs.css": "text/css; charset=utf-8"}
KEPT_FOR = 60.0  # seconds
DESCRIPTION = "API of the Network of Digital and Collaborative Ports of Latin America and the Caribbean."


def document_of(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document of one part, its inner paths left out."""
    found = get_openapi(title=app.title, version="1", openapi_version="3.1.0", routes=app.routes)
    found["paths"] = {
        path: item
        for path, item in found["paths"].items()
        if path.startswith(("/api/", "/auth/", "/oauth/", "/.well-known"))
    }
    return found


def merged(documents: dict[str, dict[str, Any]], origin: str, version: str) -> dict[str, Any]:
    """Paths of all parts; a schema name that two parts use differently gets its part's name in front, and so does what
    refers to it."""
    paths: dict[str, Any] = {}
    schemas: dict[str, Any] = {"Problem": PROBLEM_SCHEMA}
    for name, document in documents.items():
        own = {**document.get("components", {}).get("schemas", {})}
        own.pop("Problem", None)
        renamed: dict[str, str] = {}
        while differing := [
            schema
            for schema, body in own.items()
            if schema in schemas and schema not in renamed and schemas[schema] != _pointing(body, renamed)
        ]:
            renamed |= {schema: f"{name.capitalize()}{schema}" for schema in differing}
        schemas |= {renamed.get(schema, schema): _pointing(body, renamed) for schema, body in own.items()}
        paths |= _pointing(document["paths"], renamed)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Ports Network", "version": version, "description": DESCRIPTION},
        "servers": [{"url": origin}],
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "session": {"type": "apiKey", "in": "cookie", "name": "portsnet"},
                "client": {
                    "type": "oauth2",
                    "flows": {"clientCredentials": {"tokenUrl": "/oauth/token", "scopes": {}}},
                },
            },
        },
        "security": [{}, {"session": []}, {"client": []}],
    }


def _pointing(value: Any, renamed: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {
            key: f"#/components/schemas/{renamed.get(item.rpartition('/')[2], item.rpartition('/')[2])}"
            if key == "$ref" and isinstance(item, str)
            else _pointing(item, renamed)
            for key, item in value.items()
        }
    return [_pointing(item, renamed) for item in value] if isinstance(value, list) else value


async def whole(app: FastAPI) -> dict[str, Any]:
    """The API of every part. Parts that do not answer now are left out and named in `x-missing`; a whole document is
    kept for a minute."""
    kept: tuple[float, dict[str, Any]] | None = getattr(app.state, "document", None)
    if kept is not None and kept[0] > time.monotonic():
        return kept[1]
    peers, services = app.state.peers, list(app.state.front.upstreams)
    found = await asyncio.gather(*[_document_at(peers, service) for service in services])
    documents = {"gateway": document_of(app)}
    documents |= {service: document for service, document in zip(services, found, strict=True) if document is not None}
    document = merged(documents, app.state.settings.origin, app.state.version)
    if missing := [service for service in services if service not in documents]:
        document["x-missing"] = missing
    else:
        app.state.document = (time.monotonic() + KEPT_FOR, document)
    return document


async def _document_at(peers: Peers, service: str) -> dict[str, Any] | None:
    try:
        token = await peers.token(service, None)
        told = await peers.send(service, "GET", "/internal/openapi.json", headers={"Authorization": f"Bearer {token}"})
    except Problem:
        return None
    document: dict[str, Any] = told.json()
    return document


@router.get("/api/openapi.json", include_in_schema=False)
async def read_document(request: Request, caller: Anyone) -> Response:
    """The API of every part in one OpenAPI 3.1 document."""
    return answer(request, json.dumps(await whole(request.app), ensure_ascii=False).encode(), caching=PUBLIC)


@router.get("/api/docs", include_in_schema=False)
async def show_page(request: Request, caller: Anyone) -> Response:
    """The API's documentation as a page, with a form to try each call."""
    page = documentation_page.rendered(await whole(request.app)).encode()
    headers = {"Content-Security-Policy": documentation_page.POLICY}
    return answer(request, page, caching=PUBLIC, headers=headers, media_type="text/html; charset=utf-8")


@router.get("/api/docs/{name}", include_in_schema=False)
async def read_asset(request: Request, name: str, caller: Anyone) -> Response:
    """The page's own script and styles."""
    if name not in ASSETS:
        raise NotFound
    return answer(request, (STATIC / name).read_bytes(), caching=PUBLIC, media_type=ASSETS[name])
