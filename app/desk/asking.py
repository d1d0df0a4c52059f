"""Reading at the desk: one complaint with its words, the steps open to a person, the history, the record as it was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, Integer, Uuid, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.access.actor import Actor
from app.access.sealed import open_texts, references
from app.access.vault import DataKey
from app.audit.tables import event
from app.catalogue.definitions import versions_at
from app.complaints.queries import TERMS, Loaded, Record, history, load
from app.complaints.tables import complaint as complaint_table
from app.db.types import UtcDateTime
from app.desk import facts
from app.desk.desk import Desk, by_of
from app.desk.situation import Situation
from app.desk.terms import Terms
from app.errors import NotFound, Reason
from app.workflow.definition import Definition, Stage
from app.workflow.machine import Action, actions


@dataclass(frozen=True, slots=True)
class Found:
    """One complaint with its customer, the customer's key (None once destroyed) and its opened words.

    Its clocks are read on `terms` at the moment `at`.
    """

    complaint: Record
    customer: Record
    key: DataKey | None
    texts: Mapping[str, str | None]
    terms: Terms
    at: datetime


async def one(desk: Desk, complaint_id: UUID) -> Found:
    """The complaint as it is. NotFound."""
    found = await _load(desk, complaint_id)
    terms = await desk.terms(found.terms)
    async with desk.runtime.db.read() as conn:
        return await _opened(desk, conn, found.complaint, found.customer, terms, desk.runtime.clock.now())


async def as_of(desk: Desk, complaint_id: UUID, at: datetime) -> Found:
    """The record as it stood at `at` (recorded time): its events folded up to then, its clocks read as of then.

    Clocks go by the policy and the calendars that were the newest then. NotFound before it was opened.
    """
    customer = (await _load(desk, complaint_id)).customer
    async with desk.runtime.db.read() as conn:
        query = (
            select(event.c.patch)
            .where(event.c.complaint_id == complaint_id, event.c.at <= at, event.c.seq.is_not(None))
            .order_by(event.c.seq)
        )
        folded: dict[str, Any] = {}
        for patch in (await conn.execute(query)).scalars():
            folded |= patch
        if not folded:
            raise NotFound(Reason("not_yet_opened", "as_of"), what="complaint")
        versions = await versions_at(conn, TERMS, at)
    terms = await desk.terms(tuple(versions[kind] for kind in TERMS))
    async with desk.runtime.db.read() as conn:
        return await _opened(desk, conn, typed(folded), customer, terms, at)


async def open_actions(desk: Desk, actor: Actor, complaint_id: UUID) -> tuple[Found, Stage, tuple[Action, ...]]:
    """Every step from here, open to `actor` or not and why; with the stage, whose scripts say what to say."""
    found = await _load(desk, complaint_id)
    complaint, customer = found.complaint, found.customer
    definition = await desk.workflow(complaint["workflow"], complaint["workflow_version"])
    at = max(desk.runtime.clock.now(), complaint["last_at"])
    situation = Situation(complaint, customer, actor, by_of(actor), at, await desk.terms(found.terms))
    known = facts.load(situation, definition)
    steps = actions(definition, state=complaint["state"], roles=actor.roles, facts=known)
    return Found(complaint, customer, None, {}, situation.terms, at), definition.stage(complaint["state"]), steps


async def events(desk: Desk, complaint_id: UUID, after: UUID | None, limit: int) -> tuple[list[Record], Mapping[str, str | None]]:
    """The history with its words, oldest first; one more than `limit` tells that there is more. NotFound."""
    async with desk.runtime.db.read() as conn:
        rows = await history(conn, complaint_id, after, limit + 1)
        if not rows and after is None:
            raise NotFound(what="complaint")
        return rows, await open_texts(conn, desk.vault, references([r["data"] for r in rows]))


async def definition_of(desk: Desk, complaint: Record) -> Definition:
    """The version of the workflow that the complaint runs on."""
    return await desk.workflow(complaint["workflow"], complaint["workflow_version"])


async def _load(desk: Desk, complaint_id: UUID) -> Loaded:
    found = await load(desk.runtime.db, complaint_id, None)
    if found is None:
        raise NotFound(what="complaint")
    return found


async def _opened(desk: Desk, conn: AsyncConnection, complaint: Record, customer: Record, terms: Terms, at: datetime) -> Found:
    key = desk.vault.unwrap(customer["wrapped"]) if customer["wrapped"] is not None else None
    wanted = {str(complaint["text_id"])} | references(
        [complaint[name] for name in ("remedy_sought", "remedy", "recorded", "network")]
    )
    return Found(complaint, customer, key, await open_texts(conn, desk.vault, wanted), terms, at)


def typed(folded: Mapping[str, Any]) -> dict[str, Any]:
    """Values of a folded patch as the columns have them: times and ids were text in JSON."""
    row: dict[str, Any] = {}
    for column in complaint_table.columns:
        value = folded.get(column.name)
        if value is None and column.server_default is not None and isinstance(column.type, Integer):  # it came later than that
            value = 0
        if isinstance(value, str) and isinstance(column.type, UtcDateTime | DateTime):
            value = datetime.fromisoformat(value)
        elif isinstance(value, str) and isinstance(column.type, Uuid):
            value = UUID(value)
        row[column.name] = value
    return row
