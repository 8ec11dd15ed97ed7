"""The platform's master secret: from the environment, else made once and kept in the data folder."""

import contextlib
import os
import secrets

from pydantic import SecretStr

from shared.settings import Settings


def with_secret(settings: Settings) -> Settings:
    """The settings with a secret in them. A file that others may read is made private again."""
    if settings.secret_key is not None:
        settings.secret  # noqa: B018 -- raises when it is too short
        return settings
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = settings.data_dir / "secret"
    with contextlib.suppress(FileExistsError):
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(48))
            file.flush()
            os.fsync(file.fileno())
    path.chmod(0o600)
    return settings.model_copy(update={"secret_key": SecretStr(path.read_text().strip())})
