"""The demo world: loaded once and whole, into a database without customers, with the same ids everywhere and no token."""

from __future__ import annotations

import pytest_asyncio
from sqlalchemy import func, select

from app.access.roles import ASSIGNABLE
from app.access.tables import app_user, token
from app.access.users import ensure_user, find_user
from app.audit.tables import event
from app.customers.profile import Profile, open_profile
from app.customers.queries import by_id, find
from app.customers.store import Data, put_many
from app.customers.tables import customer
from app.desk.desk import BY_SYSTEM
from app.integrations.demo.world import fixed_id, load_world
from tests.conftest import START
from tests.integration.demo_world import WORKFLOWS, demo_desk

CUSTOMERS = ["demo-wang", "demo-he", "demo-zhang", "demo-li", "demo-zhao", "demo-luo"]


@pytest_asyncio.fixture
async def desk(database_url, tmp_path):
    async with demo_desk(database_url, tmp_path) as (made, _):
        yield made


async def count(desk, table):
    async with desk.runtime.db.read() as conn:
        return (await conn.execute(select(func.count()).select_from(table))).scalar_one()


async def test_the_customers_of_the_six_cases_are_there_under_fixed_ids(desk):
    assert await load_world(desk)
    async with desk.runtime.db.read() as conn:
        for name in CUSTOMERS:
            found = (await find(conn, customer.c.external_hash == desk.vault.blind("external_id", name)))[0]
            assert found is not None
            assert found["id"] == fixed_id(name)
            assert not found["provisional"]
        wang = (await find(conn, customer.c.phone_hash == desk.vault.blind("phone", "+86 139 6123 5611")))[0]
    assert wang is not None
    assert open_profile(desk.vault.unwrap(wang["wrapped"]), wang) == Profile(
        external_id="demo-wang", name="王先生", phone="13961235611"
    )
    assert wang["plan"] == "gotone_150_400"


async def test_there_is_a_colleague_in_each_role_and_nobody_has_a_token(desk):
    await load_world(desk)
    async with desk.runtime.db.read() as conn:
        roles = {role for row in await conn.execute(select(app_user.c.roles)) for role in row.roles}
    assert roles == ASSIGNABLE
    assert await count(desk, token) == 0


async def test_what_a_customer_said_about_marketing_is_kept_with_its_evidence(desk):
    await load_world(desk)
    async with desk.runtime.db.read() as conn:
        found = await by_id(conn, fixed_id("demo-li"))
    assert found is not None
    assert found["consents"] == {"marketing.phone": "denied"}


async def test_a_second_start_changes_nothing(desk):
    await load_world(desk)
    before = [await count(desk, table) for table in (customer, app_user, event)]
    assert not await load_world(desk)
    assert [await count(desk, table) for table in (customer, app_user, event)] == before


async def test_a_database_with_customers_stays_as_it_is(desk):
    async with desk.runtime.db.write() as conn:
        await put_many(conn, desk.vault, BY_SYSTEM, START, [Data("crm-1", {"name": "钱先生"})])
    assert not await load_world(desk)
    assert await count(desk, customer) == 1
    assert await count(desk, app_user) == 0


async def test_a_user_of_the_same_name_stays_as_it_is(desk):
    mine = await ensure_user(desk.runtime.db, "demo-handler", ["auditor"], at=START)
    assert await load_world(desk)
    async with desk.runtime.db.read() as conn:
        assert await find_user(conn, "demo-handler") == mine


async def test_without_demo_files_nothing_is_loaded(sqlite_url, tmp_path):
    folder = tmp_path / "mine"
    folder.mkdir()
    for name in ("complaint.yaml", "calendars.yaml", "policy.yaml", "segments.yaml"):
        (folder / name).write_text((WORKFLOWS / name).read_text("utf-8"), "utf-8")
    async with demo_desk(sqlite_url, tmp_path, workflows=folder) as (desk, _):
        assert not await load_world(desk)
