"""A service that costs next to nothing, so that what stands in front of it shows: it checks the internal token, as every
service does, and answers some JSON. `python -m tests.benchmarks.light_service LISTENING_SOCKET`, with the environment of
the registry.
"""

import socket
import sys

import httpx
from starlette.types import Receive, Scope, Send

from deploy.local.serving import run, serve
from shared.settings import Settings
from shared.tokens import TokenVerifier
from shared.transports import remote_client

ANSWER = b'{"items": [' + b", ".join(b'{"code": "mx-manzanillo", "name": "Manzanillo"}' for _ in range(20)) + b"]}"
HEADERS = [(b"content-type", b"application/json"), (b"content-length", str(len(ANSWER)).encode())]


async def main() -> None:
    settings = Settings()
    keys_from: httpx.AsyncClient = remote_client(settings.gateway_url or settings.origin, timeout=5)

    async def fetch_keys() -> dict[str, object]:
        found: dict[str, object] = (await keys_from.get("/.well-known/jwks.json")).json()
        return found

    verifier = TokenVerifier("registry", fetch_keys)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] != "/healthz":
            given = next((value for name, value in scope["headers"] if name == b"authorization"), b"")
            await verifier.caller(given.removeprefix(b"Bearer ").decode())
        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        await send({"type": "http.response.body", "body": ANSWER})

    await serve(app, socket.socket(fileno=int(sys.argv[1])), ready=lambda: None)
    await keys_from.aclose()


if __name__ == "__main__":
    run(main)
