"""`/survey/{year}/{community}/actions`: what a community does about its gaps, and what became of last year's."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from starlette.responses import Response

from services.portal.pages.committees import WORKING
from services.portal.pages.instrument import Instrument, instrument_of
from services.portal.pages.parts import attempt
from services.portal.pages.reading import date_in, error_list, wrong_fields, year_of
from services.portal.pages.survey_form import number_in
from services.portal.pages.tasks import id_of
from services.portal.pages.words import TASK_STATES
from services.portal.translations import N_
from services.portal.visits import MemberVisit, Visit, page_router
from services.survey.schemas.campaigns import AssessmentOut
from services.survey.schemas.reviewing import ActionOut, ActionsOut
from services.workspace.schemas import CommitteeOut
from shared.problems import Conflict, Invalid, NotAllowed, StaleVersion

router = page_router()
BASE = "/survey/{year}/{community}/actions"
OWN = "community"
MESSAGES: Mapping[str, str] = {
    "measure": N_("Elija la medida."),
    "board": N_("Elija dónde se hace."),
    "title": N_("Escriba qué se va a hacer, en hasta 300 letras."),
    "owner": N_("Escriba quién queda a cargo, en hasta 120 letras."),
    "due_on": N_("Escriba una fecha completa, o déjela en blanco."),
}
NOT_YOURS = N_("En ese comité no puede crear tareas. Elija otro lugar.")
MOVED_ON = N_("No se guardó: alguien la cambió mientras tanto. Esto es lo que vale ahora.")


@dataclass(frozen=True)
class Doing:
    """What is done about the gaps of one assessment, for a reader of its community."""

    assessment: AssessmentOut
    instrument: Instrument
    actions: ActionsOut
    committees: list[CommitteeOut]
    keeps_list: bool

    @property
    def base(self) -> str:
        return f"/survey/{self.assessment.year}/{self.assessment.community}/actions"

    @property
    def boards(self) -> list[str]:
        """Where the reader may put a task."""
        return [*([OWN] if self.keeps_list else []), *(one.slug for one in self.committees)]

    def name_of(self, board: str) -> str | None:
        return next((one.name for one in self.committees if one.slug == board), None)

    def measure_of(self, action: ActionOut) -> str:
        found = self.instrument.at(action.measure)
        return found.name if found is not None else ""


async def doing(visit: Visit, year: int, community: str) -> Doing:
    """Raises NotFound."""
    assessment, actions, committees = await asyncio.gather(
        visit.survey.assessment(year, community),
        visit.survey.actions(year, community),
        attempt(visit.workspace.committees()),
    )
    instrument = await instrument_of(visit, assessment.model_version)
    works = [one for one in committees.value or [] if one.your_role in WORKING]
    keeps = visit.caller.is_secretariat or visit.caller.coordinates(community)
    return Doing(assessment, instrument, actions, works, keeps)


@router.get(BASE)
async def show_actions(visit: MemberVisit, year: str, community: str, measure: str = "") -> Response:
    """This year's, by measure; last year's with what became of them; and a form for another one."""
    found = await doing(visit, year_of(year), community)
    known = measure if found.instrument.at(measure) is not None else ""
    return actions_page(visit, found, fields={"measure": known}, opened=bool(known))


def actions_page(
    visit: Visit, found: Doing, *, fields: Mapping[str, str], errors: Mapping[str, str] | None = None,
    refused: str | None = None, opened: bool = False, status: int = 200,
) -> Response:  # fmt: skip
    wrong = dict(errors or {})
    return visit.page(
        "survey_actions.html", status=status, section="desk", doing=found, fields=fields, wrong=wrong,
        errors=error_list(wrong.items()), refused=refused, opened=opened or bool(wrong), states=TASK_STATES,
        robots="noindex", demo=visit.caller.demo or found.assessment.demo,
    )  # fmt: skip


@router.post(BASE)
async def add_action(visit: MemberVisit, year: str, community: str) -> Response:
    """Make a task of a gap, on a committee's board or in the community's own list."""
    fields = await visit.form()
    number = year_of(year)
    day = fields.get("due_on", "").strip()
    wanted: dict[str, Any] = {
        "measure": fields.get("measure", ""), "board": fields.get("board", ""),
        "title": " ".join(fields.get("title", "").split()), "owner": fields.get("owner", "").strip() or None,
        "due_on": date_in(day) or day or None,
    }  # fmt: skip
    wrong: dict[str, str] = {}
    try:
        made = await visit.survey.add_action(number, community, wanted)
    except Invalid as problem:
        wrong = {field: MESSAGES[field] for field in wrong_fields(problem) if field in MESSAGES}
    except NotAllowed:
        wrong = {"board": NOT_YOURS}
    else:
        return visit.go(f"/survey/{number}/{quote(community)}/actions#accion-{made.id}")
    found = await doing(visit, number, community)
    return actions_page(visit, found, fields=fields, errors=wrong or {"title": MESSAGES["title"]}, status=422)


@router.post(f"{BASE}/{{action}}")
async def change_action(visit: MemberVisit, year: str, community: str, action: str) -> Response:
    """Change one of the community's own list, this year's or an earlier one's."""
    fields = await visit.form()
    number, key = year_of(year), id_of(action)
    of_year, day = year_of(fields.get("of_year", year)), fields.get("due_on", "").strip()
    changes: dict[str, Any] = {"state": fields.get("state", "")}
    if "owner" in fields:
        changes["owner"] = fields["owner"].strip() or None
    if "due_on" in fields:
        changes["due_on"] = date_in(day) or day or None
    try:
        await visit.survey.change_action(of_year, community, key, changes, number_in(fields.get("version", "")))
    except Invalid as problem:
        wrong = {f"{field}-{key}": MESSAGES[field] for field in wrong_fields(problem) if field in MESSAGES}
        found = await doing(visit, number, community)
        return actions_page(visit, found, fields={}, errors=wrong or {f"estado-{key}": MOVED_ON}, status=422)
    except (StaleVersion, Conflict) as problem:
        found = await doing(visit, number, community)
        return actions_page(visit, found, fields={}, refused=MOVED_ON, status=problem.status)
    return visit.go(f"/survey/{number}/{quote(community)}/actions#accion-{key}")


@router.post(f"{BASE}/{{action}}/remove")
async def remove_action(visit: MemberVisit, year: str, community: str, action: str) -> Response:
    """Take one off the list; of a committee's task only the link goes, the task stays on its board."""
    fields = await visit.form()
    number, key = year_of(year), id_of(action)
    of_year = year_of(fields.get("of_year", year))
    try:
        await visit.survey.remove_action(of_year, community, key, number_in(fields.get("version", "")))
    except (StaleVersion, Conflict) as problem:
        found = await doing(visit, number, community)
        return actions_page(visit, found, fields={}, refused=MOVED_ON, status=problem.status)
    return visit.go(f"/survey/{number}/{quote(community)}/actions")
