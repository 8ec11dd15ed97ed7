"""What nginx's `auth_request` asks: the same look-up of the session and the same internal token as in the gateway.

`python -m tests.benchmarks.auth_request LISTENING_SOCKET`, with the gateway's environment.
"""

import socket
import sys

import uvicorn
from starlette.types import Receive, Scope, Send

from gateway.front import session_cookie
from gateway.keys import Minter
from gateway.tables import SCHEMA
from gateway.visitors import Visitors
from shared.database import Database
from shared.settings import Settings


async def main(on: socket.socket) -> None:
    settings = Settings()
    assert settings.database_url is not None
    url = settings.database_url.get_secret_value()
    database = Database.at(url, SCHEMA)
    minter = Minter(database, settings.secret)
    await minter.load()
    visitors = Visitors(database, url)
    await visitors.start()
    start = f"{session_cookie(settings)}=".encode()

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

    config = uvicorn.Config(app, lifespan="off", log_level="error", access_log=False, http="httptools", loop="uvloop")
    await uvicorn.Server(config).serve(sockets=[on])


if __name__ == "__main__":
    import uvloop

    uvloop.run(main(socket.socket(fileno=int(sys.argv[1]))))
