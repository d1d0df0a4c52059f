"""A customer whose personal data were erased: the complaint goes on, but no words can be kept any more."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.access.answers import request_of
from app.complaints.pages import Filters
from app.desk.adding import add_note
from app.desk.amend import amend
from app.desk.asking import as_of, events, one, open_actions
from app.desk.assign import Assignment, assign
from app.desk.bulk import transition_many
from app.desk.desk import by_of
from app.desk.merge import merge
from app.desk.outcome import Reply
from app.desk.pages import list_page
from app.desk.promises import add_promise
from app.desk.touch import Touch, add_contact
from app.desk.transition import transition
from app.errors import NotFound, Refused
from app.timers.tables import timer
from app.worker.loop import run_once
from app.workflow.machine import Command
from tests.integration.core_world import HANDLER, SUPERVISOR, brief, desk_at, erase, opened, row, rows, step

REPLY = Reply(brief)


@pytest.fixture
async def desk(database_url, tmp_path, clock):
    async with desk_at(database_url, tmp_path, clock) as desk:
        yield desk


def wordless(refused: pytest.ExceptionInfo[Refused], *places: str) -> None:
    """The refusal names each place whose words cannot be kept, in both languages."""
    error = refused.value
    assert error.problem == "change_refused"
    assert [(reason.code, reason.where) for reason in error.reasons] == [("words_of_erased", place) for place in places]
    for lang in ("zh", "en"):
        assert "{" not in error.full(lang)
        assert "words_of_erased" not in error.full(lang)


async def test_a_complaint_of_an_erased_customer_is_read_and_takes_steps_without_words(desk, clock):
    now = await opened(desk)
    await step(desk, now, "begin")
    await erase(desk, now)
    assert (await step(desk, now, Command("heard_out", {"heard": True, "emotion": 4})))["state"] == "apologize"
    await amend(desk, HANDLER, by_of(HANDLER), now, {"severity": 3}, REPLY, expected=3)
    await assign(desk, HANDLER, by_of(HANDLER), now, Assignment({"team": "night"}), REPLY, expected=4)
    await add_contact(desk, HANDLER, by_of(HANDLER), now, Touch("out", "phone", verification=2), REPLY)
    await add_promise(desk, HANDLER, by_of(HANDLER), now, "call_back", clock.now() + timedelta(days=1), None, REPLY)
    found = await one(desk, now)
    assert found.key is None
    assert set(found.texts.values()) == {None}
    assert (found.complaint["severity"], found.complaint["team"], found.complaint["verification"]) == (3, "night", 2)
    assert (await as_of(desk, now, clock.now())).complaint["version"] == found.complaint["version"]
    assert len((await events(desk, now, None, 50))[0]) == 7
    _, _, actions = await open_actions(desk, HANDLER, now)
    assert "apologized" in {action.transition.name for action in actions if action.allowed}
    assert [own["id"] for own, _, key in (await list_page(desk, Filters())).rows if key is None] == [now]


async def test_words_are_refused_with_the_place_where_they_stood(desk, clock):
    now = await opened(desk)
    await step(desk, now, "begin")
    await erase(desk, now)
    by, before = by_of(HANDLER), await row(desk, now)
    with pytest.raises(Refused) as refused:
        await add_note(desk, HANDLER, by, now, "他要求晚上六点后联系", REPLY)
    wordless(refused, "text")
    with pytest.raises(Refused) as refused:
        await step(desk, now, Command("transfer", {"transfer_reason": "not_mine"}, "给小王"))
    wordless(refused, "note")
    with pytest.raises(Refused) as refused:
        await step(desk, now, Command("escalate", {"escalate_reason": "media", "threat": "我要找电视台"}, "请快"))
    wordless(refused, "data.threat", "note")
    with pytest.raises(Refused) as refused:
        await step(desk, now, "investigate", Command("found", {"finding": "多收属实"}))
    wordless(refused, "steps[1].data.finding")
    with pytest.raises(Refused) as refused:
        await amend(desk, HANDLER, by, now, {"remedy_sought": {"kind": "refund", "text": "退钱"}}, REPLY, expected=2)
    wordless(refused, "remedy_sought.text")
    assert await row(desk, now) == before


async def test_it_is_closed_by_its_timers_moved_in_bulk_and_merged(desk, clock):
    first, second, third = [await opened(desk) for _ in range(3)]
    await step(desk, first, "begin", Command("heard_out", {"heard": True}), Command("apologized", {"apologized": True}))
    await step(desk, first, Command("ask_customer", {"needed": "账单照片"}))
    await erase(desk, first)
    (done, other) = await transition_many(desk, SUPERVISOR, by_of(SUPERVISOR), [second, third], Command("begin", {}))
    assert (done.error, other.error) == (None, None)
    await merge(desk, HANDLER, by_of(HANDLER), third, second, None, REPLY, expected=2)
    assert (await row(desk, third))["state"] == "merged"
    for _ in range(9):
        await run_once(desk, clock.advance(timedelta(days=10)))
    assert (await row(desk, first))["state"] == "closed"
    assert {r["status"] for r in await rows(desk, timer, complaint_id=first)} <= {"done", "superseded"}


async def test_a_repeat_after_the_erasure_has_no_words_and_a_first_answer_is_kept(desk):
    now = await opened(desk)

    def same(key: str) -> Reply:
        return Reply(brief, request_of(desk.vault, user_id=HANDLER.id, method="POST", template="/x", key=key, body=b""))

    async def take(name: str, key: str):
        return await transition(desk, HANDLER, by_of(HANDLER), now, [Command(name, {})], same(key))

    await take("begin", "before")
    await erase(desk, now)
    answer, repeated = await take("begin", "before")
    assert (answer.body, repeated) == (None, True)
    first, repeated = await take("investigate", "after")
    assert not repeated
    assert await take("investigate", "after") == (first, True)


async def test_no_new_complaint_is_taken_in_for_the_erased_customer(desk):
    now = await opened(desk)
    await erase(desk, now)
    with pytest.raises(NotFound) as gone:
        await opened(desk)
    assert [reason.code for reason in gone.value.reasons] == ["customer_erased"]
