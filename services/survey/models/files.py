"""What a file of a version is read into: the body that `POST /models` takes, and where each of its fields stood.

Files are read in a process of their own, which imports this: nothing heavy here.
"""

from dataclasses import dataclass, field
from typing import Any


def pointer(*steps: str | int) -> str:
    """A JSON pointer, as `shared.problems` makes it; here, because a child process is to import little."""
    return "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in steps)


@dataclass(frozen=True)
class Trouble:
    """Why a file cannot be read: `place` is words for a person (`sheet survey, row 7, column name`; `line 12`)."""

    place: str
    reason: str
    pointer: str = ""

    @property
    def message(self) -> str:
        return f"{self.place}: {self.reason}" if self.place else self.reason


class FileTrouble(Exception):
    """A file that is refused, with everything that is wrong in it (100 at the most)."""

    def __init__(self, troubles: list[Trouble]) -> None:
        self.troubles = troubles[:100]
        super().__init__(self.troubles)


@dataclass
class Draft:
    """`body` as JSON; `places` by JSON pointer, for whatever is found wrong later."""

    body: dict[str, Any]
    places: dict[str, str] = field(default_factory=dict)

    def place_of(self, pointer: str) -> str:
        """Where the field, or else the innermost thing around it that the file has, stands."""
        while pointer:
            if pointer in self.places:
                return self.places[pointer]
            pointer = pointer.rpartition("/")[0]
        return self.places.get("", "")
