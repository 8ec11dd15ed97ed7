"""What is wrong with a file, by row and column as a spreadsheet counts them."""

from dataclasses import dataclass

LONGEST_VALUE = 200
LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class Trouble:
    """`row`: the header is row 1."""

    row: int
    column: str
    value: str
    reason: str

    @property
    def cells(self) -> tuple[object, ...]:
        """As a line of `errors.csv`."""
        return self.row, self.column[:LONGEST_VALUE], cut(self.value, LONGEST_VALUE), cut(self.reason, LONGEST_REASON)


class Unreadable(Exception):
    """The whole file cannot be read; says how to save it so that it can."""

    def __init__(self, reason: str, *, row: int = 1, column: str = "", value: str = "") -> None:
        super().__init__(reason, row, column, value)
        self.reason, self.row, self.column, self.value = reason, row, column, value


def cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
