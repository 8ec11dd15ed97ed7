"""A version of the model from YAML, read strictly.

It is the part of YAML 1.2 that says the same as JSON: no anchors and aliases, no tags, no doubled keys, and `no` is a
word. Run `read_yaml` apart: a hostile file costs time and memory.
"""

import re
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from services.survey.models.files import Draft, FileTrouble, Trouble, pointer
from shared.text import forbidden_character, normal

LARGEST = 2**20
DEEPEST = 20
INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,15})")
NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,15})(\.[0-9]{1,20})?([eE][-+]?[0-9]{1,3})?")
Steps = tuple[str | int, ...]


def read_yaml(content: bytes) -> Draft:
    """The body that the file stands for. Raises FileTrouble with the line."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise FileTrouble([Trouble(f"line {line}", "is not UTF-8; save the file as UTF-8")]) from None
    if found := forbidden_character(text):
        raise FileTrouble([Trouble(_line_of(text, found), f"contains a character that cannot be stored ({found})")])
    try:
        _refuse_tricks(text)
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"line {mark.line + 1}" if mark else ""
        raise FileTrouble([Trouble(place, f"is not YAML: {error.problem or error.context}")]) from None
    except yaml.YAMLError as error:
        raise FileTrouble([Trouble("", f"is not YAML: {str(error).splitlines()[0]}")]) from None
    if not isinstance(root, MappingNode):
        raise FileTrouble([Trouble("line 1", "must be a mapping with version, kind, scale, bands and pillars")])
    reader = _Reader()
    body = reader.value(root, ())
    if reader.troubles:
        raise FileTrouble(reader.troubles)
    return Draft(body, reader.places)


def _refuse_tricks(text: str) -> None:
    """Anchors, aliases, tags and deep nesting, before anything is built of them."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        line = f"line {event.start_mark.line + 1}" if event.start_mark else ""
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise FileTrouble([Trouble(line, "anchors and aliases (& and *) are not accepted; write the text out")])
        if tag := getattr(event, "tag", None):
            raise FileTrouble([Trouble(line, f"the tag {str(tag)[:60]} is not accepted")])
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > DEEPEST:
            raise FileTrouble([Trouble(line, f"is nested deeper than {DEEPEST} levels")])


def _line_of(text: str, character: str) -> str:
    before = text.partition(chr(int(character[2:], 16)))[0]
    return f"line {before.count(chr(10)) + 1}"


class _Reader:
    def __init__(self) -> None:
        self.troubles: list[Trouble] = []
        self.places: dict[str, str] = {}

    def value(self, node: Node, at: Steps) -> Any:
        line = f"line {node.start_mark.line + 1}"
        self.places[pointer(*at)] = line
        if isinstance(node, SequenceNode):
            return [self.value(item, (*at, index)) for index, item in enumerate(node.value)]
        if isinstance(node, MappingNode):
            found: dict[str, Any] = {}
            for key, item in node.value:
                name = key.value if isinstance(key, ScalarNode) and not forbidden_character(key.value) else None
                if name is None or name in found:
                    reason = f"{name} occurs twice" if name is not None else "a key must be one word"
                    self.troubles.append(Trouble(f"line {key.start_mark.line + 1}", reason, pointer(*at)))
                    continue
                found[name] = self.value(item, (*at, name))
            return found
        found_value = _scalar(node)
        if isinstance(found_value, str) and (bad := forbidden_character(found_value)):
            self.troubles.append(Trouble(line, f"contains a character that cannot be stored ({bad})", pointer(*at)))
        return found_value


def _scalar(node: Any) -> Any:
    text: str = node.value
    if node.style in ("'", '"', "|", ">"):
        return normal(text)
    if text in ("", "~", "null"):
        return None
    if text in ("true", "false"):
        return text == "true"
    if INTEGER.fullmatch(text):
        return int(text)
    if NUMBER.fullmatch(text):
        return float(text)
    return normal(text)
