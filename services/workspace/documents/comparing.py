"""Two versions' text beside each other, line by line. Pure; long texts are compared in a child process."""

import difflib
from dataclasses import dataclass
from typing import Literal

MOST_LINES = 4000
MOST_SHOWN = 2000
AROUND = 3
"""Equal lines that are shown before and after a change."""
BLANK = " \t|-"
"""Lines of nothing else are left out: they part paragraphs and the heads of tables."""
LineKind = Literal["same", "added", "removed", "skipped"]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Lines as `(kind, text)`; `skipped` ones stand for as many equal lines as their text says."""

    lines: list[tuple[LineKind, str]]
    added: int
    removed: int
    cut: bool


def compare(before: str, after: str) -> Comparison:
    """What changed.

    >>> compare("uno\\ndos", "uno\\ntres").lines
    [('same', 'uno'), ('removed', 'dos'), ('added', 'tres')]
    """
    old, new = ([line for line in text.splitlines() if line.strip(BLANK)] for text in (before, after))
    cut = len(old) > MOST_LINES or len(new) > MOST_LINES
    old, new = old[:MOST_LINES], new[:MOST_LINES]
    lines: list[tuple[LineKind, str]] = []
    added = removed = 0
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=len(old) + len(new) > 2000)
    for kind, old_from, old_to, new_from, new_to in matcher.get_opcodes():
        if kind == "equal":
            lines += _shortened(old[old_from:old_to], at_start=old_from == 0, at_end=old_to == len(old))
            continue
        lines += [("removed", line) for line in old[old_from:old_to]]
        lines += [("added", line) for line in new[new_from:new_to]]
        removed += old_to - old_from
        added += new_to - new_from
    return Comparison(lines[:MOST_SHOWN], added, removed, cut or len(lines) > MOST_SHOWN)


def _shortened(equal: list[str], *, at_start: bool, at_end: bool) -> list[tuple[LineKind, str]]:
    """The lines next to changes, and how many lie between."""
    head = [] if at_start else equal[:AROUND]
    tail = [] if at_end else equal[len(equal) - AROUND :]
    between = len(equal) - len(head) - len(tail)
    if between <= 1:
        return [("same", line) for line in equal]
    middle: list[tuple[LineKind, str]] = [("skipped", str(between))]
    return [*(("same", line) for line in head), *middle, *(("same", line) for line in tail)]
