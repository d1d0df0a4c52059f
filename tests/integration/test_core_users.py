"""Users are changed by several people at once."""

from __future__ import annotations

import asyncio

from app.access.roles import ASSIGNABLE
from app.access.tables import app_user
from app.access.users import deactivate_user, ensure_user
from tests.integration.core_world import desk_at, rows


async def test_many_who_give_a_user_a_role_each_have_all_given_it(database_url, tmp_path, clock):
    async with desk_at(database_url, tmp_path, clock) as desk:
        db, roles = desk.runtime.db, sorted(ASSIGNABLE)[:6]
        for name in ("wang", "zhang", "chen"):
            await ensure_user(db, name, roles[:1], at=clock.now())
            await asyncio.gather(*(ensure_user(db, name, [role], at=clock.now()) for role in roles))
            (user,) = await rows(desk, app_user, name=name)
            assert (user["roles"], user["version"]) == (roles, len(roles))


async def test_a_role_given_while_the_user_is_shut_out_is_not_lost(database_url, tmp_path, clock):
    async with desk_at(database_url, tmp_path, clock) as desk:
        db = desk.runtime.db
        for name in ("wang", "zhang", "chen"):
            await ensure_user(db, name, ["handler"], at=clock.now())
            await asyncio.gather(ensure_user(db, name, ["auditor"], at=clock.now()), deactivate_user(db, name, clock.now()))
            (user,) = await rows(desk, app_user, name=name)
            assert (user["roles"], user["version"]) == (["auditor", "handler"], 3)
