"""The token in a mail with which its reader stops mail of that kind: it says whom and what, signed, and no more."""

import base64
import hmac
from uuid import UUID

from services.workspace.words import NOTIFICATION_KINDS, NotificationKind
from shared.ids import derived_key
from shared.problems import NotFound


def token_for(secret: bytes, user_id: UUID, kind: str) -> str:
    """Lasts for ever: a mail may be read years later. It can do nothing but stop mail."""
    said = f"{user_id.hex}.{kind}"
    return f"{said}.{_mark(secret, said)}"


def stop_path(secret: bytes, user_id: UUID, kind: str) -> str:
    """The page that stops such mail, by one POST (RFC 8058) or after a look."""
    return f"/notifications/unsubscribe?token={token_for(secret, user_id, kind)}"


def read(secret: bytes, token: str) -> tuple[UUID, list[NotificationKind]]:
    """Whom, and of which kinds: of all for a digest. Raises NotFound for what is no token of ours."""
    said, _, mark = token.rpartition(".")
    user, _, named = said.partition(".")
    kinds = [known for known in NOTIFICATION_KINDS if named in (known, "digest")]
    if not kinds or not hmac.compare_digest(mark.encode(), _mark(secret, said).encode()):
        raise NotFound("This link")
    return UUID(user), kinds


def _mark(secret: bytes, said: str) -> str:
    mark = hmac.digest(derived_key(secret, "unsubscribe"), said.encode(), "sha256")[:18]
    return base64.urlsafe_b64encode(mark).decode()
