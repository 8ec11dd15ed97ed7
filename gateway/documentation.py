"""One OpenAPI 3.1 document for the whole platform, merged from its parts, and a page to try it."""

from typing import Any

from fastapi import FastAPI, Request
from fastapi.openapi.utils import get_openapi
from starlette.responses import JSONResponse, Response

from shared.problems import PROBLEM_SCHEMA, Problem
from shared.routing import house_router

router = house_router()
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
    """Paths of all parts; a schema name that two parts use differently gets its part's name in front."""
    paths: dict[str, Any] = {}
    schemas: dict[str, Any] = {"Problem": PROBLEM_SCHEMA}
    for name, document in documents.items():
        own = document.get("components", {}).get("schemas", {})
        renamed = {
            schema: f"{name.capitalize()}{schema}" if schema in schemas and schemas[schema] != body else schema
            for schema, body in own.items()
            if schema != "Problem"
        }
        schemas |= {renamed[schema]: _pointing(body, renamed) for schema, body in own.items() if schema in renamed}
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


@router.get("/api/openapi.json", include_in_schema=False)
async def whole_document(request: Request) -> Response:
    """The API of every part in one document. Parts that do not answer now are left out and named in `x-missing`."""
    documents = {"gateway": document_of(request.app)}
    missing: list[str] = []
    peers = request.app.state.peers
    for service in request.app.state.front.upstreams:
        try:
            token = await peers.token(service, None)
            told = await peers.send(
                service, "GET", "/internal/openapi.json", headers={"Authorization": f"Bearer {token}"}
            )
            documents[service] = told.json()
        except Problem:
            missing.append(service)
    document = merged(documents, request.app.state.settings.origin, request.app.state.version)
    if missing:
        document["x-missing"] = missing
    return JSONResponse(document, headers={"Cache-Control": "public, max-age=60"})
