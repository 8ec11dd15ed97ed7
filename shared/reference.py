"""Reference files: read whole and checked before anything is loaded; trouble is told with file, line and reason."""

import json
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError
from yaml.nodes import MappingNode, Node, SequenceNode

from shared.trouble import Trouble

Model = TypeVar("Model", bound=BaseModel)
Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The same language by libyaml, ten times as fast, where PyYAML has it."""


class ReferenceTrouble(Trouble):
    """`file, line N: reason`, for the operator."""

    def __init__(self, path: Path, line: int | None, reason: str) -> None:
        super().__init__(f"{path}, line {line}: {reason}" if line else f"{path}: {reason}")


def load_yaml(path: Path, model: type[Model]) -> Model:
    """The file as the model. Raises ReferenceTrouble for what is unreadable, doubled or wrong."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ReferenceTrouble(path, None, error.strerror or "cannot be read") from None
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise ReferenceTrouble(path, line, "is not UTF-8") from None
    try:
        loader = Loader(text)
        root = loader.get_single_node()
        _must_have_no_doubles(path, root)
        value = None if root is None else loader.construct_document(root)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise ReferenceTrouble(path, mark.line + 1 if mark else None, error.problem or "is not YAML") from None
    try:
        return model.model_validate_json(json.dumps(value, default=str))
    except ValidationError as error:
        first = error.errors()[0]
        steps = first["loc"]
        where = ".".join(str(step) for step in steps)
        raise ReferenceTrouble(path, _line(root, steps), f"{where}: {first['msg']}") from None


def trouble_at(path: Path, steps: tuple[str | int, ...], reason: str) -> ReferenceTrouble:
    """Trouble that a cross-check found, at a place in a YAML file that was loaded before."""
    return ReferenceTrouble(path, _line(yaml.compose(path.read_text(encoding="utf-8"), Loader=Loader), steps), reason)


def _must_have_no_doubles(path: Path, node: Node | None) -> None:
    if isinstance(node, MappingNode):
        seen: set[Any] = set()
        for key, value in node.value:
            if key.value in seen:
                raise ReferenceTrouble(path, key.start_mark.line + 1, f"{key.value} occurs twice")
            seen.add(key.value)
            _must_have_no_doubles(path, value)
    elif isinstance(node, SequenceNode):
        for item in node.value:
            _must_have_no_doubles(path, item)


def _line(node: Node | None, steps: tuple[str | int, ...]) -> int | None:
    """The line of the innermost step that is there."""
    for step in steps:
        if isinstance(node, MappingNode):
            found = [value for key, value in node.value if key.value == str(step)]
            if not found:
                break
            node = found[0]
        elif isinstance(node, SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
        else:
            break
    return node.start_mark.line + 1 if node is not None else None
