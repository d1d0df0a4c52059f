"""A client that knows nothing but `GET …/actions` gets a complaint to its end, and no walk meets a defect or a dead end."""

from __future__ import annotations

from contextlib import AsyncExitStack
from random import Random
from typing import Any

import httpx2

from tests.proofs.from_schema import data
from tests.proofs.server import Served
from tests.sizes import size

Client = httpx2.AsyncClient
WALKERS = ("handler", "handler", "supervisor", "first_line", "shop", "account_manager", "back_office", "integration")


async def opened(client: Client, rng: Random) -> str:
    body: dict[str, Any] = {
        "customer": {"external_id": f"CRM-{rng.randrange(50)}"},
        "channel": rng.choice(["phone", "web", "sms"]),
        "text": "流量费多收了",
        "severity": rng.randint(1, 4),
        "sensitive": rng.random() < 0.2,
        "emotion": rng.choice([None, 1, 3, 5]),
    }
    answer = await client.post("/v1/complaints", json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def seen(client: Client, complaint: str) -> tuple[dict[str, Any], list[dict[str, Any]], dict[str, str]]:
    """Where it stands, the steps that are open, and the header with which one is taken."""
    answer = await client.get(f"/v1/complaints/{complaint}/actions")
    assert answer.status_code == 200, answer.text
    found = answer.json()
    return found["stage"], [item for item in found["items"] if item["allowed"]], {"If-Match": answer.headers["etag"]}


async def take(
    client: Client, complaint: str, action: dict[str, Any], etag: dict[str, str], rng: Random, optional: float
) -> httpx2.Response:
    body: dict[str, Any] = {"transition": action["name"], "data": data(action["form"], rng, optional=optional)}
    if action["note_required"] or rng.random() < optional / 3:
        body["note"] = "因为"
    return await client.post(f"/v1/complaints/{complaint}/transitions", json=body, headers=etag)


async def to_the_end(client: Client, complaint: str, rng: Random, tries: int = 1) -> str:
    """Always the first step that is open, with nothing but what its form requires: the stage at the end.

    `tries`: how many values a form may be filled with until its guards are content (a time that is past, say).
    """
    way: list[str] = []
    while True:
        stage, steps, etag = await seen(client, complaint)
        if stage["kind"] == "final":
            return str(stage["name"])
        assert steps, f"nothing is open in {stage['name']} after {way}"
        way.append(f"{stage['name']}/{steps[0]['name']}")
        assert len(way) < 25, f"walks in a circle: {way}"
        for left in reversed(range(tries)):
            answer = await take(client, complaint, steps[0], etag, rng, 0.0)
            if answer.status_code == 200:
                break
            assert left, f"{way}: {answer.text}"
            assert answer.json()["code"] == "transition_refused", f"{way}: {answer.text}"


async def test_a_handler_who_always_takes_the_first_step_closes_a_new_complaint(served: Served):
    async with served.client(await served.token("li", "handler")) as client:
        for seed in range(size("first_step_walks")):
            rng = Random(seed)
            assert await to_the_end(client, await opened(client, rng), rng) == "closed"


async def test_no_walk_meets_a_defect_or_a_dead_end(served: Served):
    async with AsyncExitStack() as stack:
        clients = {
            role: await stack.enter_async_context(served.client(await served.token(role, role), 1)) for role in sorted(set(WALKERS))
        }
        handler = clients["handler"]
        taken = 0
        for seed in range(size("random_walks")):
            rng = Random(1000 + seed)
            complaint = await opened(handler, rng)
            for _ in range(size("random_walk_steps")):
                client = clients[rng.choice(WALKERS)]
                stage, steps, etag = await seen(client, complaint)
                if steps:
                    action = rng.choice(steps)
                    answer = await take(client, complaint, action, etag, rng, 0.5)
                    # What the schema admits the form accepts; only a guard that reads the form may still say no.
                    assert answer.status_code in {200, 409}, f"{stage['name']}/{action['name']}: {answer.text}"
                    assert answer.status_code == 200 or answer.json()["code"] == "transition_refused", answer.text
                    taken += answer.status_code == 200
            await _work_is_fed_back(handler, complaint)
            await to_the_end(handler, complaint, rng, tries=200)
        assert taken > size("random_walks") * size("random_walk_steps") / 3


async def _work_is_fed_back(client: Client, complaint: str) -> None:
    """A handler waits for open work; what is fed back lets every way go on."""
    path = f"/v1/complaints/{complaint}"
    cursor: dict[str, str] = {}
    orders: dict[str, str] = {}
    while True:
        page = (await client.get(f"{path}/events", params={"limit": "200", **cursor})).json()
        for event in page["items"]:
            if event["type"] == "work_ordered":
                orders[event["data"]["work_order"]] = "received"
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    for order in orders:
        answer = await client.post(f"{path}/work-orders/{order}/moves", json={"status": "fed_back", "answer": "好了"})
        assert answer.status_code == 200, answer.text
