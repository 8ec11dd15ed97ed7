"""A plain error page for people, in four languages, for the parts of the platform that have no pages of their own."""

from html import escape

from starlette.responses import HTMLResponse, Response

from shared.problems import Problem

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
"""Content-Security-Policy of a page that needs no script."""
TITLES = {
    401: {"es": "Inicie sesión", "en": "Sign in", "pt": "Inicie sessão", "fr": "Connectez-vous"},
    403: {
        "es": "Esto no está permitido",
        "en": "This is not allowed",
        "pt": "Isto não é permitido",
        "fr": "Ceci n’est pas permis",
    },
    404: {
        "es": "No encontramos esta página",
        "en": "We cannot find this page",
        "pt": "Não encontramos esta página",
        "fr": "Cette page est introuvable",
    },
    429: {
        "es": "Demasiadas solicitudes",
        "en": "Too many requests",
        "pt": "Pedidos demais",
        "fr": "Trop de demandes",
    },
    503: {
        "es": "No disponible por el momento",
        "en": "Not available right now",
        "pt": "Indisponível no momento",
        "fr": "Indisponible pour le moment",
    },
}
OTHERWISE = {
    "es": "Algo no salió bien",
    "en": "Something went wrong",
    "pt": "Algo não deu certo",
    "fr": "Un problème est survenu",
}
HOME = {"es": "Ir al inicio", "en": "Go to the home page", "pt": "Ir para o início", "fr": "Aller à l’accueil"}
NAME = {"es": "Red de Puertos", "en": "Ports Network", "pt": "Rede de Portos", "fr": "Réseau de ports"}


def wants_page(accept: str) -> bool:
    """Whether `text/html` is asked for by name, and not after JSON."""
    accept = accept.lower()
    html = accept.find("text/html")
    json = accept.find("application/json")
    return html >= 0 and (json < 0 or html < json)


def error_page(problem: Problem, language: str) -> Response:
    """The problem as an HTML page with the platform's style sheet."""
    titles = TITLES.get(problem.status if problem.status not in (502, 504) else 503, OTHERWISE)
    title = titles.get(language, titles["es"])
    detail = f"<p>{escape(problem.detail)}</p>" if language == "en" else ""
    page = (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{title} · {NAME[language]}</title>'
        f'<link rel="stylesheet" href="/static/css/main.css"></head><body><main id="main" class="error-page">'
        f'<h1>{title}</h1>{detail}<p><a href="/">{HOME[language]}</a></p></main></body></html>'
    )
    headers = {**problem.headers, "Cache-Control": "no-store", "Content-Security-Policy": POLICY}
    return HTMLResponse(page, status_code=problem.status, headers=headers)
