"""What the made-up committees live by: a charter, work plans, a regional meeting to come; and past cooperation."""

from collections.abc import Sequence
from datetime import date, timedelta

from deploy.local.demo_people import DemoPerson

WORKSPACE = "/api/v1/workspace"
REGISTRY = "/api/v1/registry"
COMMITTEE = "port-governance-and-competitiveness"
MEETING = "encuentro-demo"
CHARTER = """## 1. Para qué está el comité

Proponer **estándares de servicio** entre organismos y empresas, y medir si se cumplen.

## 2. Quiénes lo forman

Una persona titular y una suplente por comunidad, por dos años. Las universidades invitadas observan.

## 3. Cómo decide

Por consenso; si no lo hay, por mayoría de las personas presentes. Cada decisión queda en el registro, con su número.

## 4. Cuándo se reúne

Una vez al mes a distancia, y en cada encuentro regional.
"""
PLAN = (
    # years from this one, title, quarter, state
    (-1, "Glosario común de términos portuarios", 2, "done"),
    (-1, "Inventario de ventanillas únicas", 4, "under_way"),
    (0, "Guía para constituir una comunidad portuaria", 2, "under_way"),
    (0, "Estándares de servicio en puerta", 3, "planned"),
    (0, "Observatorio de tarifas", 4, "dropped"),
)
COMING = (
    ("Marcela Duarte", "Terminal del Estuario", "UY", "Gerente de operaciones"),
    ("Iván Robledo", "Aduana del Litoral", "CO", "Jefe de despacho"),
    ("Joana Prado", "Porto do Sul", "BR", "Coordenadora"),
)
DONE = (
    ("diagnosis_workshop", date(2016, 9, 7), 42, "Lista de brechas acordada entre organismos y empresas."),
    ("training_workshop", date(2017, 5, 16), 28, "Dos equipos formados en medición de tiempos en puerta."),
)


async def write_charter_and_plan(slug: str, chair: DemoPerson, today: date) -> None:
    """For one of the committees."""
    if slug != COMMITTEE:
        return
    here = f"{WORKSPACE}/committees/{slug}"
    await chair.call(
        "PUT", f"{here}/charter", json={"text": CHARTER, "note": "Aprobado en la primera reunión."},
        headers={"If-Match": '"0"'},
    )  # fmt: skip
    tasks = (await chair.call("GET", f"{here}/tasks")).json()["items"]
    for years, title, quarter, state in PLAN:
        linked = [task["id"] for task in tasks] if state == "under_way" and years == 0 else []
        wanted = {
            "year": today.year + years, "title": title, "quarter": quarter, "state": state, "lead": chair.user_id,
            "tasks": linked,
        }  # fmt: skip
        await chair.call("POST", f"{here}/work-plan", json=wanted)


async def announce_meeting(secretariat: DemoPerson, today: date) -> None:
    """A regional meeting in two months, with a few people who come and one who waits."""
    first = today + timedelta(days=60)
    days = (first.isoformat(), (first + timedelta(days=1)).isoformat())
    papers = (await secretariat.call("GET", f"{WORKSPACE}/documents?state=published")).json()["items"]
    wanted = {
        "slug": MEETING, "title": "Encuentro regional de comunidades portuarias", "published": True,
        "description": "Qué funcionó y qué no en **ventanillas únicas**, turnos de camiones y datos abiertos.",
        "starts_on": days[0], "ends_on": days[1], "timezone": "America/Lima", "place": "Lima, Perú",
        "venue": "Centro de convenciones", "capacity": len(COMING) - 1,
        "speakers": [{"key": "rosa-alarcon", "name": "Rosa Alarcón", "post": "Directora",
                      "organization": "Comunidad Portuaria del Pacífico"}],
        "sessions": [
            {"day": days[0], "begins": "09:00", "ends": "10:30", "title": "Apertura", "speakers": ["rosa-alarcon"]},
            {"day": days[0], "begins": "11:00", "ends": "12:30", "title": "Turnos de camiones: tres experiencias"},
            {"day": days[1], "begins": "09:30", "ends": "12:00", "title": "Acuerdos de los comités"},
        ],
        "papers": [paper["id"] for paper in papers[:2]],
    }  # fmt: skip
    await secretariat.call("POST", f"{WORKSPACE}/regional-meetings", json=wanted)
    for number, (name, organization, country, role) in enumerate(COMING, start=1):
        person = {
            "name": name, "organization": organization, "country": country, "role": role, "consent": True,
            "email": f"participante-{number}@demo.invalid",
        }  # fmt: skip
        await secretariat.call("POST", f"{WORKSPACE}/regional-meetings/{MEETING}/registrations", json=person)


async def record_cooperation(secretariat: DemoPerson, communities: Sequence[tuple[str, str]]) -> None:
    """Two activities with one community, and a memorandum that three signed."""
    code, name = communities[0]
    for kind, day, people, outcome in DONE:
        wanted = {
            "kind": kind, "community": code, "starts_on": day.isoformat(), "place": name, "participants": people,
            "outcome": outcome,
        }  # fmt: skip
        await secretariat.call("POST", f"{REGISTRY}/activities", json=wanted)
    opened = {"title": "Memorando de entendimiento de la Red", "opened_on": "2016-11-24", "duration_months": 240}
    agreement = (await secretariat.call("POST", f"{REGISTRY}/agreements", json=opened)).headers["location"]
    for code, name in communities[:3]:
        signed = {"signatory": f"Representante de {name}", "community": code, "signed_on": "2016-11-24"}
        await secretariat.call("POST", f"{agreement}/signatures", json=signed)
