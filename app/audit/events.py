"""An event as a row: who did what, when, from where to where, on which grounds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from app.audit.tables import event, event_pending
from app.db.ids import ordered_id
from app.db.statement import Insert

TYPES: Mapping[str, str] = {
    "opened": "A complaint was taken in.",
    "transitioned": "A complaint took a step of its workflow.",
    "refused": "A step was refused by a guard or for the role. Equal ones of a minute come as one after it; `data.count` of them.",
    "changed": "Columns of a complaint other than its state were changed.",
    "assigned": "The owner, assignee or team of a complaint changed.",
    "noted": "A note was added.",
    "contacted": "A contact with the customer was recorded.",
    "promised": "A promise was made to the customer.",
    "promise_ended": "A promise was kept, broken or withdrawn.",
    "work_ordered": "A department was asked for work.",
    "work_order_moved": "A work order moved on.",
    "suggested": "The customer, a handler or a shop made a suggestion.",
    "suggestion_moved": "A suggestion was answered, or its answer told to whoever made it.",
    "cause_confirmed": "The cause of a complaint was confirmed.",
    "fed_back": "A cause was fed back to whoever can remove it.",
    "feedback_decided": "It was decided what becomes of a cause that was fed back.",
    "model_marked": "A closed complaint was marked as a good case, or the mark taken away.",
    "article_stored": "An answer or a briefing was drafted, published or withdrawn.",
    "article_read": "A version of an answer or briefing was read, said to be wrong, or its questions were answered.",
    "merged": "A complaint about the same thing was merged into this one.",
    "migrated": "A complaint was moved to another version of its workflow.",
    "consent_set": "A customer gave, refused or withdrew a consent.",
    "customer_stored": "A customer was created or changed.",
    "definition_published": "A definition was published as its next version.",
    "imported": "An import of a file ended.",
    "exported": "Rows were exported.",
    "user_stored": "A user was created or changed.",
    "token_made": "A token was made.",
    "token_revoked": "A token was revoked.",
    "replayed": "A dead message was put back into the queue.",
}
"""Every type of event that may be written, with what it says."""


@dataclass(frozen=True, slots=True)
class By:
    """Who acts: the id and name of a user (or `system`), the role acted in, on whose behalf, in which request."""

    id: UUID | None
    name: str
    role: str
    on_behalf_of: str | None = None
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """One event before it is stored. Personal values stand in `data` and `patch` by reference only."""

    type: str
    at: datetime
    by: By
    complaint_id: UUID | None = None
    customer_id: UUID | None = None
    seq: int | None = None
    occurred_at: datetime | None = None
    transition: str | None = None
    from_state: str | None = None
    to_state: str | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
    guards: Sequence[Mapping[str, Any]] = ()
    patch: Mapping[str, Any] = field(default_factory=dict)
    workflow: str | None = None
    workflow_version: int | None = None

    def rows(self, version: int = 0) -> tuple[Insert, Insert]:
        """The event and its place in the sealer's queue. ValueError for a type that is not in TYPES.

        `version` is that of the complaint for an event without a seq of its own: by it the history is ordered.
        """
        if self.type not in TYPES:
            raise ValueError(f"unknown event type {self.type}")
        key = ordered_id(self.at, version if self.seq is None else self.seq)
        row = {
            "id": key,
            "complaint_id": self.complaint_id,
            "customer_id": self.customer_id,
            "seq": self.seq,
            "type": self.type,
            "at": self.at,
            "occurred_at": self.occurred_at or self.at,
            "actor_id": self.by.id,
            "actor": self.by.name,
            "on_behalf_of": self.by.on_behalf_of,
            "role": self.by.role,
            "transition": self.transition,
            "from_state": self.from_state,
            "to_state": self.to_state,
            "data": self.data,
            "guards": list(self.guards),
            "patch": self.patch,
            "workflow": self.workflow,
            "workflow_version": self.workflow_version,
            "request_id": self.by.request_id,
        }
        return Insert(event, row), Insert(event_pending, {"event_id": key})
