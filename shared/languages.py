"""Which language to answer in: es, en, pt or fr."""

from collections.abc import Mapping

from fastapi import Request

from shared.problems import Invalid

LANGUAGES = ("es", "en", "pt", "fr")
DEFAULT = "es"


def best_match(accept_language: str, default: str = DEFAULT) -> str:
    """The best of ours for an `Accept-Language` header (RFC 9110, 12.5.4); regions count as their language."""
    found, weight = default, 0.0
    for part in accept_language[:500].split(","):
        tag, _, parameters = part.strip().partition(";")
        language = tag.strip().lower().split("-")[0]
        quality = 1.0
        name, _, value = parameters.strip().partition("=")
        if name.strip() == "q":
            try:
                quality = float(value)
            except ValueError:
                quality = 0.0
        if language == "*":
            language = default
        if language in LANGUAGES and quality > weight:
            found, weight = language, quality
    return found


def language_of(request: Request) -> str:
    """`?lang=` first, then `Accept-Language`, then the caller's own setting, then Spanish. Raises Invalid."""
    asked = request.query_params.get("lang")
    if asked is not None:
        if asked not in LANGUAGES:
            raise Invalid.at("/lang", f"must be one of {', '.join(LANGUAGES)}")
        return asked
    own = request.state.caller.locale or DEFAULT
    header = request.headers.get("accept-language")
    return best_match(header, own) if header else own


def pick(texts: Mapping[str, str], language: str) -> str:
    """The text in this language, else Spanish, English, or whatever there is."""
    for candidate in (language, DEFAULT, "en", *texts):
        if text := texts.get(candidate):
            return text
    return ""
