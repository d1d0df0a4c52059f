"""Files in: customers and complaints, repeatable, resumable, every refused row with its reason."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

from starlette.responses import StreamingResponse

from app.access.answers import Answer
from app.api.v1.deps import Call
from app.api.v1.operation import Gives, Operations, Sent
from app.api.v1.render import dumps, ok
from app.api.v1.schemas.feeds import ImportQuery, ImportReport, ImportRun
from app.api.v1.uploads import MULTIPART, RAW, received
from app.errors import NotFound
from app.integrations.feeds import runs

imports = Operations("feeds")
_BINARY: Final[dict[str, Any]] = {"type": "string", "contentMediaType": "application/octet-stream"}
BODY: Final[dict[str, dict[str, Any]]] = {
    MULTIPART: {
        "schema": {
            "type": "object",
            "properties": {
                "file": {**_BINARY, "description": "CSV (UTF-8 or GB18030) or XLSX."},
                "map": {"type": "string", "description": "The map as YAML: which column fills which field."},
            },
            "required": ["file"],
        }
    },
    **{media: {"schema": _BINARY} for media in RAW},
}
GIVEN: Final = {
    200: Gives("A dry run: what would be done.", ImportReport),
    201: Gives(
        "Imported.",
        ImportReport,
        {"Location": "Address of the run."},
        leads_to={name: {"id": "$response.body#/id"} for name in ("read_import", "read_rejects")},
    ),
}
PROBLEMS: Final = frozenset({404, 409})
STALE: Final = 7 * 86_400
"""Seconds after which the refused rows of an import are removed: they hold what the file held."""


@imports.post("/v1/imports/customers", GIVEN, raw=BODY, query=ImportQuery, keyed=False, problems=PROBLEMS)
async def import_customers(call: Call, query: ImportQuery) -> Sent:
    """Create or change customers by their id in the CRM.

    Send the bare file with `?map=NAME` (a map of `workflows/maps`), or a form with the parts `file` and `map`. The same file
    again changes nothing; after a break the same request goes on where it stood. Nothing is guessed: an encoding, delimiter
    or date that leaves a doubt is refused with the question.
    """
    return await _import(call, query, "customers")


@imports.post("/v1/imports/complaints", GIVEN, raw=BODY, query=ImportQuery, keyed=False, problems=PROBLEMS)
async def import_complaints(call: Call, query: ImportQuery) -> Sent:
    """Open complaints by (source, external_ref), each through the intake; sent as customers are."""
    return await _import(call, query, "complaints")


@imports.get("/v1/imports/{id:uuid}", {200: Gives("The run.", ImportRun)})
async def read_import(call: Call) -> Sent:
    """See how far an import has come, also while it runs."""
    run = await runs.one(call.desk.runtime.db, call.id)
    names = ("id", "kind", "status", "total", "done", "counts", "started_at", "finished_at", "started_by")
    refused = run.counts.get("rejected", 0) and await asyncio.to_thread(
        _rejects(call, run.kind, run.file_sha256, run.map_sha256).is_file
    )
    rejects = f"/v1/imports/{run.id}/rejects" if refused else None
    return ok({**{name: getattr(run, name) for name in names}, "rejects": rejects})


@imports.get(
    "/v1/imports/{id:uuid}/rejects",
    {200: Gives("The refused rows.", media={"text/csv": {"schema": {"type": "string"}}})},
)
async def read_rejects(call: Call) -> Sent:
    """Fetch the refused rows of an import as CSV: number, field, reason and the row itself; kept for seven days."""
    run = await runs.one(call.desk.runtime.db, call.id)
    file = _rejects(call, run.kind, run.file_sha256, run.map_sha256)
    if not await asyncio.to_thread(file.is_file):
        raise NotFound(what="rejects")
    headers = {"Content-Disposition": f'attachment; filename="{run.id}.rejects.csv"'}
    return StreamingResponse(_pieces(file), media_type="text/csv; charset=utf-8", headers=headers)


async def _import(call: Call, query: ImportQuery, kind: str) -> Sent:
    from app.integrations.feeds.imports import import_file  # the whole engine of files, which a start need not wait for

    async with received(call, query.map) as upload:
        digest = await asyncio.to_thread(_sha256, upload.file)
        kept = _rejects(call, kind, digest, hashlib.sha256(upload.map_text.encode("utf-8", "replace")).hexdigest())
        await asyncio.to_thread(_sweep, kept.parent, call.desk.runtime.clock.now().timestamp() - STALE)
        report = await import_file(
            call.desk,
            call.actor,
            call.by,
            kind,
            upload.file,
            upload.map_text,
            map_name=upload.map_name,
            lang=call.lang,
            rejects=upload.file.with_name("rejects.csv") if query.dry_run else kept,
            dry_run=query.dry_run,
        )
    body = report.as_json(call.lang)
    if query.dry_run:
        return Answer(200, {}, dumps({**body, "rejects": None})), False
    address = f"/v1/imports/{report.run.id}"
    body["rejects"] = f"{address}/rejects" if report.rejects else None
    return Answer(201, {"Location": address}, dumps(body)), False


def _rejects(call: Call, kind: str, file_sha256: str, map_sha256: str) -> Path:
    """Where the refused rows of this file under this map stand, so that a run that goes on finds its own."""
    return call.desk.runtime.settings.var / "imports" / f"{kind}-{file_sha256[:24]}-{map_sha256[:24]}.rejects.csv"


def _sha256(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _sweep(folder: Path, oldest: float) -> None:
    for file in folder.glob("*.rejects.csv"):
        if file.stat().st_mtime < oldest:
            file.unlink(missing_ok=True)


async def _pieces(file: Path) -> AsyncIterator[bytes]:
    with file.open("rb") as opened:
        while piece := await asyncio.to_thread(opened.read, 1 << 18):
            yield piece
