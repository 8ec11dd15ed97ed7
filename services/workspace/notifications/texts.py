"""What a notification says, in four languages: what happened, and why this person is told."""

from datetime import date

from babel.dates import format_date

WHAT: dict[str, dict[str, str]] = {
    "assigned": {
        "es": "{actor} le asignó la tarea «{task}».",
        "en": "{actor} assigned the task “{task}” to you.",
        "pt": "{actor} atribuiu a você a tarefa “{task}”.",
        "fr": "{actor} vous a confié la tâche « {task} ».",
    },
    "mentioned": {
        "es": "{actor} le mencionó en la tarea «{task}».",
        "en": "{actor} mentioned you in the task “{task}”.",
        "pt": "{actor} mencionou você na tarefa “{task}”.",
        "fr": "{actor} vous a mentionné dans la tâche « {task} ».",
    },
    "commented": {
        "es": "{actor} comentó la tarea «{task}».",
        "en": "{actor} commented on the task “{task}”.",
        "pt": "{actor} comentou a tarefa “{task}”.",
        "fr": "{actor} a commenté la tâche « {task} ».",
    },
    "moved": {
        "es": "{actor} pasó la tarea «{task}» a «{state}».",
        "en": "{actor} moved the task “{task}” to “{state}”.",
        "pt": "{actor} moveu a tarefa “{task}” para “{state}”.",
        "fr": "{actor} a déplacé la tâche « {task} » vers « {state} ».",
    },
    "due_soon": {
        "es": "La tarea «{task}» vence el {due_on}.",
        "en": "The task “{task}” is due on {due_on}.",
        "pt": "A tarefa “{task}” vence em {due_on}.",
        "fr": "La tâche « {task} » arrive à échéance le {due_on}.",
    },
}
BECAUSE: dict[str, dict[str, str]] = {
    "assignee": {
        "es": "Recibe este aviso porque la tarea está a su cargo.",
        "en": "You get this because the task is assigned to you.",
        "pt": "Você recebe este aviso porque a tarefa está sob sua responsabilidade.",
        "fr": "Vous recevez cet avis parce que la tâche vous est confiée.",
    },
    "creator": {
        "es": "Recibe este aviso porque usted creó la tarea.",
        "en": "You get this because you added the task.",
        "pt": "Você recebe este aviso porque criou a tarefa.",
        "fr": "Vous recevez cet avis parce que vous avez créé la tâche.",
    },
    "mentioned": {
        "es": "Recibe este aviso porque le mencionaron.",
        "en": "You get this because you were mentioned.",
        "pt": "Você recebe este aviso porque foi mencionado.",
        "fr": "Vous recevez cet avis parce que vous avez été mentionné.",
    },
}
STATES: dict[str, dict[str, str]] = {
    "todo": {"es": "Por hacer", "en": "To do", "pt": "A fazer", "fr": "À faire"},
    "doing": {"es": "En marcha", "en": "Doing", "pt": "Em andamento", "fr": "En cours"},
    "review": {"es": "En revisión", "en": "In review", "pt": "Em revisão", "fr": "En relecture"},
    "done": {"es": "Hecha", "en": "Done", "pt": "Concluída", "fr": "Terminée"},
    "cancelled": {"es": "Anulada", "en": "Cancelled", "pt": "Cancelada", "fr": "Annulée"},
}


def what_happened(
    kind: str, language: str, *, task: str, actor: str | None, state: str | None, due_on: str | None
) -> str:
    """One sentence, such as “Ana mentioned you in the task “Berths””."""
    return WHAT[kind][language].format(
        actor=actor or "",
        task=task,
        state=STATES[state][language] if state else "",
        due_on=format_date(date.fromisoformat(due_on), "long", locale=language) if due_on else "",
    )
