"""The evidence pack: the whole record of a complaint as files, with the hash of each; that it was taken is an event."""

from __future__ import annotations

import asyncio
import hashlib
import io
import zipfile
from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from sqlalchemy import LargeBinary, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.access.actor import Actor
from app.access.sealed import open_texts, references, resolve
from app.audit.events import By, Event
from app.audit.record import record
from app.audit.tables import event
from app.catalogue.definitions import version_of
from app.commitments.incident_tables import incident
from app.complaints.tables import complaint as complaint_table
from app.customers.profile import open_profile
from app.db.engine import as_dict
from app.db.json import dumps
from app.db.metadata import metadata
from app.desk.asking import one
from app.desk.desk import WORKFLOW, Desk
from app.desk.evidence_page import page
from app.desk.view import complaint_view, event_view
from app.errors import Forbidden
from app.texts import say

LEFT_OUT: Final = frozenset({"event", "search_text", "text", "bulk_item"})
"""Tables with rows of complaints that are told in another way, or are no part of the record."""
OPENING: Final = frozenset({"supervisor"})
"""Who may have the customer's name and number in it."""
Row = Mapping[str, Any]


async def evidence(desk: Desk, actor: Actor, by: By, complaint_id: UUID, *, personal: bool) -> tuple[str, bytes]:
    """(number, the zip): all rows of the complaint, as JSON and as a page to read, and the text of its workflow's version.

    The words of the record are opened; the customer is masked, but with `personal`. Raises NotFound, Forbidden.
    """
    if personal and actor.roles.isdisjoint(OPENING):
        raise Forbidden(roles=", ".join(sorted(actor.roles)), allowed=", ".join(sorted(OPENING)))
    found = await one(desk, complaint_id)
    own, at = found.complaint, desk.runtime.clock.now()
    shown = complaint_view(own, found.customer, found.key, found.texts, "zh", found.terms, found.at)
    if personal:
        profile = open_profile(found.key, found.customer)
        shown["customer"] |= {"name": profile.name, "phone": profile.phone, "external_id": profile.external_id}
    async with desk.runtime.db.read() as conn:
        rows = await _rows(desk, conn, own)
        workflow = await version_of(conn, WORKFLOW, own["workflow"], own["workflow_version"])
    taken = {"at": at, "by": actor.name, "personal": personal, "amounts": "fen"}
    whole = {"taken": taken, "complaint": shown, **rows}
    definition = await desk.workflow(own["workflow"], own["workflow_version"])
    calendar = (await desk.terms()).service
    files = {
        "record.json": dumps(whole).encode(),
        "record.html": page(whole, definition, calendar).encode(),
        f"workflow/{own['workflow']}-v{own['workflow_version']}.yaml": (workflow.text if workflow is not None else "").encode(),
    }
    packed, digest = await asyncio.to_thread(_zip, files)
    told = {"personal": personal, "sha256": digest}
    async with desk.runtime.db.write() as conn:  # before the first byte leaves: who breaks the download off is on record too
        await record(conn, Event("evidence_taken", at, by, complaint_id, own["customer_id"], data=told))
    return own["number"], packed


async def _rows(desk: Desk, conn: AsyncConnection, own: Row) -> dict[str, Any]:
    """The history, every row of other tables that belongs to the complaint, and what it is linked with."""
    query = select(event).where(event.c.complaint_id == own["id"]).order_by(event.c.id)
    events = [as_dict(row) for row in await conn.execute(query)]
    found: dict[str, list[dict[str, Any]]] = {}
    for table in metadata.sorted_tables:
        if "complaint_id" not in table.c or table.name in LEFT_OUT:
            continue
        columns = [c for c in table.columns if not isinstance(c.type, LargeBinary)]
        mine = select(*columns).where(table.c.complaint_id == own["id"]).order_by(*table.primary_key.columns)
        found[str(table.name)] = [as_dict(row) for row in await conn.execute(mine)]
    texts = await open_texts(conn, desk.vault, references([[e["data"] for e in events], found]))
    erased = say("zh", "access.erased")
    cell = complaint_table.c
    linked = select(cell.id, cell.number, cell.merged_into, cell.repeat_of, cell.state).where(
        (cell.merged_into == own["id"]) | (cell.repeat_of == own["id"])
    )
    of_customer = linked.where(cell.customer_id == own["customer_id"])
    others = [dict(row) for row in (await conn.execute(of_customer)).mappings()]
    joined = None
    if own["incident_id"] is not None:
        row = (await conn.execute(select(incident).where(incident.c.id == own["incident_id"]))).first()
        joined = as_dict(row) if row is not None else None
    return {
        "events": [{**event_view(e, texts, "zh"), "patch": e["patch"]} for e in events],
        "incident": joined,
        "linked": others,
        **{name: resolve(rows, texts, erased) for name, rows in found.items()},
    }


def _zip(files: Mapping[str, bytes]) -> tuple[bytes, str]:
    """The zip with its manifest, and the manifest's own hash, by which the whole can be checked later."""
    lines = "".join(f"{hashlib.sha256(body).hexdigest()}  {name}\n" for name, body in files.items()).encode()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, body in {**files, "SHA256SUMS": lines}.items():
            packed.writestr(name, body)
    return buffer.getvalue(), hashlib.sha256(lines).hexdigest()
