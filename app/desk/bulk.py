"""The same command for many complaints: each through the same door, each with its own result, none dragging another down."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from app.access.actor import Actor
from app.access.answers import Answer, Request, read_answer
from app.access.vault import DataKey
from app.audit.events import By
from app.db.engine import passing
from app.desk.desk import Desk
from app.desk.once import once
from app.desk.outcome import Reply, Result
from app.desk.transition import transition
from app.errors import AmendsError, Busy, KeyReused
from app.workflow.machine import Command

MAX_BULK = 500


@dataclass(frozen=True, slots=True)
class Item:
    """What became of one complaint: its state and version after, or why it stayed as it was."""

    id: UUID
    done: Mapping[str, Any] | None
    error: AmendsError | None


def _brief(result: Result) -> Answer:
    brief = {"state": result.complaint["state"], "version": result.complaint["version"]}
    return Answer(200, {}, orjson.dumps(brief))


async def transition_many(
    desk: Desk, actor: Actor, by: By, ids: Sequence[UUID], command: Command, request: Request | None = None
) -> list[Item]:
    """Take `command` on each of `ids` in the order given; guards and roles apply one by one.

    Under an Idempotency-Key each complaint has a key of its own, made of it, stored with its step: a bulk that was broken
    off goes on where it stood, and takes no step twice. Where the database goes away or has no room left, the rest is
    answered as busy, so that the caller hears of what was done before.
    """
    items: list[Item] = []
    for number, complaint_id in enumerate(ids):
        try:
            answer, _ = await transition(desk, actor, by, complaint_id, [command], Reply(_brief, _own(request, complaint_id)))
        except KeyReused:
            raise
        except (Busy, SQLAlchemyError, OSError) as error:
            if not isinstance(error, Busy) and not passing(error):
                raise
            return [*items, *(Item(left, None, Busy()) for left in ids[number:])]
        except AmendsError as error:
            items.append(Item(complaint_id, None, error))
        else:
            items.append(Item(complaint_id, orjson.loads(answer.body or b"{}"), None))
    return items


def _own(request: Request | None, complaint_id: UUID) -> Request | None:
    if request is None:
        return None
    return Request(hashlib.sha256(request.key_hash + complaint_id.bytes).digest(), request.body_hash)


async def answered_once(
    desk: Desk, actor: Actor, by: By, ids: Sequence[UUID], command: Command, reply: Callable[[list[Item]], Answer], request: Request
) -> tuple[Answer, bool]:
    """`transition_many` under an Idempotency-Key: (the answer, whether it repeats, byte for byte, one given before).

    An answer that tells of busy ones is not kept: the same key goes on with those.
    """
    async with desk.runtime.db.read() as conn:
        stored = await read_answer(conn, desk.vault, request)
    if stored is not None:
        return stored, True
    items = await transition_many(desk, actor, by, ids, command, request)
    answer = reply(items)
    if any(isinstance(item.error, Busy) for item in items):
        return answer, False

    async def keep(_conn: AsyncConnection) -> tuple[Answer, DataKey | None]:
        return answer, None

    return await once(desk, request, keep)
