"""`/tasks` and `/committees/{slug}/tasks`: one's own tasks by when they are due, a committee's as a table."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlencode

from starlette.responses import Response

from services.portal.pages.committees import WORKING
from services.portal.pages.parts import slug_or_nothing
from services.portal.pages.reading import date_in, today
from services.portal.pages.words import TASK_STATES
from services.portal.rendering import query_url
from services.portal.translations import N_
from services.portal.visits import MemberVisit, Visit, page_router
from services.portal.vocabulary import PRIORITIES
from services.workspace.schemas import TaskOut
from shared.problems import Invalid

router = page_router()
API = "/api/v1/workspace"
OPEN = "todo,doing,review"
COLUMNS: Mapping[str, str] = {
    "title": N_("Tarea"),
    "state": N_("Estado"),
    "assignees": N_("A cargo de"),
    "due_on": N_("Vence el"),
    "priority": N_("Prioridad"),
    "updated_at": N_("Último cambio"),
}
SORTED = ("title", "state", "due_on", "priority", "updated_at")
GROUPS: Mapping[str, str] = {
    "late": N_("Vencidas"),
    "today": N_("Hoy"),
    "week": N_("En los próximos siete días"),
    "month": N_("En los próximos treinta días"),
    "later": N_("Más adelante"),
    "undated": N_("Sin fecha"),
}


@dataclass(frozen=True)
class Asked:
    """Which tasks a list shows, as its address says; what cannot be is left out."""

    q: str = ""
    state: str = ""
    assignee: str = ""
    label: str = ""
    due_until: str = ""
    overdue: bool = False
    committee: str = ""
    sort: str = ""

    @classmethod
    def by(cls, visit: Visit) -> "Asked":
        said = visit.request.query_params
        sort = said.get("sort", "")
        state = said.get("state", "")
        return cls(
            q=said.get("q", "").strip()[:200], state=state if state in (*TASK_STATES, OPEN) else "",
            assignee=said.get("assignee", "")[:60], label=said.get("label", "")[:60],
            due_until=date_in(said.get("due_until", "")) or "", overdue=said.get("overdue") == "true",
            committee=said.get("committee", "")[:80],
            sort=sort if sort.removeprefix("-") in SORTED else "",
        )  # fmt: skip

    @property
    def filters(self) -> dict[str, str]:
        """What narrows the list, without its order."""
        found = {
            "q": self.q, "state": self.state, "assignee": self.assignee, "label": self.label,
            "due_until": self.due_until, "overdue": "true" if self.overdue else "", "committee": self.committee,
        }  # fmt: skip
        return {name: value for name, value in found.items() if value}


@router.get("/committees/{slug}/tasks")
async def show_list(visit: MemberVisit, slug: str) -> Response:
    """A committee's tasks as a table that is filtered, sorted and taken along."""
    slug, asked = slug_or_nothing(slug), Asked.by(visit)
    filters, sort = {k: v for k, v in asked.filters.items() if k != "committee"}, asked.sort or "due_on"
    try:
        committee, found, members, everything = await asyncio.gather(
            visit.workspace.committee(slug),
            visit.workspace.tasks_in_parts(slug, visit.request.query_params.get("cursor"), sort=sort, **filters),
            visit.workspace.members(slug), visit.workspace.cards(slug),
        )  # fmt: skip
    except Invalid:
        return visit.go(f"/committees/{slug}/tasks")
    base = f"/committees/{slug}/tasks"
    return visit.page(
        "task_table.html", section="desk", committee=committee, members=members, tasks=found.items, asked=asked,
        filters=filters, total=everything.total, found=found.total,
        columns=columns_of(visit, base, sort), states=TASK_STATES, open=OPEN,
        next_href=query_url(base, visit.request.url.query, cursor=found.next) if found.next else None,
        labels=sorted({label for card in everything.items for label in card.labels}), priorities=PRIORITIES, base=base,
        csv=f"{API}/committees/{slug}/tasks?{urlencode({**filters, 'sort': sort, 'format': 'csv'})}",
        works=committee.your_role in WORKING, demo=visit.caller.demo or any(card.demo for card in everything.items),
    )  # fmt: skip


def columns_of(visit: Visit, base: str, sort: str) -> list[dict[str, str | None]]:
    """The table's columns with what a click on their heads does: sort, and the other way round."""
    found: list[dict[str, str | None]] = []
    for key, label in COLUMNS.items():
        column: dict[str, str | None] = {"key": key, "label": label, "sort_href": None, "sorted": None}
        if key in SORTED:
            if sort.removeprefix("-") == key:
                column["sorted"] = "descending" if sort.startswith("-") else "ascending"
            column["sort_href"] = query_url(
                base, visit.request.url.query, sort=f"-{key}" if sort == key else key, cursor=None
            )  # fmt: skip
        found.append(column)
    return found


@router.get("/tasks")
async def show_mine(visit: MemberVisit) -> Response:
    """One's own tasks in all committees, by when they are due."""
    asked = Asked.by(visit)
    filters = {"state": asked.state or OPEN}
    if asked.committee:
        filters["committee"] = slug_or_nothing(asked.committee)
    if asked.q:
        filters["q"] = asked.q
    tasks, committees = await asyncio.gather(visit.workspace.my_tasks(**filters), visit.workspace.committees())
    csv = {"assignee": "me", **filters, "format": "csv"}
    return visit.page(
        "my_tasks.html", section="desk", groups=grouped(tasks, today(visit)), tasks=tasks, asked=asked,
        states=TASK_STATES,
        committees=[one for one in committees if one.your_role not in (None, "secretariat")],
        names={one.slug: one.name for one in committees}, group_words=GROUPS, csv=f"{API}/tasks?{urlencode(csv)}",
        open=OPEN, soon=today(visit) + timedelta(days=7),
        demo=visit.caller.demo or any(task.demo for task in tasks),
    )  # fmt: skip


def grouped(tasks: Sequence[TaskOut], now: date) -> dict[str, list[TaskOut]]:
    """By when they are due; groups without tasks are left out. What is over is not late, however old its date."""
    found: dict[str, list[TaskOut]] = {name: [] for name in GROUPS}
    for task in tasks:
        if task.due_on is None:
            name = "undated"
        elif task.due_on < now:
            name = "late"
        else:
            days = (task.due_on - now).days
            name = "today" if days == 0 else "week" if days <= 7 else "month" if days <= 30 else "later"
        found[name].append(task)
    return {name: some for name, some in found.items() if some}
