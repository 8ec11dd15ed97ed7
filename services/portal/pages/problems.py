"""`/problems`: what every kind of problem means, for people and for programs. Their addresses are the API's `type`."""

import json
from dataclasses import dataclass

from starlette.responses import Response

from services.portal.translations import N_
from services.portal.visits import Reader, page_router
from shared.problems import KINDS, Problem, details
from shared.problems import NotFound as UnknownProblem

router = page_router()


@dataclass(frozen=True)
class Explanation:
    """What happened, what a person does about it, what a program does."""

    title: str
    meaning: str
    person: str
    program: str


EXPLANATIONS: dict[str, Explanation] = {
    "internal": Explanation(
        N_("Algo falló de nuestro lado"),
        N_("La plataforma encontró un error que no esperaba. No depende de lo que se envió."),
        N_(
            "Vuelva a intentarlo en un momento. Si sigue, escriba a la Secretaría con la referencia que muestra "
            "la página."
        ),
        N_("Reintente con espera creciente. Conserve la cabecera X-Request-ID: con ella se encuentra el caso."),
    ),
    "malformed": Explanation(
        N_("No se pudo leer la solicitud"),
        N_(
            "El cuerpo o la dirección no tienen la forma debida: JSON cortado, codificación distinta de UTF-8, "
            "un parámetro doble."
        ),
        N_("Vuelva a la página anterior, cárguela otra vez y repita lo que hizo."),
        N_("No reintente lo mismo: corrija la solicitud. El detalle dice dónde dejó de entenderse."),
    ),
    "not-signed-in": Explanation(
        N_("Hay que ingresar primero"),
        N_("Lo que se pide no es público, o la sesión terminó, o la credencial no vale."),
        N_("Ingrese con su cuenta. La plataforma lo lleva de vuelta a la página que quería ver."),
        N_(
            "Pida un token nuevo en /oauth/token y envíelo como Authorization: Bearer. La cabecera "
            "WWW-Authenticate dice qué se espera."
        ),
    ),
    "not-allowed": Explanation(
        N_("Su cuenta no puede hacer esto"),
        N_(
            "La plataforma sabe quién es usted, y lo que pide existe, pero su función no alcanza. También ocurre "
            "con un formulario abierto hace mucho."
        ),
        N_(
            "Cargue la página otra vez. Si necesita el permiso, pídalo a la coordinación de su comunidad o a la "
            "Secretaría."
        ),
        N_("No reintente. Si un campo no es suyo, errors lo señala con su puntero. Con cookies, envíe X-CSRF-Token."),
    ),
    "not-found": Explanation(
        N_("No hay nada aquí que usted pueda ver"),
        N_("No existe, o existe y no es visible para quien pregunta: la respuesta es la misma en ambos casos."),
        N_("Revise la dirección. Si alguien se la envió, tal vez haya que ingresar primero."),
        N_("No suponga que no existe: con otra credencial la respuesta puede ser otra."),
    ),
    "method-not-allowed": Explanation(
        N_("Aquí no se puede hacer eso"),
        N_("La dirección existe, pero no acepta ese método de HTTP."),
        N_("Vuelva a la página anterior y use sus botones."),
        N_("La cabecera Allow dice qué métodos acepta."),
    ),
    "conflict": Explanation(
        N_("No corresponde al estado actual"),
        N_(
            "Lo que se pidió es correcto, pero no en este momento: ya existe, ya se cerró, ya se usó, o todavía "
            "falta un paso."
        ),
        N_("Cargue la página otra vez para ver cómo están las cosas ahora."),
        N_("Lea el recurso, decida según su estado y recién entonces vuelva a enviar."),
    ),
    "stale-version": Explanation(
        N_("Alguien lo cambió desde que usted lo leyó"),
        N_(
            "Para que nadie pise el trabajo de otra persona, un cambio dice sobre qué versión se hizo. Esa "
            "versión ya no es la última."
        ),
        N_("Cargue la página otra vez y repita su cambio sobre lo nuevo."),
        N_("Lea de nuevo, tome el ETag nuevo y envíelo en If-Match."),
    ),
    "too-large": Explanation(
        N_("Es más grande de lo que se acepta"),
        N_("El archivo o el texto pasa el límite de su clase."),
        N_("Divida el archivo o envíe uno más liviano. El límite está escrito junto al botón."),
        N_("Parta el envío. Los límites están en la documentación de cada ruta."),
    ),
    "unsupported-media-type": Explanation(
        N_("Esta clase de contenido no se acepta aquí"),
        N_("El Content-Type, o lo que el archivo contiene de verdad, no es de los que la ruta acepta."),
        N_("Guarde el archivo en uno de los formatos indicados y vuelva a enviarlo."),
        N_("Envíe uno de los tipos que nombra la documentación de la ruta."),
    ),
    "range-not-satisfiable": Explanation(
        N_("El archivo no tiene ese tramo"),
        N_("Se pidió una parte del archivo que está más allá de su final."),
        N_("Descargue el archivo otra vez desde el comienzo."),
        N_("Content-Range dice el tamaño. Pida un tramo que exista."),
    ),
    "invalid": Explanation(
        N_("Algunos valores no se pueden aceptar"),
        N_("La solicitud se entiende, pero uno o más campos no cumplen su regla. No se guardó nada."),
        N_("Corrija los datos señalados y envíe otra vez."),
        N_("errors nombra cada campo con un puntero JSON (RFC 6901), qué se esperaba y un código estable."),
    ),
    "version-missing": Explanation(
        N_("Falta decir sobre qué versión es el cambio"),
        N_("Este recurso lo editan varias personas, y por eso el cambio debe llevar la versión que se leyó."),
        N_("Cargue la página otra vez y repita el cambio."),
        N_("Envíe If-Match con el ETag de su última lectura."),
    ),
    "too-many-requests": Explanation(
        N_("Demasiadas solicitudes seguidas"),
        N_("Se pasó el límite por persona y dirección, o hubo varios intentos fallidos de ingresar."),
        N_("Espere un minuto y vuelva a intentarlo."),
        N_("Espere los segundos que dice Retry-After."),
    ),
    "bad-upstream": Explanation(
        N_("Una parte de la plataforma respondió mal"),
        N_("La plataforma está hecha de varios servicios, y uno de ellos contestó algo que no se pudo usar."),
        N_("Vuelva a intentarlo en un momento. Lo que ya estaba guardado sigue guardado."),
        N_("Reintente con espera creciente."),
    ),
    "unavailable": Explanation(
        N_("Una parte de la plataforma no está disponible"),
        N_("Un servicio está arrancando, en mantenimiento o sin conexión."),
        N_("Vuelva a intentarlo en un momento. Lo que ya estaba guardado sigue guardado."),
        N_("Espere los segundos que dice Retry-After y reintente."),
    ),
    "upstream-timeout": Explanation(
        N_("Una parte de la plataforma tardó demasiado"),
        N_("Un servicio no contestó a tiempo. Es posible que haya terminado el trabajo igual."),
        N_("Antes de repetir, mire si el cambio se guardó."),
        N_("Reintente con la misma Idempotency-Key: así no se hace dos veces."),
    ),
}  # fmt: skip


@router.get("/problems")
async def list_problems(visit: Reader) -> Response:
    """Every kind of problem."""
    kinds = sorted(KINDS.values(), key=lambda kind: (kind.status, kind.kind))
    return visit.page("problems.html", rows=[{"one": kind} for kind in kinds], explanations=EXPLANATIONS)


@router.get("/problems/{kind}")
async def show_problem(visit: Reader, kind: str) -> Response:
    """What one kind means and what to do."""
    if kind not in KINDS or kind not in EXPLANATIONS:
        raise UnknownProblem("This kind of problem")
    return visit.page("problem.html", kind=KINDS[kind], explanation=EXPLANATIONS[kind], example=_example(KINDS[kind]))


def _example(kind: type[Problem]) -> str:
    """A problem document of the kind, as the API sends it."""
    problem = kind.__new__(kind)
    Problem.__init__(problem)
    return json.dumps(details(problem, "/api/v1/registry/communities/mx-manzanillo"), ensure_ascii=False, indent=2)
