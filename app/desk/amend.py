"""Changing a complaint other than its state: severity, tags, motives … (who works on it: `assign`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from app.access.actor import Actor
from app.access.answers import Answer
from app.audit.events import By, Event
from app.desk.change import Changed, Decide, change
from app.desk.desk import Desk
from app.desk.outcome import Reply
from app.desk.sealing import Sealer, check_network, sealed_network
from app.desk.severity import suggested
from app.desk.situation import Situation
from app.errors import Invalid, Reason, Refused
from app.workflow.definition import Definition

MOTIVE_WINDOW = timedelta(minutes=30)
"""How long after the last contact the motive may still be set: the handler has no hand free during the call."""
MAX_TAGS = 20
LEADS = frozenset({"supervisor", "admin"})


def _lowered(situation: Situation, value: Any) -> Reason | None:
    if value < situation.complaint["severity"] and not situation.actor.roles & LEADS:
        return Reason("severity_lowered", "severity")
    return None


def _why_missing(situation: Situation, changes: Mapping[str, Any]) -> Reason | None:
    """Raising needs no reason: the higher level is the safer one. Who may not lower it is not asked for one either."""
    if situation.actor.roles & LEADS and changes.get("severity", 4) < situation.complaint["severity"] and not changes.get("reason"):
        return Reason("severity_reason", "reason")
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
    "network": _free,
}
"""What PATCH may change, each with the rule that may refuse it."""


async def amend(
    desk: Desk, actor: Actor, by: By, complaint_id: UUID, changes: Mapping[str, Any], reply: Reply, *, expected: int | None
) -> tuple[Answer, bool]:
    """Set `changes` (keys of CHANGEABLE, and `reason`). Raises Refused with a reason for each one that a rule forbids."""

    async def decide(definition: Definition, situation: Situation, sealer: Sealer) -> Changed:
        values = {name: value for name, value in changes.items() if name != "reason"}
        refused = [r for name, value in values.items() if (r := CHANGEABLE[name](situation, value)) is not None]
        if (missing := _why_missing(situation, changes)) is not None:
            refused.append(missing)
        if refused:
            raise Refused(*refused, code="change_refused")
        _known_tags(situation, changes)
        sought = values.get("remedy_sought")
        if sought and sought.get("text"):
            values["remedy_sought"] = {**sought, "text": sealer.seal(sought["text"], "remedy_sought.text").reference}
        if "network" in values:
            check_network(values["network"], situation.at)
            values["place"], values["network"] = sealed_network(sealer, values["network"])
        said = changes.get("reason")
        why: dict[str, Any] = {"reason": sealer.seal(said, "reason").reference} if said else {}
        suggests = suggested(situation.with_(values))
        if suggests is not None:
            why["severity_suggested"] = suggests
        changed = changed_columns("changed", definition, situation, values, why)
        return replace(changed, extra={"suggested": (suggests, situation.terms.policy.severity)})

    return await change(desk, actor, by, complaint_id, expected, reply, decide)


def _known_tags(situation: Situation, changes: Mapping[str, Any]) -> None:
    """Raise Invalid for tags that are new to the complaint and not in the library."""
    library = situation.terms.tags
    if "tags" in changes and library is not None:
        strange = library.refused(changes["tags"], before=situation.complaint["tags"])
        if strange:
            raise Invalid(*strange)


def tagging(add: Sequence[str], remove: Sequence[str]) -> Decide:
    """Adds and takes away tags. Raises Refused where they are so already or too many, Invalid for one not in the library."""

    async def decide(definition: Definition, situation: Situation, _sealer: Sealer) -> Changed:
        had = situation.complaint["tags"]
        tags = [tag for tag in dict.fromkeys([*had, *add]) if tag not in remove]
        if tags == had:
            raise Refused(Reason("already_so", "tags"), code="change_refused")
        _known_tags(situation, {"tags": tags})
        if len(tags) > MAX_TAGS:
            raise Refused(Reason("field_many", "tags", {"limit": MAX_TAGS}), code="change_refused")
        return changed_columns("changed", definition, situation, {"tags": tags})

    return decide


def changed_columns(
    kind: str, definition: Definition, situation: Situation, values: Mapping[str, Any], data: Mapping[str, Any] | None = None
) -> Changed:
    """Columns of the complaint set to `values`, with an event of `kind` that tells from what to what."""
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
