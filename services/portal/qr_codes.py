"""QR codes as pictures in the page."""

import segno
from markupsafe import Markup


def qr_code(address: str, title: str) -> Markup:
    """An address as a QR code (ISO/IEC 18004, a seventh of it may be unreadable): SVG, black on white in any theme.

    `title` is what those read who do not see it.
    """
    drawn = segno.make(address, error="m", micro=False)
    return Markup(  # noqa: S704 -- the picture's own lines, and a title that segno escapes
        drawn.svg_inline(
            border=3, dark="#000", light="#fff", omitsize=True, svgclass="qr-code", lineclass=None, title=title
        )
    )
