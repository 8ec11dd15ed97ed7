"""Where a browser may be sent after a form: only to a page of our own."""

import re
from urllib.parse import unquote

_PLAIN = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]*")


def safe_next(wanted: str | None, default: str = "/desk") -> str:
    """`wanted` when every browser reads it as a path of this origin, else `default`.

    Refused: other schemes and hosts, `//host`, backslashes, control characters and white space, also when they are
    percent-encoded once or twice.
    """
    if not wanted or len(wanted) > 2000:
        return default
    text = wanted
    for _ in range(3):
        if not _PLAIN.fullmatch(text) and not (text != wanted and _readable(text)):
            return default
        if (decoded := unquote(text)) == text:
            break
        text = decoded
    else:
        return default
    return wanted


def _readable(text: str) -> bool:
    """A decoded path may hold letters beyond ASCII and spaces, but nothing that starts another authority."""
    return bool(re.fullmatch(r"/(?![/\\\s])[^\\\x00-\x1f\x7f]*", text)) and "//" not in text.split("?")[0]
