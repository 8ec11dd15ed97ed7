"""`/workshop`: a workshop from a phone, without an account: the code, who one is, and a vote on what the room looks at.

The browser keeps the code and its device's token in a cookie of its own, which says nothing about anybody.
"""

from urllib.parse import quote

from starlette.responses import Response

from services.portal.pages.survey_form import FLAGS, number_in
from services.portal.translations import N_
from services.portal.visits import Reader, Visit, page_router
from services.portal.vocabulary import GROUPS
from services.survey.schemas.workshops import RoomOut
from shared.forms import form_fields
from shared.problems import Conflict, Invalid, NotAllowed, NotFound, TooManyRequests

router = page_router()
HOME = "/workshop"
COOKIE = "workshop"
KEPT = 3 * 24 * 3600
"""Seconds that a browser stays in a workshop: as long as a code can be good for."""
WRONG_CODE = N_("Ese código no abre ningún taller. Revíselo en la pantalla, o pida el de ahora a quien coordina.")
TOO_MANY = N_("Hubo demasiados códigos equivocados desde esta conexión. Espere unos minutos y vuelva a intentarlo.")
OVER = N_("El taller terminó. Gracias por participar.")
NAME_MISSING = N_("Escriba su nombre, de hasta 80 letras.")
GROUP_MISSING = N_("Elija por qué grupo participa.")
MOVED_ON = N_("Ese voto no se contó: la sala ya no vota esa medida. Vote la que se ve ahora.")
FULL = N_("El taller está completo: ya no entra nadie más.")


def place_of(visit: Visit) -> tuple[str, str]:
    """The code and the token that this browser keeps; empty when it is in no workshop."""
    code, _, token = visit.request.cookies.get(COOKIE, "").partition(".")
    return code[:40], token[:200]


def visitor_of(visit: Visit) -> str:
    """As the gateway names whoever has not signed in."""
    return visit.request.headers.get("x-portsnet-visitor", "")[:64]


async def fields_of(visit: Visit) -> dict[str, str]:
    """Somebody who is signed in proves that the form is ours; of others the gateway looks at where it came from."""
    if visit.caller.is_signed_in:
        return await visit.form()
    fields = await form_fields(visit.request)
    fields.pop("csrf_token", None)
    return fields


def unkept(answer: Response) -> Response:
    answer.headers["Cache-Control"] = "no-store"
    return answer


@router.get("/w/{code}")
async def follow_link(visit: Reader, code: str) -> Response:
    """The short address on the projector and in messages."""
    return visit.go(f"{HOME}?code={quote(code[:40])}")


@router.get(HOME)
async def show_room(visit: Reader, code: str = "", moved: str = "") -> Response:
    """The code to type, who one is, or the measure that the room votes on."""
    kept, token = place_of(visit)
    asked = "".join(code.split()).replace("-", "").upper()[:40]
    if not asked and not kept:
        return enter_page(visit)
    try:
        room = await visit.survey.room(asked or kept, token if not asked or asked == kept else "", visitor_of(visit))
    except NotFound:
        if asked:
            return enter_page(visit, code=code[:40], error=WRONG_CODE, status=404)
        return left(enter_page(visit, note=OVER))
    except TooManyRequests as problem:
        return slowed(visit, problem)
    if room.me is None:
        return join_page(visit, room)
    return vote_page(visit, room, moved=moved == "1")


def slowed(visit: Visit, problem: TooManyRequests) -> Response:
    page = enter_page(visit, error=TOO_MANY, status=429)
    page.headers["Retry-After"] = str(problem.headers.get("Retry-After", "60"))
    return page


def enter_page(
    visit: Visit, *, code: str = "", error: str | None = None, note: str | None = None, status: int = 200
) -> Response:
    return unkept(visit.page("workshop_enter.html", status=status, code=code, error=error, note=note, robots="noindex"))


def join_page(
    visit: Visit, room: RoomOut, *, fields: dict[str, str] | None = None, errors: dict[str, str] | None = None,
    status: int = 200,
) -> Response:  # fmt: skip
    return unkept(
        visit.page(
            "workshop_join.html", status=status, room=room, fields=fields or {}, errors=errors or {}, groups=GROUPS,
            demo=room.demo, robots="noindex",
        )
    )  # fmt: skip


def vote_page(visit: Visit, room: RoomOut, *, moved: bool = False, status: int = 200) -> Response:
    return unkept(
        visit.page(
            "workshop_vote.html", status=status, room=room, me=room.me, moved=MOVED_ON if moved else None,
            demo=room.demo, robots="noindex",
        )
    )  # fmt: skip


@router.post(f"{HOME}/join")
async def join(visit: Reader) -> Response:
    """Come in with a name and a group; this browser votes for them from now on."""
    fields = await fields_of(visit)
    code, name, group = fields.get("code", ""), fields.get("name", "").strip(), fields.get("stakeholder_group", "")
    try:
        joined = await visit.survey.join(code[:40], name, group, visitor_of(visit))
    except NotFound:
        return enter_page(visit, code=code[:40], error=WRONG_CODE, status=404)
    except TooManyRequests as problem:
        return slowed(visit, problem)
    except Conflict:
        return enter_page(visit, error=FULL, status=409)
    except Invalid as problem:
        pointers = {error.pointer for error in problem.errors}
        errors = {
            field: text
            for field, text in (("name", NAME_MISSING), ("stakeholder_group", GROUP_MISSING))
            if f"/{field}" in pointers
        }
        room = await visit.survey.room(code[:40], "", visitor_of(visit))
        return join_page(visit, room, fields=fields, errors=errors, status=422)
    back = visit.go(HOME)
    back.set_cookie(
        COOKIE, f"{code[:40]}.{joined.token}", max_age=KEPT, path=HOME, httponly=True, samesite="lax",
        secure=visit.request.app.state.settings.origin.startswith("https:"),
    )  # fmt: skip
    return back


@router.post(f"{HOME}/vote")
async def vote(visit: Reader) -> Response:
    """One press is a vote; another press changes it while the room votes on the measure."""
    fields = await fields_of(visit)
    code, token = place_of(visit)
    choice = fields.get("choice", "")
    said = {"flag": choice} if choice in FLAGS else {"level": number_in(choice)}
    try:
        await visit.survey.vote(code, fields.get("measure", "")[:40], said, token, visitor_of(visit))
    except (NotFound, NotAllowed):  # which is what a client makes of 401
        return left(visit.go(HOME))
    except (Conflict, Invalid):
        return visit.go(f"{HOME}?moved=1")
    except TooManyRequests as problem:
        return slowed(visit, problem)
    return visit.go(HOME)


@router.post(f"{HOME}/leave")
async def leave(visit: Reader) -> Response:
    """Forget the workshop on this browser, for somebody else or another code. What was voted stays."""
    await fields_of(visit)
    return left(visit.go(HOME))


def left(answer: Response) -> Response:
    answer.delete_cookie(COOKIE, path=HOME)
    return answer
