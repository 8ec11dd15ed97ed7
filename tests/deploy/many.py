"""`portsnet` run many times, each time in a process of its own that has the platform's modules loaded already.

Reads `[[arguments, settings], …]` as JSON and writes `[[status, output, errors], …]`.
"""

import json
import os
import sys
import tempfile
from pathlib import Path

from deploy.local import backups, cli, commands, starting

LOADED = (backups, commands, starting)


def main() -> None:
    told = []
    with tempfile.TemporaryDirectory() as name:
        output, errors = Path(name) / "output", Path(name) / "errors"
        for arguments, settings in json.load(sys.stdin):
            child = os.fork()
            if child == 0:
                as_a_command(arguments, settings, output, errors)
            _, status = os.waitpid(child, 0)
            told.append((os.waitstatus_to_exitcode(status), output.read_text(), errors.read_text()))
    json.dump(told, sys.stdout)


def as_a_command(arguments: list[str], settings: dict[str, str], output: Path, errors: Path) -> None:
    """Never returns."""
    os.environ.update(settings)
    for number, path in ((1, output), (2, errors)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
    sys.argv = ["portsnet", *arguments]
    status = 70
    try:
        cli.main()
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 1
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


if __name__ == "__main__":
    main()
