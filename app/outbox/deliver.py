"""Carrying messages out: at least once each, under one id, in the order of their complaint."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

import structlog

from app.clock import Clock
from app.db.engine import Database, passing
from app.outbox.backoff import MESSAGES
from app.outbox.carriers import Carrier, Delivery
from app.outbox.messages import failed, give_back, lease_messages, sent

log = structlog.get_logger()
ABREAST = 16
"""Messages under way at once; each ends within its time limit, so a batch ends before its lease."""


class Undeliverable(Exception):
    """No try will ever succeed: `args[0]` is a code, such as `customer_erased`."""


class Render(Protocol):
    """Makes what is sent of a row, at the time of sending: names and words are read then, and stored nowhere."""

    async def __call__(self, row: Mapping[str, Any], personal: bool) -> bytes:
        """The body; `personal` admits what names the customer. Raises Undeliverable."""


@dataclass(frozen=True, slots=True)
class Posting:
    """What delivery works with."""

    database: Database
    clock: Clock
    carrier: Carrier
    render: Render
    attempts: int
    lease: timedelta
    stop: asyncio.Event


async def deliver(posting: Posting) -> int:
    """Send all that is due, batch by batch, until nothing is or `stop` is set; how many arrived."""
    arrived = 0
    while not posting.stop.is_set():
        now = posting.clock.now()
        until = now + posting.lease
        rows = await lease_messages(posting.database, now, until, ABREAST)
        if not rows:
            break
        done = await asyncio.gather(*(_one(posting, row) for row in rows), return_exceptions=True)
        lost = [error for error in done if isinstance(error, BaseException)]
        if lost:  # the database is away: those rows come back when their lease ends
            raise lost[0]
        arrived += sum(1 for one in done if one is True)
    return arrived


async def _one(posting: Posting, row: Mapping[str, Any]) -> bool:
    """Render, send and record one message; whether it arrived."""
    if posting.stop.is_set():
        await give_back(posting.database, [row["id"]], row["leased_until"])
        return False
    try:
        body = await posting.render(row, posting.carrier.personal)
    except Undeliverable as error:
        delivery = Delivery(str(error.args[0]), final=True)
    except Exception as error:
        if passing(error):  # the database is away: no try of the message; it comes back when its lease ends
            raise
        log.exception("message_not_rendered", message=str(row["id"]))
        delivery = Delivery(type(error).__name__)
    else:
        delivery = await posting.carrier.send(str(row["id"]), body, posting.clock.now())
    if delivery.error is None:
        await sent(posting.database, row, posting.clock.now())
        return True
    tries = row["attempts"] + 1
    if delivery.final or tries >= posting.attempts:
        await failed(posting.database, row, delivery.error, None)
        return False
    wait = max(MESSAGES.wait(tries, row["id"]), delivery.wait or timedelta(0))
    await failed(posting.database, row, delivery.error, posting.clock.now() + wait)
    return False
