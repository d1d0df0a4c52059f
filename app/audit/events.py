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
    "leased": "A complaint was taken from the queue, or the lease on it prolonged.",
    "skipped": "A complaint from the queue was passed on, for a reason.",
    "released": "A complaint from the queue was given back.",
    "noted": "A note was added.",
    "contacted": "A contact with the customer was recorded.",
    "promised": "A promise was made to the customer.",
    "promise_reminded": "The owner of a promise was reminded that it falls due.",
    "promise_ended": "A promise was kept (occurred when it was), kept late, broken or withdrawn; by `system`: broken since due.",
    "promise_told": "The customer was told how a promise ended.",
    "promise_handed_over": "A promise went to the complaint's new owner.",
    "work_ordered": "A department was asked for work.",
    "work_order_moved": "A work order moved on.",
    "work_order_late": "A work order used up a share of its time, and those named were told.",
    "consult_asked": "The duty expert of a department was asked.",
    "consult_answered": "The duty expert answered.",
    "consult_turned": "Nobody answered a consult in time; it turned into a promise to call back.",
    "grant_asked": "A compensation above somebody's authority was asked for.",
    "granted": "A compensation was granted.",
    "grant_decided": "A compensation that was asked for was approved or refused.",
    "grant_expired": "Nobody decided in time on a compensation that was asked for.",
    "grant_withdrawn": "A compensation was taken back before it went to billing; by `system`: its complaint came to nothing.",
    "grant_reversed": "A compensation that had gone to billing was reversed.",
    "grant_billed": "Billing booked or rejected a compensation or its reversal.",
    "suggested": "The customer, a handler or a shop made a suggestion.",
    "suggestion_moved": "A suggestion was answered, or its answer told to whoever made it.",
    "cause_confirmed": "The cause of a complaint was confirmed.",
    "fed_back": "A cause was fed back to whoever can remove it.",
    "feedback_decided": "It was decided what becomes of a cause that was fed back.",
    "panel_made": "A panel of customers was made.",
    "panel_joined": "A customer became a member of a panel; `data` says when he agreed and how that is known.",
    "panel_left": "A member left a panel.",
    "panel_asked": "What was fed back, or a suggestion, was given to a panel for testing.",
    "panel_judged": "A member of a panel said whether what was tested fits.",
    "model_marked": "A closed complaint was marked as a good case, or the mark taken away.",
    "article_stored": "An answer or a briefing was drafted, published or withdrawn.",
    "article_read": "A version of an answer or briefing was read, said to be wrong, or its questions were answered.",
    "merged": "A complaint about the same thing was merged into this one.",
    "merge_undone": "A merge was undone: the complaint stands again where it stood.",
    "repeat_linked": "A complaint was linked to an earlier one about the same thing, or the link was taken back.",
    "appealed": "The customer appealed to a body outside the house.",
    "appeal_moved": "An appeal was accepted, replied to, mediated or ended.",
    "evidence_taken": "The whole record of a complaint was taken out as an evidence pack.",
    "bulk_begun": "Bulk work was begun: one command for many complaints, each with events of its own.",
    "bulk_stopped": "Somebody stopped bulk work.",
    "bulk_ended": "Bulk work came to its end, or to a stop.",
    "incident_opened": "An incident was opened.",
    "incident_changed": "An incident was changed, repaired or closed.",
    "incident_joined": "A complaint was joined to an incident.",
    "incident_left": "A complaint was taken out of an incident.",
    "incident_told": "The customer was told of a change of the incident.",
    "incident_checked": "The customer was asked whether the incident is over for him, or said so.",
    "migrated": "A complaint was moved to another version of its workflow.",
    "clock_warned": "A clock of a complaint came near its target; `data` says which, how near, and who was told.",
    "clock_breached": "A clock of a complaint passed its target; `data` says which, since when, and what was done.",
    "clocks_set": "The clocks of a complaint were armed anew: the policy, a calendar or the customer's segment changed.",
    "consent_set": "A customer gave, refused or withdrew a consent.",
    "customer_stored": "A customer was created or changed.",
    "caller_blocked": "A customer was recorded as a blocked caller.",
    "caller_unblocked": "A customer is no blocked caller any more.",
    "person_stored": "What a person is at work was created or changed: skills, deputy, capacity, shifts.",
    "team_stored": "A team was created or changed.",
    "presence_set": "A person came, went, or is busy.",
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
