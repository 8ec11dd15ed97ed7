"""A regional meeting with a programme, papers, results and people who come, for the pages that show them."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from uuid import UUID

from deploy.local.composition import Platform
from services.workspace.regional_meetings.places import token_for
from tests.browser.meetings import ROOT, made
from tests.people import Person

SLUG = "encuentro-de-lima"


async def regional_meeting(platform: Platform, people: Mapping[str, Person]) -> dict[str, str]:
    """Addresses of what was made, by what pages call it."""
    secretariat = people["secretariat"]
    first = (datetime.now(UTC) + timedelta(days=60)).date()
    last = first + timedelta(days=1)
    published = (await secretariat.get(f"{ROOT}/documents?state=published")).json()["items"]
    committee = "research-and-innovation"
    decisions = (await secretariat.get(f"{ROOT}/committees/{committee}/decisions")).json()["items"]
    await made(
        secretariat, f"{ROOT}/regional-meetings",
        {
            "slug": SLUG, "title": "Encuentro regional de comunidades portuarias", "place": "Lima, Perú",
            "starts_on": first.isoformat(), "ends_on": last.isoformat(), "timezone": "America/Lima",
            "venue": "Centro de convenciones, sala Callao", "capacity": 3, "published": True,
            "description": "Ventanillas únicas, **turnos de camiones** y trazabilidad: qué funcionó y qué no.",
            "speakers": [
                {"key": "ana-rios", "name": "Ana Ríos", "post": "Gerente de operaciones",
                 "organization": "Autoridad Portuaria Nacional", "bio": "Dirige la ventanilla única desde 2019."},
                {"key": "joao-lima", "name": "João Lima", "post": "Diretor", "organization": "Porto de Santos"},
            ],
            "sessions": [
                {"day": first.isoformat(), "begins": "09:00", "ends": "10:30", "title": "Apertura y estado de la Red",
                 "room": "Sala Callao", "speakers": ["ana-rios", "joao-lima"]},
                {"day": first.isoformat(), "begins": "11:00", "ends": "12:30", "title": "Turnos de camiones",
                 "room": "Sala Paita", "speakers": ["joao-lima"]},
                {"day": last.isoformat(), "begins": "09:30", "ends": "12:00", "title": "Acuerdos de los comités"},
            ],
            "papers": [one["id"] for one in published[:2]],
            "results": [{"committee": committee, "documents": [one["id"] for one in published[:1]],
                         "decisions": [one["id"] for one in decisions[:2]]}],
        },
    )  # fmt: skip
    for name, country in (("Luz Vega", "PE"), ("Pedro Paz", "CL"), ("Maria Souza", "BR"), ("Juan Gil", "MX")):
        coming = {
            "name": name, "email": f"{name.split()[0].lower()}@example.org", "organization": "Terminal del Pacífico",
            "country": country, "role": "Operaciones", "consent": True,
        }  # fmt: skip
        await made(secretariat, f"{ROOT}/regional-meetings/{SLUG}/registrations", coming)
    listed = (await secretariat.get(f"{ROOT}/regional-meetings/{SLUG}/registrations")).json()["items"]
    token = token_for(platform.settings.secret, UUID(listed[0]["id"]))
    return {"regional_meeting": SLUG, "registration": token, **await cooperation(secretariat)}


async def cooperation(secretariat: Person) -> dict[str, str]:
    """What the Network did with a community, and a memorandum that was signed."""
    registry = "/api/v1/registry"
    for kind, day in (("diagnosis_workshop", "2016-09-01"), ("training_workshop", "2017-03-10")):
        wanted = {
            "kind": kind, "community": "mx-manzanillo", "starts_on": day, "place": "Manzanillo", "participants": 45,
            "funding_source": "CAF", "outcome": "Una lista de brechas acordada.\nUn plan de trabajo de un año.",
            "documents": ["https://example.org/informe.pdf"],
        }  # fmt: skip
        activity = (await made(secretariat, f"{registry}/activities", wanted)).json()
    customs = {"name": "Agencia de Aduanas de Manzanillo", "country": "MX", "kind": "customs"}
    organization = (await made(secretariat, f"{registry}/organizations", customs)).json()
    opened = {"title": "Memorando de entendimiento", "opened_on": "2016-11-24", "duration_months": 240}
    agreement = (await made(secretariat, f"{registry}/agreements", opened)).json()
    signed = {"signatory": "Ana Pérez", "post": "Gerente", "community": "mx-manzanillo", "signed_on": "2016-11-24",
              "organization": organization["id"]}  # fmt: skip
    signature = (await made(secretariat, f"{registry}/agreements/{agreement['id']}/signatures", signed)).json()
    return {"activity": activity["id"], "agreement": agreement["id"], "signature": signature["id"]}
