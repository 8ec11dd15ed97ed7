"""What the reading of a file found: counts, and a list of errors that stays short."""

import csv
from dataclasses import dataclass, field
from pathlib import Path

from services.indicators.imports.phrases import said_in
from services.indicators.imports.trouble import LONGEST_VALUE, Trouble, Unreadable, cut
from shared.text import neutral

MOST_TROUBLES = 20_000
COLUMNS = ("row", "column", "value", "reason")


@dataclass
class Findings:
    """What the child tells. `rows`: with something in them, the header aside; `staged`: those that can be taken;
    `skipped`: lines of a form that nobody filled in; `wrong_rows`: those that cannot be taken; `troubles`: how many
    errors there are, of which the first 20,000 are in the file of errors; `detail`: why nothing can be read."""

    rows: int = 0
    staged: int = 0
    skipped: int = 0
    wrong_rows: int = 0
    troubles: int = 0
    read_as: str = ""
    detail: str | None = None


@dataclass
class Notebook:
    """Collects what is wrong, in memory that does not grow with the file."""

    found: Findings = field(default_factory=Findings)
    doubled_rows: int = 0
    _kept: list[Trouble] = field(default_factory=list)

    def say(self, trouble: Trouble) -> None:
        self.found.troubles += 1
        if len(self._kept) < MOST_TROUBLES:
            short = cut(trouble.value, LONGEST_VALUE)
            self._kept.append(Trouble(trouble.row, trouble.column, short, trouble.reason))

    @property
    def is_full(self) -> bool:
        return len(self._kept) >= MOST_TROUBLES

    def is_unreadable(self, error: Unreadable) -> None:
        """Nothing of the file counts."""
        if self.is_full:
            self._kept.pop()
        self.say(Trouble(error.row, error.column, error.value, error.reason))
        self.found.detail = error.reason
        self.found.staged = 0

    def finished(self, errors: Path, language: str) -> Findings:
        """Write the file of errors, if there are any, in the order of the rows and the words of the sender."""
        if self._kept:
            with errors.open("w", encoding="utf-8", newline="") as file:
                writer = csv.writer(file, lineterminator="\r\n")
                writer.writerow(COLUMNS)
                for trouble in sorted(self._kept, key=lambda one: one.row):
                    row, column, value, reason = trouble.cells
                    writer.writerow([row, neutral(column), neutral(value), said_in(language, str(reason))])
                more = self.found.troubles - len(self._kept)
                if more:
                    cut_off = f"The list is cut: {more} more errors are not listed"
                    writer.writerow(["", "", "", said_in(language, cut_off)])
        return self.found
