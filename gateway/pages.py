"""The few pages that the gateway shows itself: about logins at other places. Every other page is the portal's."""

from html import escape

from fastapi import Request
from starlette.responses import HTMLResponse, Response

from shared.pages import NAME, POLICY, wants_page
from shared.problems import Problem, as_response

TEXTS: dict[str, dict[str, tuple[str, str]]] = {
    "failed": {
        "es": (
            "No se pudo ingresar",
            "El ingreso con la otra cuenta no se completó. Vuelva a intentarlo desde la página de ingreso.",
        ),
        "en": (
            "You could not be signed in",
            "The sign-in with the other account was not completed. Try again from the sign-in page.",
        ),
        "pt": (
            "Não foi possível entrar",
            "A entrada com a outra conta não foi concluída. Tente de novo na página de entrada.",
        ),
        "fr": (
            "La connexion n’a pas abouti",
            "La connexion avec l’autre compte n’est pas allée à son terme. Réessayez depuis la page de connexion.",
        ),
    },
    "not_linked": {
        "es": (
            "Esta cuenta no está vinculada",
            "Si ya participa en la Red, ingrese con su usuario y contraseña y vincule la otra cuenta en su perfil. Si "
            "no, pida una invitación a la Secretaría.",
        ),
        "en": (
            "This account is not linked",
            "If you take part in the Network, sign in with your username and password and link the other account in "
            "your profile. If not, ask the secretariat for an invitation.",
        ),
        "pt": (
            "Esta conta não está vinculada",
            "Se já participa da Rede, entre com seu usuário e senha e vincule a outra conta no seu perfil. Se não, "
            "peça um convite à Secretaria.",
        ),
        "fr": (
            "Ce compte n’est pas rattaché",
            "Si vous participez au Réseau, connectez-vous avec votre identifiant et votre mot de passe et rattachez "
            "l’autre compte dans votre profil. Sinon, demandez une invitation au Secrétariat.",
        ),
    },
}
SIGN_IN = {
    "es": "Ir a la página de ingreso",
    "en": "Go to the sign-in page",
    "pt": "Ir para a página de entrada",
    "fr": "Aller à la page de connexion",
}


def refusal(request: Request, what: str, problem: Problem) -> Response:
    """A page for a browser, problem details for everybody else; neither tells more than the other."""
    if not wants_page(request.headers.get("accept", "")):
        return as_response(problem, request.url.path)
    language: str = request.state.language
    title, text = TEXTS[what][language]
    page = (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{escape(title)} · {NAME[language]}'
        f'</title><link rel="stylesheet" href="/static/css/main.css"></head><body><main id="main" class="error-page">'
        f"<h1>{escape(title)}</h1><p>{escape(text)}</p>"
        f'<p><a href="/login">{SIGN_IN[language]}</a></p></main></body></html>'
    )
    headers = {"Cache-Control": "no-store", "Content-Security-Policy": POLICY, "Vary": "Accept, Accept-Language"}
    return HTMLResponse(page, status_code=problem.status, headers=headers)
