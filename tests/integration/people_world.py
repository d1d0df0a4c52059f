"""People at work on a real database: users with skills and presence, complaints that wait, takers of the queue."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import update

from app.access.actor import Actor
from app.access.users import ensure_user
from app.catalogue.definitions import publish
from app.complaints.tables import complaint
from app.desk.desk import BY_SYSTEM, Desk, by_of
from app.desk.queue import Taken, take_next
from app.desk.staff import note_presence
from app.people.staff import PersonData, store_person, store_team

POLICY = (Path(__file__).parents[2] / "workflows" / "policy.yaml").read_text("utf-8")


async def worker(desk: Desk, name: str, *roles: str, presence: str | None = None, team: str | None = None, **values: Any) -> Actor:
    """A user who works here; with a presence, as of now."""
    at = desk.runtime.clock.now()
    user = await ensure_user(desk.runtime.db, name, roles or ("handler",), at=at, team=team)
    async with desk.runtime.db.write() as conn:
        if values:
            await store_person(conn, BY_SYSTEM, at, PersonData(name, values))
        if presence is not None:
            await note_presence(conn, user.actor(), BY_SYSTEM, at, presence)
    return user.actor()


async def said(desk: Desk, actor: Actor, presence: str, until: datetime | None = None) -> None:
    async with desk.runtime.db.write() as conn:
        await note_presence(conn, actor, by_of(actor), desk.runtime.clock.now(), presence, until)


async def team(desk: Desk, name: str, phase: str = "opportunity", **more: Any) -> None:
    values = {"title": {"zh": name, "en": name}, "phase": phase, **more}
    async with desk.runtime.db.write() as conn:
        await store_team(conn, BY_SYSTEM, desk.runtime.clock.now(), name, values)


async def policy(desk: Desk, *changes: tuple[str, str]) -> None:
    """Publish the delivered policy with some of its lines written otherwise."""
    text = POLICY
    for right, other in changes:
        assert right in text
        text = text.replace(right, other, 1)
    async with desk.runtime.db.write() as conn:
        await publish(conn, BY_SYSTEM, desk.runtime.clock.now(), "policy", "policy", text)


async def put(desk: Desk, complaint_id: UUID | None, **columns: Any) -> None:
    """Stand a complaint as a test wants it."""
    assert complaint_id is not None
    async with desk.runtime.db.write() as conn:
        await conn.execute(update(complaint).where(complaint.c.id == complaint_id).values(**columns))


async def nobodys(desk: Desk, ids: Iterable[UUID], due: timedelta = timedelta(hours=1)) -> None:
    """Complaints that nobody owns, all due at the same time."""
    for one in ids:
        await put(desk, one, owner_id=None, next_deadline=desk.runtime.clock.now() + due)


async def took(desk: Desk, actor: Actor) -> Taken | None:
    return (await take_next(desk, actor, by_of(actor)))[0]


async def got(desk: Desk, actor: Actor) -> UUID | None:
    """The id of what `actor` is given next."""
    found = await took(desk, actor)
    return None if found is None else UUID(str(found.complaint["id"]))
