"""The sentences of reports, from `sentences/*.toml`, in the four languages."""

import tomllib
from functools import lru_cache
from pathlib import Path

FOLDER = Path(__file__).with_name("sentences")


@lru_cache
def chosen(language: str, *files: str) -> dict[str, str]:
    """The sentences of these files in one language, by name."""
    found: dict[str, str] = {}
    for name in files:
        rows = tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
        found |= {key: row[language] for key, row in rows.items()}
    return found
