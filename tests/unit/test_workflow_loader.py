"""What is wrong with a workflow file is told with its line, its column and the nearest right name: all of it at once."""

from __future__ import annotations

import re

import pytest

from app.texts import LANGS
from app.workflow.loader import load
from app.workflow.problems import DefinitionError
from tests.unit.workflow_builders import SMALL, VOCABULARY, place, problems, small

# Each case: what is changed (old text, new text), the code, where the problem is told, the nearest right name.
Case = tuple[str, tuple[tuple[str, str], ...], str, str, str | None]
CASES: list[Case] = [
    # the YAML itself
    ("a tab for indentation", (("    kind: final", "\tkind: final"),), "not_yaml", "|\tkind: final", None),
    ("a key twice", (("    tmf: closed", "    tmf: closed\n    tmf: closed"),), "duplicate_key", "tmf: closed\n    |tmf", None),
    ("a stage twice", (("  done:", "  work:"),), "duplicate_key", "|work:\n    title: {zh: 完成", None),
    ("an explicit tag", (("start: new", "start: !!python/name:os.system new"),), "explicit_tag", "|!!python", None),
    ("a control character", (("en: Small", "en: Sm\x07all"),), "not_yaml_character", "|\x07", None),
    ("a text with a comma in braces", (("en: Too severe}", "en: Too severe, wait}"),), "comma_in_braces", "|wait}", None),
    # keys
    ("an unknown key at the top", (("start: new", "start: new\nstges: {}"),), "unknown_key", "|stges", "stages"),
    ("an unknown key of a stage", (("    kind: final", "    knd: final\n    kind: final"),), "unknown_key", "|knd", "kind"),
    ("an unknown key of a transition", (("    from: new", "    form: answer\n    frm: x\n    from: new"),), "unknown_key", "|frm", "from"),
    ("a key that is missing", (("    roles: [handler]\n", ""),), "missing_key", "- |name: begin", None),
    ("no start", (("start: new\n", ""),), "missing_key", "|workflow: small", None),
    # words
    ("a missing translation", (("{zh: 新, en: New}", "{zh: 新}"),), "missing_translation", "|{zh: 新}", None),
    ("an empty translation", (("{zh: 新, en: New}", '{zh: 新, en: ""}'),), "missing_translation", 'en: |""', None),
    ("a text in one language only", (("{zh: 新, en: New}", "New"),), "missing_translation", "title: |New", None),
    ("a name with a capital", (("workflow: small", "workflow: Small"),), "not_a_name", "workflow: |Small", None),
    # names that are not there
    ("an unknown start", (("start: new", "start: nwe"),), "unknown_stage", "|nwe", "new"),
    ("an unknown target", (("    to: work", "    to: wrok"),), "unknown_stage", "|wrok", "work"),
    ("an unknown source", (("    from: new", "    from: [new, dnoe]"),), "unknown_stage", "|dnoe", "done"),
    ("an unknown form", (("    form: answer", "    form: anwser"),), "unknown_form", "|anwser", "answer"),
    ("an unknown role", (("    roles: [handler]", "    roles: [handlr]"),), "unknown_role", "|handlr", "handler"),
    ("an unknown effect", (("      - resolved", "      - resovled"),), "unknown_effect", "|resovled", "resolved"),
    ("an unknown effect with parameters", (("- send:", "- sent:"),), "unknown_effect", "- |sent", "send"),
    ("an unknown parameter", (("message: thanks", "mesage: thanks"),), "unknown_key", "|mesage", "message"),
    ("a missing parameter", (("channel: sms, ", ""),), "missing_key", "send: |{message: thanks}", None),
    ("no parameters at all", (("      - send: {channel: sms, message: thanks}\n", "      - send\n"),), "effect_needs_params", "- |send", None),
    ("an unknown value of a parameter", (("channel: sms", "channel: sns"),), "unknown_choice", "|sns", "sms"),
    ("an unknown message", (("message: thanks", "message: thank"),), "unknown_message", "message: |thank}", "thanks"),
    ("an unknown trigger", (("trigger: expire", "trigger: expires"),), "unknown_transition", "|expires", "expire"),
    ("an unknown calendar", (("after: 7 days", "after: 7 days\n    calendar: servcie"),), "unknown_calendar", "|servcie", "service"),
    ("an unknown kind", (("    kind: final", "    kind: finl"),), "unknown_kind", "|finl", "final"),
    ("an unknown status", (("    tmf: closed", "    tmf: close"),), "unknown_tmf", "tmf: |close\n", "closed"),
    ("an unknown gate", (("    tmf: closed", "    tmf: closed\n    gate: ofer"),), "unknown_gate", "|ofer", "offer"),
    ("an unknown meaning", (("    from: new", "    means: withdrw\n    from: new"),), "unknown_meaning", "|withdrw", "withdraw"),
    ("an unknown timer", (("    from: new", "    arms: wiat\n    from: new"),), "unknown_timer", "|wiat", "wait"),
    ("an unknown placeholder", (("谢谢 {number}", "谢谢 {numer}"), ("Thanks {number}", "Thanks {numer}")), "unknown_placeholder", "|thanks:\n", "number"),
    ("placeholders that differ", (("谢谢 {number}", "谢谢"),), "placeholders_differ", "|thanks:\n", None),
    ("a brace left open", (("谢谢 {number}", "谢谢 {number"),), "broken_placeholder", "|thanks:\n", None),
    ("an unknown type of field", (("type: text", "type: txt"),), "unknown_field_type", "|txt", "text"),
    # expressions
    ("an unknown fact", (("complaint.severity < 3", "complaint.sevrity < 3"),), "unknown_fact", "|complaint.sevrity", "complaint.severity"),
    ("a fact of no form", (("complaint.severity < 3", 'form.reslt == "good"'),), "unknown_fact", "|form.reslt", "form.result"),
    ("a wrong type", (("complaint.severity < 3", "complaint.channel < 3"),), "expression", "complaint.channel |< 3", None),
    ("no boolean", (("expr: complaint.severity < 3", "expr: complaint.severity"),), "expression", "expr: |complaint.severity", None),
    ("a sealed field", (("complaint.severity < 3", 'true && recorded.why == "x"'),), "sealed_field", "|recorded.why", None),
    (
        "a fact in a folded text",
        (("expr: complaint.severity < 3", "expr: >-\n          complaint.severity < 3 &&\n          complaint.chanel == 'x'"),),
        "unknown_fact",
        "|complaint.chanel",
        "complaint.channel",
    ),
    ("a fact in quotes", (("expr: complaint.severity < 3", 'expr: "!complaint.sensitiv"'),), "unknown_fact", '"!|complaint.sensitiv"', "complaint.sensitive"),
    # forms
    ("an option that is not there", (('result == "bad"', 'result == "bda"'),), "when_unknown_option", 'when: |result == "bda"', "bad"),
    ("a field that is not there", (('result == "bad"', 'reslt == "bad"'),), "when_unknown_field", "when: |reslt", "result"),
    ("a condition that is too much", (('result == "bad"', 'result == "bad" && true'),), "when_not_simple", "when: |result", None),
    ("bounds for a text", (("        type: text", "        type: text\n        min: 1"),), "key_does_not_fit", "min: |1", None),
    ("min above max", (("        type: text", "        type: integer\n        min: 5\n        max: 1"),), "min_above_max", "min: |5", None),
    ("a choice without options", (("        type: text", "        type: choice"),), "choice_without_options", "|type: choice\n        title: {zh: 原因", None),
    ("a length beyond all", (("        type: text", "        type: text\n        max_length: 99999"),), "bound_out_of_range", "max_length: |99999", None),
    ("a flag that is none", (("required: true", "required: ja"),), "not_a_flag", "required: |ja", None),
    # times
    ("no duration", (("after: 7 days", "after: soon"),), "not_a_duration", "after: |soon", None),
    ("an unknown unit", (("after: 7 days", "after: 7 dayz"),), "unknown_unit", "after: |7 dayz", "days"),
    ("no time at all", (("after: 7 days", "after: 0 days"),), "duration_out_of_range", "after: |0 days", None),
    ("working days without a calendar", (("after: 7 days", "after: 7 working_days"),), "working_days_need_calendar", "|7 working_days", None),
    ("after and at", (("after: 7 days", "after: 7 days\n    at: complaint.opened_at"),), "after_or_at", "wait:\n    |title", None),
    ("at something that is no time", (("after: 7 days", "at: complaint.severity"),), "not_a_timestamp", "at: |complaint", None),
    ("at an unknown time", (("after: 7 days", "at: complaint.calback_until"),), "unknown_fact", "at: |complaint", "complaint.callback_until"),
    # the flow as a whole
    ("a timer to nowhere", (("trigger: expire", "trigger: begin"),), "timer_to_nowhere", "trigger: |begin", None),
    ("a timer that may not", (("    roles: [system]", "    roles: [handler]"),), "timer_not_permitted", "trigger: |expire", None),
    ("a timer that cannot fill in", (("trigger: expire", "trigger: finish"),), "timer_cannot_fill", "trigger: |finish", None),
    ("a timer in a final stage", (("    in: work", "    in: [work, done]"),), "timer_in_final_stage", "trigger: |expire", None),
    ("one step twice", (("  - name: expire", "  - name: finish"), ("trigger: expire", "trigger: finish")), "same_step_twice", "- name: |finish\n    title: {zh: 过期", None),
    ("a guard twice", (("    effects:", "      - {name: calm, expr: 'true', refusal: {zh: 不, en: N}}\n    effects:"),), "guard_twice", "{name: |calm", None),
    ("a step after the end", (("    from: new", "    from: [new, done]"),), "step_after_end", "- name: |begin", None),
    ("a form nobody uses", (("    form: answer\n", ""),), "unused_form", "|answer:", None),
    ("a message nobody sends", (("      - send: {channel: sms, message: thanks}\n", ""),), "unused_message", "|thanks:", None),
    ("any and another", (("    from: new", "    from: [any, new]"),), "any_with_others", "from: |[any", None),
    ("except without any", (("    from: new", "    from: new\n    except: work"),), "except_without_any", "except: |work", None),
    ("two effects in one item", (("      - send: {", "      - resolved: {}\n        send: {"),), "one_effect_an_item", "- |resolved: {}", None),
    ("an effect without its field", (("      - resolved", "      - motives"),), "effect_needs_field", "- |motives", None),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "code", "where", "near"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_a_mistake_is_told_where_it_stands(changes: tuple[tuple[str, str], ...], code: str, where: str, near: str | None):
    text = small(*changes)
    found = {(p.code, p.line, p.column): p for p in problems(text)}
    line, column = place(text, where)
    assert (code, line, column) in found, f"expected {code} at {line}:{column}, found {sorted(found)}"
    problem = found[code, line, column]
    assert problem.nearest == near
    if near is not None:
        assert near in problem.message.zh
        assert near in problem.message.en


@pytest.mark.parametrize(("changes", "code"), [(c[1], c[2]) for c in CASES], ids=[c[0] for c in CASES])
def test_one_slip_is_not_told_as_ten(changes: tuple[tuple[str, str], ...], code: str):
    others = [p.code for p in problems(small(*changes)) if p.code != code]
    # A name that is gone is missed once by each that used it; anything else follows from nothing.
    assert len(others) <= (3 if code == "duplicate_key" else 1), others


@pytest.mark.parametrize("changes", [c[1] for c in CASES], ids=[c[0] for c in CASES])
def test_every_message_stands_in_both_languages(changes: tuple[tuple[str, str], ...]):
    for problem in problems(small(*changes)):
        for lang in LANGS:
            told = problem.told("complaint.yaml", lang)
            assert told.startswith(f"complaint.yaml:{problem.line}:{problem.column}: ")
            assert "workflow.load" not in told
        assert re.search("[\u4e00-\u9fff]", problem.message.zh)
        assert problem.message.zh != problem.message.en


def test_all_problems_are_told_in_the_order_of_the_file():
    text = small(
        ("kind: final", "kind: finl"),
        ("    to: work", "    to: wrok"),
        ("complaint.severity < 3", "complaint.sevrity < 3 && complaint.chanel == 'x'"),
        ("trigger: expire", "trigger: expires"),
        ("en: Thanks {number}", "en:"),
    )
    assert [p.code for p in problems(text)] == [
        "unknown_kind",
        "unknown_stage",
        "unknown_fact",
        "unknown_fact",
        "unknown_transition",
        "missing_translation",
    ]


def test_the_error_carries_its_places_for_api_and_terminal():
    with pytest.raises(DefinitionError) as caught:
        load(small(("start: new", "start: nwe")), VOCABULARY, source="mine.yaml")
    (reason,) = caught.value.reasons
    assert (reason.code, reason.where) == ("unknown_stage", "mine.yaml:3:8")
    assert str(caught.value) == "mine.yaml:3:8: There is no stage “nwe”. Did you mean “new”?"
    assert reason.message("zh") == "没有环节“nwe”。是不是“new”？"
    assert "mine.yaml" in caught.value.message("en")


def test_the_name_of_the_file_must_be_the_name_of_the_workflow():
    with pytest.raises(DefinitionError, match="should be “complaint”"):
        load(SMALL, VOCABULARY, name="complaint")
