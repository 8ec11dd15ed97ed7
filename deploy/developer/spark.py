"""`make spark`: the same files of events through DuckDB and Spark, in an environment of its own with pyspark.

Needs Java 17 or later. What is installed for the other tests is shared, not changed.
"""

import os
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import venv
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HOME = ROOT / ".venv-spark"
TESTS = "tests/spark/engines.py"


def main(arguments: Sequence[str]) -> int:
    if shutil.which("java") is None:
        print("Spark needs Java 17 or later: install your system's package, such as openjdk-17-jre-headless.")
        return 1
    python = HOME / "bin" / "python"
    if not python.exists():
        venv.create(HOME, clear=True)
    found = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    shared = Path(found.stdout.strip()) / "shared.pth"
    shared.write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    uv = Path(sys.executable).parent / "uv"
    installed = subprocess.run(
        [str(uv), "pip", "install", "--quiet", "--python", str(python), "--no-deps", *wanted(), "py4j"],
        cwd=ROOT,
        check=False,
    )
    if installed.returncode:
        print("pyspark could not be installed.")
        return 1
    tests = [str(python), "-W", "ignore", "-m", "pytest", "-q", "-W", "ignore", TESTS, *arguments]
    return subprocess.run(tests, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, check=False).returncode


def wanted() -> list[str]:
    """What the extra `spark` asks for and the locked requirements do not have."""
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    return [name for name in extras["spark"] if name.startswith("pyspark")]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
