"""What nginx's `auth_request` asks: `python -m tests.benchmarks.auth_request LISTENING_SOCKET whole|bare`, with the
gateway's environment.

`whole`: the gateway's own front door (path, address, limits, where a request comes from, session, caller) and one more of
its routes, written as all of them are. `bare`: the look-up of the session and the token alone, written for nothing else;
it leaves out most of what the gateway checks.
"""

import socket
import sys

import uvicorn
from fastapi import Request, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from deploy.local.apart import remote_reach, remote_upstreams
from deploy.local.serving import serve
from gateway.accounts import Someone
from gateway.app import Gateway
from gateway.front import session_cookie
from gateway.keys import Identified, Minter
from gateway.tables import SCHEMA
from gateway.visitors import Visitors
from shared.database import Database
from shared.peers import Peers, service_secret
from shared.settings import Settings
from shared.version import VERSION


async def serve_whole(on: socket.socket, settings: Settings, url: str) -> None:
    gateway = Gateway(settings, remote_upstreams(settings), VERSION)
    remembered: dict[str, Identified] = {}

    async def check(request: Request, caller: Someone) -> Response:
        found = remembered.setdefault(request.state.session_id, Identified(caller))
        token = request.app.state.minter.token_for(found, "registry")
        return Response(status_code=204, headers={"X-Token": f"Bearer {token}"})

    gateway.own.add_api_route("/auth/check", check, methods=["GET"], status_code=204)
    await gateway.connect(url, Peers("gateway", service_secret(settings.secret, "gateway"), remote_reach(settings)))
    try:
        await serve(gateway.front, on, ready=lambda: None)
    finally:
        await gateway.disconnect()


async def serve_bare(on: socket.socket, settings: Settings, url: str) -> None:
    database = Database.at(url, SCHEMA)
    minter = Minter(database, settings.secret)
    await minter.load()
    visitors = Visitors(database, url)
    await visitors.start()
    config = uvicorn.Config(
        bare(minter, visitors, f"{session_cookie(settings)}=".encode()), lifespan="off", log_level="error",
        access_log=False, http="httptools", loop="uvloop",
    )  # fmt: skip
    await uvicorn.Server(config).serve(sockets=[on])


def bare(minter: Minter, visitors: Visitors, start: bytes) -> ASGIApp:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        token = ""
        for name, value in scope["headers"]:
            if name == b"cookie" and value.startswith(start):
                token = value[len(start) :].decode()
        found = await visitors.by_session(token)
        status, headers = 401, []
        if found is not None:
            status, headers = 204, [(b"x-token", b"Bearer " + minter.token_for(found, "registry").encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b""})

    return app


async def main(on: socket.socket, kind: str) -> None:
    settings = Settings()
    assert settings.database_url is not None
    served = {"whole": serve_whole, "bare": serve_bare}[kind]
    await served(on, settings, settings.database_url.get_secret_value())


if __name__ == "__main__":
    import uvloop

    uvloop.run(main(socket.socket(fileno=int(sys.argv[1])), sys.argv[2]))
