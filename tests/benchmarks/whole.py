"""The whole platform in one process, for the benchmarks: `python -m tests.benchmarks.whole LISTENING_SOCKET`."""

import socket
import sys

from deploy.local.composition import Platform
from deploy.local.serving import run, serve_platform
from shared.settings import Settings


async def main() -> None:
    settings = Settings()
    assert settings.database_url is not None
    on = socket.socket(fileno=int(sys.argv[1]))
    await serve_platform(Platform(settings), settings.database_url.get_secret_value(), on, ready=lambda: None)


if __name__ == "__main__":
    run(main)
