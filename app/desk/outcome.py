"""What a use case gives back: the rows as they now stand, rendered once and, with an Idempotency-Key, kept for repeats."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.access.answers import Answer, Request, answer_row
from app.access.tables import stored_answer
from app.access.vault import DataKey, Vault
from app.audit.events import Event
from app.commitments.clocks import Reading
from app.db.statement import Insert
from app.desk.terms import Terms


@dataclass(frozen=True, slots=True)
class Result:
    """The complaint and its customer after the change, the event rows that it wrote, and the terms and time of the decision.

    `clocks`: what each says now, where the change has read them.
    """

    complaint: Mapping[str, Any]
    customer: Mapping[str, Any]
    key: DataKey | None
    terms: Terms
    at: datetime
    events: Sequence[Mapping[str, Any]] = ()
    extra: Mapping[str, Any] | None = None
    clocks: Sequence[Reading] | None = None


Render = Callable[[Result], Answer]


@dataclass(frozen=True, slots=True)
class Reply:
    """How the caller wants to be answered; `request` is the identity of a request that may be repeated."""

    render: Render
    request: Request | None = None

    @property
    def key_hash(self) -> bytes | None:
        """Under what its answer is stored."""
        return self.request.key_hash if self.request else None


def event_inserts(events: Sequence[Event], version: int = 0) -> tuple[list[Insert], list[Mapping[str, Any]]]:
    """The rows of `events` in order, and the event rows alone. `version` is that of the complaint before them."""
    inserts: list[Insert] = []
    rows: list[Mapping[str, Any]] = []
    for event in events:
        version = version if event.seq is None else event.seq
        own, pending = event.rows(version)
        inserts += (own, pending)
        rows.append(own.row)
    return inserts, rows


def answered(vault: Vault, reply: Reply, result: Result, at: datetime) -> tuple[Answer, list[Insert]]:
    """The answer, and the row that keeps it with the write when the request may be repeated."""
    answer = reply.render(result)
    if reply.request is None:
        return answer, []
    return answer, [Insert(stored_answer, answer_row(vault, reply.request, answer, at, result.key))]
