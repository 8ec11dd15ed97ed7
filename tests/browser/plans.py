"""A charter, two years of a work plan and a task force, for the pages that show them."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from tests.people import Person

ROOT = "/api/v1/workspace"
HERE = f"{ROOT}/committees/research-and-innovation"
CHARTER = """# Estatuto del Comité de Investigación e Innovación

El comité reúne a universidades, autoridades portuarias y empresas de las comunidades de la Red.

## 1. Objeto

Proponer **estándares de servicio** y medir su adopción:

1. ventanilla única portuaria;
2. coordinación de turnos de camiones;
3. trazabilidad de la carga.

## 2. Miembros

Cada comunidad designa a una persona titular y a una suplente por dos años.

## 3. Decisiones

Se decide por consenso y, si no lo hay, por mayoría de quienes están presentes. Las decisiones se registran.
"""


async def plans_and_charters(people: Mapping[str, Person]) -> dict[str, str]:
    """Addresses of what was made, by what pages call it."""
    chair, member, year = people["chair"], people["member"], datetime.now(UTC).year
    for note in ("Primera versión", "Se agrega el modo de decidir"):
        shown = await chair.get(f"{HERE}/charter")
        written = await chair.put(
            f"{HERE}/charter", json={"text": CHARTER + f"\n{note}.", "note": note},
            headers={"If-Match": shown.headers["etag"]},
        )  # fmt: skip
        assert written.status_code == 200, written.text
    tasks = (await chair.get(f"{HERE}/tasks?limit=200")).json()["items"]
    item = ""
    for at, title, state in (
        (year - 1, "Glosario común de términos portuarios", "done"),
        (year - 1, "Guía para medir la espera de camiones en antepuerto", "under_way"),
        (year, "Estándares de servicio de la ventanilla única", "under_way"),
        (year, "Encuesta a terminales sobre turnos de camiones", "planned"),
        (year, "Visita técnica a un puerto de referencia", "dropped"),
    ):
        wanted = {
            "year": at, "title": title, "state": state, "quarter": 2, "lead": member.user_id,
            "ends_on": f"{at}-06-30", "description": "Con **aduanas** y terminales.",
            "tasks": [task["id"] for task in tasks[:3]] if state == "under_way" else [],
        }  # fmt: skip
        made = await chair.post(f"{HERE}/work-plan", json=wanted)
        assert made.status_code == 201, made.text
        item = made.json()["id"] if state == "under_way" else item
    last = (datetime.now(UTC) + timedelta(days=90)).date().isoformat()
    force = await chair.post(
        f"{ROOT}/committees",
        json={
            "name": "Piloto de ventanilla única", "parent": "research-and-innovation", "ends_on": last,
            "mandate": "Probar la ventanilla única en **dos muelles** e informar al comité.",
            "members": [people["coordinator"].user_id, member.user_id],
        },
    )  # fmt: skip
    assert force.status_code == 201, force.text
    return {"plan_item": item, "task_force": force.json()["slug"]}
