"""Users and tokens on both databases: who is let in, and that a change applies with the next request."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.access.tables import token
from app.access.tokens import authenticate, create_token, revoke_token, tokens_of
from app.access.users import deactivate_user, ensure_user, list_users
from app.clock import FrozenClock
from app.db.engine import Database
from app.db.ids import new_id
from app.errors import Invalid, NotFound, Unauthenticated


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url, 4)
    yield database
    await database.close()


async def refusal(db: Database, text: str, clock: FrozenClock) -> str:
    with pytest.raises(Unauthenticated) as refused:
        await authenticate(db, text, clock.now())
    return refused.value.reasons[0].code


async def test_a_token_lets_its_user_in_with_all_roles(db: Database, clock: FrozenClock):
    user = await ensure_user(db, "lin", ["handler", "supervisor"], at=clock.now(), display="林老师", team="north")
    made = await create_token(db, user.id, clock.now())
    actor = await authenticate(db, made.text, clock.now())
    assert (actor.id, actor.name, actor.display, actor.team, actor.token_id) == (user.id, "lin", "林老师", "north", made.id)
    assert actor.roles == {"handler", "supervisor"}
    assert actor.any_of("supervisor", "admin")
    assert not actor.any_of("admin")


async def test_the_text_of_a_token_is_stored_nowhere(db: Database, clock: FrozenClock):
    user = await ensure_user(db, "lin", ["handler"], at=clock.now())
    made = await create_token(db, user.id, clock.now())
    assert made.text.startswith("amd_")
    assert len(made.text) == 47
    async with db.read() as conn:
        (row,) = (await conn.execute(select(token))).all()
    assert made.text not in repr(tuple(row))
    assert made.text[8:] not in repr(tuple(row))


async def test_who_is_not_let_in_learns_why(db: Database, clock: FrozenClock):
    user = await ensure_user(db, "lin", ["handler"], at=clock.now())
    revoked, expiring, inactive = [await create_token(db, user.id, clock.now(), timedelta(days=d)) for d in (90, 1, 90)]
    await revoke_token(db, revoked.id, clock.now())
    assert await refusal(db, revoked.text, clock) == "token_revoked"
    await authenticate(db, expiring.text, clock.now())
    clock.advance(timedelta(days=1))
    assert await refusal(db, expiring.text, clock) == "token_expired"
    assert (await authenticate(db, inactive.text, clock.now())).name == "lin"
    await deactivate_user(db, "lin", clock.now())
    assert await refusal(db, inactive.text, clock) == "token_revoked"
    assert await refusal(db, "amd_" + "A" * 43, clock) == "token_unknown"
    for malformed in (
        "",
        "amd_",
        "amd_" + "A" * 42,
        "amd_" + "A" * 44,
        "xyz_" + "A" * 43,
        "amd_" + "é" * 43,
        "amd_" + "A" * 43 + "\n",
        "\ud800",
    ):
        assert await refusal(db, malformed, clock) == "token_malformed"


async def test_a_deactivated_user_is_out_even_with_a_token_made_since(db: Database, clock: FrozenClock):
    user = await ensure_user(db, "lin", ["handler"], at=clock.now())
    await deactivate_user(db, "lin", clock.now())
    later = await create_token(db, user.id, clock.now())
    assert await refusal(db, later.text, clock) == "user_inactive"
    await ensure_user(db, "lin", ["handler"], at=clock.now())
    assert (await authenticate(db, later.text, clock.now())).name == "lin"


async def test_a_role_given_applies_to_the_next_request_of_the_same_token(db: Database, clock: FrozenClock):
    user = await ensure_user(db, "lin", ["handler"], at=clock.now())
    made = await create_token(db, user.id, clock.now())
    again = await ensure_user(db, "lin", ["supervisor"], at=clock.now())
    assert (again.id, again.version) == (user.id, 2)
    assert (await authenticate(db, made.text, clock.now())).roles == {"handler", "supervisor"}


async def test_ensuring_what_is_already_so_changes_nothing(db: Database, clock: FrozenClock):
    first = await ensure_user(db, "lin", ["handler"], at=clock.now(), team="north")
    clock.advance(timedelta(hours=1))
    assert await ensure_user(db, "lin", ["handler"], at=clock.now()) == first


async def test_a_role_that_nobody_may_hold_is_refused(db: Database, clock: FrozenClock):
    for role in ("system", "root", ""):
        with pytest.raises(Invalid) as refused:
            await ensure_user(db, "lin", ["handler", role], at=clock.now())
        assert [r.code for r in refused.value.reasons] == ["role_unknown"]
    async with db.read() as conn:
        assert await list_users(conn) == []


async def test_many_who_make_the_same_user_make_one(db: Database, clock: FrozenClock):
    made = await asyncio.gather(*(ensure_user(db, "lin", ["handler"], at=clock.now()) for _ in range(8)), return_exceptions=True)
    users = [m for m in made if not isinstance(m, BaseException)]
    assert users
    assert len({u.id for u in users}) == 1
    async with db.read() as conn:
        assert [u.name for u in await list_users(conn)] == ["lin"]


async def test_the_last_use_is_noted_by_the_hour(db: Database, clock: FrozenClock):
    user = await ensure_user(db, "lin", ["handler"], at=clock.now())
    made = await create_token(db, user.id, clock.now())
    start = clock.now()
    seen = []
    for minutes in (0, 30, 29, 1):
        clock.advance(timedelta(minutes=minutes))
        await authenticate(db, made.text, clock.now())
        async with db.read() as conn:
            seen.append((await tokens_of(conn, user.id))[0].last_used_at)
    assert seen == [start, start, start, start + timedelta(hours=1)]


async def test_an_unknown_token_or_user_cannot_be_ended(db: Database, clock: FrozenClock):
    with pytest.raises(NotFound):
        await revoke_token(db, new_id(clock.now()), clock.now())
    with pytest.raises(NotFound):
        await deactivate_user(db, "nobody", clock.now())
