"""Clocks on a real database: each level told exactly once, whatever the time and the processes do; and what is done then."""

from __future__ import annotations

import asyncio
import shutil
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta

import pytest

from app.audit.tables import event
from app.boot import build_desk, publish_all
from app.catalogue.definitions import publish
from app.complaints.tables import complaint
from app.customers.store import Data
from app.desk.amend import amend
from app.desk.asking import as_of, one
from app.desk.clock_view import clock_views
from app.desk.customers import store_customers
from app.desk.desk import BY_SYSTEM, Desk, by_of
from app.desk.outcome import Reply
from app.desk.policy import POLICY
from app.desk.readings import readings_of
from app.desk.who import Caller
from app.outbox.jobs import enqueue
from app.outbox.tables import job
from app.people.tables import notice
from app.timers.tables import timer
from app.worker.loop import run_once
from app.workflow.problems import DefinitionError
from tests.integration.core_world import SUPERVISOR, brief
from tests.integration.worker_world import EXTERNAL, HANDLER, WORKFLOWS, desk_of, opened, rows, settings, step

HEAD = "title: {zh: 政策, en: Policy}\nclocks:\n  answer:\n    title: {zh: 答复, en: Answer}\n    calendar: always\n    starts: {opened: true}\n"
ANSWER = (
    HEAD
    + "    stops: {kind: final}\n"
    + """    targets:
      - {severity: 3-4, within: 2 hours}
      - {within: 4 hours}
    warn:
      - {at: 50%, notify: [assignee, owner]}
    breach: {notify: [owner, team, supervisor], severity: 3, reassign: duty, transition: nudge}
"""
)
WARN, BREACH = timedelta(hours=2), timedelta(hours=4)


@pytest.fixture
async def desk(database_url, tmp_path, clock):
    async with desk_of(database_url, tmp_path, clock, ANSWER) as desk:
        yield desk


async def told(desk: Desk, complaint_id) -> list[str]:
    found = await rows(desk, event, complaint_id=complaint_id)
    return [e["type"] for e in found if e["type"].startswith("clock")]


async def armed(desk: Desk, complaint_id) -> set[str]:
    (row,) = await rows(desk, complaint, id=complaint_id)
    return {name for name in row["armed"] if name.startswith("clock:")}


async def shown(desk: Desk, complaint_id):
    found = await one(desk, complaint_id)
    (view,) = clock_views(readings_of(found.complaint, found.customer, found.terms, found.at), "en")
    return view


async def publish_policy(desk: Desk, text: str) -> None:
    now = desk.runtime.clock.now()
    async with desk.runtime.db.write() as conn:
        await publish(conn, BY_SYSTEM, now, POLICY, POLICY, text)
        await conn.execute(job.insert().values(**enqueue("retime_clocks", {}, now).row))


async def test_a_clock_warns_then_breaches_and_does_what_the_policy_says(desk, clock):
    now = await opened(desk, team="north")
    await run_once(desk, clock.advance(WARN - timedelta(seconds=1)))
    assert await told(desk, now) == []
    await run_once(desk, clock.advance(timedelta(seconds=1)))
    assert (await told(desk, now), await armed(desk, now)) == (["clock_warned"], {"clock:answer:breach"})
    await run_once(desk, clock.advance(BREACH - WARN))
    assert await told(desk, now) == ["clock_warned", "clock_breached"]
    (row,) = await rows(desk, complaint, id=now)
    assert (row["severity"], row["team"], row["assignee_id"]) == (3, "duty", None)
    (breach,) = await rows(desk, event, complaint_id=now, type="clock_breached")
    assert (breach["actor"], breach["data"]["taken"], breach["data"]["late_seconds"]) == ("system", True, 0)
    assert breach["data"]["notified"] == [f"user:{HANDLER.id}", "team:north", "role:supervisor"]
    assert [n["kind"] for n in await rows(desk, notice, complaint_id=now)] == ["clock_warned"] + ["clock_breached"] * 3
    nudges = [e["seq"] for e in await rows(desk, event, complaint_id=now, transition="nudge")]
    assert nudges[-1] == breach["seq"] + 1
    assert await armed(desk, now) == set()


async def test_a_step_that_the_workflow_refuses_is_put_on_record(database_url, tmp_path, clock):
    policy = ANSWER.replace("transition: nudge", "transition: shut_it").replace("severity: 3,", "severity: 4,")
    async with desk_of(database_url, tmp_path, clock, policy) as desk:
        now = await opened(desk)
        await run_once(desk, clock.advance(BREACH))
        (breach,) = await rows(desk, event, complaint_id=now, type="clock_breached")
        assert (breach["data"]["taken"], breach["data"]["reasons"]) == (False, ["transition_refused", "harmless"])
        assert (await rows(desk, complaint, id=now))[0]["final"] is False


@pytest.mark.parametrize(("jump", "late"), [(timedelta(days=3), timedelta(hours=69)), (timedelta(hours=-2), timedelta(hours=1))])
async def test_the_clock_jumps_across_a_restart_and_each_level_is_told_once(database_url, tmp_path, clock, jump, late):
    async with desk_of(database_url, tmp_path, clock, ANSWER) as before:
        now = await opened(before)
        await run_once(before, clock.advance(timedelta(hours=1)))
    clock.advance(jump)
    for _ in range(4):
        async with desk_of(database_url, tmp_path, clock, ANSWER) as after:  # a new process each time
            await run_once(after, clock.now())
        clock.advance(timedelta(hours=2))
    async with desk_of(database_url, tmp_path, clock, ANSWER) as after:
        assert await told(after, now) == ["clock_warned", "clock_breached"]
        (breach,) = await rows(after, event, complaint_id=now, type="clock_breached")
        assert breach["data"]["late_seconds"] == late.total_seconds()


async def test_a_worker_that_was_down_over_the_deadline_tells_late_and_it_is_counted(desk, clock):
    now = await opened(desk)
    await run_once(desk, clock.advance(BREACH + timedelta(hours=1)))
    await run_once(desk, clock.advance(timedelta(hours=1)))
    assert await told(desk, now) == ["clock_warned", "clock_breached"]
    sample = desk.runtime.metrics.registry.get_sample_value
    counted = [sample("amends_clock_levels_total", {"clock": "answer", "level": n, "late": "yes"}) for n in ("50", "breach")]
    assert counted == [1, 1]
    assert (await shown(desk, now))["breached_at"] == clock.now() - timedelta(hours=4)  # at severity 3 it was two hours


async def test_four_workers_tell_each_level_exactly_once(database_url, tmp_path, clock):
    async with AsyncExitStack() as stack:
        desks = [await stack.enter_async_context(desk_of(database_url, tmp_path, clock, ANSWER)) for _ in range(4)]
        many = [await opened(desks[0]) for _ in range(12)]
        for _ in range(2):
            now = clock.advance(BREACH)
            await asyncio.gather(*(run_once(desk, now) for desk in desks))
        assert [await told(desks[0], one_) for one_ in many] == [["clock_warned", "clock_breached"]] * 12


async def test_a_pause_tells_nothing_and_the_clock_goes_on_where_it_stood(desk, clock):
    now = await opened(desk)
    clock.advance(timedelta(hours=1))
    await step(desk, now, "park")
    assert (await armed(desk, now), (await shown(desk, now))["due_at"]) == (set(), None)
    assert (await rows(desk, complaint, id=now))[0]["next_deadline"] is None
    await run_once(desk, clock.advance(timedelta(days=2)))
    assert await told(desk, now) == []
    await step(desk, now, "resume")
    view = await shown(desk, now)
    assert (view["elapsed_seconds"], view["due_at"]) == (3600, clock.now() + timedelta(hours=3))
    await run_once(desk, clock.advance(timedelta(hours=1)))
    assert await told(desk, now) == ["clock_warned"]


async def test_a_change_of_severity_moves_the_deadline_of_the_same_clock(desk, clock):
    now = await opened(desk)
    clock.advance(timedelta(minutes=30))
    await amend(desk, SUPERVISOR, by_of(SUPERVISOR), now, {"severity": 4}, Reply(brief), expected=1)
    view = await shown(desk, now)
    assert (view["elapsed_seconds"], view["target"], view["due_at"]) == (1800, "2 hours", clock.now() + timedelta(minutes=90))
    await run_once(desk, clock.advance(timedelta(minutes=30)))
    assert await told(desk, now) == ["clock_warned"]  # half of two hours
    statuses = [t["status"] for t in await rows(desk, timer, complaint_id=now, name="clock:answer:50")]
    assert sorted(statuses) == ["done", "waiting"]  # the older one will find itself superseded


async def test_a_published_policy_is_seen_at_once_and_armed_by_the_worker(desk, clock):
    now = await opened(desk)
    clock.advance(timedelta(minutes=10))
    await publish_policy(desk, ANSWER.replace("within: 4 hours", "within: 1 hour"))
    view = await shown(desk, now)
    assert (view["target"], view["elapsed_seconds"], view["due_at"]) == ("1 hour", 600, clock.now() + timedelta(minutes=50))
    await run_once(desk, clock.now())
    (row,) = await rows(desk, complaint, id=now)
    assert row["next_deadline"] == clock.now() + timedelta(minutes=50)
    assert await told(desk, now) == ["clocks_set"]
    await publish_policy(desk, ANSWER.replace("within: 4 hours", "within: 1 hour").replace("50%", "60%"))
    await run_once(desk, clock.advance(timedelta(minutes=20)))
    await run_once(desk, clock.advance(timedelta(minutes=6)))
    assert await told(desk, now) == ["clocks_set", "clock_warned"]
    assert (await rows(desk, event, complaint_id=now, type="clock_warned"))[0]["data"]["level"] == "60"


BY_SEGMENT = ANSWER.replace("- {severity: 3-4, within: 2 hours}", "- {segment: high_value, within: 1 hour}")


async def in_segment(desk: Desk, segment: str | None, crm_id: str = EXTERNAL) -> None:
    """As the CRM sends it."""
    async with desk.runtime.db.write() as conn:
        data = Data(crm_id, facts={"segment": segment})
        await store_customers(conn, desk.vault, BY_SYSTEM, desk.runtime.clock.now(), [data])


async def test_a_new_segment_sets_the_timers_of_the_customers_open_complaints(database_url, tmp_path, clock):
    async with desk_of(database_url, tmp_path, clock, BY_SEGMENT) as desk:
        mine, ended, other = await opened(desk), await opened(desk), await opened(desk, Caller(external_id="CRM-2", name="别人"))
        await step(desk, ended, "shut_it")
        clock.advance(timedelta(minutes=10))
        await in_segment(desk, "high_value")
        assert [row["kind"] for row in await rows(desk, job)] == ["retime_clocks"]
        await run_once(desk, clock.now())
        assert (await one(desk, mine)).complaint["next_deadline"] == clock.now() + timedelta(minutes=50)
        assert [await told(desk, each) for each in (mine, ended, other)] == [["clocks_set"], [], []]
        await run_once(desk, clock.advance(timedelta(minutes=20)))
        assert await told(desk, mine) == ["clocks_set", "clock_warned"]  # half of one hour
        await run_once(desk, clock.advance(timedelta(minutes=30)))
        assert await told(desk, mine) == ["clocks_set", "clock_warned", "clock_breached"]


async def test_no_timer_is_looked_at_where_the_segment_stays_or_nothing_is_open(database_url, tmp_path, clock):
    async with desk_of(database_url, tmp_path, clock, BY_SEGMENT) as desk:
        await in_segment(desk, "mass", "CRM-9")  # a customer without a complaint
        await in_segment(desk, "high_value", "CRM-9")
        mine = await opened(desk)
        await in_segment(desk, None)
        await step(desk, mine, "shut_it")
        await in_segment(desk, "high_value")
        assert await rows(desk, job) == []


async def test_what_has_ended_keeps_its_figures_whatever_is_published_later(desk, clock):
    now = await opened(desk)
    clock.advance(timedelta(hours=1))
    await step(desk, now, "shut_it")
    view = await shown(desk, now)
    assert (view["state"], view["elapsed_seconds"], view["target"]) == ("met", 3600, "4 hours")
    await publish_policy(desk, ANSWER.replace("within: 4 hours", "within: 10 minutes"))
    await run_once(desk, clock.advance(timedelta(days=1)))
    after = await shown(desk, now)
    assert {name: after[name] for name in view if name != "why"} == {name: view[name] for name in view if name != "why"}
    assert await told(desk, now) == []


async def test_the_clocks_are_shown_as_they_stood_then(desk, clock):
    now = await opened(desk)
    then = clock.advance(timedelta(hours=3))
    await publish_policy(desk, ANSWER.replace("within: 4 hours", "within: 1 hour"))
    await run_once(desk, clock.advance(timedelta(hours=3)))
    found = await as_of(desk, now, then - timedelta(minutes=1))
    (view,) = clock_views(readings_of(found.complaint, found.customer, found.terms, found.at), "en")
    assert (view["state"], view["target"], view["elapsed_seconds"]) == ("running", "4 hours", 10_740)


async def test_a_complaint_from_before_there_were_clocks_tells_by_its_columns_and_is_armed_by_the_worker(desk, clock):
    now = await opened(desk)
    async with desk.runtime.db.write() as conn:
        old = complaint.update().where(complaint.c.id == now)
        await conn.execute(old.values(marks=None, next_deadline=None, armed={}, due_at=None))
        await conn.execute(job.insert().values(**enqueue("retime_clocks", {}, clock.now()).row))
    assert (await shown(desk, now))["due_at"] == clock.now() + BREACH
    await run_once(desk, clock.now())
    assert await armed(desk, now) == {"clock:answer:50"}


async def test_publishing_a_changed_policy_asks_the_worker_to_arm_anew(desk):
    await publish_all(desk, only_missing=False)
    assert [row["kind"] for row in await rows(desk, job)] == ["retime_clocks"]


async def test_publishing_asks_that_the_clocks_know_the_tags_and_segments_published_with_them(database_url, tmp_path, clock):
    folder = tmp_path / "workflows"
    shutil.copytree(WORKFLOWS, folder)
    policy, tags = folder / "policy.yaml", folder / "tags.yaml"
    policy.write_text(policy.read_text("utf-8").replace("- {tag: [net.*, fixed.*],", "- {tag: [net.*, drone.*],"), "utf-8")
    desk = await build_desk(settings(database_url, tmp_path).model_copy(update={"workflows": folder}), clock)
    try:
        with pytest.raises(DefinitionError) as told:
            await publish_all(desk)
        assert [(p.code, p.told("policy.yaml", "en").startswith("policy.yaml:")) for p in told.value.problems] == [
            ("tag_unknown", True)
        ]
        drone = """
  - id: drone
    title: {zh: 无人机, en: Drones}
    tags:
      - {id: drone.lost, title: {zh: 丢失, en: Lost}, node: delivery, sensitivity: low}
"""
        tags.write_text(tags.read_text("utf-8") + drone, "utf-8")
        assert ("policy", 1) in await publish_all(desk)
        await publish_all(desk)
        tags.unlink()  # what is current counts where no file lies beside
        policy.write_text(policy.read_text("utf-8").replace("drone.*]", "drones.*]"), "utf-8")
        with pytest.raises(DefinitionError) as told:
            await publish_all(desk, only_missing=False)
        assert [p.nearest for p in told.value.problems] == ["drone.*"]
    finally:
        await desk.runtime.db.close()


async def test_a_policy_whose_clock_takes_a_step_that_no_workflow_has_is_refused_at_its_line(desk, tmp_path):
    shutil.copytree(desk.runtime.settings.workflows, tmp_path / "own")
    file, right = tmp_path / "own" / "policy.yaml", "breach: {notify: [owner, team]}"
    text = file.read_text("utf-8")
    line = next(number for number, row in enumerate(text.splitlines(), 1) if right in row)
    settings = desk.runtime.settings.model_copy(update={"workflows": tmp_path / "own"})
    own = replace(desk, runtime=replace(desk.runtime, settings=settings))

    def write(step: str) -> None:
        file.write_text(text.replace(right, right.replace("]}", f"], transition: {step}}}"), 1), "utf-8")

    write("escalat")
    with pytest.raises(DefinitionError) as refusal:
        await publish_all(own, only_missing=False)
    assert f"policy.yaml:{line}:1: There is no transition “escalat”. Did you mean “escalate”?" in refusal.value.full("en")
    write("nudge")  # a step of the other workflow that is published here
    assert ("policy", 2) in await publish_all(own, only_missing=False)
