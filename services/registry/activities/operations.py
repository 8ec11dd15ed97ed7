"""What the secretariat does with activities of technical cooperation; one transaction each."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select

from services.registry.access import activity_to_edit, community_named, visible_activities
from services.registry.patches import must_not_clear
from services.registry.schemas import ActivityIn, ActivityOut, ActivityPatch
from services.registry.tables import Activity
from shared import idempotency
from shared.callers import Caller
from shared.database import Database, WriteSession
from shared.languages import pick
from shared.problems import Invalid
from shared.tags import Expected

REQUIRED = ("kind", "starts_on")
NAMES = {
    "diagnosis_workshop": {
        "es": "Taller de diagnóstico estratégico",
        "en": "Strategic diagnosis workshop",
        "pt": "Oficina de diagnóstico estratégico",
        "fr": "Atelier de diagnostic stratégique",
    },
    "support_group": {
        "es": "Creación de grupo de apoyo metodológico",
        "en": "Creation of methodological support group",
        "pt": "Criação de grupo de apoio metodológico",
        "fr": "Création d’un groupe d’appui méthodologique",
    },
    "training_workshop": {
        "es": "Taller de formación",
        "en": "Training workshop",
        "pt": "Oficina de formação",
        "fr": "Atelier de formation",
    },
    "technical_visit": {
        "es": "Visita técnica",
        "en": "Technical visit",
        "pt": "Visita técnica",
        "fr": "Visite technique",
    },
    "strategic_plan": {
        "es": "Apoyo a planes estratégicos y gobernanza",
        "en": "Strategic planning and governance support",
        "pt": "Apoio a planos estratégicos e governança",
        "fr": "Appui aux plans stratégiques et à la gouvernance",
    },
    "regional_meeting": {
        "es": "Encuentro regional",
        "en": "Regional meeting",
        "pt": "Encontro regional",
        "fr": "Rencontre régionale",
    },
}
"""What an activity without a title is called."""


def activities(
    caller: Caller,
    *,
    kind: str | None = None,
    community: str | None = None,
    network: bool | None = None,
    since: date | None = None,
    until: date | None = None,
) -> Select[Activity]:
    """The activities that a caller may see and asks for; `since` and `until` are days on which they were under way."""
    statement = select(Activity).where(visible_activities(caller))
    if kind is not None:
        statement = statement.where(Activity.kind == kind)
    if community is not None:
        statement = statement.where(Activity.community_code == community)
    if network is not None:
        whole = Activity.community_code.is_(None)
        statement = statement.where(whole if network else ~whole)
    if since is not None:
        statement = statement.where(func.coalesce(Activity.ends_on, Activity.starts_on) >= since)
    if until is not None:
        statement = statement.where(Activity.starts_on <= until)
    return statement


async def add_activity(db: Database, wanted: ActivityIn, language: str, *, by: Caller) -> tuple[ActivityOut, int]:
    """Record an activity. Raises Invalid."""
    async with db.transaction(by=by, to="add an activity", about=wanted.kind) as tx:
        row = Activity(titles={}, demo=by.demo, version=1)
        await _describe(tx, row, wanted.model_dump(), language, by)
        tx.add(row)
        await tx.flush()
        tx.about = str(row.id)
        out = activity_out(row, language)
        idempotency.will_answer(out, headers=location_of(row.id), version=1)
    return out, 1


async def change_activity(
    db: Database, key: UUID, wanted: ActivityPatch, expected: Expected, language: str, *, by: Caller
) -> tuple[ActivityOut, int]:
    """Change some fields. Raises NotFound, StaleVersion, Invalid."""
    changes = wanted.changes
    async with db.transaction(by=by, to="change an activity", about=key) as tx:
        row = await activity_to_edit(tx, key, by)
        expected.must_match(row.version)
        must_not_clear(changes, REQUIRED)
        before = activity_out(row, language)
        with tx.no_autoflush:
            await _describe(tx, row, changes, language, by)
        if activity_out(row, language) != before:
            row.version += 1
            tx.note(fields=sorted(changes))
    return activity_out(row, language), row.version


async def remove_activity(db: Database, key: UUID, expected: Expected, *, by: Caller) -> None:
    async with db.transaction(by=by, to="remove an activity", about=key) as tx:
        row = await activity_to_edit(tx, key, by)
        expected.must_match(row.version)
        await tx.delete(row)


def activity_out(row: Activity, language: str) -> ActivityOut:
    titles = row.titles or NAMES[row.kind]
    return ActivityOut(
        id=row.id, kind=row.kind, community=row.community_code, title=pick(titles, language), titles=titles,
        starts_on=row.starts_on, ends_on=row.ends_on, place=row.place, participants=row.participants,
        funding_source=row.funding_source, outcome=row.outcome, documents=row.documents, demo=row.demo,
    )  # fmt: skip


def location_of(key: UUID) -> dict[str, str]:
    return {"Location": f"/api/v1/registry/activities/{key}"}


async def _describe(tx: WriteSession, row: Activity, changes: dict[str, Any], language: str, by: Caller) -> None:
    for field in ("kind", "starts_on", "ends_on", "place", "participants", "funding_source", "outcome"):
        if field in changes:
            setattr(row, field, changes[field])
    if "documents" in changes:
        row.documents = changes["documents"] or []
    if changes.get("title") is not None:
        row.titles = {**row.titles, language: changes["title"]}
    elif "title" in changes:
        row.titles = {}
    if changes.get("community") is not None:
        community = await community_named(tx, changes["community"], by)
        row.community_code = community.code
        row.demo = row.demo or community.demo
    elif "community" in changes:
        row.community_code = None
    if row.ends_on is not None and row.ends_on < row.starts_on:
        raise Invalid.at("/ends_on", f"must not be before the first day ({row.starts_on})", "order")
