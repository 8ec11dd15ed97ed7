"""How a page becomes HTML: the Jinja environment, the reader's language, addresses of static files."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import escape

from services.portal import vocabulary
from services.portal.charts.book import ChartBook
from services.portal.compiled import kept_for
from services.portal.translations import (
    LANGUAGE_NAMES,
    LANGUAGES,
    N_,
    SOURCE_LANGUAGE,
    Translations,
    translations,
    written_texts,
)

ROOM = Path(__file__).parent
STATIC_FOLDER = ROOM / "static"
TEMPLATES_FOLDER = ROOM / "templates"

_words: ContextVar[Translations | None] = ContextVar("words of the page being rendered", default=None)


@dataclass(frozen=True)
class Section:
    """An entry of the navigation; `key` is what a page names as its `section`."""

    key: str
    href: str
    label: str


SECTIONS = (
    Section("communities", "/communities", N_("Comunidades")),
    Section("model", "/model", N_("Modelo de Referencia")),
    Section("results", "/results", N_("Resultados")),
    Section("benchmarks", "/benchmarks", N_("Comparaciones")),
    Section("documents", "/documents", N_("Documentos")),
    Section("events", "/events", N_("Reuniones")),
)

STYLE_SHEETS = (
    "tokens", "base", "frame", "session", "buttons", "forms", "levels", "tables", "components", "status", "charts",
    "map", "print",
)  # fmt: skip
SCRIPT_MODULES = ("theme", "disclosure", "table-scroll", "levels", "toast")

# What `base.html` asks for, and what it gets when a page says nothing.
FRAME: Mapping[str, Any] = {
    "path": "/",  # of the request, for the language links
    "query": "",  # its query string
    "section": None,  # key of the navigation entry that is "you are here"
    "person": None,  # {"name": …}: who is signed in
    "csrf_token": None,
    "demo": False,  # whether demonstration data may be on the page
    "theme": None,  # "light" or "dark" when the reader chose one (cookie `theme`)
    "description": None,  # for search engines and previews
    "robots": None,
    "switch_languages": LANGUAGES,
    "zone": "America/Caracas",  # the Network's, unless the reader has an own
}


def current_words() -> Translations:
    """Texts and formats of the page being rendered; Spanish outside a page."""
    return _words.get() or translations(SOURCE_LANGUAGE)


@contextmanager
def speaking(locale: str) -> Iterator[Translations]:
    """Render in a language. The environment is shared, so the language is never stored in it."""
    words = translations(locale)
    token = _words.set(words)
    try:
        yield words
    finally:
        _words.reset(token)


@lru_cache(maxsize=1)
def _fingerprints() -> Mapping[str, str]:
    files = (path for path in STATIC_FOLDER.rglob("*") if path.is_file())
    return {path.relative_to(STATIC_FOLDER).as_posix(): _fingerprint(path) for path in files}


def _fingerprint(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


def static_url(path: str) -> str:
    """The address of a static file with the fingerprint of its content, computed once; an unknown file is an error."""
    return f"/static/{path}?v={_fingerprints()[path]}"


@pass_context
def language_url(context: Context, language: str) -> str:
    """This very page in another language, filters kept."""
    kept = [(key, value) for key, value in parse_qsl(context["query"], keep_blank_values=True) if key != "lang"]
    return f"{context['path']}?{urlencode([*kept, ('lang', language)])}"


def _gettext(message: str) -> str:
    """The text in the reader's language. Jinja shows what this gives as it is and fills in its places, so that what is
    no text of the portal's own, such as a value that somebody wrote, is made safe here."""
    if message not in written_texts():
        return str(escape(message)).replace("%", "%%")
    return current_words().gettext(message)


def _ngettext(singular: str, plural: str, n: int) -> str:
    return current_words().ngettext(singular, plural, n)


def _pgettext(context: str, message: str) -> str:
    return current_words().pgettext(context, message)


def _npgettext(context: str, singular: str, plural: str, n: int) -> str:
    return current_words().npgettext(context, singular, plural, n)


def _localized_filter(name: str) -> Any:
    # `pass_context` keeps Jinja from computing the filter of a literal once, when the template is compiled, which
    # would show every later reader the format of the first one.
    @pass_context
    def apply(_: Context, value: Any, *args: Any, **options: Any) -> str:
        return str(getattr(current_words(), name)(value, *args, **options))

    return apply


def degrees() -> list[dict[str, Any]]:
    """The levels 0 to 4 of the usual scale, as `level_radios` takes them."""
    return [{"value": value, "label": _gettext(label)} for value, label in enumerate(vocabulary.DEGREES)]


def level_label(level: int) -> str:
    """The word for a maturity level, 1 to 5."""
    return _gettext(vocabulary.LEVELS[level])


def query_url(path: str, query: str, **changes: object) -> str:
    """The same page with other query parameters; `None` takes one away. For sorting, paging, filters."""
    kept = [(key, value) for key, value in parse_qsl(query, keep_blank_values=True) if key not in changes]
    asked = urlencode([*kept, *((key, value) for key, value in changes.items() if value is not None)])
    return f"{path}?{asked}" if asked else path


LOCALIZED_FILTERS = ("number", "signed", "percent", "size", "date", "time", "datetime", "period", "joined", "country")


def make_environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
        trim_blocks=True,
        lstrip_blocks=True,
        bytecode_cache=kept_for(TEMPLATES_FOLDER),
    )
    environment.install_gettext_callables(  # type: ignore[attr-defined]
        _gettext, _ngettext, newstyle=True, pgettext=_pgettext, npgettext=_npgettext
    )
    environment.filters.update({name: _localized_filter(name) for name in LOCALIZED_FILTERS})
    environment.globals.update(
        static_url=static_url,
        language_url=language_url,
        language_names=LANGUAGE_NAMES,
        sections=SECTIONS,
        style_sheets=STYLE_SHEETS,
        script_modules=SCRIPT_MODULES,
        query_url=query_url,
        term=vocabulary.term,
        degrees=degrees,
        level_label=level_label,
        charts=ChartBook(current_words),
    )
    return environment


@lru_cache(maxsize=1)
def environment() -> Environment:
    return make_environment()


def render(name: str, *, locale: str, **context: Any) -> str:
    """The page of a template in a language. What `base.html` needs and the page doesn't say comes from `FRAME`."""
    with speaking(locale) as words:
        return environment().get_template(name).render({**FRAME, **context, "locale": words.language})
