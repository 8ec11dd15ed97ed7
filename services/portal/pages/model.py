"""`/model`: the Reference Model, its pillars, points and measures, and how sure each of them is."""

import re
from typing import Any

from starlette.responses import Response

from services.portal.charts.profile import Band, Profile, ProfilePillar, ProfilePoint
from services.portal.pages.instrument import levels_of
from services.portal.translations import N_, Translations, translations
from services.portal.visits import Reader, Visit, page_router
from services.portal.vocabulary import Term
from services.survey.schemas.models import ModelOut
from shared.problems import NotFound

router = page_router()
API = "/api/v1/survey/models"
VERSION = re.compile(r"[0-9A-Za-z][0-9A-Za-z.+_-]{0,59}")

CONFIDENCE: dict[str, Term] = {
    "confirmed": Term(N_("Confirmado"), "ok"),
    "topic_confirmed": Term(N_("Tema confirmado"), "info"),
    "inferred": Term(N_("Propuesto")),
}
CONFIDENCE_TEXTS = {
    "confirmed": N_("Está dicho en un documento del SELA o de CAF que se leyó."),
    "topic_confirmed": N_(
        "El Programa nombra el tema como medida, herramienta o línea de trabajo; su lugar en el modelo y su redacción "
        "son una inferencia."
    ),
    "inferred": N_("Se propuso para completar la estructura."),
}


async def current_model(visit: Visit) -> ModelOut:
    """The Reference Model that holds now: the one published last. Raises NotFound when there is none."""
    found = [one for one in await visit.survey.models() if one.state == "published" and one.kind == "reference"]
    if not found:
        raise NotFound("The Reference Model")
    return max(found, key=lambda one: (str(one.published_at or ""), one.version))


def bands_of(model: ModelOut) -> tuple[Band, ...]:
    return tuple(Band(band.level, band.start, band.label) for band in model.bands)


def profile_of(model: ModelOut, words: Translations, *, key: str = "modelo", path: str = "/model") -> Profile:
    """The model as a picture without scores: each point leads to its place on the model's page."""
    pillars = tuple(
        ProfilePillar(
            pillar.code,
            pillar.name,
            tuple(ProfilePoint(point.code, point.name, None, href=f"{path}#{point.code}") for point in pillar.points),
        )
        for pillar in model.pillars
    )
    return Profile(key, words.gettext("Modelo de Referencia"), pillars, "", bands=bands_of(model))


@router.get("/model")
async def show_model(visit: Reader) -> Response:
    """The version that holds now."""
    models = await visit.survey.models()
    return _page(visit, await current_model(visit) if models else None, models, "/model")


@router.get("/model/{version}")
async def show_version(visit: Reader, version: str) -> Response:
    """A version by its name, for those who have to cite it."""
    if not VERSION.fullmatch(version):
        raise NotFound("This version")
    models = await visit.survey.models()
    found = next((one for one in models if one.version == version), None)
    if found is None:
        raise NotFound("This version")
    return _page(visit, found, models, f"/model/{version}")


def _page(visit: Visit, model: ModelOut | None, models: list[ModelOut], path: str) -> Response:
    words = translations(visit.language)
    context: dict[str, Any] = {}
    if model is not None:
        measures = [measure for pillar in model.pillars for point in pillar.points for measure in point.measures]
        context = {
            "points": sum(len(pillar.points) for pillar in model.pillars),
            "measures": len(measures),
            "profile": profile_of(model, words, path=path),
            "bands": bands_of(model),
            "help_of": lambda measure: levels_of(measure, model, visit.language),
            "has_weights": any(measure.weight != 1 for measure in measures),
            "json_href": f"{API}/{model.version}",
            "xlsform_href": f"{API}/{model.version}.xlsx",
        }
    return visit.page(
        "model.html", section="model", model=model, models=models, confidence=CONFIDENCE,
        confidence_texts=CONFIDENCE_TEXTS, demo=visit.caller.demo or bool(model and model.demo), **context,
    )  # fmt: skip
