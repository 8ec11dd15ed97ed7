"""The components of the design system, each described by one file: parameters, examples, criteria of accessibility.

The same data feeds the page `/design`, the tests and `docs/design-system.md`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parent
MACROS_FOLDER = FOLDER.parent / "templates" / "macros"
FAMILIES = ("actions", "forms", "status", "states", "layout", "tables", "boards", "charts")

Text = dict[str, str]  # by language


@dataclass(frozen=True)
class Example:
    """A call of a macro: `given` are its arguments, `computed` those that are written as expressions.

    `body` is what a `{% call %}` block holds; `call` names what the macro hands to it. A quiet example is shown as
    code only: it makes no sense twice on a page, or nothing to be seen.
    """

    title: Text
    given: dict[str, Any]
    computed: dict[str, str]
    body: Text | str | None
    call: str
    quiet: bool

    def source(self, macro: str, language: str) -> str:
        """The template that draws it; the arguments come as `given`."""
        computed = "".join(f"{name}={expression}, " for name, expression in self.computed.items())
        call = f"ui.{macro}({computed}**given)"
        if self.body is None:
            return f"{{{{ {call} }}}}"
        body = self.body if isinstance(self.body, str) else self.body.get(language, self.body["es"])
        return f"{{% call{'(' + self.call + ')' if self.call else ''} {call} %}}{body}{{% endcall %}}"

    def code(self, macro: str, language: str) -> str:
        """The call as somebody would write it in a template."""
        arguments = [f"{name}={_literal(value)}" for name, value in localized(self.given, language).items()]
        arguments += [f"{name}={expression}" for name, expression in self.computed.items()]
        call = f"ui.{macro}({', '.join(arguments)})"
        if self.body is None:
            return f"{{{{ {call} }}}}"
        body = self.body if isinstance(self.body, str) else self.body.get(language, self.body["es"])
        return f"{{% call{'(' + self.call + ')' if self.call else ''} {call} %}}\n{body}\n{{% endcall %}}"


@dataclass(frozen=True)
class Macro:
    name: str
    signature: str
    parameters: dict[str, Text]
    examples: tuple[Example, ...]


@dataclass(frozen=True)
class Picture:
    title: Text
    draw: str


@dataclass(frozen=True)
class Component:
    key: str
    family: str
    title: Text
    about: Text
    macros: tuple[Macro, ...]
    pictures: tuple[Picture, ...]
    accessibility: tuple[Text, ...]


def localized(value: Any, language: str) -> Any:
    """The value with every `{es: …, en: …}` in it replaced by its text in a language."""
    if isinstance(value, dict):
        if value and set(value) <= {"es", "en", "pt", "fr"}:
            return value.get(language, value["es"])
        return {key: localized(inner, language) for key, inner in value.items()}
    if isinstance(value, list):
        return [localized(inner, language) for inner in value]
    return value


def _literal(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "none"}[value]
    if isinstance(value, str):
        return '"' + value.replace('"', '\\"') + '"'
    if isinstance(value, list):
        return "[" + ", ".join(_literal(item) for item in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_literal(key)}: {_literal(item)}" for key, item in value.items()) + "}"
    return str(value)


@lru_cache(maxsize=1)
def signatures() -> dict[str, str]:
    """Every public macro, as `name(parameters)`, read from the templates."""
    found: dict[str, str] = {}
    for path in sorted(MACROS_FOLDER.glob("*.html")):
        for match in re.finditer(r"{%-? macro ([a-z]\w*)\((.*?)\) -?%}", path.read_text("utf-8"), re.DOTALL):
            found[match[1]] = " ".join(match[2].split())
    return found


def parameter_names(signature: str) -> list[str]:
    """The names in a signature, in order; defaults may hold no comma."""
    return [part.split("=")[0].strip() for part in signature.split(",") if part.strip()]


@lru_cache(maxsize=1)
def components() -> tuple[Component, ...]:
    common: dict[str, Text] = yaml.safe_load((FOLDER / "_parameters.yaml").read_text("utf-8"))
    read = [_component(path, common) for path in sorted(FOLDER.glob("[a-z]*.yaml"))]
    return tuple(sorted(read, key=lambda component: (FAMILIES.index(component.family), component.key)))


def _component(path: Path, common: dict[str, Text]) -> Component:
    data = yaml.safe_load(path.read_text("utf-8"))
    return Component(
        key=path.stem,
        family=data["family"],
        title=data["title"],
        about=data["about"],
        macros=tuple(_macro(name, told, common) for name, told in data["macros"].items()),
        pictures=tuple(Picture(told["title"], told["draw"]) for told in data.get("pictures", [])),
        accessibility=tuple(data["accessibility"]),
    )


def _macro(name: str, told: dict[str, Any], common: dict[str, Text]) -> Macro:
    signature = signatures()[name]
    own: dict[str, Text] = told.get("parameters", {})
    return Macro(
        name=name,
        signature=signature,
        parameters={one: own[one] if one in own else common[one] for one in parameter_names(signature)},
        examples=tuple(
            Example(
                title=example["title"],
                given=example.get("with", {}),
                computed=example.get("computed", {}),
                body=example.get("body"),
                call=example.get("call", ""),
                quiet=example.get("quiet", False),
            )
            for example in told["examples"]
        ),
    )
