"""What only time brings, through the worker: reminders, silence that ends, alarms, and the days in which one may come back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from app.clock import FrozenClock
from app.worker.loop import run_once
from tests.e2e.api_world import World, etag, places, problem


async def later(amends: World, clock: FrozenClock, now: dict[str, Any], **passed: int) -> dict[str, Any]:
    """The complaint after time has passed and the worker has done what was due."""
    clock.advance(timedelta(**passed))
    await run_once(amends.desk, clock.now())
    return dict((await amends.get(f"/v1/complaints/{now['id']}")).json())


async def took(amends: World, now: dict[str, Any], transition: str, data: dict[str, Any], **more: Any) -> Any:
    body = {"transition": transition, "data": data}
    return await amends.post(f"/v1/complaints/{now['id']}/transitions", body, headers=etag(now["version"]), **more)


async def steps_by_time(amends: World, now: dict[str, Any]) -> list[str]:
    """The steps that the clock took, oldest first."""
    items = (await amends.get(f"/v1/complaints/{now['id']}/events")).json()["items"]
    return [item["transition"] for item in items if item["type"] == "transitioned" and item["role"] == "system"]


async def test_a_customer_who_stays_silent_is_reminded_given_up_and_closed_without_a_yes(amends: World, clock: FrozenClock):
    now = await amends.walked(await amends.opened(), "investigate", "ask_customer")
    now = await later(amends, clock, now, days=3, hours=1)
    assert (now["state"], await steps_by_time(amends, now)) == ("waiting_customer", ["remind_customer"])
    now = await later(amends, clock, now, days=12)
    assert (now["state"], await steps_by_time(amends, now)) == ("unreachable", ["remind_customer", "no_word_from_customer"])
    now = await later(amends, clock, now, days=29)
    assert now["state"] == "unreachable"
    now = await later(amends, clock, now, days=1)
    assert (now["state"], now["closed_as"], now["resolved_at"]) == ("closed", "no_answer", None)
    assert (await steps_by_time(amends, now))[-1] == "close_unreached"


async def test_one_may_come_back_for_thirty_days_and_each_time_is_a_round(embedded: World, clock: FrozenClock):
    now = await embedded.walked(await embedded.opened(), "close_at_first_contact")
    clock.advance(timedelta(days=30))
    answer = await took(embedded, now, "reopen", {"reopen_reason": "same_again"}, role="integration")
    now = answer.json()["complaint"]
    assert (now["state"], now["round"], now["counters"]["reopened"], now["closed_at"]) == ("diagnose", 2, 1, None)
    now = (await took(embedded, now, "withdraw", {})).json()["complaint"]
    clock.advance(timedelta(days=30, seconds=1))
    late = problem(await took(embedded, now, "reopen", {}), 409, "transition_refused")
    assert places(late) == [("within_30_days", None)]


async def test_an_escalation_that_nobody_takes_up_in_half_an_hour_raises_the_alarm_once(embedded: World, clock: FrozenClock):
    now = (await took(embedded, await embedded.opened(), "escalate", {"escalate_reason": "media"})).json()["complaint"]
    assert now["severity"] == 3
    taken = (await took(embedded, await embedded.opened(), "escalate", {"escalate_reason": "legal"})).json()["complaint"]
    taken = (await took(embedded, taken, "take_charge", {}, role="supervisor")).json()["complaint"]
    now = await later(embedded, clock, now, minutes=30)
    assert (now["severity"], await steps_by_time(embedded, now)) == (4, ["escalation_alarm"])
    now = await later(embedded, clock, now, hours=5)
    assert await steps_by_time(embedded, now) == ["escalation_alarm"]
    assert await steps_by_time(embedded, taken) == []
