"""The page `/design`: every component with its states, the scale of type, measured colours, the pictures."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from markupsafe import Markup

from services.portal.colours import PAIRS, colours
from services.portal.components import FAMILIES, Component, Example, Macro, components, localized
from services.portal.design_examples import DesignExamples
from services.portal.rendering import environment, render
from services.portal.translations import N_, Language, best_language

router = APIRouter()

FAMILY_NAMES = {
    "actions": N_("Acciones"),
    "forms": N_("Formularios"),
    "status": N_("Estado y cifras"),
    "states": N_("Estados de la página"),
    "layout": N_("Composición"),
    "tables": N_("Tablas"),
    "boards": N_("Tableros"),
    "charts": N_("Gráficos"),
}


@router.get("/design", response_class=HTMLResponse, include_in_schema=False)
async def show_design_system(request: Request, lang: str | None = None) -> HTMLResponse:
    """The design system, drawn by itself."""
    language = best_language(request.headers.get("accept-language"), lang)
    theme = request.cookies.get("theme")
    return HTMLResponse(
        design_page(language, theme=theme, query=request.url.query),
        headers={"Vary": "Accept-Language, Cookie", "Content-Language": language},
    )


def design_page(language: Language, **frame: Any) -> str:
    examples = DesignExamples(language)
    shown = components()
    return render(
        "design.html",
        locale=language,
        path="/design",
        families=[(key, FAMILY_NAMES[key], [one for one in shown if one.family == key]) for key in FAMILIES],
        colours=list(colours().values()),
        pairs=[(pair, *pair.contrast()) for pair in PAIRS],
        draw=lambda macro, example: draw_example(macro, example, language, examples),
        draw_picture=lambda source: _draw(f"{{{{ {source} }}}}", examples=examples),
        code=lambda macro, example: example.code(macro.name, language),
        said=lambda text: localized(text, language),
        **frame,
    )


def draw_example(macro: Macro, example: Example, language: Language, examples: DesignExamples) -> Markup:
    """The markup of an example. Call it while rendering: the language of the macros' own words is the page's."""
    source = example.source(macro.name, language)
    return _draw(source, given=localized(example.given, language), examples=examples)


def _draw(source: str, **given: Any) -> Markup:
    template = environment().from_string('{% import "ui.html" as ui %}' + source)
    return Markup(template.render(given))  # noqa: S704  rendered with escaping


def drawn(component: Component) -> list[tuple[Macro, Example]]:
    """The examples of a component that are to be seen."""
    return [(macro, example) for macro in component.macros for example in macro.examples if not example.quiet]
