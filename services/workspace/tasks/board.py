"""A committee's whole board in one statement: PostgreSQL writes the cards, and nothing reads them on their way."""

import json
from typing import Any
from uuid import UUID

from sqlalchemy import Date, Select, bindparam, literal_column, select, text

from services.workspace.access import committee_to_enter, may_work_in, role_in
from services.workspace.people import People
from services.workspace.tables import Task
from services.workspace.tasks import queries
from services.workspace.tasks.presenting import UNKNOWN
from services.workspace.words import OPEN_STATES, STATES
from shared.callers import Caller
from shared.database import Database

CARDS = f"""
(SELECT coalesce(json_agg(json_build_object(
  'id', t.id, 'title', t.title, 'state', t.state, 'due_on', t.due_on,
  'overdue', t.state IN ({", ".join(repr(state) for state in OPEN_STATES)}) AND coalesce(t.due_on < today.day, false),
  'priority', t.priority, 'labels', t.labels, 'assignees', coalesce(whose.users, '[]'),
  'checklist_done', jsonb_array_length(jsonb_path_query_array(t.checklist, '$[*] ? (@.done == true)')),
  'checklist_total', jsonb_array_length(t.checklist),
  'comments', coalesce(said.number, 0), 'attachments', coalesce(kept.number, 0),
  'repeats', t.rrule IS NOT NULL, 'demo', t.demo
) ORDER BY array_position(ARRAY[{", ".join(repr(state) for state in STATES)}], t.state), t.place, t.id), '[]')::text
FROM asked t
CROSS JOIN today
LEFT JOIN (SELECT task_id, json_agg(user_id ORDER BY position) AS users FROM workspace.assignments
  WHERE task_id IN (SELECT id FROM asked) GROUP BY task_id) whose ON whose.task_id = t.id
LEFT JOIN (SELECT task_id, count(*) AS number FROM workspace.comments
  WHERE task_id IN (SELECT id FROM asked) GROUP BY task_id) said ON said.task_id = t.id
LEFT JOIN (SELECT task_id, count(*) AS number FROM workspace.attachments
  WHERE task_id IN (SELECT id FROM asked) GROUP BY task_id) kept ON kept.task_id = t.id)
"""  # noqa: S608 -- the words are our own
USERS = "ARRAY(SELECT DISTINCT user_id::text FROM workspace.assignments WHERE task_id IN (SELECT id FROM asked))"
TOTAL = "(SELECT count(*) FROM asked)"
SHOWN = (
    Task.id, Task.title, Task.state, Task.due_on, Task.priority, Task.labels, Task.checklist, Task.rrule, Task.demo,
    Task.place,
)  # fmt: skip


async def read_board(db: Database, people: People, wanted: queries.Filters, *, by: Caller) -> bytes:
    """What a `BoardOut` is as JSON. Raises NotFound, NotAllowed."""
    slug = str(wanted.committee)
    async with db.reading() as reading:
        if role_in(by, slug) in (None, "secretariat"):  # whoever has a role in a committee knows that there is one
            await committee_to_enter(reading, slug, by)
        cards, users, total = (await reading.execute(board(by, wanted))).one()
    names = await people.names(UUID(user) for user in users)
    around = {
        "committee": slug, "may_edit": may_work_in(by, slug), "total": total,
        "people": {user: names.get(UUID(user), UNKNOWN) for user in users},
    }  # fmt: skip
    return f'{json.dumps(around, ensure_ascii=False)[:-1]}, "items": {cards}}}'.encode()


def board(caller: Caller, wanted: queries.Filters) -> Select[Any]:
    """One row: the cards as the text of a JSON list, whose they are, how many there are."""
    asked = queries.narrowed(select(*SHOWN), caller, wanted).cte("asked")
    day = text("SELECT :day AS day").bindparams(bindparam("day", wanted.today, Date)).columns(day=Date).cte("today")
    parts: list[Any] = [
        literal_column(part).label(name) for name, part in (("cards", CARDS), ("users", USERS), ("total", TOTAL))
    ]
    made: Select[Any] = select(*parts).add_cte(asked, day)
    return made
