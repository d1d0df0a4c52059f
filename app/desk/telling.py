"""What is told of promises, work orders and consults: events to the record, notices to people, as rows of one plan."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from app.audit.events import Event
from app.db.statement import Insert
from app.desk.situation import Situation
from app.people.notices import notice_row

DUTY = "duty"
SUPERVISOR = "supervisor"


def told(
    kind: str,
    situation: Situation,
    data: Mapping[str, Any],
    *,
    seq: int | None = None,
    patch: Mapping[str, Any] | None = None,
    occurred_at: datetime | None = None,
) -> Event:
    """An event of the complaint, by whoever acts now."""
    complaint = situation.complaint
    return Event(
        kind,
        situation.at,
        situation.by,
        complaint["id"],
        complaint["customer_id"],
        seq,
        occurred_at,
        data=data,
        patch=patch or {},
        workflow=complaint["workflow"],
        workflow_version=complaint["workflow_version"],
    )


def to_person(situation: Situation, kind: str, user: UUID | None, data: Mapping[str, Any]) -> list[Insert]:
    """To one person, unless it is the one who acts; to the supervisors where nobody is named."""
    if user is None:
        return to_supervisors(situation, kind, data)
    if user == situation.by.id:
        return []
    return [_row(situation, kind, data, user=user)]


def to_supervisors(situation: Situation, kind: str, data: Mapping[str, Any]) -> list[Insert]:
    """To the supervisors of the complaint's team; to all of them where it has none."""
    return [_row(situation, kind, data, role=SUPERVISOR, team=situation.complaint["team"])]


def to_team(situation: Situation, kind: str, team: str | None, data: Mapping[str, Any]) -> list[Insert]:
    """To a team; to the supervisors where none is named."""
    return to_supervisors(situation, kind, data) if team is None else [_row(situation, kind, data, team=team)]


def of_order(
    situation: Situation, kind: str, tell: Iterable[str], order: Mapping[str, Any], data: Mapping[str, Any]
) -> list[Insert]:
    """To those whom a level of escalation names, each once."""
    found: list[Insert] = []
    for one in tell:
        match one:
            case "assignee" if order["assignee_id"] is not None:
                found += to_person(situation, kind, order["assignee_id"], data)
            case "assignee" | "team":
                found += to_team(situation, kind, order["team"], data)
            case "owner":
                found += to_person(situation, kind, situation.complaint["owner_id"], data)
            case "supervisor":
                found += to_supervisors(situation, kind, data)
            case _:
                found += to_team(situation, kind, DUTY, data)
    return list({tuple(insert.row[name] for name in ("user_id", "role", "team")): insert for insert in found}.values())


def _row(situation: Situation, kind: str, data: Mapping[str, Any], **to: Any) -> Insert:
    complaint = situation.complaint
    plain = {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in data.items()}
    return notice_row(situation.at, kind, complaint_id=complaint["id"], data={"number": complaint["number"], **plain}, **to)
