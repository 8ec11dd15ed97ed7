"""`/login`, `/invitations/…`, `/password/…`: the ways in.

Their forms go to the gateway, which leads back here with what was wrong.
"""

import re

from starlette.responses import Response

from gateway.schemas import InvitationOut
from services.portal.pages.parts import attempt
from services.portal.translations import N_, translations
from services.portal.visits import Reader, Visit, page_router
from shared.problems import Conflict, NotFound
from shared.redirects import safe_next

router = page_router()
TOKEN = re.compile(r"[A-Za-z0-9_.~-]{8,400}")

LOGIN_ERRORS = {
    "credentials": N_("El usuario o la contraseña no son correctos. Revise ambos y vuelva a intentarlo."),
    "too_many": N_("Hubo demasiados intentos seguidos. Espere un minuto y vuelva a intentarlo."),
    "code": N_("Su cuenta pide además un código. Abra su aplicación y escriba el que muestra ahora."),
    "oidc": N_("No se pudo ingresar con esa cuenta. Vuelva a intentarlo, o use su usuario y contraseña."),
}
FIELD_ERRORS = {
    "username:missing": N_("Escriba un nombre de usuario."),
    "username:username": N_("Use de 2 a 64 letras, números o los signos . _ - @ +, y empiece con letra o número."),
    "username:taken": N_("Ese nombre de usuario ya está en uso. Elija otro."),
    "name:missing": N_("Escriba su nombre."),
    "password:missing": N_("Escriba una contraseña."),
    "password:password_short": N_("La contraseña debe tener al menos 12 caracteres."),
    "password:password_long": N_("La contraseña puede tener hasta 256 caracteres."),
    "password:password_has_username": N_("La contraseña no puede contener el nombre de usuario."),
    "password:password_common": N_(
        "Esa contraseña es común o fácil de adivinar. Use otra, por ejemplo cuatro palabras al azar."
    ),
    "email:missing": N_("Escriba su correo."),
    "email:email": N_("Escriba un correo completo, como nombre@ejemplo.org."),
}
OTHER_FIELD_ERRORS = {
    "username": N_("Revise el nombre de usuario."),
    "name": N_("Revise su nombre."),
    "password": N_("Revise la contraseña."),
    "email": N_("Revise el correo."),
}
WHOLE_ERRORS = {
    "conflict": N_(
        "Ya hay una cuenta con este correo, o la invitación se usó mientras tanto. Ingrese con su cuenta y abra "
        "otra vez el enlace."
    ),
    "not-allowed": N_("El formulario ya no estaba al día. Vuelva a enviarlo."),
    "invalid": N_("Algo no se pudo leer. Revise los datos y vuelva a enviarlos."),
    "malformed": N_("Algo no se pudo leer. Revise los datos y vuelva a enviarlos."),
    "too-many-requests": N_("Hubo demasiados intentos seguidos. Espere un minuto y vuelva a intentarlo."),
}  # fmt: skip
UNFORESEEN = N_("No se pudo completar. Vuelva a intentarlo en un momento.")
ROLES = {
    "secretariat": N_("Secretaría"),
    "coordinator": N_("Coordinación de la comunidad"),
    "respondent": N_("Quien responde la encuesta"),
    "data_provider": N_("Quien aporta los datos"),
    "chair": N_("Presidencia del comité"),
    "member": N_("Integrante del comité"),
    "observer": N_("Observación en el comité"),
}
ROLE_TEXTS = {
    "secretariat": N_("Conduce la encuesta, las comunidades y los comités."),
    "coordinator": N_(
        "Cuida la ficha de la comunidad, invita a su gente, acuerda y publica los resultados y aprueba los "
        "datos."
    ),
    "respondent": N_("Responde la encuesta anual por su grupo de actores."),
    "data_provider": N_("Carga los datos de los indicadores de la comunidad."),
    "chair": N_("Conduce el comité: integrantes, tareas, documentos, reuniones y votaciones."),
    "member": N_("Trabaja en las tareas y los documentos del comité, y vota."),
    "observer": N_("Lee lo que trabaja el comité."),
}  # fmt: skip


def errors_of(visit: Visit) -> tuple[dict[str, str], str | None]:
    """What the gateway found wrong: by field, and about the whole form."""
    fields: dict[str, str] = {}
    whole: str | None = None
    for told in visit.request.query_params.getlist("error")[:20]:
        field, _, _ = told.partition(":")
        if told in FIELD_ERRORS:
            fields.setdefault(field, FIELD_ERRORS[told])
        elif field in OTHER_FIELD_ERRORS:
            fields.setdefault(field, OTHER_FIELD_ERRORS[field])
        else:
            whole = WHOLE_ERRORS.get(told, UNFORESEEN)
    return fields, whole


def listed(fields: dict[str, str], visit: Visit) -> list[dict[str, str]]:
    """The errors of the fields for the summary at the top of a form."""
    words = translations(visit.language)
    return [
        {"field": name, "message": words.gettext(text)} for name, text in sorted(fields.items(), key=_as_in_the_form)
    ]


def _as_in_the_form(error: tuple[str, str]) -> int:
    return ("name", "username", "email", "password").index(error[0])


def never_kept(response: Response) -> Response:
    """A page whose address holds what somebody typed, or a token."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "same-origin"
    return response


@router.get("/login")
async def show_login(visit: Reader) -> Response:
    """The form to sign in; who is signed in already is told so."""
    asked = visit.request.query_params
    told = asked.get("error")
    error = LOGIN_ERRORS.get(told, LOGIN_ERRORS["credentials"]) if told else None
    return never_kept(
        visit.page(
            "login.html", robots="noindex", error=error, username=asked.get("username", "")[:200],
            next=safe_next(asked.get("next")), providers=providers_of(visit), done=asked.get("done"),
            is_person=visit.caller.kind == "user", wants_code=told == "code",
        )
    )  # fmt: skip


def providers_of(visit: Visit) -> list[dict[str, str]]:
    """The identity providers that the operator configured: `{slug, name}` each."""
    found = visit.request.app.state.settings.oidc_providers
    return [{"slug": slug, "name": one.label or slug} for slug, one in found.items()]


@router.get("/invitations/{token}")
async def show_invitation(visit: Reader, token: str) -> Response:
    """Who is invited to what, and the form to accept; or why the link no longer serves."""
    if not TOKEN.fullmatch(token):
        return never_kept(visit.page("invitation_over.html", status=404, robots="noindex", why="unknown"))
    try:
        invitation = await visit.identity.invitation(token)
    except NotFound:
        return never_kept(visit.page("invitation_over.html", status=404, robots="noindex", why="unknown"))
    except Conflict as problem:
        why = "used" if "used" in problem.detail else "expired"
        return never_kept(visit.page("invitation_over.html", status=409, robots="noindex", why=why))
    fields, whole = errors_of(visit)
    asked = visit.request.query_params
    same_person = visit.caller.email.casefold() == invitation.email.casefold()
    return never_kept(
        visit.page(
            "invitation.html",
            robots="noindex",
            invitation=invitation,
            place=await _name_of_scope(visit, invitation),
            role=ROLES.get(invitation.role, invitation.role),
            role_text=ROLE_TEXTS.get(invitation.role),
            fields=fields,
            error_list=listed(fields, visit),
            whole=whole,
            username=asked.get("username", "")[:300],
            full_name=asked.get("name", "")[:300],
            action=f"/auth/invitations/{token}",
            here=f"/invitations/{token}",
            providers=providers_of(visit),
            token=token,
            joining=visit.caller.kind == "user" and same_person,
            somebody_else=visit.caller.kind == "user" and not same_person,
        )
    )


async def _name_of_scope(visit: Visit, invitation: InvitationOut) -> str | None:
    """The community's or committee's name; the code when it cannot be asked for."""
    kind, _, code = invitation.scope.partition(":")
    if kind == "community":
        found = await attempt(visit.registry.community(code))
        return found.value.name if found.value else code
    if kind == "committee":
        return COMMITTEES.get(code, code)
    return None


COMMITTEES = {
    "research-and-innovation": N_("Investigación e Innovación"),
    "port-governance-and-competitiveness": N_("Gobernanza y Competitividad Portuaria"),
    "public-policies-on-ports": N_("Políticas Públicas Portuarias"),
    "transitional-advisory-directory": N_("Directorio Consultivo Transitorio"),
}


@router.get("/password/forgot")
async def show_forgotten_password(visit: Reader) -> Response:
    """Ask for a link to choose a new password. What follows is the same whether or not there is such an account."""
    asked = visit.request.query_params
    fields, whole = errors_of(visit)
    sent = any(asked.get(name) for name in ("sent", "done"))
    return never_kept(
        visit.page(
            "password_forgot.html", robots="noindex", sent=sent, fields=fields, whole=whole,
            error_list=listed(fields, visit), email=asked.get("email", "")[:300],
        )
    )  # fmt: skip


@router.get("/password/reset")
async def show_new_password(visit: Reader) -> Response:
    """Choose a new password with the token of the mail."""
    token = visit.request.query_params.get("token", "")
    fields, whole = errors_of(visit)
    errors = visit.request.query_params.getlist("error")
    dead = not TOKEN.fullmatch(token) or any(
        one.partition(":")[0] in ("token", "not-found", "conflict") for one in errors
    )
    return never_kept(
        visit.page(
            "password_reset.html", status=404 if dead else 200, robots="noindex", token=token, dead=dead,
            fields=fields, error_list=listed(fields, visit), whole=None if dead else whole,
        )
    )  # fmt: skip
