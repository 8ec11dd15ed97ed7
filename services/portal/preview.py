"""Look at the design system while changing it: `python -m services.portal.preview [port]`, this machine only."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable

import uvicorn
from fastapi import FastAPI, Request, Response

from services.portal.design_page import router
from services.portal.static_files import mount_static

POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'"


def create_preview() -> FastAPI:
    app = FastAPI(openapi_url=None)
    app.include_router(router)
    mount_static(app)

    @app.middleware("http")
    async def with_strict_policy(request: Request, forward: Callable[[Request], Awaitable[Response]]) -> Response:
        response = await forward(request)
        response.headers["Content-Security-Policy"] = POLICY
        return response

    return app


if __name__ == "__main__":
    uvicorn.run(create_preview(), host="127.0.0.1", port=int(sys.argv[1]) if len(sys.argv) > 1 else 8765)
