"""The queue on real databases: who gets what, in which order, and nobody waits behind somebody who is not there."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest
from sqlalchemy import func, select, update

from app.access.answers import Answer
from app.audit.tables import event
from app.commitments.tables import promise
from app.complaints.tables import complaint
from app.customers.tables import customer
from app.db.ids import new_id
from app.desk.assign import Assignment, assign
from app.desk.desk import by_of
from app.desk.outcome import Reply
from app.desk.queue import extend, release, skip
from app.desk.queue_view import view
from app.desk.who import Caller
from app.desk.work_orders import add_work_order, move_work_order
from app.errors import Invalid, Refused
from app.people.notices import notices_of
from app.people.person import Skill
from app.workflow.machine import Command
from tests.integration.core_world import SUPERVISOR, brief, desk_at, opened, row, rows, step
from tests.integration.people_world import got, nobodys, policy, put, said, team, took, worker
from tests.sizes import size


def answer(made) -> Answer:
    return Answer(200, {}, orjson.dumps({name: str(value) for name, value in made.items()}))


async def test_the_nearest_comes_first_then_segment_then_severity(database_url, tmp_path, clock):
    async with desk_at(database_url, tmp_path, clock) as desk:
        wang = await worker(desk, "wang")
        ids = [await opened(desk, Caller(external_id=f"C{n}"), severity=s) for n, s in enumerate((1, 2, 3, 2))]
        await nobodys(desk, ids)
        await put(desk, ids[0], next_deadline=clock.now() + timedelta(minutes=20))  # nearer by more than a slot
        async with desk.runtime.db.write() as conn:
            whose = select(complaint.c.customer_id).where(complaint.c.id == ids[3]).scalar_subquery()
            await conn.execute(update(customer).where(customer.c.id == whose).values(segment="youth"))
        order = []
        for _ in ids:
            found = await got(desk, wang)
            order.append(found)
            await put(desk, found, leased_by=UUID(int=9))
        assert order == [ids[0], ids[3], ids[2], ids[1]]
        assert await got(desk, wang) is None


async def test_a_promise_counts_as_a_deadline(database_url, tmp_path, clock):
    async with desk_at(database_url, tmp_path, clock) as desk:
        wang = await worker(desk, "wang")
        ids = [await opened(desk, Caller(external_id=f"C{n}")) for n in range(2)]
        await nobodys(desk, ids, timedelta(hours=5))
        await put(desk, ids[0], next_deadline=clock.now() + timedelta(hours=3))
        made = {"complaint_id": ids[1], "customer_id": (await row(desk, ids[1]))["customer_id"], "kind": "call_back", "by": "x"}
        made |= {"id": new_id(clock.now()), "due_at": clock.now() + timedelta(hours=1), "status": "open", "made_at": clock.now()}
        async with desk.runtime.db.write() as conn:
            await conn.execute(promise.insert().values(**made))
        await put(desk, ids[1], open_promises=1)
        assert await got(desk, wang) == ids[1]


async def test_asking_again_gives_the_same_until_its_step_is_taken(database_url, tmp_path, clock):
    async with desk_at(database_url, tmp_path, clock) as desk:
        wang, li = await worker(desk, "wang"), await worker(desk, "li")
        ids = [await opened(desk, Caller(external_id=f"C{n}")) for n in range(2)]
        await nobodys(desk, ids)
        first = await got(desk, wang)
        assert await got(desk, wang) == first
        assert await got(desk, li) not in {first, None}
        await put(desk, first, kind="waiting_customer")
        assert await got(desk, wang) is None
        clock.advance(timedelta(minutes=11))
        await put(desk, first, kind="working", leased_by=None)
        assert await got(desk, wang) is not None


async def test_whoever_takes_the_first_step_owns_it(database_url, tmp_path, clock):
    async with desk_at(database_url, tmp_path, clock) as desk:
        wang = await worker(desk, "wang")
        one = await opened(desk)
        await nobodys(desk, [one])
        assert await got(desk, wang) == one
        assert (await row(desk, one))["owner_id"] is None
        await step(desk, one, await _first(desk, one, wang), actor=wang)
        assert (await row(desk, one))["owner_id"] == wang.id


async def _first(desk, complaint_id, actor) -> Command:
    """The first step open to the actor, its form filled."""
    from random import Random

    from app.desk.asking import open_actions
    from app.workflow.samples import sample

    _, _, actions = await open_actions(desk, actor, complaint_id)
    open_ = next(a for a in actions if a.allowed)
    return Command(open_.transition.name, sample(open_.form, Random(1)), "因为" if open_.note_required else None)


async def test_an_owner_who_is_there_keeps_it_then_the_deputy_then_the_team(database_url, tmp_path, clock):
    async with desk_at(database_url, tmp_path, clock) as desk:
        owner = await worker(desk, "owner", presence="busy", deputy="deputy")
        deputy, other = await worker(desk, "deputy", presence="available"), await worker(desk, "other", presence="available")
        one = await opened(desk)
        await put(desk, one, owner_id=owner.id, next_deadline=clock.now() + timedelta(hours=5))
        assert await got(desk, other) is None
        assert await got(desk, deputy) is None
        await said(desk, owner, "offline")
        assert await got(desk, other) is None
        assert (found := await took(desk, deputy)) is not None
        assert found.complaint["id"] == one
        await put(desk, one, leased_by=None, leased_until=None)
        clock.advance(timedelta(minutes=31))
        assert await got(desk, other) == one


async def test_a_shift_that_is_over_keeps_nothing_back(database_url, tmp_path, clock):
    async with desk_at(database_url, tmp_path, clock) as desk:
        owner, other = await worker(desk, "owner"), await worker(desk, "other")
        await said(desk, owner, "available", clock.now() + timedelta(minutes=10))
        one = await opened(desk)
        await put(desk, one, owner_id=owner.id, next_deadline=clock.now() + timedelta(hours=5))
        assert await got(desk, other) is None
        clock.advance(timedelta(minutes=41))
        assert await got(desk, other) == one


async def test_near_its_deadline_it_is_kept_for_nobody(database_url, tmp_path, clock):
    async with desk_at(database_url, tmp_path, clock) as desk:
        owner, other = await worker(desk, "owner", presence="busy"), await worker(desk, "other")
        one = await opened(desk)
        await put(desk, one, owner_id=owner.id, next_deadline=clock.now() + timedelta(minutes=16))
        assert await got(desk, other) is None
        clock.advance(timedelta(minutes=2))
        assert await got(desk, other) == one


async def test_an_answered_work_order_and_a_reopening_come_to_the_owner(database_url, tmp_path, clock):
    async with desk_at(database_url, tmp_path, clock) as desk:
        owner = await worker(desk, "owner", presence="busy")
        one = await opened(desk)
        await put(desk, one, owner_id=owner.id)
        given, _ = await add_work_order(desk, owner, by_of(owner), one, "network", "量信号", None, Reply(_item))
        order = UUID(orjson.loads(given.body or b""))
        await put(desk, one, kind="waiting_internal")
        assert await got(desk, owner) is None
        await move_work_order(desk, owner, by_of(owner), one, order, "fed_back", "修好了", Reply(brief))
        assert await got(desk, owner) == one


def _item(result) -> Answer:
    return Answer(200, {}, orjson.dumps(str(result.extra["item"]["id"])))


CASES: list[tuple[dict[str, Any], dict[str, Any], int, bool]] = [
    ({}, {"tags": ["net.slow"]}, 0, False),
    ({}, {"tags": ["net.slow"]}, 21, True),  # waited long enough: anybody of the team
    ({"skills": [Skill("network")]}, {"tags": ["net.slow"]}, 0, True),
    ({"skills": [Skill("network", until=None)]}, {"tags": ["network.slow"]}, 0, True),
    ({"skills": [Skill("senior_handler", 1)]}, {"severity": 4}, 0, False),  # not well enough
    ({"skills": [Skill("senior_handler", 2)]}, {"severity": 4}, 0, True),
    ({}, {"callback_from": True}, 0, False),
    ({}, {"callback_from": True}, 61, True),
    ({"capacity": 0}, {}, 0, False),
    ({}, {"team": "elsewhere"}, 0, False),
    ({"helps": ["elsewhere"]}, {"team": "elsewhere"}, 0, True),
]
"""What the person has, how the complaint stands, minutes that it has waited, whether the person gets it."""


async def test_who_is_able_to_and_free_gets_it(database_url, tmp_path, clock):
    async with desk_at(database_url, tmp_path, clock) as desk:
        await team(desk, "here")
        for number, (values, given, later, gets) in enumerate(CASES):
            wang = await worker(desk, f"wang{number}", team="here", **values)
            one = await opened(desk, Caller(external_id=f"C{number}"))
            columns = {"callback_from": clock.now() + timedelta(hours=1)} if "callback_from" in given else given
            await put(desk, one, owner_id=None, next_deadline=clock.now() + timedelta(hours=5), **columns)
            clock.advance(timedelta(minutes=later))
            assert (await got(desk, wang) == one) == gets, (values, columns, later)
            await put(desk, one, kind="waiting_customer")


async def test_an_expired_skill_does_not_count(database_url, tmp_path, clock):
    async with desk_at(database_url, tmp_path, clock) as desk:
        last = clock.now().date()
        wang = await worker(desk, "wang", skills=[Skill("network", 1, last)])
        one = await opened(desk, tags=["net.slow"])
        await nobodys(desk, [one], timedelta(days=3))
        assert await got(desk, wang) == one
        clock.advance(timedelta(days=1))
        await put(desk, one, state_since=clock.now(), leased_by=None, leased_until=None)
        assert await got(desk, wang) is None


async def test_a_team_that_only_cares_gets_no_stage_that_shows_offers(database_url, tmp_path, clock):
    async with desk_at(database_url, tmp_path, clock) as desk:
        await policy(desk, ("kinds: [working] ", "kinds: [working, resolved] "))
        await team(desk, "new", "care_only")
        await team(desk, "old", "opportunity")
        fresh, seasoned = await worker(desk, "fresh", team="new"), await worker(desk, "seasoned", team="old")
        one = await opened(desk)
        definition = await desk.current_workflow("complaint")
        gated = next(stage for stage in definition.stages.values() if stage.gate is not None)
        await nobodys(desk, [one])
        await put(desk, one, state=gated.name, kind=gated.kind, team=None)
        assert await got(desk, fresh) is None
        assert await got(desk, seasoned) == one


async def test_the_language_of_the_customer(database_url, tmp_path, clock):
    async with desk_at(database_url, tmp_path, clock) as desk:
        wang, ali = await worker(desk, "wang", languages=["zh"]), await worker(desk, "ali", languages=["zh", "ug"])
        one = await opened(desk)
        await nobodys(desk, [one])
        async with desk.runtime.db.write() as conn:
            await conn.execute(update(customer).values(attributes={"language": "ug"}))
        assert await got(desk, wang) is None
        assert await got(desk, ali) == one


async def test_passing_on_needs_a_reason_and_keeps_it_from_coming_back(database_url, tmp_path, clock):
    async with desk_at(database_url, tmp_path, clock) as desk:
        wang, li = await worker(desk, "wang"), await worker(desk, "li")
        one = await opened(desk)
        await nobodys(desk, [one], timedelta(hours=5))
        assert await got(desk, wang) == one
        with pytest.raises(Refused) as other:
            await skip(desk, li, by_of(li), one, "not_my_skill", None, answer)
        assert other.value.reasons[0].code == "lease_of_other"
        assert other.value.reasons[0].params["name"] == "wang"
        with pytest.raises(Invalid) as reason:
            await skip(desk, wang, by_of(wang), one, "no_wish", None, answer)
        assert "not_my_skill" in reason.value.reasons[0].params["known"]
        await skip(desk, wang, by_of(wang), one, "not_my_skill", None, answer)
        assert await got(desk, wang) is None
        assert await got(desk, li) == one
        await release(desk, li, by_of(li), one, None, answer)
        with pytest.raises(Refused):
            await release(desk, li, by_of(li), one, None, answer)
        clock.advance(timedelta(minutes=61))
        assert await got(desk, wang) == one
        async with desk.runtime.db.read() as conn:
            types = list(
                (await conn.execute(select(event.c.type).where(event.c.complaint_id == one).order_by(event.c.id))).scalars()
            )
        assert types == ["opened", "leased", "skipped", "leased", "released", "leased"]


async def test_a_lease_is_prolonged_but_not_for_ever_and_ends_by_itself(database_url, tmp_path, clock):
    async with desk_at(database_url, tmp_path, clock) as desk:
        wang, li = await worker(desk, "wang"), await worker(desk, "li")
        one = await opened(desk)
        await nobodys(desk, [one], timedelta(hours=9))
        assert await got(desk, wang) == one
        for _ in range(6):
            clock.advance(timedelta(minutes=9))
            await extend(desk, wang, by_of(wang), one, None, answer)
        assert (await row(desk, one))["leased_until"] <= clock.now() + timedelta(minutes=10)
        clock.advance(timedelta(minutes=5))
        with pytest.raises(Refused) as over:
            await extend(desk, wang, by_of(wang), one, None, answer)
        assert over.value.reasons[0].code == "lease_longest"
        assert await got(desk, li) is None
        clock.advance(timedelta(minutes=2))
        assert await got(desk, li) == one


async def test_a_step_neither_needs_nor_loses_the_lease(database_url, tmp_path, clock):
    async with desk_at(database_url, tmp_path, clock) as desk:
        wang = await worker(desk, "wang")
        one = await opened(desk)
        await nobodys(desk, [one])
        before = await row(desk, one)
        assert await got(desk, wang) == one
        assert (await row(desk, one))["version"] == before["version"]
        await step(desk, one, await _first(desk, one, wang), actor=wang, expected=before["version"])
        assert (await row(desk, one))["leased_by"] == wang.id


async def test_given_to_the_least_loaded_or_told_why_not(database_url, tmp_path, clock):
    async with desk_at(database_url, tmp_path, clock) as desk:
        busy, free = await worker(desk, "a", presence="available"), await worker(desk, "b", presence="available")
        held = await opened(desk, Caller(external_id="C1"))
        await put(desk, held, owner_id=busy.id)
        one = await opened(desk, Caller(external_id="C2"))
        await nobodys(desk, [one])
        auto = Assignment({}, auto=True)
        await assign(desk, SUPERVISOR, by_of(SUPERVISOR), one, auto, Reply(brief), expected=None)
        now = await row(desk, one)
        assert (now["assignee_id"], now["owner_id"]) == (free.id, free.id)
        async with desk.runtime.db.read() as conn:
            (told,) = await notices_of(conn, free, unread=True, before=None, limit=5)
        assert (told["kind"], told["complaint_id"]) == ("assigned", one)
        for actor in (busy, free):
            await said(desk, actor, "break")
        with pytest.raises(Refused) as nobody:
            await assign(desk, SUPERVISOR, by_of(SUPERVISOR), one, auto, Reply(brief), expected=None)
        assert nobody.value.reasons[0].params["absent"] == 2


async def test_given_back_with_a_reason_it_does_not_come_back_at_once(database_url, tmp_path, clock):
    async with desk_at(database_url, tmp_path, clock) as desk:
        wang, li = await worker(desk, "wang", presence="available"), await worker(desk, "li", presence="available")
        one = await opened(desk)
        await put(desk, one, assignee_id=wang.id, owner_id=None, next_deadline=clock.now() + timedelta(hours=5))
        back = Assignment({}, back=True)
        with pytest.raises(Invalid):
            await assign(desk, wang, by_of(wang), one, back, Reply(brief), expected=None)
        back = Assignment({}, "网络的事", back=True)
        with pytest.raises(Refused):
            await assign(desk, li, by_of(li), one, back, Reply(brief), expected=None)
        await assign(desk, wang, by_of(wang), one, back, Reply(brief), expected=None)
        assert (await row(desk, one))["assignee_id"] is None
        assert await got(desk, wang) is None
        assert await got(desk, li) == one


async def test_who_lacks_the_skill_is_named_only_by_a_supervisor_with_a_reason(database_url, tmp_path, clock):
    async with desk_at(database_url, tmp_path, clock) as desk:
        await policy(desk, ("skill_needed_to_assign: false", "skill_needed_to_assign: true"))
        wang = await worker(desk, "wang")
        one = await opened(desk, tags=["net.slow"])
        named = Assignment({"assignee_id": wang.id})
        for actor in (wang, SUPERVISOR):
            with pytest.raises(Refused) as lacking:
                await assign(desk, actor, by_of(actor), one, named, Reply(brief), expected=None)
            assert lacking.value.reasons[0].code == "skill_missing"
        reasoned = Assignment({"assignee_id": wang.id}, "带一带新人")
        await assign(desk, SUPERVISOR, by_of(SUPERVISOR), one, reasoned, Reply(brief), expected=None)
        assert (await row(desk, one))["assignee_id"] == wang.id


async def test_a_team_that_is_not_there_is_refused_once_there_are_teams(database_url, tmp_path, clock):
    async with desk_at(database_url, tmp_path, clock) as desk:
        one = await opened(desk)
        anywhere = Assignment({"team": "biling"})
        await assign(desk, SUPERVISOR, by_of(SUPERVISOR), one, anywhere, Reply(brief), expected=None)
        await team(desk, "billing")
        with pytest.raises(Invalid) as unknown:
            await assign(desk, SUPERVISOR, by_of(SUPERVISOR), one, anywhere, Reply(brief), expected=None)
        assert unknown.value.reasons[0].params["known"] == "billing"


async def test_the_queue_in_figures(database_url, tmp_path, clock):
    async with desk_at(database_url, tmp_path, clock) as desk:
        await team(desk, "here")
        wang = await worker(desk, "wang", team="here")
        ids = [await opened(desk, Caller(external_id=f"C{n}"), team="here") for n in range(3)]
        await nobodys(desk, ids)
        await put(desk, ids[2], next_deadline=clock.now() - timedelta(minutes=1))
        assert await got(desk, wang) == ids[2]
        clock.advance(timedelta(minutes=5))
        found = await view(desk, "here", 2)
        (figures,) = found.teams
        assert (figures["waiting"], figures["in_hand"], figures["overdue"], figures["unowned"]) == (3, 1, 1, 3)
        assert figures["oldest_seconds"] == 300
        assert figures["people"] == {"busy": 1}
        assert [one.leased_by for one in found.items] == ["wang", None]


async def test_fifty_takers_get_each_complaint_once_and_leave_none(database_url, tmp_path, clock):
    waiting, takers = size("queue_complaints"), size("queue_takers")
    async with desk_at(database_url, tmp_path, clock) as desk:
        await policy(desk, ("slot: 15 minutes", "slot: 1 minutes"), ("capacity: 40 ", "capacity: 500 "))
        people = [await worker(desk, f"p{n}", presence="busy") for n in range(takers)]
        template = await row(desk, await opened(desk))
        made = []
        for n in range(waiting):
            due = clock.now() + timedelta(minutes=n + 1)
            made.append({**template, "id": new_id(clock.now()), "number": f"{n:012d}", "owner_id": None, "next_deadline": due})
        async with desk.runtime.db.write() as conn:
            await conn.execute(update(complaint).where(complaint.c.id == template["id"]).values(kind="waiting_customer"))
            for start in range(0, waiting, 200):
                await conn.execute(complaint.insert(), made[start : start + 200])
        place = {one["id"]: n for n, one in enumerate(made)}
        given: list[int] = []

        async def taker(actor) -> None:
            while (found := await got(desk, actor)) is not None:
                given.append(place[found])
                await put(desk, found, kind="waiting_customer")

        await asyncio.gather(*(taker(actor) for actor in people))
        assert sorted(given) == list(range(waiting))
        # In order but for those that were in other hands in that very moment.
        assert max(abs(n - at) for at, n in enumerate(given)) <= 2 * takers
        leased = await rows(desk, event, type="leased")
        assert len({one["complaint_id"] for one in leased}) == len(leased) == waiting
        async with desk.runtime.db.read() as conn:
            doubled = (
                select(func.count())
                .select_from(complaint)
                .where(complaint.c.leased_by.is_(None), complaint.c.next_deadline.is_not(None))
            )
            assert (await conn.execute(doubled.where(complaint.c.id != template["id"]))).scalar_one() == 0
