"""Notices: everybody sees what is for him, once read it is read for all, and nobody sees another's."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import update

from app.access.tables import app_user
from app.db.ids import new_id
from app.people.notices import notice_row
from tests.e2e.api_world import World, problem


async def tell(amends: World, **to: Any) -> str:
    """A notice that is there; its id."""
    data = to.pop("data", {"number": "261101AB"})
    insert = notice_row(amends.desk.runtime.clock.now(), "test", data=data, **to)
    async with amends.desk.runtime.db.write() as conn:
        await conn.execute(insert.table.insert(), [dict(insert.row)])
    return str(insert.row["id"])


async def seen(amends: World, role: str, query: str = "") -> list[str]:
    return [item["id"] for item in (await amends.get(f"/v1/notices{query}", role=role)).json()["items"]]


async def test_a_notice_is_seen_by_whom_it_is_for(amends: World):
    me = UUID((await amends.get("/v1/me")).json()["id"])
    async with amends.desk.runtime.db.write() as conn:
        await conn.execute(update(app_user).where(app_user.c.id == me).values(team="north"))
    mine = await tell(amends, user=me)
    team = await tell(amends, team="north")
    role = await tell(amends, role="handler")
    both = await tell(amends, role="handler", team="north")
    elsewhere = await tell(amends, role="handler", team="south")
    leading = await tell(amends, role="supervisor", team="north")
    assert await seen(amends, "handler") == [both, role, team, mine]
    assert await seen(amends, "supervisor") == []  # he is of no team
    assert not {elsewhere, leading} & {*await seen(amends, "handler"), *await seen(amends, "supervisor")}


async def test_what_one_has_read_is_read_for_all_and_keeps_its_first_reader(amends: World):
    told = await tell(amends, role="handler")
    first = await amends.post(f"/v1/notices/{told}/read")
    assert first.status_code == 200
    again = await amends.post(f"/v1/notices/{told}/read")
    assert again.json()["read_at"] == first.json()["read_at"] is not None
    assert await seen(amends, "handler") == []
    assert await seen(amends, "handler", "?unread=false") == [told]


async def test_what_is_told_to_several_of_whom_one_is_comes_once(amends: World):
    me, complaint = UUID((await amends.get("/v1/me")).json()["id"]), new_id(amends.desk.runtime.clock.now())
    async with amends.desk.runtime.db.write() as conn:
        await conn.execute(update(app_user).where(app_user.c.id == me).values(team="north"))
    mine = await tell(amends, user=me, complaint_id=complaint)
    team = await tell(amends, team="north", complaint_id=complaint)
    await tell(amends, role="handler", complaint_id=complaint)
    other = await tell(amends, team="north", complaint_id=complaint, data={"number": "261101AC"})
    assert await seen(amends, "handler") == [other, mine]
    assert (await amends.post(f"/v1/notices/{mine}/read")).status_code == 200
    assert await seen(amends, "handler") == [other]
    assert await seen(amends, "handler", "?unread=false") == [other, mine]
    problem(await amends.post(f"/v1/notices/{team}/read", role="supervisor"), 404, "not_found")


async def test_nobody_reads_what_is_for_others(amends: World):
    told = await tell(amends, role="supervisor")
    problem(await amends.post(f"/v1/notices/{told}/read"), 404, "not_found")
    assert await seen(amends, "supervisor") == [told]


async def test_notices_come_in_pages_newest_first(amends: World):
    told = [await tell(amends, role="handler") for _ in range(5)]
    found: list[str] = []
    cursor = ""
    while True:
        page = (await amends.get(f"/v1/notices?limit=2{cursor}")).json()
        found += [item["id"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert found == told[::-1]
