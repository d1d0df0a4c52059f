"""After an incident changed: each customer who is joined is told, once for each change, through the door."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.access.actor import SYSTEM
from app.access.answers import Answer
from app.audit.events import Event
from app.complaints.tables import complaint
from app.db.background import Gentle
from app.desk.bulk_work import Keep
from app.desk.change import Changed, change
from app.desk.desk import BY_SYSTEM, Desk
from app.desk.incident_members import incident_of, telling
from app.desk.outcome import Reply, Result
from app.desk.sealing import Sealer
from app.desk.situation import Situation
from app.errors import Refused
from app.workflow.definition import Definition

KIND = "incident_told"
"""Of its jobs."""
PAGE = 50


async def work(desk: Desk, args: Mapping[str, Any], progress: Mapping[str, Any], keep: Keep) -> Mapping[str, Any]:
    """Tell all who were joined of version `version` of the incident; who was told of it, or of a later one, is left alone."""
    incident_id, version, occasion = UUID(args["incident"]), int(args["version"]), str(args["occasion"])
    after = UUID(progress["after"]) if progress else UUID(int=0)
    told, gentle = int(progress.get("told", 0)), Gentle(desk.runtime.db)
    own = complaint.c
    while True:
        mine = (own.incident_id == incident_id) & own.final.is_(False) & (own.id > after)
        async with desk.runtime.db.read() as conn:
            ids = list((await conn.execute(select(own.id).where(mine).order_by(own.id).limit(PAGE))).scalars())
        if not ids:
            return {"told": told}
        for complaint_id in ids:
            try:
                async with gentle.turn():
                    await change(desk, SYSTEM, BY_SYSTEM, complaint_id, None, _SILENT, _told(desk, incident_id, version, occasion))
            except Refused:
                continue  # it left, ended or was told meanwhile
            told += 1
        after = ids[-1]
        await keep({"after": str(after), "told": told})


def _told(desk: Desk, incident_id: UUID, version: int, occasion: str) -> Any:
    async def decide(definition: Definition, situation: Situation, _sealer: Sealer) -> Changed:
        own = situation.complaint
        if own["incident_id"] != incident_id or own["final"] or own["incident"]["told"] >= version:
            raise Refused(code="change_refused")
        row = await incident_of(desk, incident_id)
        seq = own["version"] + 1
        sent = telling(definition, situation, row, occasion, seq)
        # The latest version is what he is told now, and so is it marked: nothing older follows.
        patch = {"incident": {**own["incident"], "told": row["version"]}, "version": seq, "last_at": situation.at}
        event = Event(
            "incident_told",
            situation.at,
            situation.by,
            own["id"],
            own["customer_id"],
            seq=seq,
            data={"incident": incident_id, "occasion": occasion, "repair_at": row["repair_at"], "message": sent is not None},
            patch=patch,
            workflow=definition.name,
            workflow_version=definition.version,
        )
        return Changed(situation.with_(patch), [sent] if sent else [], events=[event])

    return decide


def _silent(_result: Result) -> Answer:
    return Answer(204, {}, None)


_SILENT = Reply(_silent)
