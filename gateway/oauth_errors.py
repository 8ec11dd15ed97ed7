"""Refusals under `/oauth`, told as RFC 6749, section 5.2 says, and the route class that tells them."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from starlette.responses import JSONResponse, Response

from shared.problems import Problem
from shared.routing import HouseRoute

NEVER_KEPT = {"Cache-Control": "no-store", "Pragma": "no-cache"}


class OAuthError(Exception):
    """`error` is one of RFC 6749's words."""

    def __init__(self, error: str, description: str, *, status: int = 400) -> None:
        super().__init__(error)
        self.error = error
        self.description = description
        self.status = status

    def response(self) -> Response:
        headers = {**NEVER_KEPT}
        if self.status == 401:
            headers["WWW-Authenticate"] = 'Basic realm="portsnet", charset="UTF-8"'
        body = {"error": self.error, "error_description": self.description}
        return JSONResponse(body, status_code=self.status, headers=headers)


class OAuthRoute(HouseRoute):
    """A route of the house whose refusals have OAuth's form."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handle_and_tell(request: Request) -> Response:
            try:
                return await handle(request)
            except OAuthError as error:
                return error.response()
            except (Problem, RequestValidationError) as error:
                status = error.status if isinstance(error, Problem) else 400
                word = "temporarily_unavailable" if status >= 500 else "invalid_request"
                told = error.detail if isinstance(error, Problem) else "The request cannot be read."
                status = status if status >= 500 or status in (413, 429) else 400
                return OAuthError(word, told, status=status).response()

        return handle_and_tell
