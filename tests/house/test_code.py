"""Rules of the house about the code itself."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("services", "gateway", "shared", "migrations", "deploy")
LONGEST = 400
LONGER: dict[str, int] = {}
"""Modules that are longer all the same, with how long they may be. This list may only shrink."""
ASK_THE_MACHINE = {"tests/deploy/test_embedded_postgres_homes.py", "tests/deploy/test_portsnet_ends.py"}
"""Tests of rights that only some machines give: what cannot be tried there says why."""
EMPTY_WORDS = {"utils", "util", "helpers", "helper", "manager", "handler", "common", "base", "misc"}
MODULES = sorted(
    file for room in ROOMS for file in (ROOT / room).rglob("*.py") if "versions" not in file.relative_to(ROOT).parts
)
TESTS = sorted((ROOT / "tests").rglob("*.py"))


def name_of(file: Path) -> str:
    return str(file.relative_to(ROOT))


def test_the_rooms_import_each_other_as_agreed():
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]


@pytest.mark.parametrize("file", MODULES, ids=name_of)
def test_a_module_fits_in_the_head(file: Path):
    length = len(file.read_text(encoding="utf-8").splitlines())
    assert length <= LONGER.get(name_of(file), LONGEST), f"{length} lines: it is two modules"


def test_the_list_of_long_modules_only_shrinks():
    assert len(LONGER) <= 0
    for name, allowed in LONGER.items():
        assert LONGEST < len((ROOT / name).read_text(encoding="utf-8").splitlines()) <= allowed


@pytest.mark.parametrize("file", [file for file in MODULES if file.stat().st_size], ids=name_of)
def test_a_module_is_named_for_what_it_is_and_says_so(file: Path):
    assert file.stem not in EMPTY_WORDS
    assert file.parent.name not in EMPTY_WORDS
    assert ast.get_docstring(ast.parse(file.read_text(encoding="utf-8")))


@pytest.mark.parametrize("file", TESTS, ids=name_of)
def test_no_test_is_left_out_and_none_replaces_our_code(file: Path):
    source = file.read_text(encoding="utf-8")
    if file == Path(__file__):
        return
    assert not re.search(r"mark\.(skip|xfail)\b|pytest\.xfail\(|unittest|\bmock", source)
    if name_of(file) not in ASK_THE_MACHINE:
        assert "pytest.skip(" not in source


@pytest.mark.parametrize("file", [file for file in TESTS if file.name.startswith("test_")], ids=name_of)
def test_a_module_of_tests_has_tests_of_different_names(file: Path):
    names = [
        node.name
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
    ]
    assert names
    assert len(names) == len(set(names))


def test_no_migration_is_longer_than_its_tables():
    for file in (ROOT / "migrations" / "versions").rglob("*.py"):
        assert len(file.read_text(encoding="utf-8").splitlines()) <= 1500
