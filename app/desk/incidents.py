"""Incidents at the desk: opened, changed, repaired, closed, looked at. What they do to complaints: `incident_members`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.access.actor import Actor
from app.audit.events import By, Event
from app.audit.record import record
from app.commitments.incident_tables import incident
from app.commitments.incidents import CHECKS, STEPS
from app.complaints.tables import complaint
from app.db.engine import as_dict
from app.db.ids import new_id
from app.desk.desk import Desk
from app.desk.incident_members import shown_time
from app.desk.incident_told import KIND
from app.errors import Invalid, NotFound, Reason, Refused, StaleVersion
from app.outbox.jobs import enqueue
from app.people.notices import notice_row

Row = Mapping[str, Any]


async def open_incident(desk: Desk, conn: AsyncConnection, by: By, given: Mapping[str, Any]) -> Row:
    """Open an incident. Raises Invalid for one that begins in the future, or is repaired in the past."""
    at = desk.runtime.clock.now()
    _check(given, at)
    row = {**given, "id": new_id(at), "status": "open", "version": 1, "by": by.name, "created_at": at, "updated_at": at}
    await conn.execute(incident.insert().values(**row))
    await record(conn, Event("incident_opened", at, by, data={"incident": row["id"], **given}))
    return await read_incident(conn, row["id"])


async def amend_incident(
    desk: Desk, conn: AsyncConnection, actor: Actor, by: By, incident_id: UUID, changes: Mapping[str, Any], expected: int | None
) -> Row:
    """Change it; another expected repair time is told to every customer who is joined, and to the owners.

    Raises StaleVersion, Refused for a closed one, Invalid as `open_incident`.
    """
    row = await _locked(conn, incident_id)
    if expected is not None and row["version"] != expected:
        raise StaleVersion(current=row["version"])
    if row["status"] == "closed":
        raise Refused(Reason("incident_closed", "status"), code="change_refused")
    at = desk.runtime.clock.now()
    changed = {name: value for name, value in changes.items() if row[name] != value}
    _check(changed, at)
    if changed:
        await _store(conn, by, row, changed, at)
        if "repair_at" in changed:
            await _tell(desk, conn, actor, {**row, **changed}, "repair_time", at)
    return await read_incident(conn, incident_id)


async def move_incident(desk: Desk, conn: AsyncConnection, actor: Actor, by: By, incident_id: UUID, status: str) -> Row:
    """Repaired (all are told), open again, or closed: that only once none of its complaints goes on."""
    row = await _locked(conn, incident_id)
    if status not in STEPS[row["status"]]:
        params = {"from": row["status"], "allowed": ", ".join(STEPS[row["status"]]) or "-"}
        raise Refused(Reason("incident_step", "status", params), code="change_refused")
    if status == "closed":
        going = select(func.count()).where(complaint.c.incident_id == incident_id, complaint.c.final.is_(False))
        if left := (await conn.execute(going)).scalar_one():
            raise Refused(Reason("incident_goes_on", "status", {"count": left}), code="change_refused")
    at = desk.runtime.clock.now()
    times = {"repaired_at": at if status == "repaired" else row["repaired_at"], "closed_at": at if status == "closed" else None}
    if status == "open":
        times["repaired_at"] = None
    await _store(conn, by, row, {"status": status, **times}, at)
    if status == "repaired":
        await _tell(desk, conn, actor, row, "repaired", at)
    return await read_incident(conn, incident_id)


async def read_incident(conn: AsyncConnection, incident_id: UUID) -> Row:
    """The incident with `counts`: its complaints that go on by what the customer said, and those at their end."""
    found = (await conn.execute(select(incident).where(incident.c.id == incident_id))).first()
    if found is None:
        raise NotFound(what="incident")
    check = complaint.c.incident["check"].as_string()
    grouped = (
        select(complaint.c.final, check, func.count())
        .where(complaint.c.incident_id == incident_id)
        .group_by(complaint.c.final, check)
    )
    counts = {"joined": 0, **dict.fromkeys(CHECKS, 0), "ended": 0}
    for final, said, count in await conn.execute(grouped):
        counts["joined"] += count
        counts["ended" if final else said] += count
    return {**as_dict(found), "counts": counts}


async def list_incidents(conn: AsyncConnection, status: str | None, before: UUID | None, limit: int) -> list[Row]:
    """Incidents, the newest first."""
    query = select(incident).order_by(incident.c.id.desc()).limit(limit)
    if status is not None:
        query = query.where(incident.c.status == status)
    if before is not None:
        query = query.where(incident.c.id < before)
    return [as_dict(row) for row in await conn.execute(query)]


def _check(given: Mapping[str, Any], at: datetime) -> None:
    began, repair = given.get("began_at"), given.get("repair_at")
    if began is not None and began > at:
        raise Invalid(Reason("in_the_future", "began_at"))
    if repair is not None and repair <= at:
        raise Invalid(Reason("in_the_past", "repair_at"))


async def _locked(conn: AsyncConnection, incident_id: UUID) -> dict[str, Any]:
    found = (await conn.execute(select(incident).where(incident.c.id == incident_id).with_for_update())).first()
    if found is None:
        raise NotFound(what="incident")
    return as_dict(found)


async def _store(conn: AsyncConnection, by: By, row: Row, changed: Mapping[str, Any], at: datetime) -> None:
    values = {**changed, "version": row["version"] + 1, "updated_at": at}
    await conn.execute(update(incident).where(incident.c.id == row["id"]).values(**values))
    told = {"incident": row["id"], "from": {name: row[name] for name in changed}, "to": dict(changed)}
    await record(conn, Event("incident_changed", at, by, data=told))


async def _tell(desk: Desk, conn: AsyncConnection, actor: Actor, row: Row, occasion: str, at: datetime) -> None:
    """Each customer by a job, one after the other; each owner by one notice."""
    job = enqueue(KIND, {"incident": str(row["id"]), "version": row["version"] + 1, "occasion": occasion}, at, actor.id)
    await conn.execute(job.table.insert().values(**job.row))
    own = complaint.c
    owned = (own.incident_id == row["id"]) & own.final.is_(False) & own.owner_id.is_not(None)
    calendar = (await desk.terms()).service
    for owner, count in await conn.execute(select(own.owner_id, func.count()).where(owned).group_by(own.owner_id)):
        title = f"{row['title']['zh']} / {row['title']['en']}"
        time = shown_time(calendar, row["repair_at"], "en") if row["repair_at"] else "-"
        told = {"incident": str(row["id"]), "title": title, "count": count, "repair_time": time}
        notice = notice_row(at, f"incident_{occasion}", user=owner, data=told)
        await conn.execute(notice.table.insert().values(**notice.row))
