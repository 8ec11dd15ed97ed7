"""`/survey/{year}/{community}`: the respondent's form, one measure at a time, and the overview of all of them."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from starlette.responses import Response

from services.portal.pages.instrument import Instrument, Measure, chosen, instrument_of
from services.portal.pages.parts import attempt
from services.portal.pages.reading import days_until, year_of
from services.portal.pages.survey_evidence import SAID
from services.portal.pages.survey_memory import memory_of
from services.portal.translations import N_
from services.portal.visits import MemberVisit, Visit, page_router
from services.survey.schemas.answers import AnswerOut, MyAnswersOut
from services.survey.schemas.campaigns import AssessmentOut
from shared.problems import Conflict, Invalid, NotAllowed, NotFound

router = page_router()
FLAGS = ("not_applicable", "unknown")
CHOOSE = N_("Elija un nivel, «No aplica» o «No lo sé». Si prefiere dejarla para después, use «Saltar».")
TOO_LONG = N_("El comentario es demasiado largo: abrévielo a menos de 20 000 caracteres.")


@dataclass(frozen=True)
class Answering:
    """A respondent's place in the survey."""

    mine: MyAnswersOut
    instrument: Instrument
    answers: dict[str, AnswerOut]
    assessment: AssessmentOut

    @property
    def base(self) -> str:
        return f"/survey/{self.mine.year}/{self.mine.community}"

    @property
    def left(self) -> int:
        return self.mine.progress.total - self.mine.progress.answered

    @property
    def saved_at(self) -> datetime | None:
        return max((answer.updated_at for answer in self.mine.answers), default=None)

    def address(self, measure: Measure | None) -> str:
        return f"{self.base}?measure={quote(measure.code)}" if measure else f"{self.base}?view=all"

    def first(self) -> Measure | None:
        code = self.mine.progress.first_unanswered
        return self.instrument.at(code) if code else None


async def answering(visit: Visit, year: int, community: str) -> Answering:
    mine, assessment = await asyncio.gather(
        visit.survey.my_answers(year, community), visit.survey.assessment(year, community)
    )
    instrument = await instrument_of(visit, mine.model_version)
    return Answering(mine, instrument, {answer.measure: answer for answer in mine.answers}, assessment)


@router.get("/survey/{year}/{community}")
async def show_survey(
    visit: MemberVisit, year: str, community: str, measure: str | None = None, view: str | None = None
) -> Response:
    """The measure asked for, else the first unanswered one; `view=all` is the overview."""
    number = year_of(year)
    try:
        place = await answering(visit, number, community)
    except NotAllowed:
        if visit.caller.is_secretariat or visit.caller.coordinates(community):
            return visit.go(f"/survey/{number}/{community}/summary")
        raise
    if view == "all":
        return overview(visit, place)
    if measure is None:
        found = place.first() if place.mine.open else None
        if found is None:
            return overview(visit, place)
    else:
        found = place.instrument.at(measure)
        if found is None:
            raise NotFound
    return await measure_page(visit, place, found)


@router.post("/survey/{year}/{community}")
async def save_answer(visit: MemberVisit, year: str, community: str) -> Response:
    """Save one answer and go on. What cannot be saved comes back with what was typed."""
    fields = await visit.form()
    place = await answering(visit, year_of(year), community)
    measure = place.instrument.at(fields.get("measure", ""))
    if measure is None:
        raise NotFound
    onward = place.instrument.before(measure) if fields.get("go") == "previous" else place.instrument.after(measure)
    level, comment = fields.get("level", ""), fields.get("comment", "")
    if not level and not (comment.strip() and measure.code in place.answers):
        if fields.get("go") == "previous" and not comment.strip():
            return visit.go(place.address(onward))
        return await measure_page(visit, place, measure, fields=fields, error=CHOOSE, status=422)
    answer: dict[str, Any] = {"measure": measure.code, "comment": comment or None, "base_revision": revision_in(fields)}
    if level:
        answer |= {"level": None if level in FLAGS else number_in(level), "flag": level if level in FLAGS else None}
    try:
        told = await visit.survey.save_answers(place.mine.year, community, {"answers": [answer]})
    except Invalid as problem:
        long = any(error.pointer.endswith("/comment") for error in problem.errors)
        return await measure_page(visit, place, measure, fields=fields, error=TOO_LONG if long else CHOOSE, status=422)
    except Conflict:
        closed = await answering(visit, place.mine.year, community)
        return await measure_page(visit, closed, measure, fields=fields, refused=True, status=409)
    return visit.go(place.address(measure if told.conflicts else onward))


def revision_in(fields: dict[str, str]) -> int:
    text = fields.get("base_revision", "0")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def number_in(text: str) -> int:
    """A level as sent; what is no number is outside every scale."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else -1


def overview(visit: Visit, place: Answering) -> Response:
    """Every measure by pillar and point, with what was answered."""
    return visit.page(
        "survey_overview.html", section="desk", place=place, days=days_until(visit, place.mine.closes_at),
        aside={conflict.measure for conflict in place.mine.conflicts},
        demo=visit.caller.demo or place.mine.demo,
    )  # fmt: skip


async def measure_page(
    visit: Visit, place: Answering, measure: Measure, *, fields: dict[str, str] | None = None,
    error: str | None = None, refused: bool = False, status: int = 200,
) -> Response:  # fmt: skip
    """One measure; `fields` are those of a form that could not be saved."""
    answer = place.answers.get(measure.code)
    shown = fields or {}
    revision = shown.get("base_revision") if fields else None
    memory, given = await asyncio.gather(
        memory_of(visit, place, measure), attempt(visit.survey.evidence(place.mine.year, place.mine.community))
    )
    return visit.page(
        "survey_measure.html", status=status, section="desk", place=place, measure=measure, answer=answer,
        value=shown.get("level", chosen(answer)) or None,
        comment=shown.get("comment", (answer.comment if answer else None) or ""),
        revision=revision if revision is not None else (answer.revision if answer else 0),
        memory=memory, given=given.value or [], evidence_said=SAID.get(visit.request.query_params.get("evidence", "")),
        noted=visit.request.query_params.get("noted"),
        conflicts=[one for one in place.mine.conflicts if one.measure == measure.code],
        before=place.instrument.before(measure), after=place.instrument.after(measure), error=error,
        error_fields=("comment",) if error == TOO_LONG else ("level",), refused=refused,
        days=days_until(visit, place.mine.closes_at), demo=visit.caller.demo or place.mine.demo,
    )  # fmt: skip
