"""Folders and titles: what people may call things."""

import unicodedata

from shared.file_names import OVERRIDES
from shared.problems import Invalid
from shared.text import forbidden_character, normal, without_accents

LONGEST_TITLE = 300
LONGEST_STEP = 80
MOST_STEPS = 5


def title_of(file_name: str) -> str:
    """A title out of the name of a file.

    >>> title_of("Acta_reunion_2025.pdf")
    'Acta reunion 2025'
    """
    stem, _, ending = file_name.rpartition(".")
    words = (stem if stem and len(ending) <= 10 else file_name).replace("_", " ").split()
    return " ".join(words)[:LONGEST_TITLE].strip() or file_name


def title_key(title: str) -> str:
    """How titles are compared and ordered: accents and case aside."""
    return " ".join(without_accents(title).split())


def folder_of(sent: str, pointer: str = "/folder") -> str:
    """A folder's path, its steps tidied; empty for the committee's own.

    >>> folder_of(" Actas / 2026/ ")
    'Actas/2026'

    Raises Invalid.
    """
    steps = [" ".join(step.split()) for step in normal(sent).split("/")]
    steps = [step for step in steps if step]
    if len(steps) > MOST_STEPS:
        raise Invalid.at(pointer, f"may have at most {MOST_STEPS} folders one in the other", "too_deep")
    for step in steps:
        if len(step) > LONGEST_STEP:
            raise Invalid.at(pointer, f"may have names of at most {LONGEST_STEP} characters", "too_long")
        odd = any(unicodedata.category(c) == "Cc" for c in step) or OVERRIDES.search(step) or forbidden_character(step)
        if step in (".", "..") or "\\" in step or odd:
            raise Invalid.at(pointer, "must be names of folders separated by /", "folder")
    return "/".join(steps)
