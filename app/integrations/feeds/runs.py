"""The rows of `import_run`: begin or go on, move forward with each batch, end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, desc, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from app.audit.events import By, Event
from app.db.engine import Database, violated
from app.db.ids import new_id
from app.errors import NotFound
from app.integrations.feeds.problems import ImportRunning
from app.integrations.feeds.tables import import_run
from app.integrations.feeds.targets import RESULTS, Result


@dataclass(frozen=True, slots=True)
class Run:
    """How far an import has come. `done` counts rows of the file, refused ones included."""

    id: UUID
    kind: str
    file_sha256: str
    map_sha256: str
    total: int
    done: int
    rejects_bytes: int
    counts: Mapping[Result, int]
    status: str
    started_at: datetime
    finished_at: datetime | None
    started_by: str

    def moved(self, done: int, rejects_bytes: int, counts: Mapping[Result, int]) -> Run:
        """This run after one more batch."""
        return replace(self, done=done, rejects_bytes=rejects_bytes, counts=dict(counts))


def fresh(kind: str, *, file_sha256: str, map_sha256: str, total: int, by: By, at: datetime) -> Run:
    """A run that has not begun."""
    nothing: dict[Result, int] = dict.fromkeys(RESULTS, 0)
    return Run(new_id(at), kind, file_sha256, map_sha256, total, 0, 0, nothing, "running", at, None, by.name)


async def begin(database: Database, run: Run) -> Run:
    """Store `run`, or find the unfinished one of the same file under the same map, which it then goes on with."""
    found = await _unfinished(database, run)
    if found is not None:
        return found
    try:
        async with database.write() as conn:
            await conn.execute(import_run.insert().values(**_row(run)))
    except DBAPIError as error:
        if violated(error) is None:
            raise
        raise ImportRunning from error  # another process began it in this very moment
    return run


async def restart(database: Database, run: Run) -> Run:
    """Take an unfinished run from its first row again: its rejects file is gone, so the list would have a hole."""
    anew = run.moved(0, 0, dict.fromkeys(RESULTS, 0))
    async with database.write() as conn:
        await advance(conn, run, anew)
    return anew


async def advance(conn: AsyncConnection, old: Run, new: Run) -> None:
    """Record `new`, inside the transaction of its batch. Raises ImportRunning when another process moved the run."""
    mine = and_(import_run.c.id == old.id, import_run.c.done_rows == old.done, import_run.c.status == "running")
    changed = await conn.execute(
        import_run.update()
        .where(mine)
        .values(done_rows=new.done, rejects_bytes=new.rejects_bytes, counts=dict(new.counts), total_rows=new.total)
    )
    if changed.rowcount == 0:
        raise ImportRunning


async def finish(conn: AsyncConnection, run: Run, by: By, at: datetime, file: str) -> Run:
    """Mark `run` as done and write its event."""
    mine = and_(import_run.c.id == run.id, import_run.c.status == "running")
    if (await conn.execute(import_run.update().where(mine).values(status="done", finished_at=at))).rowcount == 0:
        raise ImportRunning
    data: dict[str, object] = {
        "run": run.id,
        "kind": run.kind,
        "file": file,
        "rows": run.total,
        **{str(k): n for k, n in run.counts.items()},
    }
    data |= {"file_sha256": run.file_sha256, "map_sha256": run.map_sha256}
    for insert in Event("imported", at, by, data=data).rows():
        await conn.execute(insert.table.insert().values(**insert.row))
    return replace(run, status="done", finished_at=at)


async def latest(database: Database, limit: int = 50) -> Sequence[Run]:
    """The newest runs, newest first."""
    newest = select(import_run).order_by(desc(import_run.c.started_at), desc(import_run.c.id)).limit(limit)
    async with database.read() as conn:
        return [_run(row) for row in await conn.execute(newest)]


async def one(database: Database, run_id: UUID) -> Run:
    """The run of this id. Raises NotFound."""
    async with database.read() as conn:
        row = (await conn.execute(select(import_run).where(import_run.c.id == run_id))).first()
    if row is None:
        raise NotFound(what="import")
    return _run(row)


async def _unfinished(database: Database, run: Run) -> Run | None:
    same = and_(
        import_run.c.kind == run.kind,
        import_run.c.file_sha256 == run.file_sha256,
        import_run.c.map_sha256 == run.map_sha256,
        import_run.c.status == "running",
    )
    async with database.read() as conn:
        row = (await conn.execute(select(import_run).where(same))).first()
    return None if row is None else _run(row)


def _run(row: Row[Any]) -> Run:
    counts: dict[Result, int] = {result: int(row.counts.get(result, 0)) for result in RESULTS}
    return Run(
        row.id, row.kind, row.file_sha256, row.map_sha256, row.total_rows, row.done_rows, row.rejects_bytes, counts,
        row.status, row.started_at, row.finished_at, row.started_by,
    )  # fmt: skip


def _row(run: Run) -> dict[str, object]:
    return {
        "id": run.id,
        "kind": run.kind,
        "file_sha256": run.file_sha256,
        "map_sha256": run.map_sha256,
        "total_rows": run.total,
        "done_rows": run.done,
        "rejects_bytes": run.rejects_bytes,
        "counts": dict(run.counts),
        "status": run.status,
        "started_at": run.started_at,
        "finished_at": run.finished_at,
        "started_by": run.started_by[:100],
    }
