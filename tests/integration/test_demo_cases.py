"""The six cases, played through the door on both databases: each to its end, by the rules, with nobody else's timers moved."""

from __future__ import annotations

from datetime import timedelta

import pytest
import pytest_asyncio
from sqlalchemy import select

from app.access.actor import Actor
from app.audit.tables import event
from app.cli.demo import DemoUnavailable, _chosen
from app.cli.demo_show import Screen
from app.complaints.queries import load
from app.customers.queries import by_id
from app.desk.asking import one as look_at
from app.desk.desk import by_of
from app.desk.intake import Opening, open_complaint
from app.desk.outcome import Reply
from app.desk.who import Caller
from app.integrations.demo.deeds import Unexpected
from app.integrations.demo.files import Act, DemoFileInvalid, Take, read_cases
from app.integrations.demo.player import play
from app.integrations.demo.playing import Play
from app.integrations.demo.world import fixed_id, load_world
from app.timers.tables import timer
from tests.conftest import START
from tests.integration.demo_world import WORKFLOWS, definition, demo_desk

CASES = ["wrong-size", "broken-promise", "too-angry-today", "data-overrun", "phone-settings", "home-for-the-festival"]


@pytest_asyncio.fixture
async def place(database_url, tmp_path):
    async with demo_desk(database_url, tmp_path) as (desk, clock):
        await load_world(desk)
        yield desk, clock


async def played(place, name, lang="zh"):
    """The case after its end, and its scenes."""
    desk, clock = place
    case = next(c for c in read_cases(desk.runtime.settings) if c.id == name)
    game = Play(desk, clock, case, lang)
    return game, [scene async for scene in play(game)]


async def history(desk, complaint_id):
    async with desk.runtime.db.read() as conn:
        query = select(event.c.type, event.c.transition, event.c.actor).where(event.c.complaint_id == complaint_id)
        return [tuple(row) for row in await conn.execute(query.order_by(event.c.id))]


def taken(events):
    return [transition for kind, transition, _ in events if kind == "transitioned"]


def test_the_six_cases_are_delivered(tmp_path):
    from app.settings import Settings

    assert [case.id for case in read_cases(Settings(workflows=WORKFLOWS, var=tmp_path))] == CASES


@pytest.mark.parametrize(("name", "lang"), list(zip(CASES, ["zh", "en"] * 3, strict=True)))
async def test_each_case_ends_with_the_customers_yes(place, name, lang, capsys):
    game, scenes = await played(place, name, lang)
    found = await load(place[0].runtime.db, game.id, None)
    assert found is not None
    complaint = found[0]
    assert (complaint["state"], complaint["final"], complaint["open_promises"], complaint["open_work_orders"]) == (
        "closed",
        True,
        0,
        0,
    )
    assert complaint["resolved_at"] is not None
    assert taken(await history(place[0], game.id))[-1] == "confirmed"
    screen = Screen(lang)
    screen.case(game.case)
    for scene in scenes:
        screen.scene(scene)
    screen.end(game.definition().stage(complaint["state"]).title, game.last)
    printed = capsys.readouterr().out
    assert complaint["number"] in printed
    assert "demo." not in printed
    assert "{" not in printed.replace("{link}", "")


async def test_wrong_size_the_smaller_plan_is_a_remedy_and_no_offer(place):
    game, _ = await played(place, "wrong-size")
    events = await history(place[0], game.id)
    assert "care_then_offer" not in taken(events)
    found = await look_at(place[0], game.id)
    assert found.complaint["remedy"]["kind"] == "plan_change"
    words = found.texts[found.complaint["remedy"]["text"]["text"]]
    assert words is not None
    assert "每月少付 67 元" in words


async def test_broken_promise_the_new_promise_is_kept_and_the_customer_told(place):
    game, _ = await played(place, "broken-promise")
    kinds = [kind for kind, _, _ in await history(place[0], game.id)]
    assert kinds.count("promised") == kinds.count("promise_ended") == kinds.count("work_ordered") == 1
    assert kinds.count("work_order_moved") == 3


async def test_too_angry_today_giving_up_is_refused_with_every_reason(place):
    game, scenes = await played(place, "too-angry-today", "en")
    refused = [reason.en for scene in scenes for reason in scene.refused]
    assert refused[0] == "Call three times at least since you last spoke with the customer."
    assert len(refused) == 3
    events = await history(place[0], game.id)
    assert [kind for kind, _, _ in events].count("refused") == 1
    assert ("transitioned", "callback_missed", "system") not in events
    async with place[0].runtime.db.read() as conn:
        zhang = await by_id(conn, fixed_id("demo-zhang"))
    assert zhang is not None
    assert zhang["consents"] == {"marketing.phone": "granted"}


@pytest.mark.parametrize("name", ["broken-promise", "data-overrun", "home-for-the-festival"])
async def test_when_a_day_passes_the_system_asks_whether_it_is_solved(place, name):
    game, _ = await played(place, name)
    assert ("transitioned", "ask_if_solved", "system") in await history(place[0], game.id)


async def test_phone_settings_not_understood_is_not_solved(place):
    game, _ = await played(place, "phone-settings")
    assert game.last["counters"] == {"not_satisfied": 1}
    assert taken(await history(place[0], game.id)).count("solved") == 2


async def test_a_case_may_be_played_again(place):
    first, _ = await played(place, "data-overrun")
    second, _ = await played(place, "data-overrun")
    assert first.id != second.id


async def test_nobody_elses_timers_are_moved(place):
    desk, clock = place
    other = Actor(fixed_id("demo-handler"), "demo-handler", "", frozenset({"handler"}))
    opening = Opening(Caller(id=fixed_id("demo-zhao")), "phone", "账单不对")
    await open_complaint(desk, other, by_of(other), opening, Reply(lambda result: result.complaint["id"]))
    await played(place, "broken-promise")
    assert clock.now() > START + timedelta(days=3)
    async with desk.runtime.db.read() as conn:
        rows = [
            tuple(r)
            for r in await conn.execute(
                select(timer.c.status, timer.c.due_at).where(
                    timer.c.customer_id == fixed_id("demo-zhao"), timer.c.trigger != "clock"
                )
            )
        ]
    assert [status for status, _ in rows] == ["waiting"]
    assert rows[0][1] < clock.now()


async def test_a_step_that_should_have_been_refused_ends_the_play(place):
    desk, clock = place
    case = read_cases(desk.runtime.settings)[0]
    wrong = case.model_copy(update={"steps": (Act(refused=Take(transition="begin")),)})
    with pytest.raises(Unexpected):
        [scene async for scene in play(Play(desk, clock, wrong, "en"))]


async def test_cases_are_chosen_by_number_or_name(place):
    chosen = await _chosen(place[0], ["3", "wrong-size"])
    assert [case.id for case in chosen] == ["too-angry-today", "wrong-size"]
    with pytest.raises(DemoUnavailable) as caught:
        await _chosen(place[0], ["9"])
    assert "3 too-angry-today" in caught.value.full("en")


async def test_the_demo_does_not_send_real_messages(sqlite_url, tmp_path):
    async with demo_desk(sqlite_url, tmp_path, outbox_url="https://gateway.example/sms") as (desk, _):
        with pytest.raises(DemoUnavailable) as caught:
            await _chosen(desk, [])
    assert "AMENDS_OUTBOX_URL" in caught.value.full("zh")


async def test_a_mistake_in_a_case_file_names_the_file_and_the_place(tmp_path):
    from app.settings import Settings

    cases = tmp_path / "demo" / "cases"
    cases.mkdir(parents=True)
    text = (WORKFLOWS / "demo" / "cases" / "1-wrong-size.yaml").read_text("utf-8")
    (cases / "1.yaml").write_text(text.replace("verification: 3", "verified: 3").replace("wait:", "wait_for:"), "utf-8")
    with pytest.raises(DemoFileInvalid) as caught:
        read_cases(Settings(workflows=tmp_path))
    assert "1.yaml: steps.0.contact.verified" in caught.value.full("en")


def test_cases_name_only_tags_and_plans_that_exist(tmp_path):
    from app.integrations.demo.files import read_world
    from app.settings import Settings

    settings = Settings(workflows=WORKFLOWS, var=tmp_path)
    tags = {tag["id"] for group in definition("tags.yaml")["groups"] for tag in group["tags"]}
    plans = {plan["id"] for plan in definition("plans.yaml")["plans"]}
    world = read_world(settings)
    assert world is not None
    assert {person.plan for person in world.customers} <= plans
    for case in read_cases(settings):
        assert set(case.open.tags) <= tags
        assert case.customer in {person.external_id for person in world.customers}
        assert {case.by, case.opened_by or case.by, *(act.by or case.by for act in case.steps)} <= {
            user.name for user in world.users
        }
