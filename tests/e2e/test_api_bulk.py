"""One command for many complaints, over HTTP: previewed, begun, stopped, each at most once and with the same guards."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from app.worker.context import hired
from app.worker.work import run_jobs
from tests.e2e.api_world import World, places, problem

TAGGED = {"tags": ["net.area"]}


async def worked(amends: World) -> None:
    """Let a worker do what is queued."""
    async with hired(amends.desk, amends.desk.runtime.clock, asyncio.Event()) as worker:
        await run_jobs(worker)


async def ordered(amends: World, body: dict[str, Any], role: str = "supervisor") -> dict[str, Any]:
    """A bulk order after its preview."""
    answer = await amends.post("/v1/bulk", body, role=role)
    assert answer.status_code == 201, answer.text
    assert answer.json()["status"] == "matching"
    await worked(amends)
    return dict((await amends.get(answer.headers["location"], role=role)).json())


async def begun(amends: World, bulk: dict[str, Any], role: str = "supervisor") -> dict[str, Any]:
    """The bulk work after it was done."""
    answer = await amends.post(f"/v1/bulk/{bulk['id']}/begin", role=role)
    assert answer.status_code == 200, answer.text
    await worked(amends)
    return dict((await amends.get(f"/v1/bulk/{bulk['id']}", role=role)).json())


BEGIN = {"kind": "transition", "steps": [{"transition": "begin"}]}


async def test_all_that_match_are_previewed_and_then_taken_each_with_its_own_result(amends):
    fresh = [await amends.opened(**TAGGED) for _ in range(3)]
    begun_before = await amends.walked(await amends.opened(**TAGGED), "begin")
    other = await amends.opened(tags=["charge"])
    bulk = await ordered(amends, {"command": BEGIN, "filter": {"tag": "net.area"}})
    assert bulk["status"] == "previewed"
    assert bulk["counts"] == {"total": 4, "waiting": 4, "done": 0, "refused": 0}
    (why,) = bulk["refused"]
    assert (why["code"], why["count"], why["example"]) == ("transition_not_available", 1, begun_before["number"])
    assert {one["number"] for one in bulk["sample"]} == {c["number"] for c in (*fresh, begun_before)}
    assert (await amends.get(f"/v1/complaints/{fresh[0]['id']}")).json()["version"] == 1  # nothing was stored

    done = await begun(amends, bulk)
    assert (done["status"], done["counts"]) == ("done", {"total": 4, "waiting": 0, "done": 3, "refused": 1})
    assert (await amends.get(f"/v1/complaints/{other['id']}")).json()["version"] == 1
    items = (await amends.get(f"/v1/bulk/{bulk['id']}/results", role="supervisor")).json()["items"]
    assert {(one["status"], one["version"]) for one in items} == {("done", 2), ("refused", None)}
    for one in fresh:
        now = (await amends.get(f"/v1/complaints/{one['id']}")).json()
        assert now["version"] == 2
        events = (await amends.get(f"/v1/complaints/{one['id']}/events")).json()["items"]
        assert events[-1]["actor"] == "supervisor.one"
        assert events[-1]["request_id"] == f"bulk-{bulk['id']}"
    file = await amends.get(f"/v1/bulk/{bulk['id']}/results/file", role="supervisor", lang="zh")
    assert "投诉编号" in file.text
    assert begun_before["number"] in file.text


async def test_what_came_later_is_not_in_the_snapshot(amends):
    first = await amends.opened(**TAGGED)
    bulk = await ordered(amends, {"command": BEGIN, "filter": {"tag": "net.area"}})
    later = await amends.opened(**TAGGED)
    await begun(amends, bulk)
    assert [(await amends.get(f"/v1/complaints/{c['id']}")).json()["version"] for c in (first, later)] == [2, 1]


async def test_a_stopped_one_goes_on_where_it_stood(amends):
    many = [await amends.opened(**TAGGED) for _ in range(3)]
    bulk = await ordered(amends, {"command": BEGIN, "ids": [c["id"] for c in many]})
    assert (await amends.post(f"/v1/bulk/{bulk['id']}/begin", role="supervisor")).json()["status"] == "running"
    assert (await amends.post(f"/v1/bulk/{bulk['id']}/stop", role="supervisor")).json()["status"] == "stopping"
    await worked(amends)
    stopped = (await amends.get(f"/v1/bulk/{bulk['id']}", role="supervisor")).json()
    assert (stopped["status"], stopped["why_stopped"], stopped["counts"]["waiting"]) == ("stopped", "asked", 3)
    done = await begun(amends, bulk)
    assert (done["status"], done["counts"]["done"]) == ("done", 3)
    problem(await amends.post(f"/v1/bulk/{bulk['id']}/begin", role="supervisor"), 409, "change_refused")
    problem(await amends.post(f"/v1/bulk/{bulk['id']}/stop", role="supervisor"), 409, "change_refused")


@pytest.mark.parametrize(
    ("command", "changed"),
    [
        ({"kind": "assignment", "team": "network", "reason": "同一原因"}, {"team": "network"}),
        ({"kind": "tags", "add": ["net.outage"], "remove": ["net.area"]}, {"tags": ["net.outage"]}),
    ],
)
async def test_assignment_and_tags(amends, command, changed):
    one = await amends.opened(**TAGGED)
    done = await begun(amends, await ordered(amends, {"command": command, "ids": [one["id"]]}))
    assert done["counts"]["done"] == 1
    now = (await amends.get(f"/v1/complaints/{one['id']}")).json()
    assert {name: now[name] for name in changed} == changed


async def test_the_guards_ask_who_begins_it_and_not_who_may_order(amends):
    """The delivered step `begin` is for those who speak with customers: a program is refused, one by one."""
    one = await amends.opened(**TAGGED)
    bulk = await ordered(amends, {"command": BEGIN, "ids": [one["id"]]}, role="integration")
    assert [why["code"] for why in bulk["refused"]] == ["role_refused"]
    done = await begun(amends, bulk, role="integration")
    assert done["counts"]["refused"] == 1


async def test_bad_orders_are_refused_with_the_field(amends):
    async def sent(body: dict[str, Any]) -> list[tuple[str, str | None]]:
        return places(problem(await amends.post("/v1/bulk", body, role="supervisor"), 422, "invalid"))

    unknown = "0195b4f0-7c00-7000-8000-000000000001"
    assert await sent({"command": BEGIN, "filter": {}}) == [("bulk_everything", "filter")]
    assert await sent({"command": BEGIN}) == [("bulk_either", "body")]
    assert await sent({"command": {"kind": "delete"}, "ids": [unknown]}) == [("command_kind", "command")]
    assert await sent({"command": {"kind": "incident", "incident": unknown}, "ids": [unknown]}) == [
        ("incident_unknown", "incident")
    ]
    assert await sent({"command": {"kind": "assignment", "owner": unknown}, "ids": [unknown]}) == [("user_unknown", "owner")]
    steps = {"kind": "transition", "steps": [{"transition": "begin"}, {"transition": "beginn"}]}
    assert await sent({"command": steps, "ids": [unknown]}) == [("step_unknown_near", "command.steps[1].transition")]
    assert await sent({"command": {"kind": "assignment"}, "ids": [unknown]}) == [("nothing_to_assign", "command")]
    missing = await ordered(amends, {"command": BEGIN, "ids": [unknown]})
    assert missing["refused"][0]["code"] == "complaint_unknown"
    problem(await amends.post("/v1/bulk", {"command": BEGIN, "ids": [unknown]}, role="handler"), 403, "forbidden")
