"""The text in a file that somebody made. Runs in a child process with limits: what is wrong with a file ends there."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from services.workspace.documents.office import blocks_of
from shared.file_kinds import ODF, OOXML, decoded

LONGEST = 1_000_000
"""Characters that are kept of a text."""
MOST_PAGES = 2000
WORDS = {
    "spanish": frozenset("el la los las que del por con para una se al es".split()),  # noqa: SIM905
    "portuguese": frozenset("o os as que do da dos das em não uma ao é para com no na".split()),  # noqa: SIM905
    "english": frozenset("the of and to in is that for with on as by".split()),  # noqa: SIM905
}
CONTROLS = re.compile("[\x00-\x08\x0b\x0e-\x1f\ud800-\udfff\ufffe\uffff\ue000\ue001]")


@dataclass(frozen=True, slots=True)
class Contents:
    """What was read: text with a form feed between pages, how many pages a PDF has, the text's likely language."""

    text: str
    pages: int | None
    language: str


class Unreadable(Exception):
    """The file is broken, encrypted, or not what it seemed."""


def contents_of(path: str, media_type: str) -> Contents:
    """Raises Unreadable."""
    pages: int | None = None
    try:
        if media_type == "application/pdf":
            text, pages = _of_pdf(path)
        elif media_type.startswith((OOXML, ODF)):
            text = "\n\n".join(_as_far_as_kept(blocks_of(path, media_type)))
        elif media_type == "application/rtf":
            text = _of_rtf(Path(path).read_bytes()[: 16 * 2**20])
        else:
            text = decoded(Path(path).read_bytes()[: 4 * LONGEST]) or ""
    except MemoryError:
        raise
    except Exception as error:  # a stranger's file and native parsers: anything can be wrong
        raise Unreadable(type(error).__name__) from None
    text = tidied(text)
    return Contents(text, pages, language_of(text))


def _as_far_as_kept(blocks: Iterator[str]) -> Iterator[str]:
    length = 0
    for block in blocks:
        yield block
        length += len(block)
        if length > LONGEST:
            return


def tidied(text: str) -> str:
    """Without what cannot be stored, and with no more white space than says something."""
    plain = CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n")[: 2 * LONGEST])
    plain = re.sub(r"[ \t\u00a0]+", " ", plain)
    return re.sub(r"\n\s*\n\s*\n+", "\n\n", plain).strip()[:LONGEST]


def language_of(text: str) -> str:
    """Whose small words are there most; Spanish when none tells."""
    words = re.findall(r"\w+", text[:20_000].lower())
    counts = {language: sum(word in small for word in words) for language, small in WORDS.items()}
    return max(counts, key=lambda language: counts[language])


def _of_pdf(path: str) -> tuple[str, int]:
    from pypdf import PdfReader  # noqa: PLC0415 -- the child alone needs it

    reader = PdfReader(path)
    if reader.is_encrypted and not reader.decrypt(""):
        raise Unreadable("encrypted")
    found: list[str] = []
    length = 0
    for page in reader.pages[:MOST_PAGES]:
        text = page.extract_text() or ""
        found.append(text)
        length += len(text)
        if length > LONGEST:
            break
    return "\n\f\n".join(found), len(reader.pages)


def _of_rtf(content: bytes) -> str:
    text = content.decode("cp1252", "replace")
    text = re.sub(r"\{\\\*[^{}]*\}|\{\\(fonttbl|colortbl|stylesheet|info)(?:[^{}]|\{[^{}]*\})*\}", "", text)
    text = re.sub(r"\\'([0-9a-fA-F]{2})", lambda match: bytes.fromhex(match[1]).decode("cp1252", "replace"), text)
    text = re.sub(r"\\u(-?\d{1,5})\??", lambda match: chr(int(match[1]) % 65536), text)
    text = re.sub(r"\\(par|line|row)\b ?", "\n", text)
    return re.sub(r"\\[a-z]+-?\d* ?|[{}]", "", text)
