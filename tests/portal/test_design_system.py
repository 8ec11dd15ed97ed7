"""The design system: components, colours, static files, the frame of a page."""

from __future__ import annotations

import hashlib
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from jinja2 import UndefinedError

from services.portal.colours import PAIRS, Pair, colours
from services.portal.components import Component, components, parameter_names, signatures
from services.portal.design_examples import DesignExamples
from services.portal.design_page import design_page, draw_example, drawn
from services.portal.preview import create_preview
from services.portal.rendering import (
    FRAME,
    SCRIPT_MODULES,
    STATIC_FOLDER,
    STYLE_SHEETS,
    TEMPLATES_FOLDER,
    environment,
    make_environment,
    query_url,
    speaking,
    static_url,
)
from services.portal.translations import LANGUAGES, Language
from tests.portal.reading import complaints, read

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("language", ["es", "en"])
@pytest.mark.parametrize("component", components(), ids=lambda component: component.key)
def test_every_example_is_a_sound_part_of_a_page(component: Component, language: Language) -> None:
    examples = DesignExamples(language)
    with speaking(language):
        for macro, example in drawn(component):
            markup = draw_example(macro, example, language, examples)
            wrong = [one for one in complaints(markup) if "leaves the portal" not in one]
            assert (macro.name, example.title["en"], wrong) == (macro.name, example.title["en"], [])
            assert "{{" not in markup


@pytest.mark.parametrize("language", ["es", "en"])
def test_pictures_of_components_are_sound(language: Language) -> None:
    examples = DesignExamples(language)
    with speaking(language):
        for component in components():
            for picture in component.pictures:
                source = "{{ " + picture.draw + " }}"
                markup = environment().from_string(source).render(examples=examples)
                assert (component.key, complaints(markup)) == (component.key, [])


def test_every_macro_has_its_file_and_every_parameter_its_words() -> None:
    described = {macro.name: macro for component in components() for macro in component.macros}
    assert set(described) == set(signatures())
    for macro in described.values():
        assert list(macro.parameters) == parameter_names(macro.signature)
        assert macro.examples, f"{macro.name} has no example"
        for text in macro.parameters.values():
            assert text["es"] and text["en"]


def test_every_macro_is_within_reach_of_a_page() -> None:
    module = environment().get_template("ui.html").module
    assert set(signatures()) <= set(dir(module))


def test_the_documentation_lists_the_macros_as_they_are() -> None:
    told = dict(
        re.findall(r"^- `(\w+)\((.*)\)`", (ROOT / "docs" / "design-system.md").read_text("utf-8"), re.MULTILINE)
    )
    assert told == signatures()


@pytest.mark.parametrize("language", ["es", "en", "pt", "fr"])
@pytest.mark.slow
def test_the_page_of_the_design_system_is_sound(language: Language) -> None:
    assert complaints(design_page(language), whole=True) == []


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: f"{pair.above} on {pair.ground}, {pair.least:g}")
def test_colours_stand_out_in_light_and_dark(pair: Pair) -> None:
    light, dark = pair.contrast()
    assert light >= pair.least
    assert dark >= pair.least


def test_the_measured_colours_are_those_of_the_specification() -> None:
    table = colours()
    assert (table["ink"].light, table["ink"].dark) == ("#10222e", "#e6eef2")
    assert (table["harbour"].light, table["harbour"].dark) == ("#0b4f6c", "#6ec1e4")
    assert (table["buoy"].light, table["buoy"].dark) == ("#b3401a", "#ff8a5c")


def test_the_ramp_of_levels_stays_in_order_in_grey() -> None:
    from services.portal.colours import luminance

    light = [luminance(colours()[f"ramp-{level}"].light) for level in range(1, 6)]
    dark = [luminance(colours()[f"ramp-{level}"].dark) for level in range(1, 6)]
    assert light == sorted(light, reverse=True)
    assert dark == sorted(dark)


def test_style_sheets_use_only_tokens_that_exist_and_stay_short() -> None:
    sheets = {path.name: path.read_text("utf-8") for path in (STATIC_FOLDER / "css").glob("*.css")}
    defined = set(re.findall(r"^\s*(--[\w-]+):", "\n".join(sheets.values()), re.MULTILINE))
    for name, sheet in sheets.items():
        assert set(re.findall(r"var\((--[\w-]+)", sheet)) - defined == set(), name
        assert len(sheet.splitlines()) < 400, name
        assert name == "tokens.css" or not re.search(r"#[0-9a-fA-F]{3,8}\b(?![^;{]*\{)", sheet), f"a colour in {name}"


def test_every_sheet_and_module_of_a_page_exists() -> None:
    for sheet in STYLE_SHEETS:
        assert static_url(f"css/{sheet}.css").startswith(f"/static/css/{sheet}.css?v=")
    for module in SCRIPT_MODULES:
        assert static_url(f"js/{module}.js")
    with pytest.raises(KeyError):
        static_url("css/absent.css")


def test_the_fingerprint_is_that_of_the_content() -> None:
    octets = (STATIC_FOLDER / "css" / "tokens.css").read_bytes()
    assert static_url("css/tokens.css").endswith(hashlib.sha256(octets).hexdigest()[:12])


def test_vendored_files_are_the_ones_that_were_checked() -> None:
    lines = (STATIC_FOLDER / "vendor" / "CHECKSUMS").read_text("utf-8").splitlines()
    rows = [line.split() for line in lines if not line.startswith("#")]
    for checksum, name, package, version in rows:
        assert hashlib.sha256((STATIC_FOLDER / name).read_bytes()).hexdigest() == checksum, name
        assert package and re.fullmatch(r"\d+\.\d+\.\d+", version)
    assert not any("://" in line for line in lines)
    foreign = {path.relative_to(STATIC_FOLDER).as_posix() for path in STATIC_FOLDER.glob("fonts/*")}
    foreign |= {path.relative_to(STATIC_FOLDER).as_posix() for path in STATIC_FOLDER.glob("vendor/*")}
    assert foreign - {"vendor/CHECKSUMS"} <= {row[1] for row in rows}


def test_every_address_of_a_static_file_in_styles_and_templates_is_served() -> None:
    for sheet in (STATIC_FOLDER / "css").glob("*.css"):
        for address in re.findall(r'url\("([^"#]+)"\)', sheet.read_text("utf-8")):
            assert (sheet.parent / address).resolve().is_file(), address
    base = (TEMPLATES_FOLDER / "base.html").read_text("utf-8")
    for address in re.findall(r'"/static/([^"{]+)"', base):
        assert (STATIC_FOLDER / address).is_file(), address


PAGE = """{% extends "base.html" %}{% import "ui.html" as ui %}{% set title = _("Comunidades") %}
{% block main %}{{ ui.page_heading(title) }}{{ ui.not_yours() }}{{ score|number }}{{ 1234.5|number }}{% endblock %}"""


def _drawn_in(language: str) -> str:
    with speaking(language):
        return environment().from_string(PAGE).render({**FRAME, "locale": language, "score": 1234.5})


def test_no_reader_gets_the_language_of_another() -> None:
    alone = {}
    for language in LANGUAGES:
        fresh = make_environment()
        with speaking(language):
            alone[language] = fresh.from_string(PAGE).render({**FRAME, "locale": language, "score": 1234.5})
    assert len(set(alone.values())) == len(LANGUAGES)
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(_drawn_in, [*LANGUAGES, *reversed(LANGUAGES)] * 5))
    assert together == [alone[language] for language in [*LANGUAGES, *reversed(LANGUAGES)] * 5]


def test_macros_translate_when_called_and_not_when_loaded() -> None:
    for path in (TEMPLATES_FOLDER / "macros").glob("*.html"):
        outside = re.sub(r"{%-? macro .*?{%-? endmacro -?%}", "", path.read_text("utf-8"), flags=re.DOTALL)
        outside = re.sub(r"{#.*?#}", "", outside, flags=re.DOTALL)
        assert not re.search(r"\b(_|n?gettext)\(", outside), path.name


def test_a_name_that_nobody_gave_is_an_error() -> None:
    with speaking("es"), pytest.raises(UndefinedError):
        environment().from_string("{{ nobody }}").render()


def test_the_frame_knows_who_is_here_and_where() -> None:
    source = (
        '{% extends "base.html" %}{% set title = "Mi escritorio" %}{% block main %}<h1>{{ title }}</h1>{% endblock %}'
    )
    given = {"path": "/desk", "section": "desk", "person": {"name": "Ana <b>"}, "csrf_token": "x'y", "demo": True}
    with speaking("es"):
        markup = environment().from_string(source).render({**FRAME, "locale": "es", **given, "query": "a=1&lang=pt"})
    assert complaints(markup, whole=True) == []
    assert "Ana &lt;b&gt;" in markup
    assert "Datos de demostración" in markup
    assert 'href="/desk?a=1&amp;lang=en"' in markup
    tokens = [one for one in read(markup).all("input") if one.attributes.get("name") == "csrf_token"]
    assert [token.attributes["value"] for token in tokens] == ["x'y"]
    assert "/login" not in markup


def test_query_url_changes_what_it_is_told_and_keeps_the_rest() -> None:
    assert query_url("/communities", "q=san+juan&sort=name", sort="-name") == "/communities?q=san+juan&sort=-name"
    assert query_url("/communities", "sort=name", sort=None) == "/communities"


async def test_the_preview_answers_under_a_strict_policy_and_its_files_are_kept() -> None:
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(create_preview()), base_url="http://127.0.0.1:8765"
    ) as client:
        page = await client.get("/design?lang=en", headers={"Accept-Language": "fr"})
        assert page.status_code == 200
        assert page.headers["content-language"] == "en"
        assert "unsafe" not in page.headers["content-security-policy"]
        fingerprinted = await client.get(static_url("css/tokens.css"))
        assert "immutable" in fingerprinted.headers["cache-control"]
        plain = await client.get("/static/css/tokens.css")
        assert plain.headers["cache-control"] == "public, max-age=3600"
        font = await client.get("/static/fonts/source-sans-3-latin-wght-normal.woff2")
        assert font.headers["content-type"] == "font/woff2"
        assert (await client.get("/static/../rendering.py")).status_code == 404
