"""What the made-up committees wrote: minutes, a plan in two versions, figures; and what they say about them."""

from dataclasses import dataclass

from deploy.local.demo_people import DemoPerson

WORKSPACE = "/api/v1/workspace"


@dataclass(frozen=True)
class DemoDocument:
    """A document of a committee: `texts` are its versions, the first one first; `talk` a title and what is said."""

    committee: str
    file_name: str
    title: str
    folder: str
    texts: tuple[str, ...]
    tags: tuple[str, ...] = ()
    published: bool = False
    talk: tuple[str, ...] = ()


MINUTES = """# Acta de la reunión ordinaria

## Asuntos

1. Estándares de servicio en puerta
2. Guía para constituir una comunidad portuaria

## Acuerdos

- Medir el tiempo de ciclo del camión en tres puertos piloto.
- Pedir los estatutos que faltan antes de fin de mes.
"""
PLAN = """# Plan de trabajo

- Primer semestre: guía y estándares
- Segundo semestre: encuesta y taller
"""
LATER_PLAN = """# Plan de trabajo

- Primer semestre: guía y estándares
- Segundo semestre: encuesta, taller y visita técnica
- Indicadores: tiempo de ciclo y cumplimiento de citas
"""
CAPACITIES = """universidad,tema,investigadores
Universidad del Puerto,trazabilidad,6
Instituto de la Costa,logística fría,4
"""
NOTE = """# Interoperabilidad

La ventanilla única portuaria y la de comercio exterior comparten **cuatro** documentos.
"""
TALK = ("¿Llegamos con la visita técnica?", "Depende de la sede. @demo-member-1-{slug}, ¿qué opina?")
GOVERNANCE = "port-governance-and-competitiveness"
DOCUMENTS = (
    DemoDocument(
        GOVERNANCE, "acta-ordinaria.md", "Acta de la reunión ordinaria", "Actas", (MINUTES,), ("actas",), published=True
    ),
    DemoDocument(GOVERNANCE, "plan.md", "Plan de trabajo anual", "", (PLAN, LATER_PLAN), ("planes",), talk=TALK),
    DemoDocument(
        "research-and-innovation", "capacidades.csv", "Mapa de capacidades de las universidades", "Estudios",
        (CAPACITIES,), ("universidades",), published=True,
    ),
    DemoDocument(
        "public-policies-on-ports", "nota.md", "Nota sobre interoperabilidad VUP-VUCE", "Notas", (NOTE,), ("VUCE",),
        published=True,
    ),
)  # fmt: skip


async def write_documents(slug: str, chair: DemoPerson) -> None:
    """The documents of one committee."""
    for document in DOCUMENTS:
        if document.committee == slug:
            await _write(document, chair)


async def _write(document: DemoDocument, chair: DemoPerson) -> None:
    first, *later = document.texts
    added = await chair.call(
        "POST", f"{WORKSPACE}/committees/{document.committee}/documents",
        files={"file": (document.file_name, first.encode())},
        data={"title": document.title, "folder": document.folder},
    )  # fmt: skip
    url = added.headers["location"]
    for text in later:
        await chair.call("POST", f"{url}/versions", files={"file": (document.file_name, text.encode())})
    read = await chair.call("GET", url)
    tag = {"If-Match": read.headers["etag"]}
    await chair.call("PATCH", url, json={"tags": list(document.tags)}, headers=tag)
    if document.published:
        await chair.call("POST", f"{url}/publish")
    if document.talk:
        title, text = document.talk
        said = {"title": title, "text": text.format(slug=document.committee)}
        await chair.call("POST", f"{url}/discussions", json=said)
