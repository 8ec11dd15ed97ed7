"""Words for the codes that the services use: stages, phases, states, levels. One word for one thing on every page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from services.portal.translations import N_

Tone = Literal["plain", "info", "ok", "warning", "error"]


@dataclass(frozen=True)
class Term:
    """A label to be translated where it is shown, and how it looks as a tag."""

    label: str
    tone: Tone = "plain"


STAGES: Mapping[str, Term] = {
    "candidate": Term(N_("Candidata")),
    "conceptualization": Term(N_("Conceptualización"), "info"),
    "mobilization": Term(N_("Movilización de miembros"), "info"),
    "strategic_planning": Term(N_("Planificación estratégica"), "info"),
    "constituted": Term(N_("Constituida formalmente"), "ok"),
    "consolidated": Term(N_("Consolidada"), "ok"),
    "dormant": Term(N_("Inactiva"), "warning"),
}

PHASES: Mapping[str, Term] = {
    "I": Term(N_("Fase I")),
    "II": Term(N_("Fase II")),
    "III-2017": Term(N_("Fase III, 2017")),
    "III-2018": Term(N_("Fase III, 2018")),
}

KINDS: Mapping[str, Term] = {"port": Term(N_("Puerto")), "country": Term(N_("País, puerto por definir"))}

SIZES: Mapping[str, Term] = {
    "very_small": Term(N_("Muy pequeño")),
    "small": Term(N_("Pequeño")),
    "medium": Term(N_("Mediano")),
    "large": Term(N_("Grande")),
}

STATES: Mapping[str, Term] = {
    "not_started": Term(N_("Sin empezar")),
    "in_progress": Term(N_("En curso"), "info"),
    "draft": Term(N_("Borrador")),
    "open": Term(N_("Abierta"), "info"),
    "closed": Term(N_("Cerrada")),
    "submitted": Term(N_("Enviada"), "info"),
    "returned": Term(N_("Devuelta"), "warning"),
    "accepted": Term(N_("Aceptada"), "ok"),
    "approved": Term(N_("Aprobada"), "ok"),
    "published": Term(N_("Publicada"), "ok"),
    "queued": Term(N_("En espera")),
    "running": Term(N_("En proceso"), "info"),
    "failed": Term(N_("Falló"), "error"),
    "todo": Term(N_("Por hacer")),
    "doing": Term(N_("En marcha"), "info"),
    "review": Term(N_("En revisión"), "warning"),
    "done": Term(N_("Hecha"), "ok"),
    "cancelled": Term(N_("Anulada")),
    "nomination": Term(N_("Postulaciones"), "info"),
    "voting": Term(N_("Votación abierta"), "info"),
    "late": Term(N_("Atrasada"), "error"),
    "suppressed": Term(N_("Reservado")),
    "reconstruction": Term(N_("Reconstrucción"), "warning"),
    "official": Term(N_("Oficial"), "ok"),
}

PRIORITIES: Mapping[str, Term] = {
    "low": Term(N_("Prioridad baja")),
    "normal": Term(N_("Prioridad normal")),
    "high": Term(N_("Prioridad alta"), "warning"),
}

# The degree of implementation of a measure, 0 to 4, as the Reference Model writes its scale.
DEGREES: tuple[str, ...] = (
    N_("No existe ni está prevista"),
    N_("En discusión o planificada"),
    N_("En implementación o parcial"),
    N_("Implementada y en uso"),
    N_("Implementada, medida y en mejora continua"),
)

# The maturity levels, 1 to 5: the bands of a score.
LEVELS: Mapping[int, str] = {
    1: N_("Inicial"),
    2: N_("Emergente"),
    3: N_("En desarrollo"),
    4: N_("Consolidada"),
    5: N_("Avanzada"),
}

GROUPS: Mapping[str, Term] = {
    "port_authority": Term(N_("Autoridad portuaria")),
    "maritime_authority": Term(N_("Autoridad marítima")),
    "customs": Term(N_("Aduana")),
    "inspection_agency": Term(N_("Organismos de inspección")),
    "security": Term(N_("Seguridad")),
    "national_government": Term(N_("Gobierno nacional")),
    "local_government": Term(N_("Gobierno local o regional")),
    "terminal_operator": Term(N_("Operadores de terminal")),
    "nautical_services": Term(N_("Practicaje y remolque")),
    "shipping": Term(N_("Navieras y agentes")),
    "freight_forwarder": Term(N_("Agentes de carga")),
    "customs_broker": Term(N_("Agentes de aduana")),
    "road_carrier": Term(N_("Transporte terrestre")),
    "rail_operator": Term(N_("Ferrocarril")),
    "depot": Term(N_("Depósitos y almacenes")),
    "cargo_owner": Term(N_("Dueños de la carga")),
    "university": Term(N_("Universidades")),
    "technology_provider": Term(N_("Proveedores tecnológicos")),
    "labour": Term(N_("Trabajadores portuarios")),
    "other": Term(N_("Otros")),
}

VOCABULARIES: Mapping[str, Mapping[str, Term]] = {
    "stage": STAGES,
    "phase": PHASES,
    "kind": KINDS,
    "size": SIZES,
    "state": STATES,
    "priority": PRIORITIES,
    "group": GROUPS,
}


def term(vocabulary: str, code: str) -> Term:
    """The term for a code; a code that is new here is shown as it is."""
    return VOCABULARIES[vocabulary].get(code, Term(code))
