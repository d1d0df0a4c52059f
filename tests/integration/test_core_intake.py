"""Taking in: a repeat is answered alike whatever else is unique in it, and nobody gets another person's complaint."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import timedelta
from uuid import UUID

import orjson
import pytest

from app.access.answers import request_of
from app.customers.store import Data, put_many
from app.customers.tables import customer
from app.desk.desk import BY_SYSTEM, Desk, by_of
from app.desk.intake import Opening, open_complaint
from app.desk.outcome import Reply
from app.desk.who import Caller
from app.errors import Conflict, Invalid
from app.timers.tables import timer
from tests.integration.core_world import HANDLER, PHONE, brief, desk_at, opened, row, rows


@pytest.fixture
async def desk(database_url, tmp_path, clock):
    async with desk_at(database_url, tmp_path, clock) as desk:
        yield desk


async def known(desk: Desk, *external_ids: str) -> Sequence[UUID]:
    """Customers of the CRM who share one telephone."""
    async with desk.runtime.db.write() as conn:
        data = [Data(one, {"phone": PHONE}) for one in external_ids]
        return [one.row["id"] for one in await put_many(conn, desk.vault, BY_SYSTEM, desk.runtime.clock.now(), data)]


async def whose(desk: Desk, complaint_id: UUID) -> UUID:
    found: UUID = (await row(desk, complaint_id))["customer_id"]
    return found


async def test_repeats_of_an_opening_with_a_reference_of_its_source_all_get_its_answer(database_url, tmp_path, clock):
    opening = Opening(Caller(external_id="CRM-1"), "app", "多收了 30 元", source="crm", external_ref="T-1")
    async with AsyncExitStack() as stack:
        desks = [await stack.enter_async_context(desk_at(database_url, tmp_path, clock)) for _ in range(3)]
        same = request_of(desks[0].vault, user_id=HANDLER.id, method="POST", template="/v1/complaints", key="k", body=b"b")
        many = [open_complaint(desks[n % 3], HANDLER, by_of(HANDLER), opening, Reply(brief, same)) for n in range(12)]
        answers = await asyncio.gather(*many)
        assert len({answer.body for answer, _ in answers}) == 1
        assert sorted(repeated for _, repeated in answers) == [False] + [True] * 11
        with pytest.raises(Conflict) as there:
            await open_complaint(desks[0], HANDLER, by_of(HANDLER), opening, Reply(brief))
        assert there.value.problem == "already_there"
        other = request_of(desks[0].vault, user_id=HANDLER.id, method="POST", template="/v1/complaints", key="k2", body=b"b")
        with pytest.raises(Conflict):
            await open_complaint(desks[0], HANDLER, by_of(HANDLER), opening, Reply(brief, other))


async def test_a_phone_that_two_customers_share_leads_to_neither_of_them(desk):
    first = await whose(desk, await opened(desk))
    await opened(desk, Caller(external_id="SHOP-1", phone=PHONE))  # both before the CRM told of anybody
    two = await known(desk, "CRM-1", "CRM-2")
    found = [await whose(desk, await opened(desk)) for _ in range(4)]
    assert not {first, *found} & set(two)
    assert all(r["provisional"] for r in await rows(desk, customer) if r["id"] not in two)


async def test_a_phone_of_one_customer_leads_to_the_customer_and_not_to_earlier_strangers(desk):
    for n in range(4):
        await opened(desk, Caller(external_id=f"SHOP-{n}", phone=PHONE))
    (one,) = await known(desk, "CRM-1")
    assert await whose(desk, await opened(desk)) == one


async def test_a_stranger_who_calls_again_is_the_same_stranger(database_url, tmp_path, clock):
    async with AsyncExitStack() as stack:
        desks = [await stack.enter_async_context(desk_at(database_url, tmp_path, clock)) for _ in range(4)]
        await asyncio.gather(*(opened(desk) for desk in desks))  # at the same moment: nobody sees the other's row yet
        later = [await whose(desks[0], await opened(desks[0])) for _ in range(3)]
        assert set(later) == {min(r["id"] for r in await rows(desks[0], customer))}


async def test_a_stranger_whom_the_crm_knows_now_is_a_customer(desk):
    now = await opened(desk, Caller(external_id="CRM-1", name="张"))
    (before,) = await rows(desk, customer)
    await known(desk, "CRM-1")
    (after,) = await rows(desk, customer)
    assert (before["provisional"], after["provisional"], after["version"]) == (True, False, before["version"] + 1)
    assert await known(desk, "CRM-1") == [await whose(desk, now)]
    assert (await rows(desk, customer))[0]["version"] == after["version"]


async def test_what_was_said_before_is_opened_then_and_its_timers_run_from_now(desk, clock):
    said = clock.now() - timedelta(days=400)
    now = await opened(desk, occurred_at=said)
    found = await row(desk, now)
    assert (found["opened_at"], found["last_at"], found["state_since"]) == (said, clock.now(), clock.now())
    (armed,) = await rows(desk, timer, complaint_id=now, name="intake_waits")
    assert (armed["armed_at"], armed["due_at"]) == (clock.now(), clock.now() + timedelta(minutes=30))


async def test_nothing_was_said_in_the_future(desk, clock):
    with pytest.raises(Invalid) as refused:
        await opened(desk, occurred_at=clock.now() + timedelta(seconds=1))
    assert [(r.code, r.where) for r in refused.value.reasons] == [("in_the_future", "occurred_at")]
    assert orjson.dumps(await rows(desk, customer)) == b"[]"
