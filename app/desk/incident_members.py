"""What an incident does to one complaint: it joins, leaves, is asked, says yes or no. Decisions for `change` and for bulk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.calendars.definition import Calendar
from app.commitments.incident_tables import incident
from app.db.engine import as_dict
from app.db.statement import Insert
from app.desk.amend import changed_columns
from app.desk.change import Changed, Decide
from app.desk.desk import Desk
from app.desk.sealing import Sealer
from app.desk.sending import message_row
from app.desk.situation import Situation
from app.errors import Invalid, NotFound, Reason, Refused
from app.texts import Lang, say
from app.workflow.definition import Definition

Row = Mapping[str, Any]


async def incident_of(desk: Desk, incident_id: UUID) -> Row:
    """The incident. NotFound."""
    async with desk.runtime.db.read() as conn:
        found = (await conn.execute(select(incident).where(incident.c.id == incident_id))).first()
    if found is None:
        raise NotFound(what="incident")
    return as_dict(found)


def agreed(row: Row, lang: Lang) -> dict[str, Any]:
    """What everybody tells the customers, and when it is expected to be over, as it stands now."""
    return {
        "title": row["title"][lang],
        "answer": row["answer"][lang],
        "status": row["status"],
        "repair_at": row["repair_at"],
    }


async def joining(desk: Desk, incident_id: UUID) -> Decide:
    """Joins a complaint to the incident. Raises Invalid when there is none such."""
    try:
        await incident_of(desk, incident_id)
    except NotFound as error:
        raise Invalid(Reason("incident_unknown", "incident")) from error

    async def decide(definition: Definition, situation: Situation, _sealer: Sealer) -> Changed:
        row = await incident_of(desk, incident_id)  # read after the complaint
        own = situation.complaint
        if row["status"] == "closed":
            raise Refused(Reason("incident_closed", "incident"), code="change_refused")
        if own["final"]:
            raise Refused(Reason("complaint_final", "state"), code="change_refused")
        if own["incident_id"] is not None:
            code = "already_so" if own["incident_id"] == incident_id else "incident_other"
            raise Refused(Reason(code, "incident"), code="change_refused")
        values = {"incident_id": incident_id, "incident": {"check": "not_yet", "told": row["version"]}}
        return changed_columns("incident_joined", definition, situation, values)

    return decide


def leaving() -> Decide:
    """Takes a complaint out of its incident."""

    async def decide(definition: Definition, situation: Situation, _sealer: Sealer) -> Changed:
        _member(situation)
        return changed_columns("incident_left", definition, situation, {"incident_id": None, "incident": None})

    return decide


def checking(desk: Desk, check: str, *, send: bool) -> Decide:
    """Records that the customer was asked whether it is over, or what he said; `send`: ask him by message.

    Raises Refused: in no incident, before the repair, so already, no message to send.
    """

    async def decide(definition: Definition, situation: Situation, _sealer: Sealer) -> Changed:
        own = situation.complaint
        row = await incident_of(desk, _member(situation))
        if row["status"] == "open" and check in ("asked", "confirmed"):
            raise Refused(Reason("incident_not_repaired", "check"), code="change_refused")
        if own["incident"]["check"] == check or (check == "asked" and own["incident"]["check"] == "confirmed"):
            raise Refused(Reason("already_so", "check"), code="change_refused")
        changed = changed_columns("incident_checked", definition, situation, {"incident": {**own["incident"], "check": check}})
        if not send or check != "asked":
            return changed
        sent = telling(definition, situation, row, "check", own["version"] + 1)
        if sent is None:
            raise Refused(Reason("message_missing", "send", {"message": "incident_check"}), code="change_refused")
        return replace(changed, inserts=[sent])

    return decide


def telling(definition: Definition, situation: Situation, row: Row, occasion: str, seq: int) -> Insert | None:
    """The message for `occasion`; None where the policy has no incidents, or the complaint's workflow no such message."""
    rules, message = situation.terms.policy.incidents, f"incident_{occasion}"
    if rules is None or message not in definition.messages:
        return None
    fill: dict[Lang, dict[str, str]] = {
        lang: {"incident": row["title"][lang], "repair_time": shown_time(situation.calendar, row["repair_at"], lang)}
        for lang in ("zh", "en")
    }
    return message_row(situation.complaint, situation.at, seq, rules.channel, message, fill)


def shown_time(calendar: Calendar, at: datetime | None, lang: Lang) -> str:
    """A time as the customer's clock shows it."""
    return say(lang, "incidents.not_known") if at is None else calendar.local(at).strftime("%Y-%m-%d %H:%M")


def _member(situation: Situation) -> UUID:
    found: UUID | None = situation.complaint["incident_id"]
    if found is None:
        raise Refused(Reason("incident_none", "incident"), code="change_refused")
    return found
