"""`/survey/{year}/{community}/workshop`: the coordinator runs a workshop; `…/projector` is what the room looks at."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import quote

from starlette.responses import Response

from services.portal.charts.group_levels import GroupLevels
from services.portal.pages.group_picture import picture_of, share_of
from services.portal.pages.instrument import Instrument, Measure, instrument_of
from services.portal.pages.reading import ticked, year_of
from services.portal.pages.survey_form import number_in
from services.portal.pages.survey_summary import was_agreed
from services.portal.pages.words import consensus_tone, consensus_word
from services.portal.qr_codes import qr_code
from services.portal.translations import N_, translations
from services.portal.visits import MemberVisit, Visit, page_router
from services.survey.schemas.answers import MeasureSummary, SummaryOut
from services.survey.schemas.campaigns import AssessmentOut
from services.survey.schemas.workshops import LiveOut, PresentOut, WorkshopOut
from shared.problems import Conflict, Invalid, NotFound, StaleVersion

router = page_router()
BASE = "/survey/{year}/{community}/workshop"
MOVED_ON = N_("Otra persona movió la sala mientras tanto. Esto es lo que se ve ahora.")
NOT_NOW = N_("No se hizo: el taller o la encuesta ya están en otro paso.")
LEVEL_MISSING = N_("Elija el nivel acordado, o «No aplica en esta comunidad».")
NOT_SAVED = N_("No se guardó el acuerdo: alguien lo cambió mientras tanto. Compare y guarde otra vez.")
TOO_LONG = N_("No se guardó: abrevie las notas a menos de 2 000 letras, y cada nombre a menos de 80.")
MOST_NAMES = 200
PROJECTED = 1.4
"""How much larger the picture is on the projector."""


@dataclass(frozen=True)
class Stop:
    """A measure as the workshop goes through them, the least agreed on first."""

    measure: Measure
    summary: MeasureSummary
    word: str
    tone: str

    @property
    def was(self) -> str:
        """What was agreed when the page was made."""
        return was_agreed(self.summary)

    @property
    def is_settled(self) -> bool:
        agreed = self.summary.agreed
        return agreed is not None and (agreed.level is not None or agreed.flag is not None)


@dataclass(frozen=True)
class Workshop:
    """A workshop, or the place where one can be opened."""

    assessment: AssessmentOut
    summary: SummaryOut
    instrument: Instrument
    before: Sequence[WorkshopOut]
    now: WorkshopOut | None
    live: LiveOut | None
    picture: GroupLevels | None
    stops: Sequence[Stop]

    @property
    def base(self) -> str:
        return f"/survey/{self.assessment.year}/{self.assessment.community}/workshop"

    @property
    def stream(self) -> str:
        """The address of its events; empty when nothing happens in it any more."""
        if self.now is None or self.now.state != "open":
            return ""
        place = f"{self.assessment.year}/assessments/{self.assessment.community}"
        return f"/api/v1/survey/campaigns/{place}/workshops/{self.now.id}/stream"

    @property
    def stop(self) -> Stop | None:
        """What the room looks at."""
        code = self.now.measure if self.now else None
        return next((one for one in self.stops if one.measure.code == code), None)

    @property
    def following(self) -> Stop | None:
        """The next one in the order of the workshop that nothing is agreed on."""
        here = self.stop
        at = self.stops.index(here) + 1 if here is not None else 0
        rest = [*self.stops[at:], *self.stops[:at]]
        return next((one for one in rest if not one.is_settled and one is not here), None)

    @property
    def settled(self) -> int:
        return sum(one.is_settled for one in self.stops)

    @property
    def others(self) -> list[PresentOut]:
        """Who was there last time besides those who joined by phone."""
        records = [
            one.summary.agreed.rested_on
            for one in self.stops
            if one.summary.agreed is not None and one.summary.agreed.rested_on is not None
        ]
        own = [one for one in records if self.now is not None and one.workshop == self.now.id]
        if not own or self.now is None:
            return []
        joined = {one.name for one in self.now.participants}
        return [one for one in max(own, key=lambda one: one.recorded_at).attendance if one.name not in joined]


async def workshop_of(visit: Visit, year: int, community: str, *, scale: float = 1.0) -> Workshop:
    """`scale` is of its picture. Raises NotFound, NotAllowed."""
    assessment, summary, workshops = await asyncio.gather(
        visit.survey.assessment(year, community),
        visit.survey.summary(year, community, sort="consensus"),
        visit.survey.workshops(year, community),
    )
    instrument = await instrument_of(visit, assessment.model_version)
    now = next((one for one in workshops if one.state == "open"), None)
    live = await visit.survey.live(year, community, str(now.id)) if now is not None else None
    stops = [stop_of(measure, one) for one in summary.measures if (measure := instrument.at(one.measure)) is not None]
    picture = None
    if live is not None and live.votes is not None and live.measure is not None:
        words = translations(visit.language)
        title = words.gettext("Votos por grupo: %(code)s") % {"code": live.measure}
        top = len(instrument.levels) - 1
        picture = picture_of("votos", title, live.votes.groups, words, top=top, scale=scale)
    before = [one for one in workshops if one is not now]
    return Workshop(assessment, summary, instrument, before, now, live, picture, stops)


def stop_of(measure: Measure, summary: MeasureSummary) -> Stop:
    voices = share_of(summary.levels)
    return Stop(
        measure, summary, consensus_word(summary.consensus, voices), consensus_tone(summary.consensus, voices)
    )  # fmt: skip


@router.get(BASE)
async def show_control(visit: MemberVisit, year: str, community: str, agreed: str = "") -> Response:
    """The workshop's control: the code, the measure before the room, its votes, what is agreed."""
    workshop = await workshop_of(visit, year_of(year), community)
    done = next((one.measure for one in workshop.stops if one.measure.code == agreed and one.is_settled), None)
    return control_page(visit, workshop, done=done)


def control_page(
    visit: Visit, workshop: Workshop, *, done: Measure | None = None, refused: str | None = None,
    error: str | None = None, fields: dict[str, str] | None = None, status: int = 200,
) -> Response:  # fmt: skip
    """`fields` are those of an agreement that could not be saved."""
    live = workshop.live.votes if workshop.live else None
    voices = share_of(live.levels) if live else 0
    return visit.page(
        "workshop_control.html", status=status, section="desk", workshop=workshop, done=done, refused=refused,
        error=error, kept=fields, word=consensus_word(live.consensus if live else None, voices),
        tone=consensus_tone(live.consensus if live else None, voices),
        present=set(ticked(fields, "present")) if fields is not None else None, robots="noindex",
        demo=visit.caller.demo or workshop.summary.demo,
    )  # fmt: skip


@router.get(f"{BASE}/projector")
async def show_projector(visit: MemberVisit, year: str, community: str) -> Response:
    """In large type for the whole room: how to join, the measure, and the votes as they come in."""
    workshop = await workshop_of(visit, year_of(year), community, scale=PROJECTED)
    live = workshop.live.votes if workshop.live else None
    voices = share_of(live.levels) if live else 0
    return visit.page(
        "workshop_projector.html", section="desk", workshop=workshop, robots="noindex",
        qr_code=partial(qr_code, workshop.now.join_url) if workshop.now and workshop.now.join_url else None,
        word=consensus_word(live.consensus if live else None, voices),
        tone=consensus_tone(live.consensus if live else None, voices),
        demo=visit.caller.demo or workshop.summary.demo,
    )  # fmt: skip


async def now_open(visit: Visit, year: int, community: str) -> WorkshopOut:
    """Raises Conflict when none is open."""
    found = next((one for one in await visit.survey.workshops(year, community) if one.state == "open"), None)
    if found is None:
        raise Conflict("No workshop is open.")
    return found


async def refused_page(visit: Visit, year: int, community: str, message: str, status: int) -> Response:
    return control_page(visit, await workshop_of(visit, year, community), refused=message, status=status)


def home(year: int, community: str, part: str = "") -> str:
    return f"/survey/{year}/{quote(community)}/workshop{part}"


@router.post(f"{BASE}/open")
async def open_workshop(visit: MemberVisit, year: str, community: str) -> Response:
    """Open a workshop, with a code of its own."""
    await visit.form()
    number = year_of(year)
    try:
        await visit.survey.open_workshop(number, community)
    except Conflict:
        return await refused_page(visit, number, community, NOT_NOW, 409)
    return visit.go(home(number, community))


@router.post(f"{BASE}/turn")
async def turn(visit: MemberVisit, year: str, community: str) -> Response:
    """Put a measure before the room, or open and close its votes."""
    fields = await visit.form()
    number = year_of(year)
    changes: dict[str, Any] = {}
    if "measure" in fields:
        changes["measure"] = fields["measure"][:40] or None
    if fields.get("taking_votes") in ("0", "1"):
        changes["taking_votes"] = fields["taking_votes"] == "1"
    try:
        workshop = await now_open(visit, number, community)
        await visit.survey.direct_workshop(number, community, str(workshop.id), changes, number_in(fields["version"]))
    except StaleVersion:
        return await refused_page(visit, number, community, MOVED_ON, 412)
    except (Conflict, Invalid, KeyError):
        return await refused_page(visit, number, community, NOT_NOW, 409)
    return visit.go(home(number, community, "#sala"))


@router.post(f"{BASE}/code")
async def renew_code(visit: MemberVisit, year: str, community: str) -> Response:
    """Another code; whoever is in stays in."""
    return await move(visit, year, community, "code")


@router.post(f"{BASE}/end")
async def end_workshop(visit: MemberVisit, year: str, community: str) -> Response:
    """No more votes; the code joins nobody any more."""
    return await move(visit, year, community, "end")


async def move(visit: Visit, year: str, community: str, step: str) -> Response:
    await visit.form()
    number = year_of(year)
    try:
        workshop = await now_open(visit, number, community)
        await visit.survey.move_workshop(number, community, str(workshop.id), step)
    except Conflict:
        return await refused_page(visit, number, community, NOT_NOW, 409)
    return visit.go(home(number, community))


@router.post(f"{BASE}/participants/{{participant}}/remove")
async def remove_participant(visit: MemberVisit, year: str, community: str, participant: str) -> Response:
    """Send somebody out of the room with their votes."""
    await visit.form()
    number = year_of(year)
    try:
        workshop = await now_open(visit, number, community)
        await visit.survey.remove_participant(number, community, str(workshop.id), quote(participant, safe=""))
    except Conflict:
        return await refused_page(visit, number, community, NOT_NOW, 409)
    except NotFound:
        pass  # they are out, which is what was wanted
    return visit.go(home(number, community, "#personas"))


@router.post(f"{BASE}/agreed/{{measure}}")
async def agree(visit: MemberVisit, year: str, community: str, measure: str) -> Response:
    """Record what the room agreed on, the votes that it rests on, who was there and who disagrees."""
    fields = await visit.form()
    number = year_of(year)
    level, group = fields.get("level", ""), fields.get("minority_group", "")
    note = fields.get("minority_note", "").strip()
    try:
        workshop = await now_open(visit, number, community)
    except Conflict:
        return await refused_page(visit, number, community, NOT_NOW, 409)
    is_flag = level == "not_applicable"
    if not is_flag and number_in(level) < 0:
        return await kept_page(visit, number, community, LEVEL_MISSING, fields, 422)
    wanted: dict[str, Any] = {
        "level": None if is_flag else number_in(level), "flag": "not_applicable" if is_flag else None,
        "note": fields.get("note", "").strip() or None, "workshop": str(workshop.id),
        "attendance": attendance_in(fields, workshop),
    }  # fmt: skip
    if note:
        wanted["minority_notes"] = [{"stakeholder_group": group, "note": note}]
    try:
        await agree_unless_overtaken(visit, number, community, measure, wanted, fields)
    except StaleVersion:
        return await kept_page(visit, number, community, NOT_SAVED, fields, 412)
    except Invalid as problem:
        wrong = any(error.pointer in ("/level", "/flag") for error in problem.errors)
        return await kept_page(visit, number, community, LEVEL_MISSING if wrong else TOO_LONG, fields, 422)
    except Conflict:
        return await refused_page(visit, number, community, NOT_NOW, 409)
    return visit.go(home(number, community, f"?agreed={quote(measure)}#sala"))


async def agree_unless_overtaken(
    visit: Visit, year: int, community: str, measure: str, wanted: dict[str, Any], fields: dict[str, str]
) -> None:
    """Raises StaleVersion when somebody agreed on something else for this measure; what else changed is no matter."""
    try:
        await visit.survey.agree(year, community, measure, wanted, fields.get("etag", "") or '"0"')
    except StaleVersion:
        summary, assessment = await asyncio.gather(
            visit.survey.summary(year, community), visit.survey.assessment(year, community)
        )
        found = next((one for one in summary.measures if one.measure == measure), None)
        if found is None or was_agreed(found) != fields.get("was", ""):
            raise
        await visit.survey.agree(year, community, measure, wanted, assessment.etag)


async def kept_page(
    visit: Visit, year: int, community: str, message: str, fields: dict[str, str], status: int
) -> Response:
    """The control with what was typed into the agreement, and why it was not saved."""
    workshop = await workshop_of(visit, year, community)
    return control_page(visit, workshop, error=message, fields=fields, status=status)


def attendance_in(fields: dict[str, str], workshop: WorkshopOut) -> list[dict[str, Any]]:
    """Who was there: those ticked of the room's participants, and one name a line, with a group or without."""
    chosen = set(ticked(fields, "present"))
    found: list[dict[str, Any]] = [
        {"name": one.name, "stakeholder_group": one.stakeholder_group}
        for one in workshop.participants
        if str(one.id) in chosen
    ]
    names = [" ".join(line.split()) for line in fields.get("others", "").splitlines()]
    found += [{"name": name, "stakeholder_group": None} for name in names[:MOST_NAMES] if name]
    return found
