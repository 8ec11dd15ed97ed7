"""`/survey/{year}/{community}/summary`: what respondents said, what the community agrees on, and the review."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from starlette.responses import Response

from services.portal.charts.group_levels import GroupLevels
from services.portal.pages.group_picture import picture_of
from services.portal.pages.instrument import Instrument, Measure, instrument_of, profile_of
from services.portal.pages.parts import attempt
from services.portal.pages.reading import days_until, number_or_none, year_of
from services.portal.pages.reminders import Voice, voices_or_none
from services.portal.pages.survey_form import FLAGS, number_in
from services.portal.pages.words import COMMENT_STATES, REVIEW_FLAGS, STEPS, consensus_tone, consensus_word
from services.portal.rendering import speaking
from services.portal.translations import N_, Translations, translations
from services.portal.visits import MemberVisit, Visit, page_router
from services.survey.schemas.answers import MeasureSummary, SummaryOut
from services.survey.schemas.campaigns import AssessmentOut, EventOut
from services.survey.schemas.evidence import EvidenceOut
from services.survey.schemas.results import ResultOut
from services.survey.schemas.reviewing import ActionOut, ActionsOut, ReviewMeasure, ReviewOut
from shared.problems import Conflict, Invalid, NotFound, StaleVersion

router = page_router()
SORTS = ("consensus", "model")
"""The first is what is shown unless asked otherwise: a workshop begins with the greatest disagreement."""
BASE = "/survey/{year}/{community}/summary"
IN_THE_COMMUNITYS_HANDS = ("not_started", "in_progress", "returned")
MOST_EVENTS = 30
LEVEL_MISSING = N_(
    "Elija un nivel de la escala, «No aplica» o «Sin acuerdo todavía». Si la nota es muy larga, acórtela."
)
COMMENT_MISSING = N_("Escriba al menos un comentario: qué se debe corregir.")
COMMENT_TOO_LONG = N_("Cada comentario puede tener hasta 300 caracteres.")
MISSING = N_("No se envió: todavía faltan medidas")
MOVED_ON = N_("No se hizo: la encuesta ya está en otro paso. Esto es lo que vale ahora.")


@dataclass(frozen=True)
class Line:
    """One measure of the summary."""

    measure: Measure
    summary: MeasureSummary
    word: str
    tone: str
    beside: ReviewMeasure | None
    picture: GroupLevels | None

    @property
    def flags(self) -> list[str]:
        """What is worth a question, in words."""
        return [REVIEW_FLAGS[one] for one in (self.beside.flags if self.beside else ()) if one in REVIEW_FLAGS]

    @property
    def open_comments(self) -> int:
        return sum(one.state != "settled" for one in (self.beside.review_comments if self.beside else ()))

    @property
    def voices(self) -> int:
        return sum(self.summary.levels.values())

    @property
    def was(self) -> str:
        """What was agreed when the page was made, to tell whether somebody agreed on something else meanwhile."""
        return was_agreed(self.summary)


def was_agreed(summary: MeasureSummary) -> str:
    """What is agreed, as one text to compare with."""
    agreed = summary.agreed
    return "" if agreed is None else f"{agreed.level}|{agreed.flag}|{agreed.note or ''}"


@dataclass(frozen=True)
class Review:
    """An assessment as its coordinator and the secretariat see it."""

    assessment: AssessmentOut
    summary: SummaryOut
    instrument: Instrument
    events: Sequence[EventOut]
    score: ResultOut
    sort: str
    voices: list[Voice] | None
    talk: ReviewOut
    words: Translations
    given: Sequence[EvidenceOut]
    actions: Mapping[str, list[ActionOut]]

    @property
    def base(self) -> str:
        return f"/survey/{self.assessment.year}/{self.assessment.community}/summary"

    @property
    def lines(self) -> list[Line]:
        found: list[Line] = []
        beside = {one.measure: one for one in self.talk.measures}
        for one in self.summary.measures:
            measure = self.instrument.at(one.measure)
            if measure is not None:
                voices = sum(one.levels.values())
                word, tone = consensus_word(one.consensus, voices), consensus_tone(one.consensus, voices)
                found.append(Line(measure, one, word, tone, beside.get(one.measure), self._picture(one)))
        return found

    def _picture(self, one: MeasureSummary) -> GroupLevels | None:
        if not one.groups:
            return None
        title = self.words.gettext("Niveles por grupo: %(code)s") % {"code": one.measure}
        agreed = one.agreed.level if one.agreed is not None else None
        top = len(self.instrument.levels) - 1
        return picture_of(f"grupos-{one.measure}", title, one.groups, self.words, top=top, agreed=agreed)

    @property
    def drafts(self) -> int:
        """Comments of the review that wait to be sent."""
        everything = [*self.talk.comments, *(one for line in self.talk.measures for one in line.review_comments)]
        return sum(one.state == "draft" for one in everything)

    @property
    def changes(self) -> bool:
        """Whether agreements may change now."""
        state, campaign = self.assessment.state, self.assessment.campaign_state
        return (
            self.assessment.open
            or state == "returned"
            or (state in IN_THE_COMMUNITYS_HANDS and campaign in ("open", "closed"))
        )

    @property
    def disagreements(self) -> list[str]:
        return [one.measure for one in self.summary.measures if one.disagreement]

    def at(self, code: str) -> str:
        return f"{self.base}?sort={self.sort}#{code}"


async def reviewing(visit: Visit, year: int, community: str, sort: str) -> Review:
    """Raises NotFound, NotAllowed."""
    assessment, summary, events, score, voices, (talk, given, done) = await asyncio.gather(
        visit.survey.assessment(year, community),
        visit.survey.summary(year, community, sort=sort),
        visit.survey.history(year, community),
        visit.survey.score(year, community),
        voices_or_none(visit, year, community),
        asyncio.gather(
            visit.survey.review(year, community),
            attempt(visit.survey.evidence(year, community)),
            attempt(visit.survey.actions(year, community)),
        ),
    )
    instrument = await instrument_of(visit, assessment.model_version)
    return Review(
        assessment, summary, instrument, events, score, sort, voices, talk, translations(visit.language),
        given.value or [], by_measure(done.value),
    )  # fmt: skip


def by_measure(told: ActionsOut | None) -> dict[str, list[ActionOut]]:
    """What is done about each measure, this year's before that of the last year that had any."""
    found: dict[str, list[ActionOut]] = {}
    for one in [*told.items, *told.last_year_items] if told is not None else ():
        found.setdefault(one.measure, []).append(one)
    return found


@router.get(BASE)
async def show_summary(visit: MemberVisit, year: str, community: str, sort: str = "") -> Response:
    """What respondents said, measure by measure."""
    review = await reviewing(visit, year_of(year), community, known_sort(sort))
    return summary_page(visit, review)


def known_sort(sort: str) -> str:
    return sort if sort in SORTS else SORTS[0]


def summary_page(
    visit: Visit, review: Review, *, status: int = 200, stale: dict[str, str] | None = None,
    errors: Sequence[dict[str, str]] = (), kept: dict[str, str] | None = None, refused: str | None = None,
) -> Response:  # fmt: skip
    """`stale`: the form of an agreement that somebody overtook; `kept`: other fields that could not be saved."""
    with speaking(visit.language) as words:
        title = words.gettext("%(name)s, resultado hasta ahora") % {"name": review.assessment.name}
        profile = profile_of(review.score, review.instrument, "perfil", title)
    return visit.page(
        "survey_summary.html", status=status, section="desk", review=review, profile=profile, steps=STEPS,
        days=days_until(visit, review.assessment.closes_at), stale=stale, errors=errors, kept=kept or {},
        refused=refused, coordinates=visit.caller.coordinates(review.assessment.community),
        events=[event for event in review.events if event.action in STEPS][:MOST_EVENTS],
        handed=visit.request.query_params.get("handed"), reopened=visit.request.query_params.get("reopened"),
        reminded=number_or_none(visit.request.query_params.get("reminded", "")),
        comment_states=COMMENT_STATES, demo=visit.caller.demo or review.summary.demo,
    )  # fmt: skip


@router.post(f"{BASE}/agreed/{{measure}}")
async def agree(visit: MemberVisit, year: str, community: str, measure: str) -> Response:
    """Record what the community agreed on. Overtaken by somebody: both are shown side by side."""
    fields = await visit.form()
    number, sort = year_of(year), known_sort(fields.get("sort", ""))
    level, note = fields.get("level", ""), fields.get("note", "").strip()
    wanted: dict[str, Any] = {
        "level": number_in(level) if level and level not in FLAGS else None,
        "flag": "not_applicable" if level == "not_applicable" else None,
        "note": note or None,
    }
    back = f"/survey/{number}/{quote(community)}/summary?sort={sort}#{quote(measure)}"
    try:
        await visit.survey.agree(number, community, measure, wanted, fields.get("etag", "") or '"0"')
    except StaleVersion:
        review = await reviewing(visit, number, community, sort)
        line = next((line for line in review.lines if line.measure.code == measure), None)
        if line is None:
            raise NotFound from None
        if line.was != fields.get("was", ""):
            return summary_page(visit, review, status=412, stale={**fields, "measure": measure})
        # Something else of the assessment changed, not what was agreed on this measure.
        try:
            await visit.survey.agree(number, community, measure, wanted, review.assessment.etag)
        except StaleVersion:
            return summary_page(visit, review, status=412, stale={**fields, "measure": measure})
    except Invalid:
        return await refused_page(
            visit, number, community, field=f"nivel-{measure}", message=LEVEL_MISSING, fields=fields
        )
    return visit.go(back)


async def refused_page(
    visit: Visit, year: int, community: str, *, field: str, message: str, fields: dict[str, str]
) -> Response:
    review = await reviewing(visit, year, community, known_sort(fields.get("sort", "")))
    errors = [{"field": field, "message": message}]
    return summary_page(visit, review, status=422, errors=errors, kept=fields)


@router.post(f"{BASE}/submit")
async def submit(visit: MemberVisit, year: str, community: str) -> Response:
    """Hand it to the secretariat, or say exactly what is missing."""
    await visit.form()
    return await step(visit, year_of(year), community, "submit")


@router.post(f"{BASE}/accept")
async def accept(visit: MemberVisit, year: str, community: str) -> Response:
    """The secretariat takes it as it is."""
    await visit.form()
    return await step(visit, year_of(year), community, "accept")


@router.post(f"{BASE}/publish")
async def publish(visit: MemberVisit, year: str, community: str) -> Response:
    """Open the community's result to the public."""
    await visit.form()
    return await step(visit, year_of(year), community, "publish")


@router.post(f"{BASE}/return")
async def send_back(visit: MemberVisit, year: str, community: str) -> Response:
    """Give it back with comments: one about the whole, one for each measure that has one, and what was kept for it."""
    fields = await visit.form()
    number = year_of(year)
    comments: list[dict[str, Any]] = []
    if general := fields.get("comment", "").strip():
        comments.append({"measure": None, "text": " ".join(general.split())})
    for name, value in fields.items():
        if name.startswith("comment.") and value.strip():
            comments.append({"measure": name.removeprefix("comment."), "text": " ".join(value.split())})
    try:
        return await step(visit, number, community, "return", {"comments": comments})
    except Invalid as problem:
        nothing = any(error.pointer == "/comments" for error in problem.errors)
        message = COMMENT_MISSING if nothing else COMMENT_TOO_LONG
        return await refused_page(visit, number, community, field="comment", message=message, fields=fields)


async def step(
    visit: Visit, year: int, community: str, name: str, body: dict[str, Any] | None = None
) -> Response:  # fmt: skip
    try:
        await visit.survey.move_assessment(year, community, name, body)
    except Invalid:
        if name == "return":
            raise
        review = await reviewing(visit, year, community, SORTS[0])
        return summary_page(visit, review, status=422, refused=MISSING)
    except Conflict:
        review = await reviewing(visit, year, community, SORTS[0])
        return summary_page(visit, review, status=409, refused=MOVED_ON)
    return visit.go(f"/survey/{year}/{quote(community)}/summary#siguiente")
