"""Files in and out: their query strings and reports."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from app.api.v1.schemas.answers import Out
from app.api.v1.schemas.fields import Name
from app.api.v1.schemas.queries import FilterQuery, Flag, Query


class ImportQuery(Query):
    """How to import."""

    map: Annotated[Name, Field(description="A map of `workflows/maps`, by its name without .yaml.")] | None = None
    dry_run: Annotated[Flag, Field(description="Do all but store.")] = False


class ExportQuery(FilterQuery):
    """What to export, and as what."""

    format: Literal["csv", "xlsx", "jsonl"] = "csv"
    bom: Annotated[Flag, Field(description="Mark a CSV as UTF-8, without which spreadsheets misread it.")] = True


class Counts(Out):
    """What became of the rows."""

    created: int
    updated: int
    unchanged: int
    rejected: int


class ImportProblem(Out):
    """Why a row was refused."""

    row: int
    field: str | None
    column: str | None
    code: str
    message: str


class ImportReport(Out):
    """An import at its end; `problems` are the first twenty."""

    id: UUID | None
    kind: str
    file: str
    read_as: str
    dry_run: bool
    rows: int
    counts: Counts
    resumed_at: Annotated[int, Field(description="Rows that an earlier part of the run, broken off, had settled.")]
    rejects: Annotated[str | None, Field(description="Address of the refused rows.")]
    unused_columns: list[str]
    problems: list[ImportProblem]


class ImportRun(Out):
    """How far an import has come."""

    id: UUID
    kind: str
    status: Literal["running", "done"]
    total: int
    done: int
    counts: Counts
    started_at: datetime
    finished_at: datetime | None
    started_by: str
    rejects: str | None
