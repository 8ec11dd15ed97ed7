"""Turn into another program that ends with its parent and runs as a user that PostgreSQL accepts.

Run by its path in a bare interpreter (`python -I -S postgres_exec.py ORDER PROGRAM ARGUMENTS…`), so only the standard
library is at hand. It takes the place of `preexec_fn`, which is not safe in a process with threads, and of the tools
`unshare` and `setpriv`, whose options differ between systems.

ORDER is a JSON object: `way` ("self", "namespace" or "drop"), `uid` and `gid` (inside the namespace, or to drop to),
`parent` (process id), `signal` (what to receive when the parent dies, 0: nothing) and `needs` (paths that must be
within reach afterwards). Without PROGRAM it only tries whether all this is possible.
"""

import ctypes
import json
import os
import sys
from pathlib import Path

FORBIDDEN = 76
"""Exit code: the system does not allow to become this user."""
OUT_OF_REACH = 77
"""Exit code: this user cannot reach a path that it needs."""

PR_SET_PDEATHSIG = 1
CLONE_NEWUSER = 0x10000000


def enter_user_namespace(uid: int, gid: int) -> None:
    """Appear as `uid` and `gid` while files stay with the real user: nothing on the disk changes hands."""
    real_uid, real_gid = os.geteuid(), os.getegid()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWUSER) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{uid} {real_uid} 1"),
        ("gid_map", f"{gid} {real_gid} 1"),
    ):
        Path("/proc/self", name).write_text(text)


def drop_to(uid: int, gid: int) -> None:
    """Become another user for good."""
    if os.getgroups():
        os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)


def end_with(parent: int, signal: int) -> None:
    """Ask for `signal` when the parent dies; end at once where it died before the question."""
    if signal and sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal, 0, 0, 0)
        if os.getppid() != parent:
            sys.exit("the parent process is gone")


def main(order: str, program: list[str]) -> int:
    wanted = json.loads(order)
    try:
        if wanted["way"] == "namespace":
            enter_user_namespace(wanted["uid"], wanted["gid"])
        elif wanted["way"] == "drop":
            drop_to(wanted["uid"], wanted["gid"])
    except (OSError, AttributeError) as error:
        print(f"cannot become another user: {error}", file=sys.stderr)
        return FORBIDDEN
    end_with(wanted["parent"], wanted["signal"])
    for path in wanted["needs"]:
        if not os.access(path, os.X_OK):
            print(f"cannot reach {path} as user {os.getuid()}", file=sys.stderr)
            return OUT_OF_REACH
    if program:
        os.execv(program[0], program)  # noqa: S606 (no shell is wanted)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
