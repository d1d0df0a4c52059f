"""The one loop of every change to an existing complaint: read → decide → one write, again when another came first."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from app.access.actor import Actor
from app.access.answers import Answer, open_answer
from app.audit.events import By, Event
from app.complaints.queries import Record, load
from app.complaints.write import Outcome, Plan, commit
from app.db.statement import Guarded, Insert, Update
from app.desk.clocks import with_clocks
from app.desk.desk import Desk
from app.desk.outcome import Reply, Result, answered, event_inserts
from app.desk.sealing import Sealer
from app.desk.situation import Situation
from app.desk.terms import Terms
from app.errors import Conflict, NotFound, StaleVersion
from app.workflow.definition import Definition

TRIES = 4
CONTENDED = 16
"""Tries of a change that many make at once in different complaints (see `Guarded`): of those who meet, one is stored each time."""


@dataclass(frozen=True, slots=True)
class Changed:
    """What a decision came to: the situation after it, and all rows that belong to it.

    `moved` False: the complaint's version stays (notes, contacts that change no fact). `customer_consulted`: the
    write also compares the customer's version; `beside`: also that of another complaint, (id, version); `guarded`: rows
    beside it that must still be as they were read.
    """

    situation: Situation
    inserts: Sequence[Insert] = ()
    updates: Sequence[Update] = ()
    events: Sequence[Event] = ()
    customer_consulted: bool = False
    moved: bool = True
    beside: tuple[UUID, int] | None = None
    extra: dict[str, Any] | None = None
    guarded: Sequence[Guarded] = ()


Decide = Callable[[Definition, Situation, Sealer], Awaitable[Changed]]


async def change(
    desk: Desk, actor: Actor, by: By, complaint_id: UUID, expected: int | None, reply: Reply, decide: Decide
) -> tuple[Answer, bool]:
    """Change a complaint by `decide`; (the answer, whether it is a replay of one given before).

    `expected` is the version of If-Match: StaleVersion when it is not the present one. Without it a lost race is
    decided again on what is there then, three times at most (see CONTENDED), and ends in Conflict. NotFound when there is none.
    """
    for attempt in range(1, CONTENDED + 1):
        found = await load(desk.runtime.db, complaint_id, reply.key_hash)
        if found is None:
            raise NotFound(what="complaint")
        complaint, customer, versions, stored = found
        if stored is not None and reply.request is not None:
            return _replay(desk, reply, customer, stored), True
        definition = await desk.workflow(complaint["workflow"], complaint["workflow_version"])
        if expected is not None and complaint["version"] != expected:
            raise StaleVersion(current=complaint["version"])
        at: datetime = max(desk.runtime.clock.now(), complaint["last_at"])
        key = desk.vault.unwrap(customer["wrapped"]) if customer["wrapped"] is not None else None
        situation = Situation(complaint, customer, actor, by, at, await desk.terms(versions))
        sealer = Sealer(desk.tokens, key, customer["id"], complaint_id, at, complaint["opened_at"])
        changed = await decide(definition, situation, sealer)
        clocks = None
        if changed.moved:
            after, more, events, clocks = with_clocks(definition, changed.situation, changed.inserts, changed.events)
            changed = replace(changed, situation=after, inserts=more, events=events)
        inserts, rows = event_inserts(changed.events, complaint["version"])
        result = Result(changed.situation.complaint, customer, key, situation.terms, at, rows, changed.extra, clocks)
        answer, kept = answered(desk.vault, reply, result, at)
        plan = Plan(
            changed.situation.complaint if changed.moved else None,
            complaint["version"] if changed.moved else None,
            [*kept, *inserts, *sealer.inserts, *changed.inserts],
            changed.updates,
            (customer["id"], customer["version"]) if changed.customer_consulted else None,
            changed.beside,
            changed.guarded,
        )
        if await commit(desk.runtime.db, plan) is Outcome.STORED:
            return answer, False
        desk.runtime.metrics.lost_races.inc()
        if attempt >= TRIES and not changed.guarded:
            break
    raise Conflict


async def rehearse(desk: Desk, actor: Actor, by: By, complaint: Record, customer: Record, terms: Terms, decide: Decide) -> None:
    """What `decide` would say to the complaint as read, told by what it raises; nothing is stored."""
    definition = await desk.workflow(complaint["workflow"], complaint["workflow_version"])
    at: datetime = max(desk.runtime.clock.now(), complaint["last_at"])
    key = desk.vault.unwrap(customer["wrapped"]) if customer["wrapped"] is not None else None
    sealer = Sealer(desk.tokens, key, customer["id"], complaint["id"], at, complaint["opened_at"])
    await decide(definition, Situation(complaint, customer, actor, by, at, terms), sealer)


def _replay(desk: Desk, reply: Reply, customer: Record, stored: Record) -> Answer:
    """The stored answer, opened. KeyReused when the body was another."""
    assert reply.request is not None  # noqa: S101 - narrows the type: only a request with a key finds an answer
    row: Any = SimpleNamespace(**stored, key_hash=reply.request.key_hash, wrapped=customer["wrapped"])
    found = open_answer(desk.vault, reply.request, row)
    if found is None:
        raise NotFound(what="answer")
    return found
