"""Names of closed lists that come from outside: channels and stages. A misspelt one is told, with the one that was meant."""

from __future__ import annotations

import re
from typing import Any

import pytest

from app.catalogue.definitions import publish
from app.desk.desk import BY_SYSTEM
from app.desk.publishing import publish_workflow
from tests.e2e.api_world import OPENING, WORKFLOWS, World, places, problem

CONTACT = {"direction": "in", "channel": "phone"}
CONSENT = {"purpose": "marketing", "channel": "sms", "status": "granted", "evidence": {"kind": "recorded_call"}}


async def take_out(amends: World, name: str) -> None:
    """Publish the delivered policy without the channel `name`."""
    lines = (WORKFLOWS / "policy.yaml").read_text("utf-8").splitlines(keepends=True)
    text = "".join(line for line in lines if not line.startswith(f"  {name}: {{zh"))
    async with amends.desk.runtime.db.write() as conn:
        await publish(conn, BY_SYSTEM, amends.desk.runtime.clock.now(), "policy", "policy", text)


async def test_a_channel_that_the_policy_lacks_is_refused_wherever_one_is_sent(amends: World):
    now = await amends.opened()
    for path, body in (
        ("/v1/complaints", {**OPENING, "channel": "fone"}),
        (f"/v1/complaints/{now['id']}/contacts", {**CONTACT, "channel": "fone"}),
        (f"/v1/customers/{now['customer']['id']}/consents", {**CONSENT, "channel": "fone"}),
    ):
        found = problem(await amends.post(path, body), 422, "invalid")
        assert places(found) == [("channel_unknown_near", "channel")], path
        assert "“phone”" in found["reasons"][0]["message"]
    found = problem(await amends.post("/v1/complaints", {**OPENING, "channel": "carrier_pigeon"}), 422, "invalid")
    assert places(found) == [("channel_unknown", "channel")]
    assert "letter" in found["reasons"][0]["message"]
    assert len((await amends.get("/v1/complaints")).json()["items"]) == 1


async def test_a_promise_is_told_by_a_channel_that_there_is(amends: World):
    now = await amends.opened()
    made = await amends.post(f"/v1/complaints/{now['id']}/promises", {"kind": "progress", "due": "tomorrow 10"})
    assert made.status_code == 201, made.text
    at = f"/v1/complaints/{now['id']}/promises/{made.json()['item']['id']}"
    assert (await amends.post(f"{at}/outcome", {"status": "kept", "evidence": "Called him."})).status_code == 200
    found = problem(await amends.post(f"{at}/told", {"channel": "emial"}), 422, "invalid")
    assert places(found) == [("channel_unknown_near", "channel")]
    assert (await amends.post(f"{at}/told", {"channel": "email"})).status_code == 200


async def test_a_channel_that_was_taken_out_admits_nothing_new_but_finds_what_is_on_record(amends: World):
    old = await amends.opened(channel="wap")
    await take_out(amends, "wap")
    listed = await amends.get("/v1/complaints", params={"channel": "wap"})
    assert [c["id"] for c in listed.json()["items"]] == [old["id"]]
    await amends.opened()  # the terms of now are met by the first who opens one
    problem(await amends.post("/v1/complaints", {**OPENING, "channel": "wap"}), 422, "invalid")
    problem(await amends.post(f"/v1/complaints/{old['id']}/contacts", {**CONTACT, "channel": "wap"}), 422, "invalid")


@pytest.mark.parametrize(
    ("query", "code", "near"),
    [
        ({"state": "clozed"}, "state_unknown_near", "closed"),
        ({"state": ["vent", "zzz"]}, "state_unknown", "follow_up"),
        ({"channel": "fone"}, "channel_unknown_near", "phone"),
        ({"kind": "workin"}, "field_choice_near", "working"),
        ({"kind": "zzz"}, "field_choice", "waiting_customer"),
    ],
    ids=str,
)
async def test_a_filter_that_can_find_nothing_is_told(amends: World, query: dict[str, Any], code: str, near: str):
    found = problem(await amends.get("/v1/complaints", params=query), 422, "invalid")
    assert places(found) == [(code, next(iter(query)))]
    assert near in found["reasons"][0]["message"]


async def test_exports_and_bulk_work_know_the_same_names(amends: World):
    problem(await amends.get("/v1/exports/complaints", role="supervisor", params={"state": "clozed"}), 422, "invalid")
    order = {"command": {"kind": "assignment", "team": "network", "reason": "All."}, "filter": {"state": ["clozed"]}}
    problem(await amends.post("/v1/bulk", order, role="supervisor"), 422, "invalid")


async def test_stages_of_every_published_version_are_known(amends: World):
    text = (WORKFLOWS / "complaint.yaml").read_text("utf-8")
    await publish_workflow(amends.desk, BY_SYSTEM, re.sub(r"\bapologize\b", "saying_sorry", text))
    for state in ("apologize", "saying_sorry"):
        amends.desk.workflows.clear()
        assert (await amends.get("/v1/complaints", params={"state": state})).status_code == 200, state
