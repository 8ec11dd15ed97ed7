"""Writing to those who come next: the secretariat when a survey was sent, the coordination when it came back.

A message is known by the step and its reader, so a job that runs twice writes once.
"""

from collections.abc import Mapping
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from gateway.client import IdentityClient
from services.survey.access import AssessmentToChange
from services.survey.facts import communities_by_code
from services.survey.tables import Assessment
from shared.callers import Caller
from shared.database import Database, Job, WriteSession
from shared.jobs import Handler
from shared.languages import pick
from shared.peers import Peers

JOB = "review_news"
READERS = {
    "submitted": ("network", "secretariat"),
    "returned": ("community:{code}", "coordinator"),
    "accepted": ("community:{code}", "coordinator"),
}
"""Who is written to of a step: the scope and the role that they hold in it."""


def announce_step(tx: WriteSession, assessment: AssessmentToChange, step: str, *, by: Caller) -> None:
    """Have the news of a step sent once it is stored; made-up surveys write to nobody."""
    if step in READERS and not (assessment.demo or by.demo):
        payload = {
            "year": assessment.year, "community": assessment.community_code, "step": step,
            "version": assessment.version, "by": by.id,
        }  # fmt: skip
        tx.announce(Job(JOB, payload))


def news_jobs(app: Any) -> dict[str, Handler]:
    """The handler by the job's name."""

    async def write(payload: Mapping[str, Any]) -> None:
        await write_of_step(app.state.database, app.state.peers, payload)

    return {JOB: write}


async def write_of_step(db: Database, peers: Peers, payload: Mapping[str, Any]) -> None:
    """Write to everybody whom a step concerns but who took it, unless the assessment has moved on since."""
    year, code, step = int(payload["year"]), str(payload["community"]), str(payload["step"])
    async with db.reading() as reading:
        assessment = await reading.get(Assessment, (year, code))
        if assessment is None or assessment.state != step:
            return
        names = (await communities_by_code(reading, [code]))[code].names
    scope, role = READERS[step]
    identity = IdentityClient(peers)
    link = f"/survey/{year}/{code}/summary"
    readers = {
        str(holder.user_id): holder.locale
        for holder in await identity.holders(scope.format(code=code))
        if holder.role == role and str(holder.user_id) != payload["by"]
    }
    for user, locale in sorted(readers.items()):
        once = uuid5(NAMESPACE_URL, f"{link}#{step}#{payload['version']}#{user}")
        values = {"community": pick(names, locale), "year": str(year), "link": link}
        await identity.send_mail(f"survey_{step}", values, user_id=user, id=once)
