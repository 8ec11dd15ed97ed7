"""One part as a process of its own: `python -m deploy.local.part NAME LISTENING_SOCKET PARENT_PIPE`.

`-` for the pipe: nobody watches over it.
"""

import socket
import sys

from deploy.local.serving import run, serve_part
from shared import logs
from shared.settings import Settings


def main() -> None:
    name, listening = sys.argv[1], int(sys.argv[2])
    parent = None if sys.argv[3] == "-" else int(sys.argv[3])
    settings = Settings()
    logs.configure(settings.log_level)
    on = socket.socket(fileno=listening)
    run(lambda: serve_part(name, settings, on, parent=parent))


if __name__ == "__main__":
    main()
