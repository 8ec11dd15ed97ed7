"""Mail as the secretariat sees it (to whom, what kind, when), and as services have it sent."""

from typing import Annotated, Literal

from fastapi import Request
from pydantic import StringConstraints
from sqlalchemy import select
from starlette.responses import Response

from gateway import mail_texts
from gateway.accounts import PlatformSettings, Secretary
from gateway.internal import InnerService
from gateway.mail import send_mail
from gateway.schemas import MailAccepted, MailOut
from gateway.tables import Mail, User
from shared.answers import answer
from shared.dependencies import Db
from shared.fields import Counted, Email, Id, Input, Language
from shared.paging import Part, count_of
from shared.problems import FieldError, Invalid, documented
from shared.redirects import safe_next
from shared.routing import house_router

router = house_router(tags=["identity"])
OUR_OWN = frozenset({"invitation", "password_reset", "email_changed"})
FOR_SERVICES = sorted(set(mail_texts.TEXTS) - OUR_OWN)
Value = Annotated[str, StringConstraints(max_length=20_000)]


class CalendarPart(Input):
    """An invitation that the reader's calendar takes in (RFC 5546)."""

    method: Literal["REQUEST", "CANCEL"]
    content: Annotated[str, StringConstraints(max_length=200_000)]


class MailIn(Input):
    """A message to a person of the platform, or to an address. With an `id` of the sender's own it is sent once,
    however often it is asked for."""

    id: Id | None = None
    user_id: Id | None = None
    email: Email | None = None
    locale: Language = "es"
    kind: str
    values: dict[str, Value]
    unsubscribe: Annotated[str, StringConstraints(max_length=500)] | None = None
    calendar: CalendarPart | None = None


@router.get("/api/v1/identity/mails", response_model=Counted[MailOut], responses=documented(401, 403, 422))
async def list_mails(request: Request, caller: Secretary, db: Db, part: Part) -> Response:
    """What was written to whom and when, the newest first; never a link that carries somebody's token."""
    statement = select(Mail)
    async with db.reading() as reading:
        total = await count_of(reading, statement)
        rows = (await reading.scalars(part.apply(statement, [Mail.created_at, Mail.id], descending=True))).all()
    shown, following = part.cut(rows, lambda row: (row.created_at, row.id))
    items = [
        MailOut(id=row.id, recipient=row.recipient, kind=row.kind, created_at=row.created_at, sent_at=row.sent_at)
        for row in shown
    ]
    return answer(request, Counted(items=items, next=following, total=total))


@router.post(
    "/internal/mail", status_code=202, response_model=MailAccepted, responses=documented(404, 422),
    include_in_schema=False,
)  # fmt: skip
async def send(request: Request, wanted: MailIn, caller: InnerService, db: Db, settings: PlatformSettings) -> Response:
    """Write to somebody in their language. `link` is a path of the platform. A person who is gone gets nothing."""
    values = _checked(wanted, settings.origin)
    async with db.transaction(by=caller, to="send mail", about=wanted.kind) as tx:
        to, locale = wanted.email, wanted.locale
        if wanted.user_id is not None:
            user = await tx.scalar(select(User).where(User.id == wanted.user_id, User.active))
            to, locale = (user.email, user.locale) if user else (None, locale)
        mail_id = None
        if to is not None:
            mail_id = await send_mail(
                tx, settings.secret, to=to, kind=wanted.kind, locale=locale, values=values, id=wanted.id,
                unsubscribe=f"{settings.origin}{wanted.unsubscribe}" if wanted.unsubscribe is not None else None,
                calendar=wanted.calendar.model_dump() if wanted.calendar is not None else None,
            )  # fmt: skip
    return answer(request, MailAccepted(id=mail_id), status=202)


def _checked(wanted: MailIn, origin: str) -> dict[str, str]:
    """The values, with the link made whole. Raises Invalid with all pointers."""
    errors: list[FieldError] = []
    if (wanted.user_id is None) == (wanted.email is None):
        errors.append(FieldError("/user_id", "either this or an e-mail address is required", "missing"))
    if wanted.kind not in FOR_SERVICES:
        raise Invalid(errors=[*errors, FieldError("/kind", f"must be one of {', '.join(FOR_SERVICES)}")])
    needed = mail_texts.VALUES[wanted.kind]
    errors += [
        FieldError(f"/values/{name}", "is required", "missing") for name in sorted(needed - wanted.values.keys())
    ]
    errors += [
        FieldError(f"/values/{name}", "is not known", "unknown") for name in sorted(wanted.values.keys() - needed)
    ]
    if wanted.unsubscribe is not None and safe_next(wanted.unsubscribe, "") != wanted.unsubscribe:
        errors.append(FieldError("/unsubscribe", "must be a path of the platform"))
    path = wanted.values.get("link", "/").removeprefix(origin)
    if safe_next(path, "") != path:
        errors.append(FieldError("/values/link", "must be a path of the platform"))
    if errors:
        raise Invalid(errors=errors)
    return {**wanted.values, "link": f"{origin}{path}"}
