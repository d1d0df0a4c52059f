"""The pure rules of the people's room: who counts as there, who gets work, who calls often; and its files, read strictly."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.customers.segments import load_segments
from app.desk.policy import load_policy
from app.desk.vocabulary import Vocabulary
from app.people.callers import caller, team_of
from app.people.checks import House, person_reasons, team_reasons
from app.people.choose import Candidate, Wanted, choose, lacks
from app.people.person import Person, Skill
from app.workflow.problems import DefinitionError
from tests.house.source import ROOT

NOW = datetime(2026, 3, 10, 2, tzinfo=UTC)
NAMES = Vocabulary(frozenset({"service", "office"})).names(["service", "office"])
POLICY = (ROOT / "workflows" / "policy.yaml").read_text("utf-8")
SEGMENTS = (ROOT / "workflows" / "segments.yaml").read_text("utf-8")
DELIVERED = load_policy(POLICY, NAMES)


def person(name: str = "a", presence: str = "available", **more) -> Person:
    fields = {"roles": ("handler",), "team": None, "active": True, "presence_since": NOW - timedelta(hours=1), **more}
    return Person(UUID(int=hash(name) % 2**64), name, name, presence=presence, **fields)


@pytest.mark.parametrize(
    ("who", "since"),
    [
        (person(), None),
        (person(presence="break"), None),
        (person(presence="offline"), NOW - timedelta(hours=1)),
        (person(shift_until=NOW), NOW),
        (person(shift_until=NOW + timedelta(minutes=1)), None),
    ],
)
def test_who_is_not_there_and_since_when(who, since):
    assert who.absent_since(NOW) == since


def test_one_who_never_said_so_is_not_there():
    assert person(presence_since=None).absent_since(NOW) is not None


def test_the_last_day_of_a_skill_still_counts():
    who = person(skills=(Skill("network", 2, date(2026, 3, 10)), Skill("billing")))
    assert who.able(date(2026, 3, 10)) == {"network": 2, "billing": 1}
    assert who.able(date(2026, 3, 11)) == {"billing": 1}


PEOPLE = st.lists(
    st.builds(
        lambda n, presence, load, room, level: Candidate(
            person(f"p{n}", presence), load, room, {"network": level} if level else {}
        ),
        st.integers(0, 10_000),
        st.sampled_from(["available", "busy", "offline"]),
        st.integers(0, 20),
        st.none() | st.integers(0, 20),
        st.integers(0, 3),
    ),
    max_size=12,
    unique_by=lambda c: c.person.name,
)


@given(PEOPLE, st.randoms(use_true_random=False))
def test_the_least_loaded_of_those_who_can_gets_it_whatever_their_order(candidates, random):
    wanted = Wanted(None, {"network": 2})
    chosen, kept = choose(candidates, wanted, NOW)
    fit = [c for c in candidates if lacks(c, wanted, NOW) is None]
    assert (chosen is None) == (not fit)
    assert sum(kept.values()) == len(candidates) - len(fit)
    if chosen is not None:
        assert chosen.person.presence == "available"
        assert chosen.able["network"] >= 2
        assert chosen.room is None or chosen.load < chosen.room
        same_room = [c for c in fit if c.room == chosen.room]
        assert chosen.load == min(c.load for c in same_room)
    shuffled = list(candidates)
    random.shuffle(shuffled)
    assert choose(shuffled, wanted, NOW)[0] == chosen


def test_a_frequent_caller_by_complaints_or_contacts():
    plain = {"blocked": None, "account_manager": None}
    assert not caller(DELIVERED.callers, plain, 2, 7, NOW).frequent
    often = caller(DELIVERED.callers, plain, 3, 3, NOW)
    assert often.frequent
    assert often.suggest
    assert caller(DELIVERED.callers, plain, 1, 8, NOW).frequent
    assert not caller(None, plain, 99, 99, NOW).frequent


def test_a_blocked_caller_until_the_end_of_it():
    block = {"reason": "abuse", "by": "zhao", "at": NOW.isoformat(), "until": (NOW + timedelta(days=1)).isoformat()}
    who = {"blocked": block, "account_manager": None}
    assert team_of(DELIVERED.callers, caller(DELIVERED.callers, who, 1, 1, NOW)) == "duty"
    assert (
        caller(DELIVERED.callers, who, 1, 1, NOW).view(DELIVERED.callers, "en")["blocked"]["title"] == "Abuse or threats to staff"
    )
    assert caller(DELIVERED.callers, who, 1, 1, NOW + timedelta(days=1)).blocked is None


def told(text: str, read) -> list[str]:
    with pytest.raises(DefinitionError) as error:
        read(text)
    return [f"{problem.code} {problem.nearest or ''}".strip() for problem in error.value.problems]


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("order: [deadline,", "order: [dedline,", "unknown_order_key deadline"),
        ("lease: 10 minutes", "lease: soon", "not_a_stretch"),
        ("lease: 10 minutes", "lease: 2 working_hours", "not_a_stretch"),
        ("kinds: [working] ", "kinds: [workin] ", "unknown_kind working"),
        ("roles: [handler, shop,", "roles: [handlr, shop,", "unknown_role handler"),
        ("needed: {tags: [net], waits: 20 minutes}", "needed: {waits: 20 minutes}", "skill_for_nothing"),
        ("level: 2, waits", "level: 9, waits", "bound_out_of_range"),
        ("    complaints: 3\n    contacts: 8\n", "", "missing_key"),
        ("days: 30", "days: 0", "bound_out_of_range"),
        ("again_after: 1 hour", "agian_after: 1 hour", "unknown_key again_after"),
    ],
)
def test_a_mistake_in_the_policy_is_told_with_its_remedy(right, wrong, said):
    assert right in POLICY
    assert told(POLICY.replace(right, wrong, 1), lambda text: load_policy(text, NAMES)) == [said]


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("owner: account_manager\n    account_manager: true", "owner: account_manager", "owner_without_manager"),
        ("owner: account_manager\n", "owner: account_manger\n", "unknown_owner_type account_manager"),
        ("care: deep", "care: deeper", "unknown_care_depth deep"),
        ("offers: [opportunity, advisor]", "offers: [opportunty]", "unknown_offer_kind opportunity"),
        ("families: [trial, data_cap", "families: [trail, data_cap", "unknown_family trial"),
        ("rank: 2", "rank: 1", "rank_twice"),
        ("rank: 2", "rank: first", "not_an_integer"),
    ],
)
def test_a_mistake_in_the_segments_is_told_with_its_remedy(right, wrong, said):
    assert right in SEGMENTS
    assert said in told(SEGMENTS.replace(right, wrong, 1), load_segments)


def test_what_the_segments_say():
    table = load_segments(SEGMENTS)
    high = table.of("high_value")
    assert high is not None
    assert (high.rank, high.owner, high.account_manager, high.families) == (1, "account_manager", True, None)
    assert table.of("unknown") is None
    assert table.of(None) is None


def test_every_mistake_of_a_person_names_its_field_and_what_is_known():
    house = House(DELIVERED.people, {"billing"}, {"li"})
    shifts = [(NOW, NOW + timedelta(hours=8)), (NOW + timedelta(hours=7), NOW + timedelta(hours=9))]
    values = {"skills": [Skill("netwrk", 9)], "languages": ["xx"], "team": "biling", "roles": ["boss"], "deputy": "me"}
    reasons = person_reasons(house, "me", {**values, "capacity": -1, "shifts": shifts})
    assert {(r.code, r.where) for r in reasons} == {
        ("skill_unknown", "skills[0].name"),
        ("number_between", "skills[0].level"),
        ("language_unknown", "languages[0]"),
        ("team_unknown", "team"),
        ("role_unknown", "roles"),
        ("deputy_self", "deputy"),
        ("number_between", "capacity"),
        ("shift_overlap", "shifts"),
    }
    assert next(r for r in reasons if r.code == "skill_unknown").params["known"].startswith("network")


def test_a_new_team_needs_title_and_phase():
    assert [r.where for r in team_reasons({}, new=True)] == ["title", "phase"]
    wrong = {"phase": "care", "capacity": 1_000}
    assert [r.code for r in team_reasons(wrong, new=False)] == ["phase_unknown", "number_between"]
