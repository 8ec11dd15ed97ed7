"""What the platform writes to people, in four languages, from `data/mails.yaml`."""

import json
import string
from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict, RootModel

from shared.languages import LANGUAGES
from shared.reference import load_yaml

SIGNED = {
    "es": "Red de Puertos Digitales y Colaborativos",
    "en": "Network of Digital and Collaborative Ports",
    "pt": "Rede de Portos Digitais e Colaborativos",
    "fr": "Réseau des ports numériques et collaboratifs",
}

STOP = {
    "es": "Para no recibir más correos como este: {address}",
    "en": "To stop mail like this: {address}",
    "pt": "Para não receber mais e-mails como este: {address}",
    "fr": "Pour ne plus recevoir de courriels comme celui-ci : {address}",
}


class _Text(BaseModel):
    model_config = ConfigDict(extra="forbid")

    subject: str
    text: str


class _Texts(RootModel[dict[str, dict[str, _Text]]]):
    """Kind → language → what is written."""


TEXTS = load_yaml(Path(__file__).parent / "data" / "mails.yaml", _Texts).root


def _names_in(text: _Text) -> frozenset[str]:
    return frozenset(name for _, name, _, _ in string.Formatter().parse(text.subject + text.text) if name)


VALUES: dict[str, frozenset[str]] = {kind: _names_in(texts["es"]) for kind, texts in TEXTS.items()}
"""Which values each kind of message needs."""
for _kind, _languages in TEXTS.items():
    if set(_languages) != set(LANGUAGES) or any(_names_in(t) != VALUES[_kind] for t in _languages.values()):
        raise RuntimeError(f"data/mails.yaml: {_kind} is not the same in all languages")


def written(kind: str, locale: str, values: Mapping[str, str]) -> tuple[str, str]:
    """Subject and text of a message."""
    language = locale if locale in SIGNED else "es"
    found = TEXTS[kind][language]
    return found.subject.format_map(values), f"{found.text.format_map(values)}\n{SIGNED[language]}\n"


def how_to_stop(locale: str, address: str) -> str:
    """The last line of mail that its reader can stop."""
    return f"\n{STOP[locale if locale in STOP else 'es'].format(address=address)}\n"


def packed(values: Mapping[str, str]) -> bytes:
    return json.dumps(dict(values)).encode()


def unpacked(plain: bytes) -> dict[str, str]:
    values: dict[str, str] = json.loads(plain)
    return values
