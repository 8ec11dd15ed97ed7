"""The portal's languages: texts from `locales/`, numbers, dates and periods as each language writes them.

Spanish is written first and is its own message id; the other languages come from every `.po` file in
`locales/<language>/LC_MESSAGES/`, read directly, so that each part of the portal may keep a file of its own.
"""

from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Iterable
from decimal import ROUND_HALF_EVEN, Decimal
from functools import lru_cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_skeleton, format_time, get_timezone_location
from babel.lists import format_list
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

Language = Literal["es", "en", "pt", "fr"]
LANGUAGES: tuple[Language, ...] = ("es", "en", "pt", "fr")
SOURCE_LANGUAGE: Language = "es"
LANGUAGE_NAMES: dict[Language, str] = {"es": "Español", "en": "English", "pt": "Português", "fr": "Français"}
LOCALES_FOLDER = Path(__file__).with_name("locales")
NO_VALUE = "–"

# How each language writes numbers and dates here. Latin American Spanish has the decimal point; thousands are parted by
# a narrow space in every language, for a point or a comma there would be read differently north and south.
_FORMATS: dict[Language, str] = {"es": "es_419", "en": "en_GB", "pt": "pt_BR", "fr": "fr_FR"}
_THOUSANDS = "\u202f"
# French sets a space before these marks and inside its quotation marks, and no line may break there. The `.po` files
# are written with plain spaces, which a writer can see.
_FRENCH_SPACE = re.compile(r" (?=[:;?!»])|(?<=«) ")

DateStyle = Literal["short", "medium", "long", "full"]


def N_(message: str) -> str:  # noqa: N802  the name that extraction tools know
    """Mark a text for translation where it is written; it is translated where it is shown."""
    return message


def as_language(value: str | None) -> Language:
    """The language for a tag such as `en-GB`, or Spanish when the portal doesn't speak it."""
    wanted = (value or "").replace("_", "-").split("-")[0].lower()
    return next((language for language in LANGUAGES if language == wanted), SOURCE_LANGUAGE)


class Translations:
    """Everything that depends on the reader's language; immutable, shared by all requests of a language."""

    def __init__(self, language: Language, messages: NullTranslations) -> None:
        self.language: Language = language
        self.messages = messages
        self.formats = Locale.parse(_FORMATS[language])

    def gettext(self, message: str) -> str:
        return self.messages.gettext(message)

    def ngettext(self, singular: str, plural: str, n: int) -> str:
        return self.messages.ngettext(singular, plural, n)

    def pgettext(self, context: str, message: str) -> str:
        return self.messages.pgettext(context, message)

    def npgettext(self, context: str, singular: str, plural: str, n: int) -> str:
        return self.messages.npgettext(context, singular, plural, n)

    def number(self, value: float | Decimal | None, decimals: int = 1) -> str:
        """Rounded half to even, always with that many decimals; `None` is a dash."""
        if value is None:
            return NO_VALUE
        exact = value if isinstance(value, Decimal) else Decimal(str(value))
        if not exact.is_finite():
            return NO_VALUE
        rounded = exact.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_EVEN)
        if rounded == 0:
            rounded = abs(rounded)
        fraction = "." + "0" * decimals if decimals else ""
        text = format_decimal(rounded, format=f"#,##0{fraction}", locale=self.formats)
        group = str(self.formats.number_symbols["latn"]["group"])
        decimal = str(self.formats.number_symbols["latn"]["decimal"])
        whole, mark, rest = text.partition(decimal) if decimals else (text, "", "")
        return whole.replace(group, _THOUSANDS).replace("-", "−") + mark + rest

    def signed(self, value: float | Decimal | None, decimals: int = 1) -> str:
        """A difference: with its sign, also when it is a plus."""
        text = self.number(value, decimals)
        return text if value is None or text.startswith("−") or not any(c in "123456789" for c in text) else "+" + text

    def percent(self, value: float | Decimal | None, decimals: int = 0) -> str:
        """A value that already is in percent."""
        return NO_VALUE if value is None else f"{self.number(value, decimals)}\u00a0%"

    def size(self, octets: int) -> str:
        """The size of a file."""
        for unit, factor in (("GB", 1 << 30), ("MB", 1 << 20), ("kB", 1 << 10)):
            if octets >= factor:
                return f"{self.number(octets / factor)}\u00a0{unit}"
        return f"{self.number(octets, 0)}\u00a0B"

    def date(self, value: dt.date | str | None, style: DateStyle = "long") -> str:
        if value is None:
            return NO_VALUE
        if isinstance(value, str):
            value = dt.datetime.fromisoformat(value) if "T" in value else dt.date.fromisoformat(value)
        return format_date(value, format=style, locale=self.formats)

    def time(self, value: dt.datetime | str, zone: str = "UTC", *, show_zone: bool = True) -> str:
        """The time of day in a zone, which is named where readers of several zones see it."""
        moment = _in_zone(value, zone)
        return self._with_zone(format_time(moment, format="HH:mm", locale=self.formats), zone, show_zone)

    def datetime(
        self, value: dt.datetime | str | None, zone: str = "UTC", style: DateStyle = "medium", *, show_zone: bool = True
    ) -> str:
        if value is None:
            return NO_VALUE
        moment = _in_zone(value, zone)
        day = format_date(moment.date(), format=style, locale=self.formats)
        return self._with_zone(f"{day}, {moment:%H:%M}", zone, show_zone)

    def _with_zone(self, text: str, zone: str, show_zone: bool) -> str:
        if not show_zone:
            return text
        if zone == "UTC":
            return f"{text} UTC"
        city = get_timezone_location(zone, locale=self.formats, return_city=True)
        return self.gettext("%(time)s, hora de %(city)s") % {"time": text, "city": city}

    def period(self, value: str) -> str:
        """A period by ISO 8601 and SDMX: `2025`, `2025-Q1`, `2025-01`."""
        year, _, part = value.partition("-")
        if not part:
            return year
        if part.startswith("Q"):
            return self.gettext("%(quarter)s.º trimestre de %(year)s") % {"quarter": part[1:], "year": year}
        return str(format_skeleton("yMMMM", dt.datetime(int(year), int(part), 1, tzinfo=dt.UTC), locale=self.formats))

    def joined(self, items: Iterable[str]) -> str:
        """`a, b y c`."""
        return format_list(list(items), locale=self.formats)

    def country(self, code: str) -> str:
        return str(self.formats.territories.get(code, code))


def _in_zone(value: dt.datetime | str, zone: str) -> dt.datetime:
    moment = dt.datetime.fromisoformat(value) if isinstance(value, str) else value
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=dt.UTC)
    return moment.astimezone(ZoneInfo(zone))


def _read(path: Path, language: Language) -> GNUTranslations:
    with path.open("rb") as source:
        catalog = read_po(source, locale=language)
    if language == "fr":
        for message in catalog:
            message.string = _unbroken(message.string or "")
    compiled = io.BytesIO()
    write_mo(compiled, catalog, use_fuzzy=False)
    compiled.seek(0)
    return GNUTranslations(compiled)


def _unbroken(text: str | tuple[str, ...] | list[str]) -> str | tuple[str, ...]:
    if isinstance(text, str):
        return _FRENCH_SPACE.sub("\u00a0", text)
    return tuple(_FRENCH_SPACE.sub("\u00a0", form) for form in text)


@lru_cache(maxsize=1)
def written_texts() -> frozenset[str]:
    """Every text of the portal that has a translation, in Spanish: what else is asked to be translated is data."""
    found: set[str] = set()
    for path in (LOCALES_FOLDER / "en" / "LC_MESSAGES").glob("*.po"):
        with path.open("rb") as source:
            for message in read_po(source, locale="en"):
                found.update([message.id] if isinstance(message.id, str) else message.id)
    return frozenset(found)


@lru_cache
def translations(locale: str) -> Translations:
    """Texts and formats of a language; what has no translation yet is shown in Spanish."""
    language = as_language(locale)
    messages: NullTranslations = NullTranslations()
    for path in sorted((LOCALES_FOLDER / language / "LC_MESSAGES").glob("*.po"), reverse=True):
        catalog = _read(path, language)
        catalog.add_fallback(messages)
        messages = catalog
    return Translations(language, messages)


def best_language(accepted: str | None, wanted: str | None = None) -> Language:
    """What to speak: the language asked for by `?lang=` or kept, else the best of `Accept-Language`, else Spanish."""
    if wanted and as_language(wanted) == wanted.split("-")[0].lower():
        return as_language(wanted)
    ranked: list[tuple[float, int, str]] = []
    for place, part in enumerate((accepted or "").split(",")):
        tag, _, weight = part.strip().partition(";q=")
        try:
            quality = float(weight) if weight else 1.0
        except ValueError:
            continue
        ranked.append((-quality, place, tag.split("-")[0].lower()))
    spoken = (tag for quality, _, tag in sorted(ranked) if quality < 0 and tag in LANGUAGES)
    return as_language(next(spoken, None))
