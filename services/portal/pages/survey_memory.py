"""What a respondent's form remembers of one measure: last year's answers, what was done since, what is agreed now."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from starlette.responses import Response

from services.portal.pages.instrument import Measure
from services.portal.pages.parts import attempt
from services.portal.pages.reading import year_of
from services.portal.visits import MemberVisit, Visit, page_router
from services.survey.schemas.reviewing import ActionOut, AgreedMeasure, EarlierMeasure
from shared.problems import Conflict, Invalid, StaleVersion

if TYPE_CHECKING:
    from services.portal.pages.survey_form import Answering

router = page_router()


@dataclass(frozen=True)
class Memory:
    """`year` is the one compared with, `actions` are those of the last year that had any (`acted_in`)."""

    year: int | None
    same_model: bool
    then: EarlierMeasure | None
    acted_in: int | None
    actions: Sequence[ActionOut]
    agreed: AgreedMeasure | None
    group: str


async def memory_of(visit: Visit, place: "Answering", measure: Measure) -> Memory:
    """Whatever of it can be had: the form stands without it."""
    year, community = place.mine.year, place.mine.community
    earlier, actions, agreed = await asyncio.gather(
        attempt(visit.survey.earlier(year, community)),
        attempt(visit.survey.actions(year, community, measure.code)),
        attempt(visit.survey.agreements(year, community)),
    )
    before, done = earlier.value, actions.value
    return Memory(
        year=before.last_year if before else None, same_model=bool(before and before.same_model),
        then=next((one for one in before.measures if one.measure == measure.code), None) if before else None,
        acted_in=done.last_year if done else None, actions=done.last_year_items if done else [],
        agreed=next((one for one in agreed.value or [] if one.measure == measure.code), None),
        group=group_of(visit, community),
    )  # fmt: skip


def group_of(visit: Visit, community: str) -> str:
    """The stakeholder group that the reader answers for there."""
    scope = f"community:{community}"
    own = (one for one in visit.caller.grants if one.role == "respondent" and one.scope == scope)
    return next((one.stakeholder_group or "other" for one in own), "other")


@router.post("/survey/{year}/{community}/minority/{measure}")
async def note_own_disagreement(visit: MemberVisit, year: str, community: str, measure: str) -> Response:
    """The reader's group does not agree with what was agreed, or does after all (an empty note)."""
    fields = await visit.form()
    number, note = year_of(year), fields.get("note", "").strip()
    etag = (await visit.survey.assessment(number, community)).etag
    back = f"/survey/{number}/{quote(community)}?measure={quote(measure)}"
    try:
        await visit.survey.note_disagreement(
            number, community, measure, group_of(visit, community), note or None, etag
        )  # fmt: skip
    except (Conflict, StaleVersion, Invalid):
        return visit.go(f"{back}&noted=no#acordado")
    return visit.go(f"{back}&noted=yes#acordado")
