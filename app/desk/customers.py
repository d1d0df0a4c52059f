"""Customers as the CRM sends them: what goes by a customer's segment in his complaints is set anew with it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.access.vault import Vault
from app.audit.events import By
from app.complaints.queries import running
from app.complaints.tables import complaint
from app.customers.store import Data, Stored, put_many
from app.desk.clocks import RETIME
from app.outbox.jobs import enqueue


async def store_customers(
    conn: AsyncConnection, vault: Vault, by: By, at: datetime, batch: Sequence[Data], expected: int | None = None
) -> list[Stored]:
    """Create or change customers, see `put_many`. Where a segment changes, the worker arms the clocks of the complaints anew.

    In the caller's transaction, and so is the job: there is none for what was not stored.
    """
    done = await put_many(conn, vault, by, at, batch, expected)
    moved = [one.row["id"] for one in done if "segment" in one.changed]
    if moved:
        own = complaint.c
        query = select(own.customer_id).where(own.customer_id.in_(moved), running()).distinct().order_by(own.customer_id)
        if with_complaints := [str(one) for one in (await conn.execute(query)).scalars()]:
            job = enqueue(RETIME, {"customers": with_complaints}, at, by.id)
            await conn.execute(job.table.insert().values(**job.row))
    return done
