"""People and teams brought in from files, and callers who come often, are blocked, or have somebody of their own."""

from __future__ import annotations

import csv
from datetime import timedelta
from uuid import UUID

import orjson
import pytest
from sqlalchemy import func, select, update

from app.access.answers import Answer
from app.audit.tables import event
from app.customers.tables import customer
from app.desk.callers import block, unblock
from app.desk.desk import BY_SYSTEM, by_of
from app.desk.staff import put_person
from app.desk.who import Caller
from app.errors import Forbidden, Invalid, Refused
from app.integrations.staff.importing import import_staff, write_rejects
from app.people.notices import notices_of
from app.people.staff import PersonData, list_teams, one_person, shifts_of
from tests.integration.core_world import SUPERVISOR, desk_at, opened, row
from tests.integration.people_world import worker

YAML = """\
zone: Asia/Shanghai
teams:
  - {name: billing, title: {zh: 账务组, en: Billing}, unit: 东区, phase: care_only, capacity: 20}
people:
  - name: li.na
    display: 李娜
    roles: [handler]
    team: billing
    deputy: wang
    skills: [network:2:2027-06-30, {name: billing, level: 3}]
    languages: [zh, yue]
    shifts: ["2026-03-10 08:00-16:00", "2026-03-11 08:00-16:00"]
  - {name: wang, roles: [handler], team: billing}
"""
CSV = """工号,姓名,角色,班组,技能,容量,代理人,备注
chen,陈,handler,,network:3;billing,12,li,
bad,坏,hander,nowhere,netwrk,many,nobody,
chen,陈,handler,,,,,
,无名,handler,,,,,
li,黎,handler;shop,,,,,
"""


async def test_a_file_of_people_and_teams_is_taken_once(database_url, tmp_path, clock):
    async with desk_at(database_url, tmp_path, clock) as desk:
        file = tmp_path / "people.yaml"
        file.write_text(YAML, "utf-8")
        tried = await import_staff(desk, BY_SYSTEM, file, "people", dry_run=True)
        assert (tried.counts["created"], tried.refused) == (3, [])
        async with desk.runtime.db.read() as conn:
            assert await list_teams(conn) == []
        first = await import_staff(desk, BY_SYSTEM, file, "people")
        again = await import_staff(desk, BY_SYSTEM, file, "people")
        assert first.counts == {"created": 3, "updated": 0, "unchanged": 0, "rejected": 0}
        assert again.counts == {"created": 0, "updated": 0, "unchanged": 3, "rejected": 0}
        async with desk.runtime.db.read() as conn:
            lina = await one_person(conn, "li.na")
            assert lina is not None
            assert (lina.team, lina.deputy, lina.languages) == ("billing", "wang", ("zh", "yue"))
            assert lina.able(clock.now().date()) == {"network": 2, "billing": 3}
            assert len((await shifts_of(conn, [lina.id], clock.now()))[lina.id]) == 2
        file.write_text(YAML.replace("phase: care_only", "phase: opportunity").replace("network:2", "network:3"), "utf-8")
        changed = await import_staff(desk, BY_SYSTEM, file, "people")
        assert changed.counts["updated"] == 2


async def test_refused_rows_are_listed_with_field_and_reason(database_url, tmp_path, clock):
    async with desk_at(database_url, tmp_path, clock) as desk:
        file = tmp_path / "people.csv"
        file.write_text(CSV, "utf-8")
        report = await import_staff(desk, BY_SYSTEM, file, "people")
        assert report.counts == {"created": 2, "updated": 0, "unchanged": 0, "rejected": 3}
        assert report.unused == ["备注"]
        path = write_rejects(report, tmp_path / "rejects.csv", "en")
        assert path is not None
        with path.open(encoding="utf-8-sig", newline="") as opened_:
            listed = [(line["row"], line["field"], line["code"]) for line in csv.DictReader(opened_)]
        assert ("3", "capacity", "field_integer") in listed
        assert ("3", "skills[0].name", "skill_unknown") in listed
        assert ("3", "roles", "role_unknown") in listed
        assert ("3", "deputy", "user_unknown") in listed
        assert ("4", "name", "staff_twice") in listed
        assert ("5", "name", "field_missing") in listed


@pytest.mark.parametrize(
    ("text", "code"), [("people: [", "staff_yaml"), ("persons: []", "staff_yaml_keys"), ("zone: Asia/Nowhere", "staff_zone")]
)
async def test_a_file_that_is_none_is_refused_whole(text, code, sqlite_url, tmp_path, clock):
    async with desk_at(sqlite_url, tmp_path, clock) as desk:
        file = tmp_path / "people.yaml"
        file.write_text(text, "utf-8")
        with pytest.raises(Invalid) as error:
            await import_staff(desk, BY_SYSTEM, file, "people")
        assert [r.code for r in error.value.reasons] == [code]


async def test_only_an_administrator_gives_roles(sqlite_url, tmp_path, clock):
    async with desk_at(sqlite_url, tmp_path, clock) as desk:
        render = lambda done, _: Answer(200, {}, orjson.dumps(done))  # noqa: E731
        with pytest.raises(Forbidden):
            await put_person(desk, SUPERVISOR, by_of(SUPERVISOR), PersonData("me", {"roles": ["admin"]}), render)
        given, _ = await put_person(desk, SUPERVISOR, by_of(SUPERVISOR), PersonData("me", {"capacity": 3}), render)
        assert given.body == b'"created"'


async def test_the_account_manager_owns_a_high_value_customers_complaint_and_is_told(database_url, tmp_path, clock):
    async with desk_at(database_url, tmp_path, clock) as desk:
        manager = await worker(desk, "manager", "account_manager")
        who = Caller(external_id="VIP-1")
        await opened(desk, who)
        async with desk.runtime.db.write() as conn:
            await conn.execute(update(customer).values(segment="high_value", account_manager="manager"))
        own = await row(desk, await opened(desk, who))
        assert own["owner_id"] == manager.id
        async with desk.runtime.db.write() as conn:
            await conn.execute(update(customer).values(segment=None))
        told = await row(desk, await opened(desk, who))
        assert told["owner_id"] != manager.id
        async with desk.runtime.db.read() as conn:
            notices = await notices_of(conn, manager, unread=True, before=None, limit=9)
        assert [n["complaint_id"] for n in notices] == [told["id"], own["id"]]


async def test_a_blocked_caller_is_still_taken_in_and_goes_to_the_team_of_the_policy(database_url, tmp_path, clock):
    async with desk_at(database_url, tmp_path, clock) as desk:
        who = Caller(external_id="C1")
        first = await row(desk, await opened(desk, who, team="here"))
        assert first["team"] == "here"
        customer_id: UUID = first["customer_id"]
        render = lambda new: Answer(200, {}, orjson.dumps(new["version"]))  # noqa: E731
        with pytest.raises(Invalid):
            await block(desk, BY_SYSTEM, customer_id, "dislike", None, None, render)
        with pytest.raises(Invalid):
            await block(desk, BY_SYSTEM, customer_id, "abuse", clock.now() + timedelta(days=91), None, render)
        with pytest.raises(Refused):
            await unblock(desk, BY_SYSTEM, customer_id, None, render)
        await block(desk, BY_SYSTEM, customer_id, "abuse", clock.now() + timedelta(days=2), None, render)
        second = await row(desk, await opened(desk, who, team="here"))
        assert second["team"] == "duty"
        clock.advance(timedelta(days=2))
        assert (await row(desk, await opened(desk, who, team="here")))["team"] == "here"
        await block(desk, BY_SYSTEM, customer_id, "abuse", None, None, render)
        await unblock(desk, BY_SYSTEM, customer_id, None, render)
        assert (await row(desk, await opened(desk, who, team="here")))["team"] == "here"
        async with desk.runtime.db.read() as conn:
            kinds = select(event.c.type, func.count()).where(event.c.type.like("caller_%")).group_by(event.c.type)
            assert dict([tuple(r) for r in await conn.execute(kinds)]) == {"caller_blocked": 2, "caller_unblocked": 1}
            data = select(event.c.data).where(event.c.complaint_id == second["id"], event.c.type == "opened")
            assert (await conn.execute(data)).scalar_one()["caller"]["blocked"] == "abuse"
