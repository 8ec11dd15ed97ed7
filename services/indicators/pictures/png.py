"""SVG as PNG. typst, which draws the reports, draws it: nothing more to install, no browser."""

import tempfile
from importlib.resources import files
from pathlib import Path

FONTS = "fontpkg_source_sans_3"
SCALE = 192.0
"""Dots an inch: two for every unit of the picture."""


def as_png(svg: bytes) -> bytes:
    """The same picture as PNG. Raises ImportError where the extra `reports` is not installed."""
    import typst  # noqa: PLC0415 -- of an extra, and only this needs it

    with tempfile.TemporaryDirectory(prefix="portsnet-picture-") as folder:
        (Path(folder) / "picture.svg").write_bytes(svg)
        source = Path(folder) / "picture.typ"
        source.write_text(
            '#set page(width: auto, height: auto, margin: 0pt)\n#image("picture.svg")\n', encoding="utf-8"
        )
        fonts = [Path(str(files(FONTS) / "files"))]
        made = typst.compile(source, format="png", ppi=SCALE, font_paths=fonts, ignore_system_fonts=True)
    assert isinstance(made, bytes)
    return made
