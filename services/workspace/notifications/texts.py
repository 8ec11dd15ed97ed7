"""What a notification says, in four languages: what happened, and why this person is told."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

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
    "named": {
        "es": "{actor} le mencionó en la conversación «{task}».",
        "en": "{actor} mentioned you in the discussion “{task}”.",
        "pt": "{actor} mencionou você na conversa “{task}”.",
        "fr": "{actor} vous a mentionné dans la discussion « {task} ».",
    },
    "posted": {
        "es": "{actor} escribió en la conversación «{task}».",
        "en": "{actor} wrote in the discussion “{task}”.",
        "pt": "{actor} escreveu na conversa “{task}”.",
        "fr": "{actor} a écrit dans la discussion « {task} ».",
    },
    "due_soon": {
        "es": "La tarea «{task}» vence el {due_on}.",
        "en": "The task “{task}” is due on {due_on}.",
        "pt": "A tarefa “{task}” vence em {due_on}.",
        "fr": "La tâche « {task} » arrive à échéance le {due_on}.",
    },
    "overdue": {
        "es": "La tarea «{task}» venció el {due_on} y sigue abierta.",
        "en": "The task “{task}” was due on {due_on} and is still open.",
        "pt": "A tarefa “{task}” venceu em {due_on} e continua aberta.",
        "fr": "La tâche « {task} » devait être faite pour le {due_on} et reste ouverte.",
    },
    "recurred": {
        "es": "La tarea «{task}» vuelve a tocar: vence el {due_on}.",
        "en": "The task “{task}” comes round again: it is due on {due_on}.",
        "pt": "A tarefa “{task}” volta a ser feita: vence em {due_on}.",
        "fr": "La tâche « {task} » revient : échéance le {due_on}.",
    },
    "invited": {
        "es": "{actor} convoca a «{task}», {when}.",
        "en": "{actor} invites you to “{task}”, {when}.",
        "pt": "{actor} convida você para “{task}”, {when}.",
        "fr": "{actor} vous invite à « {task} », {when}.",
    },
    "event_changed": {
        "es": "{actor} cambió la reunión «{task}»: {when}.",
        "en": "{actor} changed the meeting “{task}”: {when}.",
        "pt": "{actor} alterou a reunião “{task}”: {when}.",
        "fr": "{actor} a modifié la réunion « {task} » : {when}.",
    },
    "event_cancelled": {
        "es": "{actor} canceló la reunión «{task}», {when}.",
        "en": "{actor} cancelled the meeting “{task}”, {when}.",
        "pt": "{actor} cancelou a reunião “{task}”, {when}.",
        "fr": "{actor} a annulé la réunion « {task} », {when}.",
    },
    "minutes": {
        "es": "{actor} escribió el acta de «{task}».",
        "en": "{actor} wrote the minutes of “{task}”.",
        "pt": "{actor} escreveu a ata de “{task}”.",
        "fr": "{actor} a rédigé le procès-verbal de « {task} ».",
    },
    "poll": {
        "es": "{actor} pregunta cuándo puede reunirse: «{task}».",
        "en": "{actor} asks when you can meet: “{task}”.",
        "pt": "{actor} pergunta quando você pode se reunir: “{task}”.",
        "fr": "{actor} demande quand vous pouvez vous réunir : « {task} ».",
    },
    "nominated": {
        "es": "{actor} le propone como candidatura en «{task}». Diga si acepta.",
        "en": "{actor} proposes you as a candidate in “{task}”. Say whether you accept.",
        "pt": "{actor} propõe seu nome em “{task}”. Diga se aceita.",
        "fr": "{actor} vous propose comme candidat dans « {task} ». Dites si vous acceptez.",
    },
    "election": {
        "es": "{actor} convoca la elección «{task}»: ya se reciben postulaciones.",
        "en": "{actor} calls the election “{task}”: nominations are open.",
        "pt": "{actor} convoca a eleição “{task}”: as candidaturas estão abertas.",
        "fr": "{actor} convoque l’élection « {task} » : les candidatures sont ouvertes.",
    },
    "vote_opened": {
        "es": "Se abrió la votación «{task}».",
        "en": "Voting has opened in “{task}”.",
        "pt": "A votação “{task}” está aberta.",
        "fr": "Le vote « {task} » est ouvert.",
    },
    "vote_closing": {
        "es": "La votación «{task}» cierra {when} y todavía falta su voto.",
        "en": "Voting in “{task}” closes {when}, and you have not voted yet.",
        "pt": "A votação “{task}” encerra {when} e ainda falta o seu voto.",
        "fr": "Le vote « {task} » se termine {when} et vous n’avez pas encore voté.",
    },
    "poll_closing": {
        "es": "Falta su respuesta: ¿cuándo puede reunirse para «{task}»?",
        "en": "Your answer is still missing: when can you meet for “{task}”?",
        "pt": "Falta a sua resposta: quando você pode se reunir para “{task}”?",
        "fr": "Votre réponse manque encore : quand pouvez-vous vous réunir pour « {task} » ?",
    },
    "vote_closed": {
        "es": "Cerró la votación «{task}»: ya puede ver el resultado.",
        "en": "Voting has closed in “{task}”: the result is there.",
        "pt": "A votação “{task}” foi encerrada: o resultado já está disponível.",
        "fr": "Le vote « {task} » est clos : le résultat est disponible.",
    },
    "seated": {
        "es": "{actor} le dio un lugar en «{task}»: {role}.",
        "en": "{actor} gave you a seat in “{task}”: {role}.",
        "pt": "{actor} deu a você um lugar em “{task}”: {role}.",
        "fr": "{actor} vous a donné un siège dans « {task} » : {role}.",
    },
    "unseated": {
        "es": "{actor} dio por terminado su lugar en «{task}»: {role}.",
        "en": "{actor} ended your seat in “{task}”: {role}.",
        "pt": "{actor} encerrou o seu lugar em “{task}”: {role}.",
        "fr": "{actor} a mis fin à votre siège dans « {task} » : {role}.",
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
    "named": {
        "es": "Recibe este aviso porque le mencionaron en una conversación.",
        "en": "You get this because you were mentioned in a discussion.",
        "pt": "Você recebe este aviso porque foi mencionado em uma conversa.",
        "fr": "Vous recevez cet avis parce que vous avez été mentionné dans une discussion.",
    },
    "speaker": {
        "es": "Recibe este aviso porque participa en la conversación.",
        "en": "You get this because you take part in the discussion.",
        "pt": "Você recebe este aviso porque participa da conversa.",
        "fr": "Vous recevez cet avis parce que vous participez à la discussion.",
    },
    "mentioned": {
        "es": "Recibe este aviso porque le mencionaron.",
        "en": "You get this because you were mentioned.",
        "pt": "Você recebe este aviso porque foi mencionado.",
        "fr": "Vous recevez cet avis parce que vous avez été mentionné.",
    },
    "member": {
        "es": "Recibe este aviso porque forma parte del comité.",
        "en": "You get this because you belong to the committee.",
        "pt": "Você recebe este aviso porque faz parte do comitê.",
        "fr": "Vous recevez cet avis parce que vous faites partie du comité.",
    },
    "nominee": {
        "es": "Recibe este aviso porque se trata de su candidatura.",
        "en": "You get this because it is about your candidacy.",
        "pt": "Você recebe este aviso porque se trata da sua candidatura.",
        "fr": "Vous recevez cet avis parce qu’il s’agit de votre candidature.",
    },
    "voter": {
        "es": "Recibe este aviso porque está en el padrón de la votación.",
        "en": "You get this because you are on the roll of voters.",
        "pt": "Você recebe este aviso porque está na lista de votantes.",
        "fr": "Vous recevez cet avis parce que vous êtes sur la liste électorale.",
    },
    "seat": {
        "es": "Recibe este aviso porque se trata de su lugar en el comité.",
        "en": "You get this because it is about your own seat in the committee.",
        "pt": "Você recebe este aviso porque se trata do seu lugar no comitê.",
        "fr": "Vous recevez cet avis parce qu’il s’agit de votre siège au comité.",
    },
}
ROLES: dict[str, dict[str, str]] = {
    "chair": {"es": "presidencia", "en": "chair", "pt": "presidência", "fr": "présidence"},
    "member": {"es": "miembro", "en": "member", "pt": "membro", "fr": "membre"},
    "observer": {"es": "observador(a)", "en": "observer", "pt": "observador(a)", "fr": "observateur ou observatrice"},
}
STATES: dict[str, dict[str, str]] = {
    "todo": {"es": "Por hacer", "en": "To do", "pt": "A fazer", "fr": "À faire"},
    "doing": {"es": "En marcha", "en": "Doing", "pt": "Em andamento", "fr": "En cours"},
    "review": {"es": "En revisión", "en": "In review", "pt": "Em revisão", "fr": "En relecture"},
    "done": {"es": "Hecha", "en": "Done", "pt": "Concluída", "fr": "Terminée"},
    "cancelled": {"es": "Anulada", "en": "Cancelled", "pt": "Cancelada", "fr": "Annulée"},
}


def what_happened(
    kind: str, language: str, *, task: str, actor: str | None, state: str | None, due_on: str | None,
    starts_at: str | None = None, timezone: str | None = None, role: str | None = None,
) -> str:  # fmt: skip
    """One sentence, such as “Ana mentioned you in the task “Berths””. `task` is the name of whatever it is about."""
    return WHAT[kind][language].format(
        actor=actor or "",
        task=task,
        state=STATES[state][language] if state else "",
        role=ROLES[role][language] if role else "",
        due_on=format_date(date.fromisoformat(due_on), "long", locale=language) if due_on else "",
        when=when(starts_at, timezone or "UTC", language) if starts_at else "",
    )


def when(moment: str, zone: str, language: str) -> str:
    """Day and time on the wall of a zone, which is named: `jueves, 5 de marzo de 2026, 10:00 (America/Guayaquil)`."""
    wall = datetime.fromisoformat(moment.replace("Z", "+00:00")).astimezone(ZoneInfo(zone))
    return f"{format_date(wall.date(), 'full', locale=language)}, {wall:%H:%M} ({zone})"
