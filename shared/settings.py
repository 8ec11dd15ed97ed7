"""What an operator can configure. Every name is `PORTSNET_` plus the field in capitals."""

from functools import cached_property
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

SERVICES = ("registry", "survey", "indicators", "workspace", "portal")
SCHEMAS = ("identity", *SERVICES)


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
    trusted_proxies: str = Field("", description="Comma-separated addresses whose X-Forwarded-For is believed.")
    gateway_url: str | None = Field(None, description="Where services reach the gateway when it runs apart.")
    registry_url: str | None = Field(None, description="Where the registry runs, when apart.")
    survey_url: str | None = Field(None, description="Where the survey runs, when apart.")
    indicators_url: str | None = Field(None, description="Where the indicators run, when apart.")
    workspace_url: str | None = Field(None, description="Where the workspace runs, when apart.")
    portal_url: str | None = Field(None, description="Where the portal runs, when apart.")
    object_store_url: str | None = Field(None, description="s3://bucket; unset: DATA_DIR/objects.")
    database_pool: int = Field(8, ge=1, le=100, description="Connections per process and schema.")
    rate_limit: str = Field("600/minute", description="Requests per caller and address; empty: none.")
    upstream_timeout: float = Field(60.0, gt=0, description="Seconds a service may take to begin its answer.")
    log_level: str = Field("INFO", description="DEBUG, INFO, WARNING or ERROR.")

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
