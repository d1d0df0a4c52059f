"""What every background job is handed: the desk, a gentle database, a carrier, and the wish to stop."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from app.clock import Clock
from app.db.background import Gentle
from app.db.ids import new_id
from app.desk.desk import Desk
from app.outbox.carriers import Carrier, carrier


@dataclass(frozen=True, slots=True)
class Worker:
    """One worker process. `clock` is that of its leases: the desk's, or one that stands still for a single round."""

    id: UUID
    desk: Desk
    db: Gentle
    clock: Clock
    carrier: Carrier
    stop: asyncio.Event
    host: str
    pid: int
    started_at: datetime

    @property
    def holder(self) -> str:
        """The name under which it holds leases."""
        return str(self.id)

    @property
    def lease(self) -> timedelta:
        """How long a row is held."""
        return timedelta(seconds=self.desk.runtime.settings.lease_seconds)

    def now(self) -> datetime:
        """The present instant, UTC."""
        return self.clock.now()


@asynccontextmanager
async def hired(desk: Desk, clock: Clock, stop: asyncio.Event) -> AsyncIterator[Worker]:
    """A worker with its carrier open. Raises OutboxSecretInvalid before it begins anything."""
    now = clock.now()
    async with carrier(desk.runtime.settings) as way_out:
        yield Worker(new_id(now), desk, Gentle(desk.runtime.db), clock, way_out, stop, socket.gethostname()[:200], os.getpid(), now)
