"""Changing a complaint other than its state: severity, tags, motives …, who works on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from app.access.actor import Actor
from app.access.answers import Answer
from app.access.users import find_by_id
from app.audit.events import By, Event
from app.desk.change import Changed, change
from app.desk.desk import Desk
from app.desk.outcome import Reply
from app.desk.sealing import Sealer
from app.desk.situation import Situation
from app.errors import Invalid, Reason, Refused
from app.workflow.definition import Definition

MOTIVE_WINDOW = timedelta(minutes=30)
"""How long after the last contact the motive may still be set: the handler has no hand free during the call."""
LEADS = frozenset({"supervisor", "admin"})


def _lowered(situation: Situation, value: Any) -> Reason | None:
    if value < situation.complaint["severity"] and not situation.actor.roles & LEADS:
        return Reason("severity_lowered", "severity")
    return None


def _cleared(situation: Situation, value: Any) -> Reason | None:
    if situation.complaint["sensitive"] and not value and not situation.actor.roles & LEADS:
        return Reason("sensitive_cleared", "sensitive")
    return None


def _late(situation: Situation, _value: Any) -> Reason | None:
    last = situation.complaint["last_contact_at"]
    if last is not None and situation.at - last > MOTIVE_WINDOW and not situation.actor.roles & LEADS:
        return Reason("motives_too_late", "motives", {"minutes": int(MOTIVE_WINDOW.total_seconds() // 60)})
    return None


def _free(_situation: Situation, _value: Any) -> Reason | None:
    return None


CHANGEABLE: Mapping[str, Callable[[Situation, Any], Reason | None]] = {
    "severity": _lowered,
    "sensitive": _cleared,
    "motives": _late,
    "tags": _free,
    "emotion": _free,
    "remedy_sought": _free,
}
"""What PATCH may change, each with the rule that may refuse it."""


async def amend(
    desk: Desk, actor: Actor, by: By, complaint_id: UUID, changes: Mapping[str, Any], reply: Reply, *, expected: int | None
) -> tuple[Answer, bool]:
    """Set `changes` (keys of CHANGEABLE). Raises Refused with a reason for each one that a rule forbids."""

    async def decide(definition: Definition, situation: Situation, sealer: Sealer) -> Changed:
        refused = [r for name, value in changes.items() if (r := CHANGEABLE[name](situation, value)) is not None]
        if refused:
            raise Refused(*refused, code="change_refused")
        _known_tags(situation, changes)
        values = dict(changes)
        sought = values.get("remedy_sought")
        if sought and sought.get("text"):
            values["remedy_sought"] = {**sought, "text": sealer.seal(sought["text"], "remedy_sought.text").reference}
        return _changed("changed", definition, situation, values)

    return await change(desk, actor, by, complaint_id, expected, reply, decide)


def _known_tags(situation: Situation, changes: Mapping[str, Any]) -> None:
    """Raise Invalid for tags that are new to the complaint and not in the library."""
    library = situation.terms.tags
    if "tags" in changes and library is not None:
        strange = library.refused(changes["tags"], before=situation.complaint["tags"])
        if strange:
            raise Invalid(*strange)


@dataclass(frozen=True, slots=True)
class Assignment:
    """Who is to work on it now (`assignee`), who answers for it to the end (`owner`), in which team; absent = as it is."""

    values: Mapping[str, Any]
    reason: str | None = None


async def assign(
    desk: Desk, actor: Actor, by: By, complaint_id: UUID, assignment: Assignment, reply: Reply, *, expected: int | None
) -> tuple[Answer, bool]:
    """Set owner, assignee or team. Raises Invalid for a user who is not there or not active."""
    async with desk.runtime.db.read() as conn:
        for name in ("owner_id", "assignee_id"):
            user_id = assignment.values.get(name)
            if user_id is not None:
                user = await find_by_id(conn, user_id)
                if user is None or not user.active:
                    raise Invalid(Reason("user_unknown", name.removesuffix("_id"), {"name": user_id}))

    async def decide(definition: Definition, situation: Situation, sealer: Sealer) -> Changed:
        reason = {"reason": sealer.seal(assignment.reason, "reason").reference} if assignment.reason else {}
        return _changed("assigned", definition, situation, dict(assignment.values), reason)

    return await change(desk, actor, by, complaint_id, expected, reply, decide)


def _changed(
    kind: str, definition: Definition, situation: Situation, values: Mapping[str, Any], data: Mapping[str, Any] | None = None
) -> Changed:
    seq = situation.complaint["version"] + 1
    patch = {**values, "version": seq, "last_at": situation.at}
    event = Event(
        kind,
        situation.at,
        situation.by,
        situation.complaint["id"],
        situation.complaint["customer_id"],
        seq=seq,
        data={"from": {k: situation.complaint[k] for k in values}, "to": dict(values), **(data or {})},
        patch=patch,
        workflow=definition.name,
        workflow_version=definition.version,
    )
    return Changed(situation.with_(patch), events=[event])
