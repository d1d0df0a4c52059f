"""Settings: environment variables `AMENDS_*`, or the same names in a `.env` file."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

_POSTGRESQL = ("postgresql+psycopg://", "postgresql+asyncpg://", "postgresql://", "postgres://")
_DATABASES = (*_POSTGRESQL, "sqlite:///", "sqlite+aiosqlite:///")


class Settings(BaseSettings):
    """Each field is the environment variable AMENDS_<NAME>; `docs/reference/settings.md` lists them."""

    model_config = SettingsConfigDict(env_prefix="AMENDS_", env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True)

    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8000, ge=0, le=65535, description="Port to listen on.")
    var: Path = Field(Path("var"), description="Folder of every file that is written: database, master key, rejects.")
    database_url: str | None = Field(
        None, description="postgresql://… for production; unset: the embedded SQLite file in AMENDS_VAR."
    )
    master_key_file: Path | None = Field(
        None, description="File with the master key (32 bytes, base64). Unset: made once in AMENDS_VAR, mode 0600."
    )
    workflows: Path = Field(Path("workflows"), description="Folder of the YAML definitions that `publish` takes.")
    language: Literal["zh", "en"] = Field("en", description="Language of the command line and of callers that name none.")
    workers: int = Field(1, ge=1, le=64, description="Web processes of `amends serve` (PostgreSQL only when above 1).")
    pool_size: int = Field(16, ge=2, le=200, description="Database connections of one web process.")
    admit: int = Field(16, ge=1, le=200, description="Requests worked on at once by one web process; others wait up to 2 s.")
    body_limit: int = Field(1_048_576, ge=1024, description="Largest request body, bytes (imports have their own limit).")
    import_limit: int = Field(67_108_864, ge=1024, description="Largest file sent to POST /v1/imports/…, bytes.")
    outbox_url: str | None = Field(
        None, description="Where outgoing messages are delivered (HTTP POST). Unset: appended to AMENDS_VAR/outbox.jsonl."
    )
    outbox_secret: str | None = Field(None, description="Secret that signs deliveries to AMENDS_OUTBOX_URL (Standard Webhooks).")
    outbox_attempts: int = Field(8, ge=1, le=50, description="Deliveries tried before a message becomes a dead letter.")
    metrics_port: int | None = Field(
        None, ge=1, le=65535, description="Port on which `amends worker` tells its own metrics at AMENDS_HOST; unset: nowhere."
    )
    lease_seconds: float = Field(30.0, gt=0, description="How long a worker may hold a timer, job or message.")
    poll_seconds: float = Field(0.5, gt=0, description="Pause of an idle worker between two looks.")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="Lowest level that is logged.")
    log_format: Literal["json", "console"] = Field("json", description="Form of the log lines.")

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(_DATABASES):
            raise ValueError("use postgresql://user@host/name, or leave it unset")  # the value may hold a password
        return value

    def database(self) -> str:
        """The database URL with its async driver."""
        if self.database_url is None:
            return f"sqlite+aiosqlite:///{self.var / 'amends.db'}"
        for prefix in _POSTGRESQL:
            if self.database_url.startswith(prefix):
                return "postgresql+asyncpg://" + self.database_url[len(prefix) :]
        return "sqlite+aiosqlite:///" + self.database_url.partition(":///")[2]
