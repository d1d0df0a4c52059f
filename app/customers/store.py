"""Storing customers: what the CRM sends, what an unknown caller leaves, what a person consents to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, NamedTuple
from uuid import UUID

from sqlalchemy import and_
from sqlalchemy.ext.asyncio import AsyncConnection

from app.access.keys import new_key
from app.access.tables import data_key
from app.access.vault import DataKey, Vault
from app.audit.events import By, Event
from app.customers.profile import Profile, open_profile
from app.customers.queries import by_external_hashes
from app.customers.tables import consent, customer
from app.db.ids import new_id
from app.db.statement import Insert, by_table
from app.errors import StaleVersion

Done = Literal["created", "updated", "unchanged"]
FACTS = ("segment", "plan", "place", "sensitive", "account_manager")
STATUSES = ("granted", "denied", "withdrawn")


@dataclass(frozen=True, slots=True)
class Data:
    """What is known of one customer: personal `profile` changes, plain `facts` (see FACTS), `attributes` merged in."""

    external_id: str
    profile: Mapping[str, str | None] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    attributes: Mapping[str, Any] = field(default_factory=dict)


def new_rows(
    vault: Vault, profile: Profile, at: datetime, *, provisional: bool, customer_id: UUID | None = None, **facts: Any
) -> tuple[list[Insert], dict[str, Any], DataKey]:
    """The rows of a new customer with a key of its own; the customer row and the open key."""
    key, key_row = new_key(vault, at)
    own = customer_id or new_id(at)
    row: dict[str, Any] = {
        "id": own,
        "key_id": key.id,
        "provisional": provisional,
        "sealed": profile.sealed(key, own),
        **profile.hashes(vault),
        "sensitive": False,
        "consents": {},
        "attributes": {},
        "version": 1,
        "created_at": at,
        "updated_at": at,
        "same_as": None,
        "segment": None,
        "plan": None,
        "place": None,
        "account_manager": None,
        "blocked": None,
        **facts,
    }
    return [Insert(data_key, key_row), Insert(customer, row)], {**row, "wrapped": key_row["wrapped"]}, key


class Stored(NamedTuple):
    """What became of a customer: the row as it is now, and the columns that are not as they were."""

    how: Done
    row: Mapping[str, Any]
    changed: frozenset[str] = frozenset()


async def put_many(
    conn: AsyncConnection, vault: Vault, by: By, at: datetime, batch: Sequence[Data], expected: int | None = None
) -> list[Stored]:
    """Create or change customers by external id, in the caller's transaction; the same data again changes nothing.

    `expected` (for one customer) is the version read before; StaleVersion when it moved on.
    """
    digests = [vault.blind("external_id", d.external_id) for d in batch]
    known = await by_external_hashes(conn, digests)
    done: list[Stored] = []
    inserts: list[Insert] = []
    for digest, data in zip(digests, batch, strict=True):
        old = known.get(digest)
        if expected is not None and (old is None or old["version"] != expected):
            raise StaleVersion(current=old["version"] if old else 0)
        if old is None:
            profile = Profile(external_id=data.external_id, **data.profile)
            rows, row, _ = new_rows(vault, profile, at, provisional=False, **data.facts, attributes=dict(data.attributes))
            inserts += [*rows, *_event(by, at, row, sorted([*data.profile, *data.facts]))]
            known[digest] = row
            done.append(Stored("created", row))
            continue
        changes = _changes(vault, old, data)
        if not changes:
            done.append(Stored("unchanged", old))
            continue
        row = {**old, **changes, "version": old["version"] + 1, "updated_at": at}
        await _update(conn, row, old["version"])
        inserts += _event(by, at, row, sorted(changes))
        known[digest] = row
        done.append(Stored("updated", row, frozenset(changes)))
    for table, rows_ in by_table(inserts).items():
        await conn.execute(table.insert(), [{c.name: r.get(c.name) for c in table.columns} for r in rows_])
    return done


async def set_consent(
    conn: AsyncConnection,
    by: By,
    at: datetime,
    row: Mapping[str, Any],
    purpose: str,
    channel: str,
    status: str,
    evidence: Mapping[str, Any],
) -> Mapping[str, Any]:
    """Record a consent, its refusal or its withdrawal with evidence; raises the customer's version. StaleVersion when it moved."""
    consents = {**row["consents"], f"{purpose}.{channel}": status}
    new = {**row, "consents": consents, "version": row["version"] + 1, "updated_at": at}
    await _update(conn, new, row["version"])
    entry = {
        "id": new_id(at),
        "customer_id": row["id"],
        "purpose": purpose,
        "channel": channel,
        "status": status,
        "evidence": dict(evidence),
        "by": by.name,
        "at": at,
    }
    data = {"purpose": purpose, "channel": channel, "status": status, "evidence": dict(evidence)}
    inserts = [Insert(consent, entry), *Event("consent_set", at, by, customer_id=row["id"], data=data).rows()]
    for table, rows in by_table(inserts).items():
        await conn.execute(table.insert(), [dict(r) for r in rows])
    return new


async def set_blocked(
    conn: AsyncConnection, by: By, at: datetime, row: Mapping[str, Any], record: Mapping[str, Any] | None
) -> Mapping[str, Any]:
    """Record that the customer is a blocked caller, or (None) no more; raises his version. StaleVersion when it moved."""
    new = {**row, "blocked": record, "version": row["version"] + 1, "updated_at": at}
    await _update(conn, new, row["version"])
    told = record if record is not None else {"was": row["blocked"]}
    kind = "caller_unblocked" if record is None else "caller_blocked"
    for insert in Event(kind, at, by, customer_id=row["id"], data=told).rows():
        await conn.execute(insert.table.insert().values(**insert.row))
    return new


async def _update(conn: AsyncConnection, row: Mapping[str, Any], version: int) -> None:
    values = {c.name: row[c.name] for c in customer.columns if c.name != "id"}
    mine = and_(customer.c.id == row["id"], customer.c.version == version)
    if (await conn.execute(customer.update().where(mine).values(**values))).rowcount == 0:
        raise StaleVersion(current=version + 1)


def _changes(vault: Vault, old: Mapping[str, Any], data: Data) -> dict[str, Any]:
    changes: dict[str, Any] = {k: v for k, v in data.facts.items() if old[k] != v}
    if old["provisional"]:
        changes["provisional"] = False  # taken in by an id that nobody knew then; the CRM knows it now
    attributes = {**old["attributes"], **data.attributes}
    if attributes != old["attributes"]:
        changes["attributes"] = attributes
    key = vault.unwrap(old["wrapped"]) if old["wrapped"] is not None else None
    profile = open_profile(key, old)
    fresh = profile.with_(data.profile)
    if key is not None and fresh != profile:
        changes |= {"sealed": fresh.sealed(key, old["id"]), **fresh.hashes(vault)}
    return changes


def _event(by: By, at: datetime, row: Mapping[str, Any], names: list[str]) -> tuple[Insert, Insert]:
    return Event("customer_stored", at, by, customer_id=row["id"], data={"fields": names, "version": row["version"]}).rows()
