"""New grants, the marks that guard their limits, and what billing is told of them, as rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.audit.events import By
from app.commitments.compensation import Compensation
from app.commitments.grants import Verdict, Want
from app.commitments.grants_tables import tally
from app.commitments.grants_words import kept
from app.db.ids import new_id, ordered_id
from app.db.statement import Guarded, Insert
from app.outbox.tables import outbox

BILLING = "billing"
"""The topic of messages to billing."""
TOLD = ("kind", "amount_fen", "due_fen", "goodwill_fen", "position", "schedule_row", "cause", "damage_fen", "reason", "team")
"""What an event of a new grant tells of it, beside its id, status and reasons."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a grant is made under: the policy and its version, the team that pays, until when it waits for approval."""

    policy: Compensation
    version: int
    team: str | None
    expires_at: datetime | None = None


def grant_row(
    complaint: Mapping[str, Any],
    customer: Mapping[str, Any],
    by: By,
    by_id: UUID,
    at: datetime,
    want: Want,
    verdict: Verdict,
    terms: Terms,
    *,
    live: bool,
    text: Any,
) -> dict[str, Any]:
    """A new grant: made, or asked for where the verdict says why it needs approval. `text` is a reference to sealed words."""
    unit = terms.policy.kinds[want.kind].unit
    asked = bool(verdict.over)
    tags = complaint["tags"]
    return {
        "id": new_id(at),
        "complaint_id": complaint["id"],
        "customer_id": complaint["customer_id"],
        "kind": want.kind,
        "amount_fen": want.amount,
        "currency": terms.policy.currency,
        "quantity": None if unit is None else want.amount // unit.fen,
        "due_fen": verdict.parts.due,
        "goodwill_fen": verdict.parts.goodwill,
        "position": verdict.parts.position,
        "schedule_row": verdict.due.row,
        "cause": verdict.due.cause or (tags[0] if tags else None),
        "severity": complaint["severity"],
        "segment": customer["segment"],
        "damage_fen": want.damage,
        "reason": want.reason,
        "text": text,
        "status": "asked" if asked else "granted",
        "team": terms.team,
        "by_id": by_id,
        "by": by.name,
        "on_behalf_of": by.on_behalf_of,
        "at": at,
        "live": live and asked,
        "over": kept(verdict.over),
        "approvers": list(verdict.approvers),
        "expires_at": terms.expires_at if asked else None,
        "decided_by": None,
        "decided_on_behalf_of": None,
        "decided_at": None,
        "decision_reason": None,
        "decision_text": None,
        "message_id": None,
        "reversal_id": None,
        "billing": None,
        "reversal_billing": None,
        "ended_at": None,
        "policy_version": terms.version,
    }


def to_billing(complaint: Mapping[str, Any], row: Mapping[str, Any], at: datetime, seq: int, type_: str) -> dict[str, Any]:
    """The message that tells billing of a grant or its reversal; its id stays through all tries. Nobody is named in it."""
    payload = {
        "type": type_,
        "grant": row["id"],
        "number": complaint["number"],
        "kind": row["kind"],
        "amount_fen": row["amount_fen"],
        "currency": row["currency"],
        "quantity": row["quantity"],
        "reverses": row["message_id"] if type_ == "reversal" else None,
    }
    return {
        "id": ordered_id(at, seq),
        "complaint_id": complaint["id"],
        "customer_id": complaint["customer_id"],
        "topic": BILLING,
        "payload": payload,
        "created_at": at,
        "due_at": at,
        "status": "unsent",
        "attempts": 0,
        "leased_until": None,
        "sent_at": None,
        "last_error": None,
    }


def untouched(message: Mapping[str, Any] | None) -> bool:
    """Whether nobody has begun to send it: what was tried once may have arrived, whatever was answered."""
    return message is not None and (message["status"], message["attempts"], message["leased_until"]) == ("unsent", 0, None)


def taken_back(message: Mapping[str, Any]) -> Guarded:
    """The message goes, if still nobody has begun to send it when that is written."""
    return Guarded(outbox, message, None, ("status", "attempts", "leased_until"))


def raised(found: Mapping[str, Mapping[str, Any]], names: Sequence[str], at: datetime) -> list[Guarded]:
    """The tallies of `names` raised by one: whoever added to the same sums meanwhile makes the plan miss."""
    guards: list[Guarded] = []
    for name in names:
        row = found.get(name)
        if row is None:
            guards.append(Guarded(tally, None, {"id": new_id(at), "name": name, "version": 1}))
        else:
            guards.append(Guarded(tally, row, {**row, "version": row["version"] + 1}))
    return guards


def message_insert(message: Mapping[str, Any]) -> Insert:
    """The message as a row of the plan."""
    return Insert(outbox, message)
