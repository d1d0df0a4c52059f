"""Loading the demo world: once, whole, and only into a database in which there is no customer yet."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.access.roles import check_roles
from app.access.tables import app_user
from app.access.users import find_user
from app.access.vault import Vault
from app.audit.events import Event
from app.customers.profile import Profile
from app.customers.store import new_rows, set_consent
from app.customers.tables import customer as customer_table
from app.db.statement import Insert, by_table
from app.desk.desk import BY_SYSTEM, Desk
from app.integrations.demo.files import DemoCustomer, DemoUser, read_world

NAMESPACE = UUID("a3e7d0c5-0f4b-5d0e-9b57-6d656e647321")


def fixed_id(name: str) -> UUID:
    """The id of a demo customer (by external id) or demo user (by name): the same in every installation."""
    return uuid5(NAMESPACE, name)


async def load_world(desk: Desk) -> bool:
    """Load the demo world; whether anything was loaded. Nothing is, where a customer is known or the files are missing."""
    world = read_world(desk.runtime.settings)
    if world is None:
        return False
    at = desk.runtime.clock.now()
    async with desk.runtime.db.write() as conn:
        if (await conn.execute(select(customer_table.c.id).limit(1))).first() is not None:
            return False
        await _users(conn, at, world.users)
        for person in world.customers:
            await _customer(conn, desk.vault, at, person)
    return True


async def _users(conn: AsyncConnection, at: datetime, users: Sequence[DemoUser]) -> None:
    """The colleagues; one whose name is taken stays as it is."""
    for user in users:
        if await find_user(conn, user.name) is not None:
            continue
        row = {
            "id": fixed_id(user.name),
            "name": user.name,
            "display": user.display,
            "roles": list(check_roles(user.roles)),
            "team": user.team,
            "active": True,
            "version": 1,
            "created_at": at,
        }
        stored = Event("user_stored", at, BY_SYSTEM, data={"user": row["id"], "name": user.name, "roles": row["roles"]})
        await _insert(conn, [Insert(app_user, row), *stored.rows()])


async def _customer(conn: AsyncConnection, vault: Vault, at: datetime, person: DemoCustomer) -> None:
    profile = Profile(external_id=person.external_id, name=person.name, phone=person.phone)
    facts: dict[str, Any] = {n: getattr(person, n) for n in ("segment", "plan", "place")}
    own = fixed_id(person.external_id)
    rows, row, _ = new_rows(vault, profile, at, provisional=False, customer_id=own, **facts, attributes=person.attributes)
    stored = Event("customer_stored", at, BY_SYSTEM, customer_id=own, data={"fields": sorted(facts), "version": 1})
    await _insert(conn, [*rows, *stored.rows()])
    known: Any = row
    for consent in person.consents:
        known = await set_consent(conn, BY_SYSTEM, at, known, consent.purpose, consent.channel, consent.status, consent.evidence)


async def _insert(conn: AsyncConnection, inserts: Sequence[Insert]) -> None:
    for table, rows in by_table(inserts).items():
        await conn.execute(table.insert(), [dict(row) for row in rows])
