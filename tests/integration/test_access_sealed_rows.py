"""Sealed texts, stored answers and keys in the database: read back, erased, and never in plain form."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from app.access.answers import Answer, Request, answer_row, purge_answers, read_answer, request_of
from app.access.keys import check_master_key, destroy_key, new_key
from app.access.master import MasterKeyRefused
from app.access.sealed import open_texts, seal_text
from app.access.tables import data_key, stored_answer, text
from app.access.vault import SealBroken, Vault
from app.clock import FrozenClock
from app.db.engine import Database
from app.errors import KeyReused

VAULT = Vault(bytes(range(32)))
CUSTOMER, USER = UUID(int=7), UUID(int=8)
ANSWER = Answer(201, {"Location": "/v1/complaints/1", "ETag": '"1"'}, '{"text": "号码 13961235611"}'.encode())


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url, 2)
    yield database
    await database.close()


def request(key: str = "k-1", body: bytes = b"{}", user: UUID = USER, template: str = "/v1/complaints") -> Request:
    return request_of(VAULT, user_id=user, method="POST", template=template, key=key, body=body)


async def test_texts_are_read_back_in_one_go_and_erased_ones_are_none(db: Database, clock: FrozenClock):
    (kept, kept_row), (lost, lost_row) = new_key(VAULT, clock.now()), new_key(VAULT, clock.now())
    one, two, three = (
        seal_text(kept, CUSTOMER, "信号不好 13961235611", clock.now()),
        seal_text(kept, CUSTOMER, "", clock.now()),
        seal_text(lost, CUSTOMER, "他的地址", clock.now()),
    )
    async with db.write() as conn:
        await conn.execute(data_key.insert(), [kept_row, lost_row])
        await conn.execute(text.insert(), [one.row, two.row, three.row])
    async with db.write() as conn:
        assert await destroy_key(conn, lost.id, clock.now())
        assert not await destroy_key(conn, lost.id, clock.now())
    async with db.read() as conn:
        found = await open_texts(conn, VAULT, [one.id, str(two.id), three.id, UUID(int=9)])
        assert found == {str(one.id): "信号不好 13961235611", str(two.id): "", str(three.id): None}
        assert await open_texts(conn, VAULT, []) == {}
        stored = repr([tuple(row) for row in await conn.execute(select(text))])
        keys = [tuple(row) for row in await conn.execute(select(data_key.c.wrapped).where(data_key.c.id == lost.id))]
    assert "13961235611" not in stored
    assert keys == [(None,)]


async def test_a_ciphertext_moved_to_another_row_does_not_open(db: Database, clock: FrozenClock):
    key, key_row = new_key(VAULT, clock.now())
    one, two = seal_text(key, CUSTOMER, "one", clock.now()), seal_text(key, CUSTOMER, "two", clock.now())
    async with db.write() as conn:
        await conn.execute(data_key.insert(), [key_row])
        await conn.execute(text.insert(), [{**one.row, "ciphertext": two.row["ciphertext"]}])
    async with db.read() as conn:
        with pytest.raises(SealBroken):
            await open_texts(conn, VAULT, [one.id])


async def test_a_start_with_another_master_key_is_refused_until_all_is_erased(db: Database, clock: FrozenClock):
    key, row = new_key(VAULT, clock.now())
    async with db.write() as conn:
        await check_master_key(conn, Vault(bytes(32)))  # an empty database belongs to nobody yet
        await conn.execute(data_key.insert(), [row])
    async with db.read() as conn:
        await check_master_key(conn, VAULT)
        with pytest.raises(MasterKeyRefused) as refused:
            await check_master_key(conn, Vault(bytes(32)))
    assert [r.code for r in refused.value.reasons] == ["master_key_other"]
    async with db.write() as conn:
        await destroy_key(conn, key.id, clock.now())
        await check_master_key(conn, Vault(bytes(32)))


@pytest.mark.parametrize("about_a_customer", [True, False])
async def test_a_repeated_request_gets_the_same_bytes(db: Database, clock: FrozenClock, about_a_customer: bool):
    key, key_row = new_key(VAULT, clock.now())
    row = answer_row(VAULT, request(), ANSWER, clock.now(), key if about_a_customer else None)
    async with db.write() as conn:
        await conn.execute(data_key.insert(), [key_row])
        await conn.execute(stored_answer.insert(), [row])
    async with db.read() as conn:
        assert await read_answer(conn, VAULT, request()) == ANSWER
        stored = repr([tuple(r) for r in await conn.execute(select(stored_answer))])
    assert "13961235611" not in stored
    assert "k-1" not in stored


async def test_another_user_key_or_path_is_another_request_and_another_body_is_refused(db: Database, clock: FrozenClock):
    async with db.write() as conn:
        await conn.execute(stored_answer.insert(), [answer_row(VAULT, request(), ANSWER, clock.now())])
    async with db.read() as conn:
        for other in (request(key="k-2"), request(user=UUID(int=9)), request(template="/v1/complaints/{id}/notes")):
            assert await read_answer(conn, VAULT, other) is None
        with pytest.raises(KeyReused):
            await read_answer(conn, VAULT, request(body=b"{ }"))


async def test_a_second_answer_for_one_request_undoes_its_write(db: Database, clock: FrozenClock):
    async def twice() -> None:
        async with db.write() as conn:
            for _ in range(2):
                await conn.execute(stored_answer.insert(), [answer_row(VAULT, request(), ANSWER, clock.now())])

    with pytest.raises(IntegrityError, match="stored_answer"):
        await twice()
    async with db.read() as conn:
        assert await read_answer(conn, VAULT, request()) is None


async def test_an_answer_about_an_erased_customer_has_no_body_left(db: Database, clock: FrozenClock):
    key, key_row = new_key(VAULT, clock.now())
    async with db.write() as conn:
        await conn.execute(data_key.insert(), [key_row])
        await conn.execute(stored_answer.insert(), [answer_row(VAULT, request(), ANSWER, clock.now(), key)])
        await destroy_key(conn, key.id, clock.now())
    async with db.read() as conn:
        assert await read_answer(conn, VAULT, request()) == Answer(201, ANSWER.headers, None)


async def test_answers_are_kept_a_day(db: Database, clock: FrozenClock):
    async with db.write() as conn:
        await conn.execute(stored_answer.insert(), [answer_row(VAULT, request(f"k-{n}"), ANSWER, clock.now()) for n in range(5)])
    clock.advance(timedelta(hours=23, minutes=59))
    async with db.write() as conn:
        assert await purge_answers(conn, clock.now()) == 0
    clock.advance(timedelta(minutes=1))
    async with db.write() as conn:
        assert await purge_answers(conn, clock.now(), limit=3) == 3
        assert await purge_answers(conn, clock.now()) == 2
        await conn.execute(delete(stored_answer))
