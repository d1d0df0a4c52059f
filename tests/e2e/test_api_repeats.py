"""A request that is sent twice changes once: the same key and body get the same bytes again."""

from __future__ import annotations

import asyncio

from app.access.tables import stored_answer
from tests.e2e.api_world import OPENING, World, etag, places, problem

KEY = {"Idempotency-Key": "k-1"}


async def test_an_opening_repeated_under_its_key_is_one_complaint_and_the_same_bytes(amends: World):
    first = await amends.post("/v1/complaints", dict(OPENING), headers=KEY)
    again = await amends.post("/v1/complaints", dict(OPENING), headers=KEY)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert again.headers["location"] == first.headers["location"]
    assert again.headers["etag"] == first.headers["etag"]
    assert len((await amends.get("/v1/complaints")).json()["items"]) == 1


async def test_the_key_with_another_body_or_version_is_refused(amends: World):
    await amends.post("/v1/complaints", dict(OPENING), headers=KEY)
    problem(await amends.post("/v1/complaints", {**OPENING, "severity": 3}, headers=KEY), 422, "key_reused")
    now = await amends.opened()
    path = f"/v1/complaints/{now['id']}/assignment"
    assert (await amends.post(path, {"team": "billing"}, headers={**KEY, **etag(1)})).status_code == 200
    problem(await amends.post(path, {"team": "billing"}, headers={**KEY, **etag(2)}), 422, "key_reused")


async def test_a_key_belongs_to_one_user_and_one_operation(amends: World):
    one = await amends.post("/v1/complaints", dict(OPENING), headers=KEY, role="handler")
    other = await amends.post("/v1/complaints", dict(OPENING), headers=KEY, role="supervisor")
    assert one.json()["id"] != other.json()["id"]
    note = await amends.post(f"/v1/complaints/{one.json()['id']}/notes", {"text": "x"}, headers=KEY)
    assert note.status_code == 201


async def test_a_key_is_no_longer_fresh_when_the_complaint_has_moved_on(amends: World):
    now = await amends.opened()
    path = f"/v1/complaints/{now['id']}/assignment"
    first = await amends.post(path, {"team": "billing"}, headers={**KEY, **etag(1)})
    await amends.post(path, {"team": "network"}, headers=etag(2))
    again = await amends.post(path, {"team": "billing"}, headers={**KEY, **etag(1)})
    assert again.content == first.content
    assert (await amends.get(f"/v1/complaints/{now['id']}")).json()["team"] == "network"


async def test_a_refusal_is_not_kept(amends: World):
    now = await amends.opened()
    path = f"/v1/complaints/{now['id']}/promises"
    past = {"kind": "call_back", "due_at": "2020-01-01T00:00:00Z"}
    problem(await amends.post(path, past, headers=KEY), 422, "invalid")
    assert (await amends.post(path, {**past, "due_at": "2030-01-01T00:00:00Z"}, headers=KEY)).status_code == 201


async def test_many_at_once_under_one_key_are_one(amends: World):
    answers = await asyncio.gather(*(amends.post("/v1/complaints", dict(OPENING), headers=KEY) for _ in range(12)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert sum("idempotency-replayed" not in answer.headers for answer in answers) == 1


async def test_a_consent_and_a_publication_are_repeatable_too(amends: World):
    customer = (await amends.opened())["customer"]["id"]
    body = {"purpose": "marketing", "channel": "sms", "status": "granted", "evidence": {"kind": "recorded_call"}}
    path = f"/v1/customers/{customer}/consents"
    first, again = [await amends.post(path, body, headers=KEY) for _ in range(2)]
    assert first.status_code == again.status_code == 201
    assert again.content == first.content
    assert again.json()["version"] == 2
    problem(await amends.post(path, {**body, "status": "denied"}, headers=KEY), 422, "key_reused")
    text = (await amends.get("/v1/workflows/complaint/versions/1", params={"format": "yaml"})).text + "\n# changed\n"
    send = {"content": text.encode(), "role": "admin", "headers": {**KEY, "Content-Type": "application/yaml"}}
    first, again = [await amends.post("/v1/workflows", **send) for _ in range(2)]
    assert first.status_code == again.status_code == 201
    assert again.content == first.content


async def test_a_bulk_is_repeatable_also_where_it_was_broken_off(amends: World):
    """Handing over may be repeated by itself: without the key each complaint would be handed over twice."""
    one, two = await amends.opened(), await amends.opened()
    body = {"ids": [one["id"]], "transition": "transfer", "data": {"transfer_reason": "skill"}}
    send = {"role": "supervisor", "headers": KEY}
    first, again = [await amends.post("/v1/complaints:transition", body, **send) for _ in range(2)]
    assert first.json()["taken"] == 1
    assert again.content == first.content
    assert again.headers["idempotency-replayed"] == "true"
    problem(await amends.post("/v1/complaints:transition", {**body, "ids": [two["id"]]}, **send), 422, "key_reused")
    # The end of the bulk never came: its own answer is missing, those of its steps are there.
    async with amends.desk.runtime.db.write() as conn:
        await conn.execute(stored_answer.delete().where(stored_answer.c.key_id.is_(None)))
    assert (await amends.post("/v1/complaints:transition", body, **send)).json() == first.json()
    assert (await amends.get(f"/v1/complaints/{one['id']}")).json()["version"] == 2


async def test_a_key_that_is_none_is_refused(embedded: World):
    for key in ("", "a b", "x" * 256, "schlüssel"):
        headers = {
            b"Idempotency-Key": key.encode("latin-1"),
            b"Authorization": f"Bearer {embedded.tokens['handler']}".encode(),
        }
        answer = await embedded.client.post("/v1/complaints", json=dict(OPENING), headers=headers)
        assert places(problem(answer, 422, "invalid")) == [("key_form", "Idempotency-Key")]
