"""What a promise stands on and what becomes of it: pure, from the situation to rows and counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from app.commitments.promise_kinds import Word, promise_kind
from app.commitments.promising import LEADS, Ground, bilingual, free_kind, objections
from app.commitments.rows import promise_row
from app.desk.situation import Situation
from app.desk.telling import both
from app.errors import Invalid, Reason, Refused


def ground_of(situation: Situation, kind: str, word: Word | None = None, where: str = "kind") -> Ground:
    """What a promise of `kind` stands on by the policy of the moment. Raises Invalid for a kind that it does not have."""
    policy, calendars = situation.terms.policy, situation.terms.calendars
    own = free_kind(kind) if policy.promises is None else promise_kind(policy.promises, kind, where)
    if word is not None:
        own = replace(own, word=word)
    department = (policy.departments or {}).get(own.department) if own.department is not None else None
    name = department.calendar if department is not None else own.calendar
    return Ground(own, calendars.get(name, situation.calendar), department)


def admitted(situation: Situation, ground: Ground, due: datetime, where: str = "due_at") -> list[str]:
    """The reasons against it that a supervisor's word outweighs. Raises Invalid for the past, Refused for anybody else."""
    if due <= situation.at:
        raise Invalid(Reason("in_the_past", where))
    roles = situation.actor.roles
    if ground.kind.roles and roles.isdisjoint(ground.kind.roles):
        params = {"title": ground.kind.title, "roles": ", ".join(sorted(ground.kind.roles))}
        raise Refused(bilingual("promise_role", "kind", params), code="change_refused")
    against = objections(ground, due, situation.at)
    if against and roles.isdisjoint(LEADS):
        raise Refused(*against, code="change_refused")
    return [reason.code for reason in against]


def made(
    situation: Situation, ground: Ground, due: datetime, owner: UUID | None, words: Any = None, waived: list[str] | None = None
) -> dict[str, Any]:
    """The row of a promise made now. Raises Invalid where nobody answers for it."""
    owner = owner or situation.complaint["owner_id"]
    if owner is None:
        raise Invalid(Reason("promise_owner_missing", "owner"))
    return promise_row(
        situation.complaint, situation.by, situation.at, ground.kind, due, ground.calendar, owner=owner, text=words, waived=waived
    )


def of_promise(row: Mapping[str, Any]) -> dict[str, Any]:
    """What the event of a promise tells."""
    waived = {"waived": row["waived"]} if row["waived"] else {}
    return {"promise": row["id"], **{name: row[name] for name in ("kind", "word", "due_at", "owner_id")}, **waived}


def promise_data(situation: Situation, row: Mapping[str, Any]) -> dict[str, Any]:
    """What a notice about a promise tells."""
    kind = (situation.terms.policy.promises or {}).get(row["kind"])
    title = row["kind"] if kind is None else both(kind.title)
    return {"promise": str(row["id"]), "kind": row["kind"], "kind_title": title, "due": row["due_at"]}


def kept_when(row: Mapping[str, Any], status: str, kept_at: datetime | None, at: datetime) -> datetime:
    """When the promise ended: kept as of `kept_at`, or now. Raises Invalid for a time to come or before it was made."""
    if kept_at is None:
        return at
    if status != "kept":
        raise Invalid(Reason("only_for_kept", "kept_at"))
    if kept_at > at:
        raise Invalid(Reason("in_the_future", "kept_at"))
    if kept_at < row["made_at"]:
        raise Invalid(Reason("before_it_was_made", "kept_at"))
    return kept_at


def ended_row(row: Mapping[str, Any], status: str, at: datetime, evidence: Any = None) -> dict[str, Any]:
    """The row at its end, `at`: when it was kept counts, whenever that was recorded, and whatever was recorded before."""
    late = status == "kept" and at > row["due_at"]
    broken_at = None if status == "kept" and not late else row["broken_at"]
    if broken_at is None and (status == "broken" or late):
        broken_at = min(at, row["due_at"])
    quiet = {"next_at": None, "leased_until": None}
    return {
        **row,
        **quiet,
        "status": "kept_late" if late else status,
        "ended_at": at,
        "broken_at": broken_at,
        "evidence": evidence or row["evidence"],
    }


def counted(situation: Situation, before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, int]:
    """The complaint's counts: open ones, and those that were broken, kept late or not."""
    complaint = situation.complaint
    return {
        "open_promises": complaint["open_promises"] - (before["status"] == "open"),
        "broken_promises": complaint["broken_promises"] + (after["broken_at"] is not None) - (before["broken_at"] is not None),
    }
