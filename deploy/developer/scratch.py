"""Where tests put what they throw away."""

import os
import shutil
import sys
from pathlib import Path

MEMORY = Path("/dev/shm")  # noqa: S108 -- folders in it are made by tempfile, with names of their own
ROOM = 2 * 2**30
COMPILED = Path(sys.prefix) / "pycache-of-tests"
"""Where the many processes of the tests find what one of them compiled."""


def in_memory() -> Path | None:
    """Where the system keeps files in memory, if there is room: making and copying databases takes a tenth of the time
    there."""
    if MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM:
        return MEMORY
    return None
