"""Words for the codes that only the private pages show: roles, what was done in an assessment."""

from collections.abc import Mapping

from services.portal.translations import N_

ROLES: Mapping[str, str] = {
    "secretariat": N_("Secretaría"),
    "coordinator": N_("Coordinación de la comunidad"),
    "respondent": N_("Responde la encuesta"),
    "data_provider": N_("Entrega datos de indicadores"),
    "chair": N_("Presidencia del comité"),
    "member": N_("Miembro del comité"),
    "observer": N_("Observa el comité"),
}

STEPS: Mapping[str, str] = {
    "answered": N_("Respondió"),
    "agreed": N_("Acordó un nivel"),
    "submitted": N_("Envió la encuesta a la Secretaría"),
    "returned": N_("Devolvió la encuesta con comentarios"),
    "accepted": N_("Aceptó la encuesta"),
    "published": N_("Publicó el resultado"),
    "opened_again": N_("Abrió otra vez para la comunidad"),
    "handed_over": N_("Pasó las respuestas de una persona a otra"),
    "workshop_opened": N_("Abrió un taller"),
    "workshop_ended": N_("Terminó el taller"),
    "minority_noted": N_("Dejó constancia de una voz en minoría"),
    "minority_withdrawn": N_("Retiró una nota de minoría"),
    "replied": N_("Respondió a un comentario de la revisión"),
    "settled": N_("Dio por resuelto un comentario"),
    "reopened": N_("Volvió a abrir un comentario"),
    "action_added": N_("Convirtió una brecha en tarea"),
}

REVIEW_FLAGS: Mapping[str, str] = {
    "jump": N_("Cambio grande frente al año anterior"),
    "away_from_groups": N_("Acuerdo lejos de lo que dijeron los grupos"),
    "no_evidence": N_("Nivel alto sin documento que lo sustente"),
}
"""What the review asks about, besides what the summary says itself: disagreement, a single voice, a missing level."""

COMMENT_STATES: Mapping[str, tuple[str, str]] = {
    "draft": (N_("Sin enviar"), "plain"),
    "open": (N_("Espera respuesta"), "warning"),
    "answered": (N_("Respondido"), "info"),
    "settled": (N_("Resuelto"), "ok"),
}
"""How a comment of the review stands, and the tone of that."""

COMMITTEE_KINDS: Mapping[str, str] = {
    "technical": N_("Comité técnico"),
    "directory": N_("Directorio"),
    "task_force": N_("Grupo de trabajo"),
}

NOTICE_KINDS: Mapping[str, str] = {
    "assigned": N_("Me encargan una tarea"),
    "mentioned": N_("Me mencionan"),
    "commented": N_("Comentan en mis tareas"),
    "moved": N_("Mueven mis tareas"),
    "due_soon": N_("Una tarea mía vence pronto"),
    "overdue": N_("Una tarea mía está atrasada"),
    "recurred": N_("Vuelve a tocar una tarea mía"),
    "invited": N_("Convocan a una reunión"),
    "event_changed": N_("Cambian una reunión"),
    "event_cancelled": N_("Cancelan una reunión"),
    "minutes": N_("Hay un acta"),
    "poll": N_("Preguntan cuándo puedo reunirme"),
    "nominated": N_("Me proponen en una elección"),
    "election": N_("Convocan una elección"),
    "vote_opened": N_("Se abre una votación"),
    "vote_closing": N_("Una votación cierra pronto y no he votado"),
    "poll_closing": N_("Una consulta de fechas espera mi respuesta"),
    "vote_closed": N_("Cierra una votación"),
    "named": N_("Me mencionan en una conversación"),
    "posted": N_("Escriben en una conversación en la que participo"),
    "seated": N_("Me dan un lugar en un comité"),
    "unseated": N_("Termina mi lugar en un comité"),
}

TASK_STATES = ("todo", "doing", "review", "done", "cancelled")
"""In the order of a board's columns."""

TASK_CHANGES: Mapping[str, str] = {
    "created": N_("Creó la tarea"),
    "changed": N_("Cambió la tarea"),
    "moved": N_("Movió la tarea"),
    "followed": N_("Hizo la tarea siguiente"),
}

TASK_FIELDS: Mapping[str, str] = {
    "title": N_("Título"),
    "description": N_("Descripción"),
    "state": N_("Estado"),
    "assignees": N_("A cargo de"),
    "due_on": N_("Vence el"),
    "priority": N_("Prioridad"),
    "labels": N_("Etiquetas"),
    "checklist": N_("Lista de comprobación"),
    "links": N_("Enlaces"),
    "rrule": N_("Se repite"),
    "attachments": N_("Archivos"),
}


def consensus_word(value: float | None, voices: int) -> str:
    """How far respondents agree on a measure, for a consensus from 0 (opposite extremes) to 1 (all the same)."""
    if value is None:
        return N_("sin niveles todavía")
    if voices == 1:
        return N_("una sola voz")
    if value >= 0.8:
        return N_("consenso amplio")
    return N_("consenso parcial") if value >= 0.6 else N_("desacuerdo")


def consensus_tone(value: float | None, voices: int) -> str:
    if value is None or voices == 1:
        return "plain"
    return "ok" if value >= 0.8 else "info" if value >= 0.6 else "warning"
