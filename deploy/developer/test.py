"""`make test`: every check, then every test. One failure fails the whole; everything is run to the end."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from deploy.developer.browser import NoBrowser, find_browser
from deploy.developer.scratch import COMPILED, in_memory

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
CHECKS: dict[str, Sequence[str]] = {
    "ruff": ("ruff", "check", "--quiet"),
    "format": ("ruff", "format", "--check", "--quiet"),
    "imports": ("lint-imports", "--no-cache"),
    "dependencies": ("deptry", "."),
    "compose file": ("check-jsonschema", "--builtin-schema", "vendor.compose-spec", "docker-compose.yml"),
    "Dockerfile": ("hadolint", "deploy/Dockerfile"),
}
TYPES = ("mypy",)
WORKERS = 2


def main(arguments: Sequence[str]) -> int:
    began = time.monotonic()
    failed = [name for name, command in CHECKS.items() if not passes(name, command)]
    if "--checks-only" in arguments:
        failed += [] if passes("types", TYPES) else ["types"]
    else:
        try:
            browser = find_browser(install=True)
        except NoBrowser as missing:
            print(missing)
            return 1
        print(f"Browser: {browser}", flush=True)
        with ThreadPoolExecutor(1) as beside:
            types = beside.submit(passes, "types", TYPES)  # a minute of one processor on a new machine
            failed += [] if all_pass() else ["tests"]
            failed += [] if types.result() else ["types"]
    print(f"{time.monotonic() - began:.0f} s. {'Failed: ' + ', '.join(failed) if failed else 'Everything holds.'}")
    return 1 if failed else 0


def all_pass() -> bool:
    """Run every test. What tests and the browser throw away lies in memory, if the system has room there; what was
    compiled for one process of the tests serves the others."""
    command = ["pytest", "-q", "-n", str(WORKERS), "--dist", "loadfile", "--no-loadscope-reorder", "tests"]
    with tempfile.TemporaryDirectory(prefix="portsnet-make-test-", dir=in_memory()) as folder:
        kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        environment = kept | {"TMPDIR": folder, "PYTHONPYCACHEPREFIX": str(COMPILED)}
        return subprocess.run([sys.executable, "-m", *command], cwd=ROOT, check=False, env=environment).returncode == 0


def passes(name: str, command: Sequence[str]) -> bool:
    """Run a check; its output is shown when it fails."""
    began = time.monotonic()
    done = subprocess.run([str(BIN / command[0]), *command[1:]], cwd=ROOT, check=False, capture_output=True, text=True)
    print(f"{'ok    ' if done.returncode == 0 else 'FAILED'} {name} ({time.monotonic() - began:.1f} s)", flush=True)
    if done.returncode:
        print(done.stdout[-20_000:], done.stderr[-5_000:], flush=True)
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
