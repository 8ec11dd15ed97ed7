"""How tests read a page: its elements, and what must hold of every page whatever it shows."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
SPANISH_ALONE = re.compile(r"\b(?:el|los|las|según|todavía|están|hay|muelle|puertos|contraseña|escritorio)\b")
"""Words that Spanish writes and neither English, Portuguese nor French: what a page in those must not hold."""
CONTROLS = {"input", "select", "textarea"}


@dataclass
class Element:
    tag: str
    attributes: dict[str, str]
    parents: tuple[str, ...]
    text: str = ""


@dataclass
class Page:
    elements: list[Element] = field(default_factory=list)
    unbalanced: list[str] = field(default_factory=list)

    def all(self, tag: str) -> list[Element]:
        return [element for element in self.elements if element.tag == tag]

    def ids(self) -> list[str]:
        return [element.attributes["id"] for element in self.elements if "id" in element.attributes]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.page = Page()
        self.open: list[Element] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        if len(names) != len(set(names)):
            self.page.unbalanced.append(f"<{tag}> names an attribute twice: {names}")
        parents = tuple(element.tag for element in self.open)
        element = Element(tag, {name: value or "" for name, value in attrs}, parents)
        self.page.elements.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open[-1].tag != tag:
            self.page.unbalanced.append(f"</{tag}> closes {self.open[-1].tag if self.open else 'nothing'}")
        else:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        for element in self.open:
            element.text += data


def read(markup: str) -> Page:
    reader = _Reader()
    reader.feed(markup)
    reader.close()
    reader.page.unbalanced += [f"<{element.tag}> is never closed" for element in reader.open]
    return reader.page


def complaints(markup: str, *, whole: bool = False) -> list[str]:
    """What is wrong with a page (`whole`) or a part of one; an empty list when all is well."""
    page = read(markup)
    found = list(page.unbalanced)
    ids = page.ids()
    found += [f"id {one!r} is there twice" for one in sorted({one for one in ids if ids.count(one) > 1})]
    found += [f"id {one!r} has a space" for one in ids if not one or " " in one]
    for element in page.elements:
        found += _about(element, set(ids))
    labelled = {label.attributes.get("for") for label in page.all("label")}
    for control in page.elements:
        kind = control.attributes.get("type", "")
        named = control.attributes.get("id") in labelled or "aria-label" in control.attributes
        if control.tag in CONTROLS and kind not in ("hidden", "submit", "button") and not named:
            found.append(f"no label for {control.tag} {control.attributes.get('name')}")
    if whole:
        found += _about_whole(page)
    return found


def _about(element: Element, ids: set[str]) -> list[str]:
    found: list[str] = []
    for name, value in element.attributes.items():
        if name == "style" or name.startswith("on"):
            found.append(f"<{element.tag}> has {name}=")
        if name in ("aria-labelledby", "aria-describedby", "for", "popovertarget"):
            found += [f"{name}={one} names nothing" for one in value.split() if one not in ids]
        if name in ("href", "src", "action") and re.match(r"(https?:)?//|javascript:|data:", value):
            is_marked = element.tag == "a" and "external" in element.attributes.get("rel", "").split()
            if not (is_marked and value.startswith(("https://", "http://"))):
                found.append(f"{name}={value} leaves the portal")
    if element.tag == "style" or (element.tag == "script" and "src" not in element.attributes):
        found.append(f"inline <{element.tag}>")
    if element.tag == "img" and "alt" not in element.attributes:
        found.append("img without alt")
    if element.tag in ("a", "button") and not (element.text.strip() or "aria-label" in element.attributes):
        found.append(f"<{element.tag} {element.attributes}> says nothing")
    return found


def _about_whole(page: Page) -> list[str]:
    found: list[str] = []
    headings = page.all("h1")
    title = " ".join(page.all("title")[0].text.split())
    if len(headings) != 1:
        found.append(f"{len(headings)} h1")
    elif not title.startswith(" ".join(headings[0].text.split())):
        found.append(f"the title {title!r} doesn't open with the h1")
    if not page.all("html")[0].attributes.get("lang"):
        found.append("no lang")
    ids = set(page.ids())
    found += [
        f"link to {link.attributes['href']} on this page, which isn't there"
        for link in page.all("a")
        if link.attributes.get("href", "").startswith("#") and link.attributes["href"][1:] not in ids
    ]
    return found
