"""Messages arrive at least once, under one id, in the order of their complaint, whatever the receiver does."""

from __future__ import annotations

import asyncio
import base64
import hmac
import re
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import orjson
import pytest
from sqlalchemy import update

from app.access.tables import data_key
from app.audit.tables import event
from app.desk.desk import Desk, by_of
from app.desk.who import Caller
from app.outbox.deliver import Posting, deliver
from app.outbox.messages import lease_messages
from app.outbox.signing import OutboxSecretInvalid
from app.outbox.tables import outbox
from app.worker.context import hired
from app.worker.letters import dead_letters, replay_letters
from app.worker.loop import run_once
from app.worker.render import renderer
from tests.integration.worker_world import (
    EXTERNAL,
    HANDLER,
    NAME,
    OK,
    PHONE,
    Receiver,
    desk_of,
    opened,
    rows,
    status,
    step,
)

KEYS = [base64.b64encode(bytes([n]) * 32).decode() for n in (1, 2)]


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch):
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
async def receiver():
    async with Receiver().listening() as receiver:
        yield receiver


@pytest.fixture
async def desk(database_url, tmp_path, clock, receiver):
    async with desk_of(database_url, tmp_path, clock, outbox_url=receiver.url, outbox_attempts=3) as desk:
        yield desk


async def message(desk: Desk, complaint_id: UUID, nth: int = 0):
    return (await rows(desk, outbox, complaint_id=complaint_id))[nth]


async def test_a_message_says_what_the_workflow_says_with_number_and_name(desk, clock, receiver):
    one = await opened(desk, Caller(phone=PHONE, name=NAME))
    await step(desk, one, "nudge")
    assert (await run_once(desk, clock.now()))["outbox"] == 1
    (got,) = receiver.got
    row = await message(desk, one)
    number = got.body["complaint"]["number"]
    assert got.body == {
        "id": str(row["id"]),
        "topic": "sms",
        "created_at": clock.now().isoformat(),
        "complaint": {"id": str(one), "number": row["payload"]["number"]},
        "customer": {"id": str(row["customer_id"]), "external_id": None},
        "to": PHONE,
        "message": "nudged",
        "text": {
            "zh": f"尊敬的{NAME}，投诉 {number} 正在处理。",
            "en": f"Dear {NAME}, we work on {number}.",
        },
    }
    assert (row["status"], row["attempts"], row["sent_at"], row["last_error"]) == ("sent", 1, clock.now(), None)
    assert NAME not in str(row["payload"])
    assert (await run_once(desk, clock.advance(timedelta(minutes=20))))["outbox"] == 0


async def test_the_signature_is_that_of_standard_webhooks_under_each_secret(database_url, tmp_path, clock, receiver):
    secret = f"whsec_{KEYS[0]} whsec_{KEYS[1]}"
    async with desk_of(database_url, tmp_path, clock, outbox_url=receiver.url, outbox_secret=secret) as desk:
        one = await opened(desk)
        await step(desk, one, "nudge")
        await run_once(desk, clock.now())
        (got,) = receiver.got
        assert got.headers["webhook-id"] == str((await message(desk, one))["id"])
        assert got.headers["webhook-timestamp"] == str(int(clock.now().timestamp()))
        signed = f"{got.headers['webhook-id']}.{got.headers['webhook-timestamp']}.".encode() + got.raw
        marks = [base64.b64encode(hmac.digest(base64.b64decode(key), signed, "sha256")).decode() for key in KEYS]
        assert got.headers["webhook-signature"] == " ".join(f"v1,{mark}" for mark in marks)


async def test_a_secret_that_is_none_stops_the_worker_before_it_begins(database_url, tmp_path, clock, receiver):
    async with desk_of(database_url, tmp_path, clock, outbox_url=receiver.url, outbox_secret="not base64!") as desk:
        with pytest.raises(OutboxSecretInvalid):
            await run_once(desk, clock.now())


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (status(500), "HTTP 500"),
        (status(408), "HTTP 408"),
        (status(425), "HTTP 425"),
        (status(429), "HTTP 429"),
        (status(302, "location: http://127.0.0.1:1/elsewhere"), "HTTP 302"),
        (None, "RemoteProtocolError"),
        (b"no HTTP at all\r\n\r\n", "RemoteProtocolError"),
    ],
    ids=["500", "408", "425", "429", "a redirect", "hangs up", "speaks no HTTP"],
)
async def test_a_failure_is_tried_again_under_the_same_id_until_it_arrives(desk, clock, receiver, answer, error):
    one = await opened(desk)
    await step(desk, one, "nudge")
    receiver.answering = lambda _: answer
    assert (await run_once(desk, clock.now()))["outbox"] == 0
    row = await message(desk, one)
    assert (row["status"], row["attempts"], row["last_error"]) == ("unsent", 1, error)
    assert row["due_at"] > clock.now()
    assert (await run_once(desk, clock.now()))["outbox"] == 0  # not before its time
    receiver.answering = lambda _: OK
    assert (await run_once(desk, clock.advance(timedelta(seconds=10))))["outbox"] == 1
    assert {got.headers["webhook-id"] for got in receiver.got} == {str(row["id"])}
    assert len({got.raw for got in receiver.got}) == 1
    assert len(receiver.got) == 2


async def test_nobody_listening_at_all_is_a_failure_like_others(database_url, tmp_path, clock):
    async with desk_of(database_url, tmp_path, clock, outbox_url="http://127.0.0.1:1/in?secret=hush") as desk:
        one = await opened(desk)
        await step(desk, one, "nudge")
        await run_once(desk, clock.now())
        row = await message(desk, one)
        assert (row["status"], row["last_error"]) == ("unsent", "ConnectError")


async def test_a_receiver_that_is_silent_is_given_up_on_in_time(database_url, tmp_path, clock, receiver):
    async with desk_of(database_url, tmp_path, clock, outbox_url=receiver.url, lease_seconds=0.4) as desk:
        one = await opened(desk)
        await step(desk, one, "nudge")
        receiver.answering = lambda _: b"HTTP/1.1 200 OK\r\nx-slow: "  # begins, and never comes to an end
        await run_once(desk, clock.now())
        assert (await message(desk, one))["last_error"] in {"no answer in time", "ReadTimeout"}


@pytest.mark.parametrize("code", [429, 503])
async def test_a_wait_that_the_receiver_asks_for_is_kept(desk, clock, receiver, code):
    one = await opened(desk)
    await step(desk, one, "nudge")
    receiver.answering = lambda _: status(code, "retry-after: 3600")
    await run_once(desk, clock.now())
    await run_once(desk, clock.advance(timedelta(minutes=59)))
    assert len(receiver.got) == 1
    await run_once(desk, clock.advance(timedelta(minutes=1)))
    assert len(receiver.got) == 2


@pytest.mark.parametrize("code", [400, 401, 403, 404, 410, 413, 422])
async def test_a_refusal_is_final_at_once_holds_up_nothing_and_can_be_replayed(desk, clock, receiver, code):
    one = await opened(desk)
    for _ in range(2):
        await step(desk, one, "nudge")
        clock.advance(timedelta(seconds=1))
    refused = (await message(desk, one))["id"]
    receiver.answering = lambda got: status(code, "retry-after: 5") if got.body["id"] == str(refused) else OK
    assert (await run_once(desk, clock.now()))["outbox"] == 1
    row, later = await rows(desk, outbox, complaint_id=one)
    assert (row["status"], row["attempts"], row["last_error"]) == ("dead", 1, f"HTTP {code}")
    assert later["status"] == "sent"
    await run_once(desk, clock.advance(timedelta(days=1)))
    assert len([got for got in receiver.got if got.body["id"] == str(refused)]) == 1
    async with desk.runtime.db.read() as conn:
        (letter,) = await dead_letters(conn, 10)
    assert (letter["id"], letter["last_error"]) == (refused, f"HTTP {code}")
    receiver.answering = lambda _: OK
    assert await replay_letters(desk.runtime.db, by_of(HANDLER), clock.now(), [refused]) == 1
    assert (await run_once(desk, clock.now()))["outbox"] == 1


async def test_messages_of_a_complaint_keep_their_order_and_hold_up_no_other(desk, clock, receiver):
    first, second = await opened(desk), await opened(desk)
    for _ in range(3):
        await step(desk, first, "nudge")
        clock.advance(timedelta(seconds=1))
    await step(desk, second, "nudge")
    wanted = [str(row["id"]) for row in await rows(desk, outbox, complaint_id=first)]
    failing = {wanted[1]}
    receiver.answering = lambda got: status(500) if got.body["id"] in failing else OK
    await run_once(desk, clock.now())
    assert [got.body["id"] for got in receiver.got if got.body["complaint"]["id"] == str(first)] == wanted[:2]
    assert (await message(desk, second))["status"] == "sent"
    failing.clear()
    await run_once(desk, clock.advance(timedelta(minutes=1)))
    assert [got.body["id"] for got in receiver.got if got.body["complaint"]["id"] == str(first)] == [
        *wanted[:2],
        wanted[1],
        wanted[2],
    ]


async def test_a_message_given_up_lets_the_later_ones_go_and_can_be_replayed(desk, clock, receiver):
    one = await opened(desk)
    await step(desk, one, "nudge")
    clock.advance(timedelta(seconds=1))
    await step(desk, one, "nudge")
    lost = (await message(desk, one))["id"]
    failing = {str(lost)}
    receiver.answering = lambda got: status(500) if got.body["id"] in failing else OK
    for _ in range(3):
        await run_once(desk, clock.advance(timedelta(minutes=5)))
    assert [row["status"] for row in await rows(desk, outbox, complaint_id=one)] == ["dead", "sent"]

    async with desk.runtime.db.read() as conn:
        (letter,) = await dead_letters(conn, 10)
    assert (letter["kind"], letter["id"], letter["topic"], letter["attempts"]) == ("message", lost, "sms", 3)
    failing.clear()
    assert await replay_letters(desk.runtime.db, by_of(HANDLER), clock.now(), [lost, UUID(int=7)]) == 1
    assert (await run_once(desk, clock.now()))["outbox"] == 1
    assert receiver.got[-1].headers["webhook-id"] == str(lost)
    (told,) = await rows(desk, event, complaint_id=one, type="replayed")
    assert (told["actor"], told["data"]["id"], told["data"]["last_error"]) == ("li.na", str(lost), "HTTP 500")
    assert await replay_letters(desk.runtime.db, by_of(HANDLER), clock.now()) == 0


async def test_all_dead_letters_at_once(desk, clock, receiver):
    receiver.answering = lambda _: status(410)
    for _ in range(5):
        await step(desk, await opened(desk), "nudge")
    await run_once(desk, clock.now())
    receiver.answering = lambda _: OK
    assert await replay_letters(desk.runtime.db, by_of(HANDLER), clock.now()) == 5
    assert (await run_once(desk, clock.now()))["outbox"] == 5


async def test_four_workers_send_each_message_once_and_in_order(database_url, tmp_path, clock, receiver):
    async with AsyncExitStack() as stack:
        desks = [await stack.enter_async_context(desk_of(database_url, tmp_path, clock, outbox_url=receiver.url)) for _ in range(4)]
        many = [await opened(desks[0]) for _ in range(8)]
        for _ in range(4):
            for one in many:
                await step(desks[0], one, "nudge")
            clock.advance(timedelta(seconds=1))
        await asyncio.gather(*(run_once(desk, clock.now()) for desk in desks))
        await run_once(desks[0], clock.now())
        assert len(receiver.got) == 32
        for one in many:
            wanted = [str(row["id"]) for row in await rows(desks[0], outbox, complaint_id=one)]
            assert [got.body["id"] for got in receiver.got if got.body["complaint"]["id"] == str(one)] == wanted


async def test_a_worker_that_died_while_sending_is_replaced_when_its_lease_runs_out(desk, clock, receiver):
    one = await opened(desk)
    await step(desk, one, "nudge")
    now = clock.now()
    assert len(await lease_messages(desk.runtime.db, now, now + timedelta(seconds=30), 10)) == 1
    assert (await run_once(desk, now))["outbox"] == 0
    assert (await run_once(desk, clock.advance(timedelta(seconds=31))))["outbox"] == 1


async def test_nothing_is_sent_about_a_person_who_was_erased(desk, clock, receiver):
    one = await opened(desk)
    await step(desk, one, "nudge")
    async with desk.runtime.db.write() as conn:
        await conn.execute(update(data_key).values(wrapped=None, destroyed_at=clock.now()))
    await run_once(desk, clock.now())
    assert receiver.got == []
    assert (await message(desk, one))["last_error"] == "customer_erased"


async def test_without_an_address_messages_go_to_a_file_that_names_nobody(database_url, tmp_path, clock):
    async with desk_of(database_url, tmp_path, clock) as desk:
        one = await opened(desk, Caller(external_id=EXTERNAL, phone=PHONE, name=NAME))
        file = desk.runtime.settings.var / "outbox.jsonl"
        file.write_bytes(b'{"cut off by a cra')
        for _ in range(2):
            await step(desk, one, "nudge")
            clock.advance(timedelta(seconds=1))
        assert (await run_once(desk, clock.now()))["outbox"] == 2
        torn, *lines = file.read_bytes().splitlines()
        assert torn == b'{"cut off by a cra'
        assert [orjson.loads(line)["id"] for line in lines] == [
            str(row["id"]) for row in await rows(desk, outbox, complaint_id=one)
        ]
        assert re.search("尊敬的{name}，投诉 [0-9A-Z]{12} 正在处理", file.read_text("utf-8"))
        assert not [word for word in (NAME, PHONE, EXTERNAL) if word in file.read_text("utf-8")]


async def test_metrics_tell_the_depth_and_the_age_of_the_outbox(desk, clock, receiver):
    one = await opened(desk)
    await step(desk, one, "nudge")
    receiver.answering = lambda _: status(500)
    await run_once(desk, clock.now())
    await run_once(desk, clock.advance(timedelta(seconds=3)))
    sample = desk.runtime.metrics.registry.get_sample_value
    assert sample("amends_outbox_depth", {"status": "unsent"}) == 1
    assert sample("amends_outbox_depth", {"status": "dead"}) == 0
    assert sample("amends_outbox_oldest_seconds") == 3


async def test_a_database_that_is_away_while_a_message_is_rendered_costs_no_try(desk, clock, receiver):
    one = await opened(desk)
    await step(desk, one, "nudge")

    async def away(row, personal):
        raise ConnectionRefusedError

    async with hired(desk, clock, asyncio.Event()) as worker:
        posting = Posting(worker.db, clock, worker.carrier, away, 1, timedelta(seconds=30), worker.stop)
        with pytest.raises(ConnectionRefusedError):
            await deliver(posting)
        assert (await message(desk, one))["attempts"] == 0
        clock.advance(timedelta(seconds=31))
        assert await deliver(replace(posting, render=renderer(desk))) == 1
    assert (await message(desk, one))["status"] == "sent"
