"""What an operator can configure. Every name is `PORTSNET_` plus the field in capitals."""

import json
import re
from functools import cached_property
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

SERVICES = ("registry", "survey", "indicators", "workspace", "portal")
SCHEMAS = ("identity", *SERVICES)


ProviderName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,40}$")]


class OidcSettings(BaseModel):
    """An OpenID Connect provider: its issuer to the letter, and what it knows this platform by."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    issuer: str
    client_id: str
    client_secret: SecretStr
    label: str

    @field_validator("issuer")
    @classmethod
    def _must_be_safe(cls, value: str) -> str:
        parts = urlsplit(value)
        is_near = parts.hostname in ("localhost", "127.0.0.1", "::1")
        if not parts.hostname or not (parts.scheme == "https" or (parts.scheme == "http" and is_near)):
            raise ValueError("it must start with https://")
        return value


class Settings(BaseSettings):
    """Read once from the environment; nothing else in the platform reads it."""

    model_config = SettingsConfigDict(env_prefix="PORTSNET_", extra="ignore", frozen=True)

    host: str = Field("127.0.0.1", description="Address that the gateway listens on.")
    port: int = Field(8000, ge=0, le=65535, description="TCP port that the gateway listens on.")
    data_dir: Path = Field(Path(".data"), description="Folder of the embedded database, objects, mail and keys.")
    database_url: SecretStr | None = Field(None, description="PostgreSQL of 15 or later; unset: the embedded one.")
    public_url: str | None = Field(None, description="How people reach the platform; default http://HOST:PORT.")
    mail_url: SecretStr | None = Field(
        None, description="smtp:// or smtps:// address; unset: files in DATA_DIR/outbox."
    )
    mail_from: str = Field("Red de Puertos <no-reply@localhost>", description="Sender of every message.")
    timezone: str = Field("America/Caracas", description="The Network's time zone: a campaign closes at its midnight.")
    secret_key: SecretStr | None = Field(None, description="At least 32 characters; unset: made once in DATA_DIR.")
    oidc_providers: Annotated[dict[ProviderName, OidcSettings], NoDecode] = Field(
        {}, description='Logins elsewhere, as JSON: {"name": {"issuer", "client_id", "client_secret", "label"}}.'
    )
    trusted_proxies: str = Field("", description="Comma-separated addresses whose X-Forwarded-For is believed.")
    gateway_url: str | None = Field(None, description="Where services reach the gateway when it runs apart.")
    registry_url: str | None = Field(None, description="Where the registry runs, when apart.")
    survey_url: str | None = Field(None, description="Where the survey runs, when apart.")
    indicators_url: str | None = Field(None, description="Where the indicators run, when apart.")
    workspace_url: str | None = Field(None, description="Where the workspace runs, when apart.")
    portal_url: str | None = Field(None, description="Where the portal runs, when apart.")
    object_store_url: str | None = Field(None, description="s3://bucket; unset: DATA_DIR/objects.")
    largest_document: int = Field(100 * 2**20, ge=1, le=2**40, description="Bytes that one document may have.")
    clamav_url: str | None = Field(None, description="tcp://HOST:3310 of ClamAV; unset: documents are not scanned.")
    webhooks_to_private_addresses: bool = Field(
        False, description="Whether webhooks may go to private addresses, and by plain HTTP."
    )
    database_pool: int = Field(8, ge=1, le=100, description="Connections per process and schema.")
    rate_limit: str = Field("3000/minute", description="Requests per caller and address; empty: none.")
    client_quota: int = Field(
        100_000, ge=0, description="Requests of a program on a day of UTC that has no quota of its own; 0: uncounted."
    )
    upstream_timeout: float = Field(60.0, gt=0, description="Seconds a service may take to begin its answer.")
    log_level: str = Field("INFO", description="DEBUG, INFO, WARNING or ERROR.")

    @field_validator(
        "database_url", "public_url", "mail_url", "secret_key", "object_store_url", "clamav_url", mode="before"
    )
    @classmethod
    def _empty_is_unset(cls, value: Any) -> Any:
        return None if value == "" else value

    @field_validator("oidc_providers", mode="before")
    @classmethod
    def _must_be_json(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value) if value.strip() else {}
        except ValueError:
            raise ValueError("it must be a JSON object") from None

    @field_validator("timezone")
    @classmethod
    def _must_be_a_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (LookupError, ValueError, OSError):
            raise ValueError("it must be the name of a time zone, such as America/Caracas") from None
        return value

    @field_validator("log_level")
    @classmethod
    def _must_be_a_level(cls, value: str) -> str:
        if value.upper() not in ("DEBUG", "INFO", "WARNING", "ERROR"):
            raise ValueError("it must be DEBUG, INFO, WARNING or ERROR")
        return value.upper()

    @field_validator("rate_limit")
    @classmethod
    def _must_be_a_rate(cls, value: str) -> str:
        if value.strip() and not re.fullmatch(r"\s*\d+\s*(/|per)\s*(\d+\s*)?(second|minute|hour|day)s?\s*", value):
            raise ValueError("it must be a rate, such as 600/minute, or empty")
        return value.strip()

    @field_validator("trusted_proxies")
    @classmethod
    def _must_be_addresses(cls, value: str) -> str:
        for address in filter(None, (part.strip() for part in value.split(","))):
            try:
                ip_address(address)
            except ValueError:
                raise ValueError("it must be single IP addresses with commas between them") from None
        return value

    @field_validator("public_url")
    @classmethod
    def _must_be_an_origin(cls, value: str | None) -> str | None:
        if value is not None:
            _must_have(value, "https://ports.example.org", "http", "https")
            if urlsplit(value).path not in ("", "/") or urlsplit(value).query:
                raise ValueError("it must have no path: the platform answers at the root of its address")
        return value

    @field_validator("clamav_url")
    @classmethod
    def _must_be_a_scanner(cls, value: str | None) -> str | None:
        if value is not None:
            value = value if "://" in value else f"tcp://{value}"
            _must_have(value, "tcp://clamav:3310", "tcp")
        return value

    @field_validator("mail_url")
    @classmethod
    def _must_be_a_mail_server(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            _must_have(value.get_secret_value(), "smtps://user:password@mail.example.org", "smtp", "smtps")
        return value

    @cached_property
    def origin(self) -> str:
        """The public address without a final slash; links in mail and pages start with it."""
        if self.public_url:
            return self.public_url.rstrip("/")
        host = "127.0.0.1" if self.host in ("", "0.0.0.0", "::") else self.host  # noqa: S104 -- compared, not bound
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def secret(self) -> bytes:
        """The platform's master secret. Whoever starts the platform makes sure that it is set."""
        if self.secret_key is None or len(self.secret_key.get_secret_value()) < 32:
            raise RuntimeError("PORTSNET_SECRET_KEY must be set to at least 32 characters.")
        return self.secret_key.get_secret_value().encode()

    def service_url(self, service: str) -> str | None:
        url: str | None = getattr(self, f"{service}_url")
        return url.rstrip("/") if url else None


def _must_have(url: str, example: str, *schemes: str) -> None:
    """Raises ValueError unless the address has one of the schemes, and a host."""
    try:
        parts = urlsplit(url)
        found = parts.scheme in schemes and bool(parts.hostname) and parts.port != 0
    except ValueError:
        found = False
    if not found:
        raise ValueError(f"it must be an address such as {example}")
