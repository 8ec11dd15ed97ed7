"""Static files: kept for a year when the address carries the fingerprint, for an hour otherwise."""

from __future__ import annotations

import mimetypes
from collections.abc import MutableMapping
from typing import Any

from fastapi import FastAPI
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

from services.portal.rendering import STATIC_FOLDER

YEAR = "public, max-age=31536000, immutable"
HOUR = "public, max-age=3600"
WORKER = "js/survey-worker.js"
"""May serve pages outside its own folder: those of a survey, without a network."""

for _type, _suffix in (("font/woff2", ".woff2"), ("text/javascript", ".js"), ("image/svg+xml", ".svg")):
    mimetypes.add_type(_type, _suffix)


class FingerprintedFiles(StaticFiles):
    async def get_response(self, path: str, scope: MutableMapping[str, Any]) -> Response:
        response = await super().get_response(path, scope)
        if response.status_code in (200, 304):
            kept = scope.get("query_string", b"").startswith(b"v=") or path.startswith("fonts/")
            response.headers["Cache-Control"] = YEAR if kept else HOUR
            if path == WORKER:
                response.headers["Service-Worker-Allowed"] = "/"
        return response


def mount_static(app: FastAPI) -> None:
    """Serve `services/portal/static` under `/static`."""
    app.mount("/static", FingerprintedFiles(directory=STATIC_FOLDER), name="static")
