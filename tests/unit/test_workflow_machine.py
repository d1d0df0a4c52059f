"""Decisions on small definitions: availability, roles, forms, notes, guards, timers."""

from __future__ import annotations

from typing import Any

import pytest

from app.workflow import machine
from app.workflow.definition import Definition
from app.workflow.machine import Accepted, Command, Refused, actions, decide
from tests.unit.workflow_builders import loaded, small

HANDLER = frozenset({"handler"})
CALM = {"complaint.severity": 1}

# ------------------------------------------------------------------------------------------------------------ judging


def judge(
    definition: Definition,
    state: str,
    name: str,
    data: Any = None,
    *,
    roles: frozenset[str] = HANDLER,
    note: str | None = None,
    **facts: Any,
) -> Accepted | Refused:
    known = {**CALM, **{key.replace("__", "."): value for key, value in facts.items()}}
    known = {key: value for key, value in known.items() if value is not None}
    return decide(definition, state=state, command=Command(name, data or {}, note), roles=roles, facts=known)


def codes(verdict: Accepted | Refused) -> tuple[str, list[tuple[str, str | None]]]:
    assert isinstance(verdict, Refused), verdict
    return verdict.code, [(r.code, r.where) for r in verdict.reasons]


def accepted(verdict: Accepted | Refused) -> Accepted:
    assert isinstance(verdict, Accepted), verdict
    return verdict


def test_a_step_that_all_admits_is_taken():
    verdict = accepted(judge(loaded(small()), "work", "finish", {"result": "bad", "why": " 迟了 "}, note=" 已核实 "))
    assert (verdict.from_, verdict.to, verdict.data, verdict.note) == ("work", "done", {"result": "bad", "why": "迟了"}, "已核实")
    assert [(g.name, g.expression, g.value, g.missing) for g in verdict.guards] == [("calm", "complaint.severity < 3", True, ())]
    assert [e.name for e in verdict.transition.effects] == ["resolved", "send"]


def test_a_step_that_does_not_start_here_names_those_that_do():
    verdict = judge(loaded(small()), "new", "finish", {"result": "good"})
    assert codes(verdict) == ("transition_not_available", [("transition_not_available", "transition")])
    assert isinstance(verdict, Refused)
    assert verdict.reasons[0].params["allowed"] == ["begin"]
    assert "begin" in verdict.reasons[0].message("zh")


def test_a_step_that_nobody_knows_is_told_its_nearest_name():
    verdict = judge(loaded(small()), "work", "finnish")
    assert codes(verdict)[0] == "transition_unknown"
    assert isinstance(verdict, Refused)
    assert "Did you mean “finish”?" in verdict.reasons[0].message("en")


def test_a_hostile_name_is_cut_and_made_visible():
    verdict = judge(loaded(small()), "work", "x\x00\n" + "y" * 500)
    assert isinstance(verdict, Refused)
    assert len(verdict.reasons[0].message("en")) < 250
    assert "\x00" not in verdict.reasons[0].message("en")


def test_nothing_starts_from_an_end():
    verdict = judge(loaded(small()), "done", "begin")
    assert codes(verdict)[0] == "transition_not_available"
    assert isinstance(verdict, Refused)
    assert "reopen" in verdict.reasons[0].message("en")


def test_a_role_that_is_not_named_is_refused_before_the_form_is_read():
    assert codes(judge(loaded(small()), "work", "finish", {"junk": 1}, roles=frozenset({"shop", "auditor"}))) == (
        "role_refused",
        [("role_refused", None)],
    )


def test_system_may_take_only_what_lists_it():
    system = frozenset({"system"})
    assert accepted(judge(loaded(small()), "work", "expire", roles=system)).to == "done"
    assert codes(judge(loaded(small()), "new", "begin", roles=system))[0] == "role_refused"


def test_a_form_is_refused_with_all_its_reasons():
    verdict = judge(loaded(small()), "work", "finish", {"result": "fine", "why": "x", "more": 1}, note="\x00")
    assert codes(verdict) == (
        "form_invalid",
        [
            ("field_not_an_option", "data.result"),
            ("field_not_applicable", "data.why"),
            ("field_unknown", "data.more"),
            ("field_control_character", "note"),
        ],
    )


def test_a_required_note():
    definition = loaded(small(("    from: new", "    note: required\n    from: new")))
    assert codes(judge(definition, "new", "begin", note="  ")) == ("note_required", [("note_required", "note")])
    assert accepted(judge(definition, "new", "begin", note="客户要求")).note == "客户要求"


GUARDS = """    guards:
      - name: mild
        expr: complaint.severity < 2
        refusal: {zh: 太严重, en: Too severe}
      - name: owned
        expr: complaint.has_owner
        refusal: {zh: 没有负责人, en: Nobody owns it}
      - name: well
        expr: form.result == "good"
        refusal: {zh: 结果不好, en: The result is bad}
      - name: felt
        expr: complaint.emotion <= 3 || complaint.vents == 0
        refusal: {zh: 有情绪, en: Upset}
"""
ONE = "    guards:\n      - name: calm\n        expr: complaint.severity < 3\n        refusal: {zh: 太严重, en: Too severe}\n"


def test_all_failed_guards_are_named_and_unknown_facts_with_a_code_of_their_own():
    definition = loaded(small((ONE, GUARDS)))
    verdict = judge(definition, "work", "finish", {"result": "bad"}, complaint__severity=3, complaint__vents=2)
    assert codes(verdict) == (
        "transition_refused",
        [("mild", None), ("fact_unknown", None), ("well", None), ("fact_unknown", None)],
    )
    assert isinstance(verdict, Refused)
    assert [(g.name, g.value, g.missing) for g in verdict.guards] == [
        ("mild", False, ()),
        ("owned", None, ("complaint.has_owner",)),
        ("well", False, ()),
        ("felt", None, ("complaint.emotion",)),
    ]
    assert verdict.reasons[1].params == {"guard": "owned", "facts": ["complaint.has_owner"]}
    assert "Nobody owns it" in verdict.reasons[1].message("en")
    assert verdict.reasons[0].message("zh") == "太严重"


def test_an_unknown_fact_matters_only_where_it_decides():
    definition = loaded(small((ONE, GUARDS)))
    assert (
        accepted(judge(definition, "work", "finish", {"result": "good"}, complaint__has_owner=True, complaint__vents=0)).to
        == "done"
    )


def test_a_step_with_its_own_door_is_closed_elsewhere():
    definition = loaded(small(("    roles: [handler]\n", "    roles: [handler]\n    means: merge\n")))
    verdict = judge(definition, "new", "begin")
    assert codes(verdict)[0] == "transition_not_available"
    assert isinstance(verdict, Refused)
    assert "POST /v1/complaints/{id}/merge" in verdict.reasons[0].message("en")
    command = Command("begin", {})
    assert isinstance(decide(definition, state="new", command=command, roles=HANDLER, facts={}, own_door=True), Accepted)
    assert actions(definition, state="new", roles=HANDLER, facts={}) == ()


def test_one_machine_is_shared_by_all_decisions_and_holds_no_callbacks():
    definition = loaded(small())
    shared = machine.machine_of(definition)
    judge(definition, "new", "begin")
    assert machine.machine_of(definition) is shared
    assert shared.models == []
    assert set(shared.events) == {"begin", "finish", "expire"}
    for event in shared.events.values():
        for arrows in event.transitions.values():
            assert all(not (t.conditions or t.before or t.after or t.prepare) for t in arrows)


# ------------------------------------------------------------------------------------------------------------ actions


def test_actions_stand_in_the_order_of_the_file_with_what_they_ask_for():
    definition = loaded(small())
    found = actions(definition, state="work", roles=HANDLER, facts={"complaint.severity": 4})
    assert [(a.transition.name, a.to, a.allowed, [r.code for r in a.reasons]) for a in found] == [
        ("finish", "done", False, ["calm"]),
        ("expire", "done", False, ["role_refused"]),
    ]
    assert found[0].schema("zh")["properties"]["result"]["title"] == "结果"
    assert found[0].schema("en")["properties"]["result"]["x-titles"] == {"good": "Good", "bad": "Bad"}
    assert found[1].schema("en")["properties"] == {}
    assert found[1].schema("en")["additionalProperties"] is False


def test_guards_on_the_form_are_left_for_the_decision():
    definition = loaded(small((ONE, GUARDS)))
    (finish, _) = actions(
        definition, state="work", roles=HANDLER, facts={"complaint.severity": 1, "complaint.has_owner": True, "complaint.vents": 0}
    )
    assert finish.allowed
    assert codes(judge(definition, "work", "finish", {"result": "bad"}, complaint__has_owner=True, complaint__vents=0))[1] == [
        ("well", None)
    ]


def test_role_and_guards_are_refused_together():
    (finish, _) = actions(loaded(small()), state="work", roles=frozenset({"shop"}), facts={"complaint.severity": 5})
    assert [r.code for r in finish.reasons] == ["role_refused", "calm"]


# ------------------------------------------------------------------------------------------------------------- timers

MORE = """\
transitions:
  - {name: rest, title: {zh: 歇, en: Rest}, from: work, to: pause, roles: handler}
  - {name: wake, title: {zh: 醒, en: Wake}, from: pause, to: work, roles: handler}
  - {name: ping, title: {zh: 问, en: Ping}, from: [work, pause], to: same, roles: handler}
  - {name: again, title: {zh: 再, en: Again}, from: [work, pause], to: same, roles: handler, arms: wait}
"""
PAUSE = "  pause: {title: {zh: 停, en: Pause}, kind: waiting_customer, tmf: pending}\nforms:\n"


def timed(timer: str) -> Definition:
    return loaded(
        small(
            ("forms:\n", PAUSE),
            ("transitions:\n", MORE),
            ("    from: work\n    to: done\n    roles: [system]", "    from: [work, pause]\n    to: done\n    roles: [system]"),
            ("    in: work\n    after: 7 days\n    trigger: expire", timer),
        )
    )


IN_WORK = "    in: work\n    after: 7 days\n    trigger: expire"
IN_BOTH = "    in: [work, pause]\n    after: 7 days\n    trigger: expire"
BY_PING = "    in: work\n    after: 7 days\n    trigger: expire\n    ended_by: [leaving, ping]"
ONLY_PING = "    in: work\n    after: 7 days\n    trigger: expire\n    ended_by: ping"

TIMERS = [
    # timer, stage, step -> armed, ended
    (IN_WORK, "new", "begin", ["wait"], []),
    (IN_WORK, "work", "rest", [], ["wait"]),
    (IN_WORK, "pause", "wake", ["wait"], []),
    (IN_WORK, "work", "ping", [], []),
    (IN_WORK, "work", "again", ["wait"], ["wait"]),
    (IN_WORK, "work", "finish", [], ["wait"]),
    (IN_BOTH, "work", "rest", [], []),
    (IN_BOTH, "pause", "wake", [], []),
    (IN_BOTH, "work", "finish", [], ["wait"]),
    (BY_PING, "work", "ping", [], ["wait"]),
    (BY_PING, "work", "rest", [], ["wait"]),
    (ONLY_PING, "work", "rest", [], []),
    (ONLY_PING, "pause", "wake", ["wait"], ["wait"]),
    (ONLY_PING, "pause", "ping", [], ["wait"]),
]


@pytest.mark.parametrize(
    ("timer", "state", "name", "armed", "ended"), TIMERS, ids=[f"{t[1]} + {t[2]} -> +{t[3]} -{t[4]}" for t in TIMERS]
)
def test_timers_start_and_end(timer: str, state: str, name: str, armed: list[str], ended: list[str]):
    verdict = accepted(judge(timed(timer), state, name, {"result": "good"} if name == "finish" else {}))
    assert [t.name for t in verdict.armed] == armed
    assert list(verdict.disarmed) == ended
