"""Whether the process lives, and whether it can serve: for whoever watches it; no token."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import Connection, func, select
from starlette.types import Scope

from app.access.answers import Answer
from app.api.v1.deps import Headers
from app.api.v1.operation import Gives, Operations, Sent
from app.api.v1.render import dumps, ok
from app.api.v1.schemas.answers_more import Health, Live
from app.calendars.ending import ending
from app.db import guards
from app.db.migrate import state
from app.desk.desk import Desk
from app.outbox.tables import worker
from app.texts import Lang, say

health = Operations("service")
SILENT: Final = timedelta(seconds=60)
"""A worker that has not been seen for so long counts as gone."""


@health.get("/health/live", {200: Gives("The process answers.", Live)}, public=True)
async def live(_desk: Desk, _scope: Scope, _headers: Headers, _lang: Lang) -> Sent:
    """Whether the process answers; the database is not asked."""
    return ok({"status": "ok"})


@health.get("/health/ready", {200: Gives("Ready.", Health), 503: Gives("Not ready.", Health)}, public=True)
async def ready(desk: Desk, _scope: Scope, _headers: Headers, lang: Lang) -> Sent:
    """Whether requests can be served: the database answers, is migrated and guarded, and a worker is alive."""
    checks = await _checks(desk, lang)
    well = all(check["ok"] for check in checks)
    body = {"status": "ok" if well else "not_ready", "checks": checks}
    return Answer(200 if well else 503, {} if well else {"Retry-After": "5"}, dumps(body)), False


async def _checks(desk: Desk, lang: Lang) -> list[dict[str, Any]]:
    try:
        async with desk.runtime.db.read() as conn:
            found, missing = await conn.run_sync(_looked)
            seen = (await conn.execute(select(func.max(worker.c.seen_at)))).scalar()
    except Exception as error:  # noqa: BLE001 - whatever is wrong with the database, the answer is "not ready"
        return [_check("database", False, say(lang, "api.ready.database", error=type(error).__name__))]
    age = None if seen is None else desk.runtime.clock.now() - seen
    beating = age is not None and age < SILENT
    silence = say(lang, "api.ready.no_worker") if age is None else say(lang, "api.ready.worker", seconds=int(age.total_seconds()))
    return [
        _check("database", True),
        _check("migrations", found == "current", say(lang, "api.ready.migrations", state=found)),
        _check("guards", not missing, say(lang, "api.ready.guards", guards=", ".join(missing))),
        _check("worker", beating, silence),
        {"name": "calendars", "ok": True, "detail": await _ending(desk, lang)},
    ]


async def _ending(desk: Desk, lang: Lang) -> str | None:
    """Which calendars do not know next year: no reason not to serve, but somebody has to see to it."""
    terms, now = await desk.terms(), desk.runtime.clock.now()
    # The first look at a country's holidays reads a large library.
    found = await asyncio.to_thread(ending, terms.calendars, now)
    return " ".join(say(lang, "api.ready.calendars", calendar=name, year=year) for name, year in found) or None


def _looked(conn: Connection) -> tuple[str, list[str]]:
    return state(conn), guards.missing(conn)


def _check(name: str, well: bool, remedy: str | None = None) -> dict[str, Any]:
    return {"name": name, "ok": well, "detail": None if well else remedy}
