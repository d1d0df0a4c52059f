"""Who complains: found by what he tells of himself, or taken in provisionally until the CRM knows better."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from app.access.vault import DataKey
from app.customers.profile import Profile
from app.customers.queries import by_id, find
from app.customers.store import new_rows
from app.customers.tables import customer as customer_table
from app.db.statement import Insert
from app.desk.desk import Desk
from app.desk.opening_read import Column
from app.errors import Invalid, NotFound, Reason


@dataclass(frozen=True, slots=True)
class Caller:
    """Who complains: exactly one of the three; an unknown phone or external id makes a provisional customer."""

    id: UUID | None = None
    external_id: str | None = None
    phone: str | None = None
    name: str | None = None


def lookup(desk: Desk, caller: Caller) -> tuple[Column, Any]:
    """How the caller is looked for: (column, value). Raises Invalid when nothing is told."""
    if caller.id is not None:
        return "id", caller.id
    if caller.external_id is not None:
        return "external_hash", desk.vault.blind("external_id", caller.external_id)
    if caller.phone is not None:
        return "phone_hash", desk.vault.blind("phone", caller.phone)
    raise Invalid(Reason("customer_missing", "customer"))


async def find_customer(
    desk: Desk, conn: AsyncConnection, caller: Caller, at: datetime
) -> tuple[Mapping[str, Any], DataKey, list[Insert]]:
    """The customer, the key of the personal data, and the rows of a provisional customer when nobody is known by that."""
    column, value = lookup(desk, caller)
    return await choose_customer(desk, caller, await find(conn, customer_table.c[column] == value, 3), at)


async def choose_customer(
    desk: Desk, caller: Caller, people: Sequence[Mapping[str, Any]], at: datetime
) -> tuple[Mapping[str, Any], DataKey, list[Insert]]:
    """Of the `people` found the one meant: the CRM's before a provisional one, nobody when several share a phone."""
    if caller.id is not None and not people:
        raise NotFound(Reason("customer_unknown", "customer.id"), what="customer")
    known = [person for person in people if not person["provisional"]] or list(people)
    found = known[0] if len(known) == 1 or (known and known[0]["provisional"]) else None
    if found is not None and found["same_as"] is not None:
        async with desk.runtime.db.read() as conn:
            found = await by_id(conn, found["same_as"])
    if found is None:
        profile = Profile(external_id=caller.external_id, phone=caller.phone, name=caller.name)
        rows, row, key = new_rows(desk.vault, profile, at, provisional=True)
        return row, key, rows
    if found["wrapped"] is None:
        raise NotFound(Reason("customer_erased", "customer"), what="customer")
    return found, desk.vault.unwrap(found["wrapped"]), []
