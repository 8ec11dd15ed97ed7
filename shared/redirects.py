"""Where a browser may be sent after a form: only to a page of our own."""

import re
from urllib.parse import unquote

_SENT = re.compile(r"/[\x21-\x5b\x5d-\x7e]*")
_READ = re.compile(r"/[^\\\x00-\x1f\x7f]*")
_DOTS = re.compile(r"/\.{1,2}(?:/|$)")


def safe_next(wanted: str | None, default: str = "/desk") -> str:
    """`wanted` when every browser reads it as a path of this origin, else `default`.

    Refused: other schemes and hosts, an empty path segment (`//host`), dot segments, backslashes, control characters
    and white space, also when they are percent-encoded once or twice.
    """
    if not wanted or len(wanted) > 2000 or not _SENT.fullmatch(wanted):
        return default
    text = wanted
    for _ in range(3):
        path = text.partition("?")[0]
        if not _READ.fullmatch(text) or "//" in path or _DOTS.search(path) or path[1:2].isspace():
            return default
        if (decoded := unquote(text)) == text:
            return wanted
        text = decoded
    return default
