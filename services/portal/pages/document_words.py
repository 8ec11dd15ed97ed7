"""Words for documents: their states, their kinds, what to do when a file is not taken; and how they are framed."""

from collections.abc import Mapping

from services.portal.translations import N_
from services.portal.visits import POLICY
from services.portal.vocabulary import Term
from shared.problems import Problem

FRAMES = {"Content-Security-Policy": f"{POLICY}; frame-src 'self'"}
"""For pages that show a PDF in a frame: the browser's own viewer, of an address of ours."""
DOCUMENT_STATES: Mapping[str, Term] = {
    "draft": Term(N_("Borrador")),
    "approved": Term(N_("Aprobado"), "info"),
    "published": Term(N_("Publicado"), "ok"),
}
FAMILIES: Mapping[str, str] = {
    "pdf": N_("PDF"),
    "office": N_("Word, Excel, PowerPoint"),
    "text": N_("Texto"),
    "image": N_("Imagen"),
    "archive": N_("Archivo comprimido"),
    "recording": N_("Grabación"),
}
KINDS: Mapping[str, str] = {
    "application/pdf": "PDF",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "Word",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "Excel",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "PowerPoint",
    "application/vnd.oasis.opendocument.text": "ODT",
    "application/vnd.oasis.opendocument.spreadsheet": "ODS",
    "application/vnd.oasis.opendocument.presentation": "ODP",
    "application/rtf": "RTF",
    "image/png": "PNG",
    "image/jpeg": "JPEG",
    "image/gif": "GIF",
    "image/webp": "WebP",
    "image/tiff": "TIFF",
    "image/svg+xml": "SVG",
    "text/plain": N_("Texto"),
    "text/markdown": "Markdown",
    "text/csv": "CSV",
    "application/json": "JSON",
    "application/xml": "XML",
    "text/html": "HTML",
    "application/zip": "ZIP",
    "video/mp4": "MP4",
    "audio/mpeg": "MP3",
    "audio/mp4": "M4A",
    "application/octet-stream": N_("Otro archivo"),
}
MESSAGES: Mapping[str, str] = {
    "missing": N_("Elija un archivo."),
    "empty": N_("El archivo está vacío. Elija otro."),
    "mismatch": N_("El contenido no es lo que dice el nombre del archivo. Guárdelo otra vez con su programa."),
    "character": N_("El nombre del archivo tiene caracteres que no se admiten. Cámbielo y súbalo otra vez."),
    "infected": N_("El antivirus rechazó el archivo."),
    "unscanned": N_("El archivo es más grande de lo que el antivirus puede revisar."),
    "broken": N_("El archivo está dañado o cifrado. Ábralo en su programa y guárdelo otra vez."),
    "folder": N_("Escriba carpetas separadas por /, hasta cinco, una dentro de otra."),
    "title": N_("Escriba un título, de hasta 300 caracteres."),
    "note": N_("La nota puede tener hasta 500 caracteres."),
    "otherwise": N_("El archivo no se pudo guardar. Revíselo y súbalo otra vez."),
}
TOO_LARGE = N_("El archivo es demasiado grande.")
NOT_TAKEN = N_("Este tipo de archivo no se admite: ni programas, ni archivos con macros.")


def said_of(problem: Problem) -> str:
    """Why a file was not taken."""
    return TOO_LARGE if problem.status == 413 else NOT_TAKEN
