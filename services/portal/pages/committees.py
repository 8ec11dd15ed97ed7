"""`/committees`: the committees, and each one's board of tasks and people."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from starlette.responses import Response

from services.portal.pages.committee_charter import names_of_communities
from services.portal.pages.parts import slug_or_nothing
from services.portal.pages.reading import day_in, ticked, today
from services.portal.pages.repeating import REPEATS
from services.portal.pages.task_links import KINDS as LINK_KINDS
from services.portal.pages.task_links import NOTHING_CHOSEN, Choice
from services.portal.pages.words import COMMITTEE_KINDS, ROLES, TASK_STATES
from services.portal.visits import MemberVisit, Visit, page_router
from services.portal.vocabulary import PRIORITIES
from services.workspace.schemas import MemberOut
from shared.problems import Invalid, NotFound

router = page_router()
MOST_SHOWN = 100
"""Cards of a column; the list has the rest."""
UP, DOWN = "up", "down"
WORKING = ("chair", "member", "secretariat")


@dataclass(frozen=True)
class Shown:
    """Which tasks a board shows."""

    assignee: str = ""
    label: str = ""
    overdue: bool = False

    @property
    def filters(self) -> dict[str, str]:
        found = {"assignee": self.assignee, "label": self.label, "overdue": "true" if self.overdue else ""}
        return {name: value for name, value in found.items() if value}


@router.get("/committees")
async def show_committees(visit: MemberVisit) -> Response:
    """The Network's committees, one's own first; those of one's own that were archived at the end."""
    found, archived = await asyncio.gather(visit.workspace.committees(), visit.workspace.committees(archived=True))
    own = sorted(found, key=lambda one: (one.ended, one.your_role is None))
    return visit.page(
        "committees.html", section="desk", committees=own, kinds=COMMITTEE_KINDS, roles=ROLES,
        archived=[one for one in archived if one.your_role is not None], day=day_in(visit),
        names={one.slug: one.name for one in (*found, *archived)},
        demo=visit.caller.demo or any(one.demo for one in (*found, *archived)),
    )  # fmt: skip


@router.get("/committees/{slug}")
async def show_committee(visit: MemberVisit, slug: str, view: str | None = None) -> Response:
    """The board, filtered by `assignee`, `label` and `overdue`; the people with `view=people`."""
    slug = slug_or_nothing(slug)
    if view == "people":
        committee, members = await asyncio.gather(visit.workspace.committee(slug), visit.workspace.members(slug))
        names = await names_of_communities(visit, {code for member in members for code in member.communities})
        return visit.page(
            "committee_people.html", section="desk", committee=committee, members=members, roles=ROLES,
            day=day_in(visit), leads=committee.your_role in ("chair", "secretariat"),
            places=lambda member: [names.get(code, code) for code in member.communities],
            demo=visit.caller.demo or committee.demo,
        )  # fmt: skip
    asked = visit.request.query_params
    shown = Shown(asked.get("assignee", "")[:60], asked.get("label", "")[:60], asked.get("overdue") == "true")
    return await board_page(visit, slug, shown)


async def board_page(
    visit: Visit, slug: str, shown: Shown, *, fields: Mapping[str, str] | None = None,
    errors: Sequence[dict[str, str]] = (), links: Choice = NOTHING_CHOSEN, status: int = 200,
) -> Response:  # fmt: skip
    """With the form for a new task as it was sent, when it is not done yet."""
    committee, everything, members = await asyncio.gather(
        visit.workspace.committee(slug), visit.workspace.cards(slug), visit.workspace.members(slug)
    )
    try:
        board = await visit.workspace.cards(slug, **shown.filters) if shown.filters else everything
    except Invalid:
        return visit.go(f"/committees/{slug}")
    columns = {state: [card for card in board.items if card.state == state] for state in TASK_STATES}
    return visit.page(
        "committee_board.html", status=status, section="desk", committee=committee, members=members, shown=shown,
        columns=columns, states=TASK_STATES, people_names=everything.people, may_move=everything.may_edit,
        labels=sorted({label for card in everything.items for label in card.labels}),
        total=everything.total, found=board.total, works=committee.your_role in WORKING, fields=fields or {},
        opened=fields is not None, errors=list(errors), soon=today(visit) + timedelta(days=7), priorities=PRIORITIES,
        chosen=set(ticked(fields or {}, "assignee")), repeats=REPEATS, most=MOST_SHOWN,
        links=links, link_kinds=LINK_KINDS, largest=visit.request.app.state.settings.largest_document,
        demo=visit.caller.demo or any(card.demo for card in everything.items),
    )  # fmt: skip


@router.post("/committees/{slug}/tasks/{task}/move")
async def move_task(visit: MemberVisit, slug: str, task: str) -> Response:
    """To the end of another column, or one place up or down in its own."""
    slug, fields = slug_or_nothing(slug), await visit.form()
    if fields.get("state") in (UP, DOWN):
        state = await _move_by_one(visit, slug, task[:60], fields["state"])
        return visit.go(f"/committees/{slug}#columna-{state}")
    moved = await visit.workspace.move_task(task[:60], fields.get("state", ""), to_the_end=True)
    return visit.go(f"/committees/{slug}#columna-{moved.state}")


async def _move_by_one(visit: Visit, slug: str, task: str, where: str) -> str:
    """Past its neighbour in the column as it is now; the column. Raises NotFound, NotAllowed."""
    board = await visit.workspace.cards(slug)
    state = next((card.state for card in board.items if str(card.id) == task), None)
    if state is None:
        raise NotFound
    column = [str(card.id) for card in board.items if card.state == state]
    others, place = [one for one in column if one != task], column.index(task)
    above = place - 2 if where == UP else place
    if (where == UP and place) or (where == DOWN and place < len(others)):
        await visit.workspace.move_task(task, state, after=others[above] if above >= 0 else None)
    return state


def names_of(members: Sequence[MemberOut]) -> dict[str, str]:
    return {str(member.user_id): member.name for member in members}
