"""What the documents say exists, and what exists is in the documents."""

import re
from pathlib import Path

from deploy.local.cli import app
from shared.settings import Settings

ROOT = Path(__file__).parents[2]
OPERATORS = (ROOT / "docs" / "operators.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
TESTS_ONLY = {"PORTSNET_CHROMIUM"}


def test_every_setting_is_documented_and_every_documented_one_exists():
    exist = {f"PORTSNET_{name.upper()}" for name in Settings.model_fields}
    documented = set(re.findall(r"PORTSNET_[A-Z_]+[A-Z]", OPERATORS))
    assert exist - documented == set()
    assert documented - exist - TESTS_ONLY == set()


def test_every_command_is_in_the_readme_and_every_one_there_exists():
    exist = {command.name or getattr(command.callback, "__name__", "") for command in app.registered_commands}
    told = set(re.findall(r"`(?:\.venv/bin/)?portsnet ([a-z]+)", README))
    assert exist == told


def test_files_that_documents_link_to_are_there():
    for document in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")):
        for target in re.findall(r"\]\(([^)#]+)", document.read_text(encoding="utf-8")):
            if "://" not in target:
                assert (document.parent / target).exists(), f"{document.name} links to {target}"


def test_make_has_the_two_commands_and_ci_calls_one():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.search(r"^up:", makefile, re.MULTILINE)
    assert re.search(r"^test:", makefile, re.MULTILINE)
    assert "make test" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
