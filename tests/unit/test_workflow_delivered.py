"""What programs and people may rely on in the delivered workflow."""

from __future__ import annotations

from random import Random
from typing import Any

import yaml
from hypothesis import given
from hypothesis import strategies as st

from app.workflow import scripts
from app.workflow.definition import Definition, Transition
from app.workflow.forms import recorded_facts, stored
from app.workflow.machine import Accepted, Command, Refused, actions, decide
from tests.unit.workflow_builders import DELIVERED, FRESH, VOCABULARY, loaded

DEFINITION = loaded(DELIVERED.read_text("utf-8"))
WINDOW = {"window_from": "2026-03-11T09:00:00+08:00", "window_until": "2026-03-11T11:00:00+08:00"}


class Desk:
    """The little that a walk needs of the desk: facts change by the effects that guards on the straight way read."""

    def __init__(self, definition: Definition, **facts: Any) -> None:
        self.definition, self.facts = definition, {**FRESH, **{k.replace("__", "."): v for k, v in facts.items()}}
        self.state, self.recorded = definition.start, dict[str, object]()

    def known(self) -> dict[str, Any]:
        return {**self.facts, **recorded_facts(self.definition, self.recorded)}

    def take(self, name: str, data: dict[str, Any]) -> None:
        verdict = decide(
            self.definition, state=self.state, command=Command(name, data), roles=frozenset({"handler"}), facts=self.known()
        )
        assert isinstance(verdict, Accepted), (self.state, name, verdict)
        for effect in verdict.transition.effects:
            if effect.name == "resolved":
                self.facts["complaint.resolved"] = True
            if effect.name == "emotion" and "emotion_end" in verdict.data:
                self.facts["complaint.emotion"] = verdict.data["emotion_end"]
        self.recorded |= stored(verdict.data)
        self.state = verdict.to


def any_value(part: dict[str, Any], random: Random) -> object:
    """Any value that a property's schema admits, by somebody who reads nothing but the schema."""
    if "enum" in part:
        return random.choice(part["enum"])
    if part["type"] == "array":
        return random.sample(part["items"]["enum"], random.randint(max(part["minItems"], 1), part["maxItems"]))
    if part["type"] == "integer":
        return random.randint(part["minimum"], part["maximum"])
    if part["type"] == "boolean":
        return random.choice([True, False])
    assert part["type"] == "string", part
    assert "format" not in part, "nothing on the straight way asks for a date"
    return random.choice(["x", "好的", "1", "a" * part["maxLength"]])


@given(st.integers(0, 2**32), st.booleans(), st.booleans())
def test_a_client_that_knows_only_actions_walks_a_fresh_complaint_to_closed(seed: int, sensitive: bool, upset: bool):
    random = Random(seed)
    desk = Desk(DEFINITION, customer__sensitive=sensitive, **({"complaint__emotion": 5} if upset else {}))
    path = [desk.state]
    while not DEFINITION.stages[desk.state].final:
        first = next(
            a for a in actions(DEFINITION, state=desk.state, roles=frozenset({"handler"}), facts=desk.known()) if a.allowed
        )
        form = first.schema("en")
        desk.take(first.transition.name, {name: any_value(form["properties"][name], random) for name in form["required"]})
        path.append(desk.state)
        assert len(path) < 12, path
    assert path[-1] == "closed"
    assert [s for s in path if s != "opportunity_offer"] == [
        "intake",
        "vent",
        "apologize",
        "diagnose",
        "resolve",
        "care",
        "follow_up",
        "closed",
    ]
    if sensitive:
        assert "opportunity_offer" not in path


def test_from_every_open_stage_the_first_step_of_a_handler_leads_on_to_closed():
    facts = {**FRESH, "complaint.resolved": True}
    for start, stage in DEFINITION.stages.items():
        state, seen = start, set[str]()
        while not stage.final and state != "closed":
            assert state not in seen, f"from {start} the first steps run in a circle at {state}"
            seen.add(state)
            state = next(a for a in actions(DEFINITION, state=state, roles=frozenset({"handler"}), facts=facts) if a.allowed).to


def steps_of(effect: str, **params: object) -> set[tuple[str, str]]:
    found: set[tuple[str, str]] = set()
    for t in DEFINITION.transitions:
        if any(e.name == effect and params.items() <= e.params.items() for e in t.effects):
            found.add((t.name, t.means or ""))
    return found


def test_what_is_counted_where():
    assert steps_of("count", counter="not_satisfied") == {("not_satisfied", "not_satisfied")}
    assert steps_of("count", counter="vents") == {("vent_again", "vent_again")}
    assert steps_of("count", counter="hang_ups") == {("hang_up", "hang_up")}
    assert steps_of("count", counter="reopened") == {("reopen", "reopen")}
    assert steps_of("new_round") == {("reopen", "reopen")}


def test_nothing_but_a_solution_counts_as_resolved():
    assert steps_of("resolved") == {
        ("solved", "solve"),
        ("solved_before_approval", "solve"),
        ("escalation_solved", "solve"),
        ("close_at_first_contact", "first_contact"),
    }
    assert {"no_agreement", "not_satisfied", "reopen", "vent_again"} <= {name for name, _ in steps_of("unresolved")}


def test_who_gives_up_calling_sends_a_message():
    assert steps_of("send", message="unreachable") >= {("give_up_calling", "unreachable")}


def ways_to(stage: str) -> list[Transition]:
    return [t for t in DEFINITION.transitions if t.target == stage]


def test_a_case_is_closed_by_a_yes_or_as_no_answer_and_the_two_are_told_apart():
    assert {(t.name, t.means) for t in ways_to("closed")} == {
        ("confirmed", "confirm"),
        ("close_at_first_contact", "first_contact"),
        ("close_without_answer", "no_answer"),
        ("close_unreached", "no_answer"),
    }
    assert all(t.roles == {"system"} for t in ways_to("closed") if t.means == "no_answer")


def test_the_offer_can_be_entered_through_its_gate_only():
    assert [t.name for t in ways_to("opportunity_offer")] == ["care_then_offer"]
    assert [s.name for s in DEFINITION.stages.values() if s.gate == "offer"] == ["opportunity_offer"]


def test_clocks():
    clocks = {t.name: (t.after.amount, t.after.unit, t.calendar) for t in DEFINITION.timers.values() if t.after}
    assert clocks["follow_up_ends"] == (7, "days", "always")
    assert clocks["escalation_clock"] == (30, "minutes", "always")
    assert DEFINITION.timers["callback_window"].at == "complaint.callback_until"


def test_no_call_back_and_no_work_order_is_ever_forgotten():
    """After each failed call, each missed call-back and each reminder the clock starts anew."""
    for state, name, data, clock in (
        ("calling_back", "not_reached", {"outcome": "no_answer"}, "callback_waits"),
        ("calling_back", "callback_missed", {}, "callback_waits"),
        ("waiting_internal", "chase_work", {}, "work_waits"),
        ("waiting_internal", "tell_progress", {}, "progress_due"),
    ):
        verdict = decide(DEFINITION, state=state, command=Command(name, data), roles=frozenset({"system", "handler"}), facts=FRESH)
        assert isinstance(verdict, Accepted)
        assert clock in [t.name for t in verdict.armed]
        assert clock in verdict.disarmed
    again = decide(
        DEFINITION, state="calling_back", command=Command("agree_callback", WINDOW), roles=frozenset({"handler"}), facts=FRESH
    )
    assert isinstance(again, Accepted)
    assert [t.name for t in again.armed] == ["callback_window"]


def test_what_other_rooms_ask_for_by_meaning_is_there():
    assert {
        m: [s for s in DEFINITION.stages if DEFINITION.means(m, s)] for m in ("confirm", "no_answer", "work_done", "reopen")
    } == {
        "confirm": ["follow_up"],
        "no_answer": ["follow_up", "unreachable"],
        "work_done": ["waiting_internal"],
        "reopen": ["withdrawn", "no_agreement", "closed"],
    }
    open_ = [s for s, stage in DEFINITION.stages.items() if not stage.final]
    for meaning in ("merge", "withdraw", "transfer"):
        assert all(DEFINITION.means(meaning, s) for s in open_), meaning
    assert all(DEFINITION.means("escalate", s) for s in open_ if s != "escalated")
    for waiting in ("unreachable", "waiting_customer", "calling_back"):
        assert DEFINITION.means("customer_contact", waiting)


def test_the_statuses_of_tmf621():
    assert {s: stage.tmf for s, stage in DEFINITION.stages.items()} == {
        "intake": "acknowledged",
        "vent": "acknowledged",
        "apologize": "acknowledged",
        "investigating": "inProgress",
        "diagnose": "inProgress",
        "resolve": "inProgress",
        "escalated": "inProgress",
        "calling_back": "pending",
        "unreachable": "pending",
        "waiting_customer": "pending",
        "waiting_internal": "held",
        "care": "resolved",
        "opportunity_offer": "resolved",
        "follow_up": "resolved",
        "withdrawn": "cancelled",
        "merged": "closed",
        "no_agreement": "closed",
        "closed": "closed",
    }


def test_every_stage_in_which_somebody_speaks_has_words_for_it():
    silent = {s for s, stage in DEFINITION.stages.items() if not stage.scripts}
    assert silent == {"unreachable", "withdrawn", "merged", "no_agreement", "closed"}
    resolve = DEFINITION.stages["resolve"]
    assert scripts.say(resolve, motives=["redress"]) != scripts.say(resolve)


def test_the_care_words_propose_no_purchase():
    for script in DEFINITION.stages["care"].scripts:
        assert not any(word in script.say.zh for word in ("办理", "开通套餐", "升级套餐", "优惠价"))


def test_plain_yaml_tools_read_the_file_too():
    tree = yaml.safe_load(DELIVERED.read_text("utf-8"))
    assert list(tree["stages"]) == list(DEFINITION.stages)
    assert tree["forms"]["solution"]["fields"]["suggestion"]["options"].keys() == {"yes", "no", "not_fitting"}


def test_refusals_tell_a_person_what_to_do():
    for t in DEFINITION.transitions:
        for guard in t.guards:
            assert len(guard.refusal.zh) > 6, guard.name
            assert guard.refusal.en.endswith("."), guard.name


def test_the_vocabulary_of_the_tests_holds_every_effect_used():
    assert {e.name for t in DEFINITION.transitions for e in t.effects} <= VOCABULARY.effects.keys()


def test_a_refused_step_changes_nothing():
    before = dict(FRESH)
    verdict = decide(DEFINITION, state="diagnose", command=Command("diagnosed", {}), roles=frozenset({"handler"}), facts=FRESH)
    assert isinstance(verdict, Refused)
    assert before == FRESH
