"""Names that an XLSForm of the model has, for those who write and those who read one. Imports nothing heavy."""

import re

LANGUAGE_NAMES = {"es": "Español", "en": "English", "pt": "Português", "fr": "Français"}
NOT_APPLICABLE = {"es": "No aplica", "en": "Not applicable", "pt": "Não se aplica", "fr": "Sans objet"}
UNKNOWN = {"es": "No lo sé", "en": "I do not know", "pt": "Não sei", "fr": "Je ne sais pas"}
COMMENT = {"es": "Comentario", "en": "Comment", "pt": "Comentário", "fr": "Commentaire"}
LIST = "levels"
FLAGS = {"not_applicable": NOT_APPLICABLE, "unknown": UNKNOWN}
COMMENT_SUFFIX = "_comment"
FORMULA = re.compile(r"^'+[=+\-@\t\r\n]")
"""A text that begins like one that was kept from being a formula: it gets an apostrophe more, to come back whole."""


def column(kind: str, language: str) -> str:
    """`label::Español (es)`."""
    return f"{kind}::{LANGUAGE_NAMES[language]} ({language})"


def question_name(code: str) -> str:
    """The code as a name that an XML element can have."""
    return code if code[0].isalpha() else f"_{code}"
