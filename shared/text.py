"""Text as people type it: one spelling of accents, no characters that break a reader."""

import re
import unicodedata
from typing import Any


def normal(text: str) -> str:
    """NFC, so that `é` typed on one keyboard equals `é` typed on another."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff"
    + "".join(chr(plane << 16 | code) for plane in range(17) for code in (0xFFFE, 0xFFFF))
    + "]"
)


def forbidden_character(text: str) -> str | None:
    """The first character that no store or export can carry, as `U+0000`; None when all are fine.

    NUL cannot be stored by PostgreSQL; the other C0 controls (but tab, line feed and carriage return), the
    noncharacters U+FFFE and U+FFFF and lone surrogates are not allowed in XML 1.0, hence in XLSX, Atom and ICS.
    """
    found = _FORBIDDEN.search(text)
    return f"U+{ord(found[0]):04X}" if found else None


def without_accents(text: str) -> str:
    """Letters without their marks, lower case: for matching what people search, never for storing."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def neutral(value: Any) -> Any:
    """A cell that a spreadsheet will not run: text that starts like a formula gets an apostrophe in front."""
    if isinstance(value, str) and value and (value[0] in "=+-@\t\r\n" or ord(value[0]) < 0x20):
        return f"'{value}"
    return value
