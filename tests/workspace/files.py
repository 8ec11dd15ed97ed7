"""Files of the tests, made as people's programs make them."""

import io
import struct
import zipfile
import zlib
from typing import Any

import openpyxl

from tests.people import Person
from tests.workspace.conftest import HERE

PNG = (
    b"\x89PNG\r\n\x1a\n" + struct.pack(">L", 13) + b"IHDR" + struct.pack(">LLBBBBB", 1, 1, 8, 2, 0, 0, 0)
    + struct.pack(">L", zlib.crc32(b"IHDR" + struct.pack(">LLBBBBB", 1, 1, 8, 2, 0, 0, 0)))
)  # fmt: skip
SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(1)</script></svg>'
HTML = b"<!doctype html><html><body><script>alert(document.cookie)</script></body></html>"
DOCX_TYPES = b'<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def pdf(*lines: str) -> bytes:
    """A PDF of one page with these lines in it."""
    shown = b" T* ".join(b"(" + line.encode("cp1252").replace(b"(", b"\\(") + b") Tj" for line in lines)
    stream = b"BT /F1 12 Tf 14 TL 72 720 Td " + shown + b" ET"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length " + str(len(stream)).encode() + b" >>\nstream\n" + stream + b"\nendstream",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    out = bytearray(b"%PDF-1.4\n")
    places = []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n".encode() + content + b"\nendobj\n"
    start = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    out += b"".join(f"{place:010d} 00000 n \n".encode() for place in places)
    out += f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n".encode()
    return bytes(out)


def zipped(entries: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return out.getvalue()


def docx(*paragraphs: str, **more: bytes) -> bytes:
    body = "".join(f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>" for text in paragraphs)
    document = f'<?xml version="1.0"?><w:document xmlns:w="{W}"><w:body>{body}</w:body></w:document>'
    entries = {"[Content_Types].xml": DOCX_TYPES, "word/document.xml": document.encode()}
    return zipped({**entries, **{name.replace("__", "/").replace("_bin", ".bin"): c for name, c in more.items()}})


async def send_file(
    by: Person, content: bytes, name: str, *, to: str = f"{HERE}/documents", status: int = 201,
    headers: dict[str, str] | None = None, **fields: str,
) -> Any:  # fmt: skip
    """The answer to an upload, as the browser sends it."""
    answer = await by.post(to, files={"file": (name, content)}, data=fields, headers=headers)
    assert answer.status_code == status, (name, answer.status_code, answer.text[:400])
    return answer


def word(*blocks: str | list[list[str]]) -> bytes:
    """A Word file: `# text` is a heading, `- text` an item of a list, rows are a table."""

    def paragraph(text: str) -> str:
        style = '<w:pStyle w:val="Ttulo1"/>' if text.startswith("# ") else ""
        style += "<w:numPr/>" if text.startswith("- ") else ""
        return f"<w:p><w:pPr>{style}</w:pPr><w:r><w:t>{text.lstrip('#- ')}</w:t></w:r></w:p>"

    def table(rows: list[list[str]]) -> str:
        cells = ("".join(f"<w:tc>{paragraph(cell)}</w:tc>" for cell in row) for row in rows)
        return f"<w:tbl>{''.join(f'<w:tr>{row}</w:tr>' for row in cells)}</w:tbl>"

    body = "".join(paragraph(block) if isinstance(block, str) else table(block) for block in blocks)
    document = f'<?xml version="1.0"?><w:document xmlns:w="{W}"><w:body>{body}</w:body></w:document>'
    return zipped({"[Content_Types].xml": DOCX_TYPES, "word/document.xml": document.encode()})


def sheet(name: str, rows: list[list[object]]) -> bytes:
    book = openpyxl.Workbook()
    page = book.active
    page.title = name
    for row in rows:
        page.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


ACTA = pdf("Acta de la reunión del comité", "Se aprobó la gestión de los muelles")
