"""What a task hangs on: measures, indicators, documents and meetings, by their titles; and looking for more of them."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from services.portal.pages.model import current_model
from services.portal.pages.parts import attempt
from services.portal.translations import N_
from services.portal.visits import Visit
from services.survey.schemas.models import ModelOut
from services.workspace.schemas import LinkOut
from shared.problems import NotFound
from shared.text import without_accents

KINDS: Mapping[str, str] = {
    "measure": N_("Medida"),
    "indicator": N_("Indicador"),
    "document": N_("Documento"),
    "event": N_("Reunión"),
}
GONE = N_("Ya no existe, o no se le muestra")
UNKNOWN = N_("No se pudo leer ahora")
OFFERED = 6
"""How many of each kind a search offers."""
AROUND = timedelta(days=190)
"""How far from now meetings are looked for."""
IDS_SHOWN = ("measure", "indicator")
"""Kinds whose codes mean something to a reader."""


@dataclass(frozen=True, slots=True)
class Linked:
    """Something that a task is linked to, or may be: its kind, what it is called and where it is; `trouble` is why it
    has no title and no page."""

    kind: str
    ref: str
    title: str
    href: str | None
    trouble: str | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """What a form for a new task is to be linked to, the words that were looked for, and what they found besides."""

    chosen: Sequence[Linked] = ()
    q: str = ""
    offers: Sequence[Linked] = ()


NOTHING_CHOSEN = Choice()


def links_in(refs: Iterable[str]) -> list[LinkOut]:
    """Links as the boxes of a form name them, `kind:ref`; what is no link is left out."""
    parted = [ref.partition(":")[::2] for ref in refs]
    return [LinkOut.model_validate({"kind": kind, "ref": ref[:100]}) for kind, ref in parted if kind in KINDS and ref]


async def choice_for(visit: Visit, committee: str, refs: Iterable[str], q: str) -> Choice:
    """The chosen ones by their titles, and what the words find."""
    links = links_in(refs)
    offers = await found_for(visit, committee, links, q) if q else []
    return Choice(await linked_to(visit, links), q, offers)


async def linked_to(visit: Visit, links: Sequence[LinkOut]) -> list[Linked]:
    """Each link as its reader may see it, in the same order."""
    if not links:
        return []
    wants_model = any(link.kind == "measure" and ":" not in link.ref for link in links)
    model = (await attempt(current_model(visit))).value if wants_model else None
    return list(await asyncio.gather(*(_linked(visit, link, model) for link in links)))


async def _linked(visit: Visit, link: LinkOut, model: ModelOut | None) -> Linked:
    if link.kind == "measure":
        return _measure(visit, link.ref, model)
    if link.kind == "indicator":
        indicator = await attempt(visit.indicators.indicator(link.ref))
        if indicator.value is not None:
            href = f"/benchmarks/indicators?indicator={quote(link.ref)}"
            return Linked("indicator", link.ref, f"{link.ref} {indicator.value.name}", href)
        failed = indicator.has_failed
    elif link.kind == "document":
        document = await attempt(visit.workspace.document(link.ref))
        if document.value is not None:
            found, _ = document.value
            inside = f"/committees/{found.committee}/documents/{link.ref}"
            href = inside if found.created_by is not None else f"/documents/{link.ref}"
            return Linked("document", link.ref, found.title, href)
        failed = document.has_failed
    else:
        event = await attempt(visit.workspace.event(link.ref))
        if event.value is not None:
            return Linked("event", link.ref, event.value[0].title, f"/events/{link.ref}")
        failed = event.has_failed
    return Linked(
        link.kind, link.ref, link.ref if link.kind in IDS_SHOWN else "", None, UNKNOWN if failed else GONE
    )  # fmt: skip


def _measure(visit: Visit, ref: str, model: ModelOut | None) -> Linked:
    """One of a community's survey (`2026:ecu-gye:M1.1.a`) leads to its gap or its result, others to the model."""
    parts = ref.split(":")
    if len(parts) == 3:
        year, community, code = parts
        own = visit.caller.is_secretariat or community in visit.caller.communities
        gap = f"/survey/{year}/{community}/actions?measure={code}"
        return Linked("measure", ref, f"{code}, {year}", gap if own else f"/results/{community}?year={year}")
    for point, code, name in measures_in(model):
        if code == ref:
            return Linked("measure", ref, f"{code} {name}", f"/model#{point}")
    return Linked("measure", ref, ref, None, GONE if model is not None else UNKNOWN)


def measures_in(model: ModelOut | None) -> Iterable[tuple[str, str, str]]:
    """The point, code and name of each measure."""
    for pillar in model.pillars if model is not None else ():
        for point in pillar.points:
            for measure in point.measures:
                yield point.code, measure.code, measure.name


async def found_for(visit: Visit, committee: str, links: Sequence[LinkOut], q: str) -> list[Linked]:
    """What the words are in, of all that the reader may see and that is not among the `links` of a task yet."""
    now = datetime.now(UTC)
    model, catalogue, documents, meetings = await asyncio.gather(
        attempt(current_model(visit)), attempt(visit.indicators.catalogue()),
        attempt(visit.workspace.search(q, kind="document", limit=OFFERED)),
        attempt(visit.workspace.calendar(now - AROUND, now + AROUND, committee=committee)),
    )  # fmt: skip
    words = without_accents(q).split()
    known = {(link.kind, link.ref) for link in links}
    offers = {
        "measure": [
            Linked("measure", code, f"{code} {name}", f"/model#{point}") for point, code, name in
            measures_in(model.value) if _has(words, code, name)
        ],
        "indicator": [
            Linked("indicator", one.code, f"{one.code} {one.name}", f"/benchmarks/indicators?indicator={one.code}")
            for one in catalogue.value or () if _has(words, one.code, one.name)
        ],
        "document": [
            Linked("document", str(hit.document), hit.title, hit.page)
            for hit in (documents.value.items if documents.value is not None else ())
        ],
        "event": [
            Linked("event", str(one.event), one.title, f"/events/{one.event}")
            for one in {one.event: one for one in meetings.value or ()}.values() if _has(words, one.title)
        ],
    }  # fmt: skip
    return [one for found in offers.values() for one in found[:OFFERED] if (one.kind, one.ref) not in known]


def _has(words: Sequence[str], *texts: str) -> bool:
    text = without_accents(" ".join(texts))
    return bool(words) and all(word in text for word in words)


def must_be_a_kind(text: str) -> str:
    """Raises NotFound."""
    if text not in KINDS:
        raise NotFound
    return text
