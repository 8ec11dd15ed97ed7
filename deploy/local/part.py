"""One part as a process of its own: `python -m deploy.local.part NAME LISTENING_SOCKET PARENT_PIPE`.

`-` for the pipe: nobody watches over it.
"""

import gc
import socket
import sys


def main() -> None:
    gc.disable()  # until everything is imported, see `run`
    from deploy.local.apart import import_part, serve_part
    from deploy.local.serving import run
    from shared import logs
    from shared.settings import Settings

    name, listening = sys.argv[1], int(sys.argv[2])
    parent = None if sys.argv[3] == "-" else int(sys.argv[3])
    settings = Settings()
    logs.configure(settings.log_level)
    on = socket.socket(fileno=listening)
    import_part(name)
    run(lambda: serve_part(name, settings, on, parent=parent))


if __name__ == "__main__":
    main()
