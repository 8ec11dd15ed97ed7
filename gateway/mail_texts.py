"""What the platform writes to people, in four languages; plain text, one link, no tracking."""

import json
from collections.abc import Mapping

SIGNED = {
    "es": "Red de Puertos Digitales y Colaborativos",
    "en": "Network of Digital and Collaborative Ports",
    "pt": "Rede de Portos Digitais e Colaborativos",
    "fr": "Réseau des ports numériques et collaboratifs",
}

TEXTS: dict[str, dict[str, tuple[str, str]]] = {
    "invitation": {
        "es": (
            "Invitación a la Red de Puertos",
            "{by} le invita a participar en la plataforma de la Red.\n\nPara empezar, abra este enlace y elija su "
            "contraseña:\n{link}\n\nEl enlace sirve una sola vez y vence el {until}.\n",
        ),
        "en": (
            "Invitation to the Ports Network",
            "{by} invites you to the Network's platform.\n\nTo begin, open this link and choose your password:\n{link}\n\n"
            "The link works once and expires on {until}.\n",
        ),
        "pt": (
            "Convite para a Rede de Portos",
            "{by} convida você a participar da plataforma da Rede.\n\nPara começar, abra este link e escolha sua senha:\n"
            "{link}\n\nO link funciona uma única vez e expira em {until}.\n",
        ),
        "fr": (
            "Invitation au Réseau de ports",
            "{by} vous invite sur la plateforme du Réseau.\n\nPour commencer, ouvrez ce lien et choisissez votre mot de "
            "passe :\n{link}\n\nLe lien ne sert qu’une fois et expire le {until}.\n",
        ),
    },
    "password_reset": {
        "es": (
            "Nueva contraseña",
            "Alguien, probablemente usted, pidió cambiar la contraseña de su cuenta.\n\nPara elegir una nueva:\n{link}\n\n"
            "El enlace sirve una sola vez, durante una hora. Si no fue usted, no haga nada: su contraseña sigue igual.\n",
        ),
        "en": (
            "New password",
            "Somebody, probably you, asked to change the password of your account.\n\nTo choose a new one:\n{link}\n\n"
            "The link works once, for an hour. If it was not you, do nothing: your password stays as it is.\n",
        ),
        "pt": (
            "Nova senha",
            "Alguém, provavelmente você, pediu para mudar a senha da sua conta.\n\nPara escolher uma nova:\n{link}\n\n"
            "O link funciona uma única vez, durante uma hora. Se não foi você, não faça nada: sua senha continua a mesma.\n",
        ),
        "fr": (
            "Nouveau mot de passe",
            "Quelqu’un, sans doute vous, a demandé à changer le mot de passe de votre compte.\n\nPour en choisir un "
            "nouveau :\n{link}\n\nLe lien ne sert qu’une fois, pendant une heure. Si ce n’était pas vous, ne faites rien : "
            "votre mot de passe reste le même.\n",
        ),
    },
}


def written(kind: str, locale: str, values: Mapping[str, str]) -> tuple[str, str]:
    """Subject and text of a message."""
    language = locale if locale in SIGNED else "es"
    subject, text = TEXTS[kind][language]
    return subject, f"{text.format_map(values)}\n{SIGNED[language]}\n"


def packed(values: Mapping[str, str]) -> bytes:
    return json.dumps(dict(values)).encode()


def unpacked(plain: bytes) -> dict[str, str]:
    values: dict[str, str] = json.loads(plain)
    return values
