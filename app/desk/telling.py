"""What is told of promises, work orders and consults: events to the record, notices to people, as rows of one plan."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.access.tables import app_user
from app.audit.events import Event
from app.db.engine import Database, json_has
from app.db.statement import Insert
from app.desk.situation import Situation
from app.people.notices import notice_row
from app.texts import Words

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


def both(words: Words) -> dict[str, str]:
    """A text as the data of a notice hold it: read in the language of the reader."""
    return {"zh": words.zh, "en": words.en}


def to_person(situation: Situation, kind: str, user: UUID | None, data: Mapping[str, Any]) -> list[Insert]:
    """To one person, unless it is the one who acts; to the supervisors where nobody is named."""
    if user is None:
        return to_supervisors(situation, kind, data, None)
    if user == situation.by.id:
        return []
    return [_row(situation, kind, data, user=user)]


def to_supervisors(situation: Situation, kind: str, data: Mapping[str, Any], team: str | None) -> list[Insert]:
    """To the supervisors of a team (see `supervised`), or to all of them."""
    return [_row(situation, kind, data, role=SUPERVISOR, team=team)]


async def supervised(db: Database, team: str | None) -> str | None:
    """The team, if it has a supervisor; None where a notice to its supervisors would reach nobody."""
    if team is None:
        return None
    lead = app_user.c.active & (app_user.c.team == team) & json_has(db.dialect, app_user.c.roles, SUPERVISOR)
    async with db.read() as conn:
        return team if (await conn.execute(select(app_user.c.id).where(lead).limit(1))).first() is not None else None


def to_team(situation: Situation, kind: str, team: str | None, data: Mapping[str, Any]) -> list[Insert]:
    """To a team; to the supervisors where none is named."""
    return to_supervisors(situation, kind, data, None) if team is None else [_row(situation, kind, data, team=team)]


def of_order(
    situation: Situation, kind: str, tell: Iterable[str], order: Mapping[str, Any], data: Mapping[str, Any], lead: str | None
) -> list[Insert]:
    """To those whom a level of escalation names, each once; `lead` is the team whose supervisors are meant."""
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
                found += to_supervisors(situation, kind, data, lead)
            case _:
                found += to_team(situation, kind, DUTY, data)
    return list({tuple(insert.row[name] for name in ("user_id", "role", "team")): insert for insert in found}.values())


def _row(situation: Situation, kind: str, data: Mapping[str, Any], **to: Any) -> Insert:
    complaint, told_ = situation.complaint, dict(data)
    for name, value in data.items():
        if isinstance(value, datetime):  # told by the clock on the wall, with the moment beside it
            told_ |= {name: f"{situation.calendar.local(value):%Y-%m-%d %H:%M}", f"{name}_at": value.isoformat()}
    return notice_row(situation.at, kind, complaint_id=complaint["id"], data={"number": complaint["number"], **told_}, **to)
