"""`/`: what the Network is, where its communities are, the Reference Model as a picture."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from starlette.responses import Response

from services.portal.pages.document_words import KINDS
from services.portal.pages.meeting_times import address_of
from services.portal.pages.model import current_model, profile_of
from services.portal.pages.parts import attempt, both, three
from services.portal.pages.places import any_demo, by_country, map_of
from services.portal.pages.reading import day_in
from services.portal.pages.regional_meetings import days_of
from services.portal.translations import translations
from services.portal.visits import Reader, page_router
from services.portal.vocabulary import PHASES

router = page_router()
LATEST = 5
"""Documents."""
EVENTS_AHEAD = timedelta(days=200)


@router.get("/")
async def show_home(visit: Reader) -> Response:
    """The home page. Its parts come from several services, each may be missing."""
    now = datetime.now(UTC)
    (communities, model, series), (documents, events, regional) = await both(
        three(
            attempt(visit.registry.communities()),
            attempt(current_model(visit)),
            attempt(visit.indicators.reference_series()),
        ),
        three(
            attempt(visit.workspace.documents(limit=LATEST, state="published")),
            attempt(visit.workspace.calendar(now, now + EVENTS_AHEAD, public=True)),
            attempt(visit.workspace.regional_meetings()),
        ),
    )
    latest = documents.value.items if documents.value else []
    coming = [one for one in regional.value or [] if one.published and not one.over]
    words = translations(visit.language)
    known = communities.value or []
    phases = Counter(one.phase for one in known)
    return visit.page(
        "home.html",
        section=None,
        demo=visit.caller.demo or any_demo(known) or any_demo(latest, coming),
        communities=communities,
        ports=sum(one.kind == "port" for one in known),
        candidates=sum(one.kind == "country" for one in known),
        countries=len({one.country for one in known}),
        phases=[(code, phases[code]) for code in PHASES if phases[code]],
        map=map_of("mapa", words.gettext("Comunidades de la Red"), known),
        places=by_country(known, words),
        next_events=[one for one in events.value or [] if not one.cancelled][:3],
        address=address_of,
        regional=coming[-1] if coming else None,
        days=days_of,
        model=model,
        profile=profile_of(model.value, words) if model.value else None,
        series=series,
        ports_compared=sum(one.ports for one in series.value or []),
        documents=latest,
        document_kinds=KINDS,
        day=day_in(visit),
    )
