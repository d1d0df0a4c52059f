"""Effects of a step that is a contact with the customer: its row, its event, how he felt at both ends."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from app.audit.events import Event
from app.contacts.tables import contact as contact_table
from app.db.ids import new_id
from app.db.statement import Insert
from app.desk.doing import Change, Doing

TOLD_OF_CONTACT = ("direction", "channel", "outcome", "verification", "relation", "emotion_start", "emotion_end")
"""What the event of a contact tells of it."""


def attempt(doing: Doing, _params: Mapping[str, Any]) -> Change:
    """A call, whether or not it reached the customer."""
    at = doing.situation.at
    outcome = doing.data["outcome"]
    patch: dict[str, Any] = {"attempts": [*doing.situation.complaint["attempts"], {"at": at.isoformat(), "outcome": outcome}]}
    if outcome == "answered":  # the call that was agreed has been made
        patch |= {"last_contact_at": at, "callback_from": None, "callback_until": None}
    return _contacted(doing, patch, "out", outcome)


def contact(doing: Doing, _params: Mapping[str, Any]) -> Change:
    """The customer was spoken with: in the call just made, or because he came."""
    complaint = doing.situation.complaint
    last = complaint["attempts"][-1] if complaint["attempts"] else None
    calling = last is not None and last["outcome"] == "answered" and _same_moment(last["at"], complaint["last_contact_at"])
    return _contacted(doing, {"last_contact_at": doing.situation.at}, "out" if calling else "in", "answered")


def _same_moment(text: str, at: datetime | None) -> bool:
    """Whether nobody spoke with the customer since the call at `text`: then it still is that call."""
    return datetime.fromisoformat(text) == at


def _contacted(doing: Doing, patch: Mapping[str, Any], direction: str, outcome: str) -> Change:
    """A contact's row and event; the customer comes into it as he was last known to feel."""
    s = doing.situation
    start = doing.data.get("emotion_start", doing.data.get("emotion"))
    if start is None and outcome == "answered":
        start = s.complaint["emotion"]
    row = {
        "id": new_id(s.at),
        "complaint_id": s.complaint["id"],
        "customer_id": s.complaint["customer_id"],
        "direction": direction,
        "channel": doing.data.get("channel") or ("phone" if direction == "out" else s.complaint["channel"]),
        "outcome": outcome,
        "verification": s.complaint["verification"],
        "relation": "unknown",
        "emotion_start": start,
        "emotion_end": doing.data.get("emotion_end"),
        "note": None,
        "by_id": s.by.id,
        "by": s.by.name,
        "at": s.at,
        "ended_at": s.at,
    }
    data = {"contact": row["id"], **{name: row[name] for name in TOLD_OF_CONTACT}}
    told = Event("contacted", s.at, s.by, s.complaint["id"], s.complaint["customer_id"], data=data)
    return Change(patch, (Insert(contact_table, row),), (told,))


def emotion(doing: Doing, _params: Mapping[str, Any]) -> Change:
    """Whoever knows how the customer feels now is in touch with him now."""
    value = doing.data.get("emotion_end", doing.data.get("emotion"))
    return Change({} if value is None else {"emotion": int(value), "last_contact_at": doing.situation.at})
