"""The same command for many complaints: each through the same door, each with its own result, none dragging another down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

from app.access.actor import Actor
from app.access.answers import Answer
from app.audit.events import By
from app.desk.desk import Desk
from app.desk.outcome import Reply, Result
from app.desk.transition import transition
from app.errors import AmendsError
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


async def transition_many(desk: Desk, actor: Actor, by: By, ids: Sequence[UUID], command: Command) -> list[Item]:
    """Take `command` on each of `ids` in the order given; guards and roles apply one by one."""
    items: list[Item] = []
    for complaint_id in ids:
        try:
            answer, _ = await transition(desk, actor, by, complaint_id, [command], Reply(_brief))
        except AmendsError as error:
            items.append(Item(complaint_id, None, error))
        else:
            items.append(Item(complaint_id, orjson.loads(answer.body or b"{}"), None))
    return items
