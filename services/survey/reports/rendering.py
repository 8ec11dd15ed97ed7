"""The file of a report: typst draws it, in a process of its own."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

TEMPLATE = Path(__file__).with_name("report.typ")
FONTS = "fontpkg_source_sans_3"
RENDERING = "1"
"""Changes whenever the same content could give another file."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """A tagged PDF (PDF/UA-1) and how many pages it has."""

    content: bytes
    pages: int


def render_report(content: Mapping[str, Any], moment: int) -> Rendered:
    """The PDF of a report's content. `moment`: Unix seconds that the file is dated; the same gives the same bytes."""
    import typst  # noqa: PLC0415 -- only the child that draws needs it

    made = typst.compile(
        TEMPLATE, format="pdf", font_paths=[Path(str(files(FONTS) / "files"))], ignore_system_fonts=True,
        sys_inputs={"content": json.dumps(content)}, pdf_standards=["ua-1"], timestamp=moment,
    )  # fmt: skip
    return Rendered(made, _pages_in(made))


def _pages_in(content: bytes) -> int:
    """What the root of the page tree says, which typst writes in clear."""
    found = re.search(rb"/Type\s*/Pages\s*/Count\s+(\d+)", content)
    return int(found[1]) if found else 0
