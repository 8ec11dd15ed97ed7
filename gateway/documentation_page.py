"""The page `/api/docs`: the merged document as HTML, nothing from elsewhere, readable without a script."""

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

POLICY = (
    "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self'; script-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
METHODS = ("get", "post", "put", "patch", "delete")
SENT_AS = ("application/json", "application/merge-patch+json", "application/x-www-form-urlencoded")


def rendered(document: Mapping[str, Any]) -> str:
    """The whole page."""
    parts: dict[str, list[str]] = defaultdict(list)
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                tag = (item[method].get("tags") or ["more"])[0]
                parts[str(tag)].append(_operation(path, method, item[method], document))
    contents = "".join(f'<li><a href="#{_slug(tag)}">{escape(tag)}</a></li>' for tag in parts)
    sections = "".join(
        f'<section id="{_slug(tag)}"><h2>{escape(tag)}</h2>{"".join(operations)}</section>'
        for tag, operations in parts.items()
    )
    title = escape(f"{document['info']['title']} API")
    missing = document.get("x-missing", [])
    note = f"<p>Not answering now, and missing here: {escape(', '.join(missing))}.</p>" if missing else ""
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{title}</title>'
        f'<link rel="stylesheet" href="/static/css/main.css"><link rel="stylesheet" href="/api/docs/docs.css">'
        f'<script type="module" src="/api/docs/try.js"></script></head><body>'
        f'<main id="main" class="api"><h1>{title}</h1>'
        f"<p>{escape(document['info'].get('description', ''))} Version {escape(str(document['info']['version']))}. "
        f'<a href="/api/openapi.json">The same as an OpenAPI document</a>. Calls that you try here are real: they are '
        f"made with the session of this browser.</p>{note}"
        f'<nav aria-label="Parts"><ul>{contents}</ul></nav>{sections}</main></body></html>'
    )


def _operation(path: str, method: str, operation: Mapping[str, Any], document: Mapping[str, Any]) -> str:
    about = _paragraphs(operation.get("description") or "")
    body, media_type = _body(operation, document)
    shown = (
        f"<h4>Body</h4><p><code>{media_type}</code></p><pre>{escape(_pretty(body))}</pre>" if body is not None else ""
    )
    return (
        f'<details><summary><span class="method">{method.upper()}</span> <code>{escape(path)}</code> '
        f"<span>{escape(operation.get('summary') or '')}</span></summary>"
        f'<div class="operation">{about}{_parameters(operation)}{shown}{_answers(operation, document)}'
        f"{_form(path, method, operation, media_type)}</div></details>"
    )


def _paragraphs(text: str) -> str:
    return "".join(f"<p>{escape(' '.join(part.split()))}</p>" for part in text.split("\n\n") if part.strip())


def _parameters(operation: Mapping[str, Any]) -> str:
    rows = "".join(
        f"<tr><th scope='row'><code>{escape(p['name'])}</code></th><td>{escape(p['in'])}"
        f"{', required' if p.get('required') else ''}</td><td>{escape(_kind(p.get('schema', {})))}</td>"
        f"<td>{escape(p.get('description', ''))}</td></tr>"
        for p in operation.get("parameters", [])
    )
    head = (
        "<tr><th scope='col'>Name</th><th scope='col'>In</th><th scope='col'>Type</th><th scope='col'>Meaning</th></tr>"
    )
    return f"<h4>Parameters</h4><table><thead>{head}</thead><tbody>{rows}</tbody></table>" if rows else ""


def _answers(operation: Mapping[str, Any], document: Mapping[str, Any]) -> str:
    rows: list[str] = []
    for status, told in operation.get("responses", {}).items():
        schema = next((c.get("schema") for c in told.get("content", {}).values()), None)
        named = str(schema.get("$ref", "")).rpartition("/")[2] if isinstance(schema, dict) else ""
        rows.append(
            f"<tr><th scope='row'>{escape(str(status))}</th><td>{escape(told.get('description', ''))}</td>"
            f"<td>{_expanded(named, document) if named != 'Problem' else 'problem details'}</td></tr>"
        )
    head = "<tr><th scope='col'>Status</th><th scope='col'>When</th><th scope='col'>Answer</th></tr>"
    return f"<h4>Answers</h4><table><thead>{head}</thead><tbody>{''.join(rows)}</tbody></table>"


def _expanded(name: str, document: Mapping[str, Any]) -> str:
    schema = document["components"]["schemas"].get(name)
    if schema is None:
        return ""
    return f"<details><summary><code>{escape(name)}</code></summary><pre>{escape(_pretty(schema))}</pre></details>"


def _form(path: str, method: str, operation: Mapping[str, Any], media_type: str | None) -> str:
    start = re.sub(r"\W+", "-", f"{method}-{path}")
    fields = "".join(
        f'<label for="{start}-{number}">{escape(name)} ({where})</label>'
        f'<input id="{start}-{number}" name="{escape(name)}" data-in="{where}">'
        for number, (name, where) in enumerate(_fields(method, operation))
    )
    if media_type is not None:
        fields += (
            f'<label for="{start}-body">Body</label>'
            f'<textarea id="{start}-body" data-type="{media_type}" spellcheck="false"></textarea>'
        )
    return (
        f'<form class="try" hidden data-method="{method.upper()}" data-path="{escape(path)}">{fields}'
        f"<button>Send</button><pre><output></output></pre></form>"
    )


def _fields(method: str, operation: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for parameter in operation.get("parameters", []):
        if parameter["in"] in ("path", "query"):
            yield str(parameter["name"]), str(parameter["in"])
    if "428" in operation.get("responses", {}):
        yield "If-Match", "header"
    if method == "post":
        yield "Idempotency-Key", "header"


def _body(operation: Mapping[str, Any], document: Mapping[str, Any]) -> tuple[Any, str | None]:
    """The body's schema, one reference opened, and the media type that the form sends."""
    content = operation.get("requestBody", {}).get("content", {})
    for media_type in SENT_AS:
        if media_type in content:
            schema = content[media_type].get("schema", {})
            named = str(schema.get("$ref", "")).rpartition("/")[2]
            return document["components"]["schemas"].get(named, schema), media_type
    return None, None


def _kind(schema: Mapping[str, Any]) -> str:
    kinds = [s for s in schema.get("anyOf", [schema]) if s.get("type") != "null"]
    return " or ".join(
        " | ".join(map(str, kind["enum"])) if "enum" in kind else str(kind.get("format") or kind.get("type", ""))
        for kind in kinds
    )


def _pretty(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def _slug(tag: str) -> str:
    return re.sub(r"\W+", "-", f"part-{tag}")
