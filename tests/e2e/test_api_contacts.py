"""Contacts and what hangs on them: emotion at both ends, the motives' half hour, calls in vain, word from one waited for."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from app.clock import FrozenClock
from app.worker.loop import run_once
from tests.e2e.api_world import World, etag, places, problem

SOLVED = {"remedy_kind": "explanation", "remedy_text": "讲清楚了", "suggestion": "no", "emotion_end": 2}
DIAGNOSED = {"motives": ["unknown"], "claim": "duty"}


async def took(amends: World, now: dict[str, Any], transition: str, data: dict[str, Any] | None = None, **more: Any) -> Any:
    """The answer to one step."""
    body = {"transition": transition, "data": data or {}}
    return await amends.post(f"/v1/complaints/{now['id']}/transitions", body, headers=etag(now["version"]), **more)


async def after(
    amends: World, now: dict[str, Any], transition: str, data: dict[str, Any] | None = None, **more: Any
) -> dict[str, Any]:
    """The complaint after one step."""
    answer = await took(amends, now, transition, data, **more)
    assert answer.status_code == 200, answer.text
    return dict(answer.json()["complaint"])


async def touched(amends: World, now: dict[str, Any], **contact: Any) -> dict[str, Any]:
    """The complaint after a contact."""
    answer = await amends.post(f"/v1/complaints/{now['id']}/contacts", {"direction": "out", "channel": "phone", **contact})
    assert answer.status_code == 201, answer.text
    return dict(answer.json()["complaint"])


async def contacts(amends: World, now: dict[str, Any]) -> list[dict[str, Any]]:
    """What the history tells of each contact."""
    items = (await amends.get(f"/v1/complaints/{now['id']}/events")).json()["items"]
    return [item["data"] for item in items if item["type"] == "contacted"]


async def resolving(amends: World, **opening: Any) -> dict[str, Any]:
    """A complaint about to be solved."""
    now = await amends.walked(await amends.opened(**opening), "begin", "heard_out", "apologized")
    return await after(amends, now, "diagnosed", DIAGNOSED)


async def test_a_step_that_is_a_contact_tells_how_the_customer_felt_at_both_ends(amends: World):
    now = await after(amends, await resolving(amends, emotion=4), "solved", SOLVED)
    (solved,) = await contacts(amends, now)
    assert (solved["direction"], solved["outcome"], solved["emotion_start"], solved["emotion_end"]) == ("in", "answered", 4, 2)
    now = await after(amends, now, "not_satisfied", {"emotion": 5})
    again = (await contacts(amends, now))[-1]
    assert (again["emotion_start"], again["emotion_end"], now["emotion"]) == (5, None, 5)


async def test_what_is_told_in_a_call_we_made_belongs_to_that_call(embedded: World):
    now = await after(embedded, await embedded.opened(), "hang_up", {"emotion_end": 5})
    now = await after(embedded, now, "reached_with_answer", {"outcome": "answered", "emotion": 3})
    now = await after(embedded, now, "solved", SOLVED)
    assert [(c["direction"], c["emotion_start"], c["emotion_end"]) for c in await contacts(embedded, now)] == [
        ("in", None, 5),
        ("out", 3, None),
        ("out", 3, 2),
    ]


async def test_motives_may_be_settled_for_half_an_hour_after_each_contact(embedded: World, clock: FrozenClock):
    now = await resolving(embedded)
    clock.advance(timedelta(minutes=30))
    now = await after(embedded, now, "settle_motives", {"motives": ["respect"]})
    clock.advance(timedelta(minutes=1))
    late = problem(await took(embedded, now, "settle_motives", {"motives": ["vent"]}), 409, "transition_refused")
    assert places(late) == [("soon_after", None)]
    body = {"motives": ["vent"]}
    patched = await embedded.call("PATCH", f"/v1/complaints/{now['id']}", json=body, headers=etag(now["version"]))
    assert places(problem(patched, 409, "change_refused")) == [("motives_too_late", "motives")]
    now = await touched(embedded, now)  # nothing but the time of the contact is new
    clock.advance(timedelta(minutes=30))
    now = await after(embedded, now, "settle_motives", {"motives": ["vent", "heard"]})
    assert now["motives"] == ["vent", "heard"]


async def test_a_new_search_for_the_customer_counts_its_own_calls(embedded: World, clock: FrozenClock):
    """Three calls on two days found nobody; he came back; the next search begins at none."""
    now = await after(embedded, await embedded.opened(), "hang_up", {"emotion_end": 4})
    for hours in (1, 8, 24):
        clock.advance(timedelta(hours=hours))
        now = await after(embedded, now, "not_reached", {"outcome": "no_answer"})
    now = await after(embedded, now, "give_up_calling")
    clock.advance(timedelta(hours=1))
    now = await after(embedded, now, "customer_back", {"channel": "phone"})
    now = await after(embedded, now, "hang_up", {"emotion_end": 4})
    assert len(now["attempts"]) == 3
    early = problem(await took(embedded, now, "give_up_calling"), 409, "transition_refused")
    assert {code for code, _ in places(early)} == {"enough_attempts", "enough_days", "different_dayparts"}


async def test_word_from_a_customer_who_could_not_be_reached_goes_on_at_once(amends: World, clock: FrozenClock):
    now = await after(amends, await amends.opened(), "hang_up", {"emotion_end": 4})
    for hours in (1, 8, 24):
        clock.advance(timedelta(hours=hours))
        now = await after(amends, now, "not_reached", {"outcome": "no_answer"})
    now = await after(amends, now, "give_up_calling")
    assert (await touched(amends, now, outcome="no_answer"))["state"] == "unreachable"
    answer = await amends.post(
        f"/v1/complaints/{now['id']}/contacts",
        {"direction": "in", "channel": "sms", "verification": 1, "emotion_start": 3},
        role="integration",
    )
    back = answer.json()["complaint"]
    assert (answer.status_code, back["state"], back["emotion"], back["verification"]) == (201, "diagnose", 3, 1)
    assert [(e["type"], e["transition"]) for e in answer.json()["events"]] == [
        ("contacted", None),
        ("transitioned", "customer_back"),
    ]
    assert answer.headers["etag"] == f'"{back["version"]}"'
    assert len(await contacts(amends, now)) == 6  # hung up, three calls, one more, and this: none twice


async def test_a_call_back_that_was_made_is_not_missed_later(embedded: World, clock: FrozenClock):
    window = {"window_from": "2026-03-10T11:00:00+08:00", "window_until": "2026-03-10T12:00:00+08:00"}
    now = await after(embedded, await embedded.opened(), "agree_callback", window)
    clock.advance(timedelta(minutes=70))
    now = await after(embedded, now, "reached", {"outcome": "answered"})
    assert (now["callback_from"], now["callback_until"]) == (None, None)
    now = await after(embedded, now, "hang_up", {"emotion_end": 5})
    assert [timer["name"] for timer in now["timers"]] == ["callback_waits"]


async def test_a_time_agreed_that_is_over_starts_no_clock(embedded: World, clock: FrozenClock):
    window = {"window_from": "2026-03-10T11:00:00+08:00", "window_until": "2026-03-10T12:00:00+08:00"}
    now = await after(embedded, await embedded.opened(), "agree_callback", window)
    now = await after(embedded, now, "vent_again", {"emotion": 5})
    clock.advance(timedelta(hours=5))
    now = await after(embedded, now, "hang_up", {"emotion_end": 5})
    assert [timer["name"] for timer in now["timers"]] == ["callback_waits"]


async def test_no_answer_by_day_seven_closes_and_is_never_taken_for_a_yes(amends: World, clock: FrozenClock):
    first = await after(amends, await resolving(amends), "solved", SOLVED)
    first = await after(amends, first, "care_then_follow_up", {"care": "advice"})
    first = await after(amends, first, "confirmed", {"confirmed_by": "phone"})
    assert first["closed_as"] == "confirm"
    again = await after(amends, first, "reopen", {"reopen_reason": "same_again"})
    assert (again["closed_as"], again["round"]) == (None, 2)
    again = await after(amends, again, "diagnosed", DIAGNOSED)
    again = await after(amends, again, "solved", SOLVED)
    again = await after(amends, again, "care_then_follow_up", {"care": "advice"})
    clock.advance(timedelta(days=6, hours=23))
    await run_once(amends.desk, clock.now())
    assert (await amends.get(f"/v1/complaints/{again['id']}")).json()["state"] == "follow_up"
    clock.advance(timedelta(hours=1))
    await run_once(amends.desk, clock.now())
    ended = (await amends.get(f"/v1/complaints/{again['id']}")).json()
    assert (ended["state"], ended["closed_as"]) == ("closed", "no_answer")
