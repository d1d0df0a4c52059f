"""Changes that are about no complaint, done once: a repeat under its Idempotency-Key gets the answer stored with the write."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from app.access.answers import Answer, Request, answer_row, read_answer
from app.access.tables import stored_answer
from app.access.vault import DataKey
from app.db.engine import passing, persistently, violated
from app.desk.desk import Desk
from app.errors import Busy, Conflict, StaleVersion

TRIES = 4
Work = Callable[[AsyncConnection], Awaitable[tuple[Answer, DataKey | None]]]
"""Does the change in the transaction given, and answers; the key is that of the customer whom the answer is about."""


async def once(desk: Desk, request: Request | None, work: Work, *, fixed: bool = False) -> tuple[Answer, bool]:
    """Carry out `work` in one transaction together with its stored answer; (the answer, whether it repeats one).

    `fixed`: the caller named the version to change, so a lost race is his to hear of. Otherwise, and where a row that
    `work` was to make is there now, it is carried out again on what is there then, three times at most: Conflict.
    """
    for _ in range(TRIES):
        try:
            return await persistently(lambda: _try(desk, request, work))
        except StaleVersion:
            if fixed:
                raise
        except (SQLAlchemyError, OSError) as error:
            if passing(error):
                raise Busy from error
            if violated(error) is None:
                raise
    raise Conflict


async def _try(desk: Desk, request: Request | None, work: Work) -> tuple[Answer, bool]:
    async with desk.runtime.db.write() as conn:
        if request is not None:
            stored = await read_answer(conn, desk.vault, request)
            if stored is not None:
                return stored, True
        answer, key = await work(conn)
        if request is not None and 200 <= answer.status < 300:
            row = answer_row(desk.vault, request, answer, desk.runtime.clock.now(), key)
            await conn.execute(stored_answer.insert().values(**row))
        return answer, False
