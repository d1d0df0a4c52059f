"""What is wrong with a workflow file is told with its line, its column and the nearest right name: all of it at once."""

from __future__ import annotations

import contextlib
import re

import pytest

from app.texts import LANGS
from app.workflow.loader import load
from app.workflow.problems import DefinitionError, Problem
from tests.unit.workflow_builders import DELIVERED, SMALL, VOCABULARY, loaded, small


def problems(text: str) -> list[Problem]:
    with pytest.raises(DefinitionError) as caught:
        loaded(text)
    return list(caught.value.problems)


def place(text: str, fragment: str) -> tuple[int, int]:
    """Line and column of the only place where `fragment` stands; `|` in it marks the very character."""
    at = fragment.index("|") if "|" in fragment else 0
    fragment = fragment.replace("|", "", 1)
    assert text.count(fragment) == 1, f"{fragment!r} stands {text.count(fragment)} times"
    before = text[: text.index(fragment) + at]
    return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1


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


# ---------------------------------------------------------------------------------------------------- flow checks

STAGE = """\
  lost:
    title: {zh: 丢失, en: Lost}
    kind: working
    tmf: held
forms:
"""


def test_a_stage_nobody_can_reach():
    text = small(("forms:\n", STAGE), ("    from: new", "    from: [new, lost]"))
    assert [(p.code, p.line) for p in problems(text)] == [("unreachable_stage", place(text, "lost:\n")[0])]


def test_a_stage_without_a_way_out():
    step = "transitions:\n  - {name: lose, title: {zh: 丢, en: Lose}, from: work, to: lost, roles: handler}\n"
    text = small(("forms:\n", STAGE), ("transitions:\n", step))
    assert [(p.code, p.line) for p in problems(text)] == [("stage_without_way_out", place(text, "|lost:\n")[0])]


def test_stages_that_only_lead_to_each_other():
    steps = """\
transitions:
  - {name: lose, title: {zh: 丢, en: Lose}, from: work, to: lost, roles: handler}
  - {name: seek, title: {zh: 找, en: Seek}, from: lost, to: limbo, roles: handler}
  - {name: lose, title: {zh: 丢, en: Lose}, from: limbo, to: lost, roles: handler}
"""
    limbo = STAGE.replace("lost", "limbo")
    text = small(("forms:\n", STAGE.replace("forms:\n", limbo)), ("transitions:\n", steps))
    assert [p.code for p in problems(text)] == ["stage_without_end", "stage_without_end"]


def test_a_workflow_without_an_end():
    text = small(("    kind: final", "    kind: resolved"))
    assert [p.code for p in problems(text)] == ["no_final_stage"]


def test_a_step_that_nothing_ever_takes():
    text = small(("trigger: expire", "trigger: finish"), ("    form: answer\n", ""), ("forms:\n  answer:", "forms:\n  answer_:"))
    assert "system_step_without_timer" in [p.code for p in problems(text)]


def test_scripts_need_a_default_and_known_motives():
    scripts = '    kind: working\n    tmf: acknowledged\n    scripts:\n      - {when: {motive: vnet, emotion: 6}, say: {zh: 好, en: "OK"}}\n'
    text = small(("    kind: working\n    tmf: acknowledged\n", scripts))
    assert [p.code for p in problems(text)] == ["scripts_without_default", "unknown_motive", "not_an_emotion"]


def test_one_name_is_one_type_in_all_forms():
    second = "forms:\n  other:\n    title: {zh: 另, en: Other}\n    fields: {result: {type: integer, title: {zh: 数, en: N}}}\n"
    text = small(("forms:\n", second), ("    roles: [handler]\n", "    roles: [handler]\n    form: other\n"))
    assert [(p.code, p.line) for p in problems(text)] == [("field_type_conflict", place(text, "|result:\n        type: choice")[0])]


def test_role_groups_stand_for_their_roles():
    definition = loaded(
        small(("start: new", "start: new\nrole_groups: {team: [handler, shop]}"), ("roles: [handler]", "roles: [team, auditor]"))
    )
    assert definition.transitions[0].roles == {"handler", "shop", "auditor"}


def test_any_stands_for_all_open_stages_but_those_left_out():
    any_ = loaded(small(("    from: new\n    to: work", "    from: any\n    to: work")))
    assert any_.transitions[0].sources == ("new", "work")
    but = loaded(small(("    from: new\n    to: work", "    from: any\n    except: work\n    to: work")))
    assert but.transitions[0].sources == ("new",)


def test_the_same_name_may_lead_elsewhere_from_another_stage():
    definition = loaded(small(("  - name: expire", "  - name: begin"), ("trigger: expire", "trigger: begin")))
    assert definition.steps["new"]["begin"].target == "work"
    assert definition.steps["work"]["begin"].target == "done"


# ---------------------------------------------------------------------------------------------------- hostile files


def bomb() -> str:
    lines = ["a: &a [x, x, x, x, x, x, x, x, x, x]"]
    for before, name in zip("abcdefgh", "bcdefghi", strict=True):
        lines.append(f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]")
    return "\n".join(lines) + "\n"


HOSTILE = {
    "a billion laughs": (bomb(), "alias_bomb"),
    "a snake that eats its tail": ("a: &a [*a]\n", "alias_cycle"),
    "a deep nest": ("[" * 5_000 + "]" * 5_000, "too_deep"),
    "deep by aliases": ("a: &a " + "[" * 30 + "]" * 30 + "\nb: " + "[" * 30 + "*a" + "]" * 30, "too_deep"),
    "too many nodes": ("[" + "x," * 60_000 + "]", "alias_bomb"),
    "too large": ("#" * 600_000, "file_too_large"),
    "nothing": ("", "empty_file"),
    "a comment alone": ("# nothing here\n", "empty_file"),
    "a lone surrogate": ("workflow: \ud800", "not_yaml_character"),
    "NUL": ("workflow: a\x00b", "not_yaml_character"),
    "a list": ("- a\n- b\n", "not_a_mapping"),
    "a scalar": ("complaint", "not_a_mapping"),
    "two documents": ("a: 1\n---\nb: 2\n", "not_yaml"),
    "an unclosed quote": ('workflow: "complaint\n', "not_yaml"),
    "a key that is a list": ("? [a, b]\n: c\n", "key_not_a_name"),
    "an object": ("!!python/object/apply:os.system [id]\n", "explicit_tag"),
}


@pytest.mark.parametrize(("text", "code"), HOSTILE.values(), ids=HOSTILE)
def test_hostile_files_are_refused(text: str, code: str):
    assert code in [p.code for p in problems(text)]


def test_a_file_full_of_mistakes_is_not_read_to_its_end():
    found = problems("\n".join(f"key_{n}: 1" for n in range(20_000)))
    assert len(found) == 501
    assert found[-1].code == "too_many_problems"


WRONG_SHAPES = ["x", "[]", "{}", "[a, b]", "{a: b}", "null", "5", "true", "[[a]]", '""', "{a: {b: [c]}}"]
KEYS = re.findall(r"(?m)^ *(?:- )?([a-z_]+):", SMALL)


@pytest.mark.parametrize("shape", WRONG_SHAPES)
def test_a_value_of_the_wrong_shape_is_a_problem_and_never_a_crash(shape: str):
    lines = SMALL.splitlines()
    for index, line in enumerate(lines):
        match = re.match(r"^( *(?:- )?[a-z_]+):", line)
        if match is None:
            continue
        below = index + 1
        while below < len(lines) and len(lines[below]) - len(lines[below].lstrip(" -")) > len(line) - len(line.lstrip(" -")):
            below += 1
        text = "\n".join([*lines[:index], f"{match[1]}: {shape}", *lines[below:]]) + "\n"
        with contextlib.suppress(DefinitionError):
            loaded(text)


def test_a_byte_order_mark_and_windows_line_ends_are_taken():
    definition = loaded("\ufeff" + DELIVERED.read_text("utf-8").replace("\n", "\r\n"))
    assert definition.name == "complaint"
