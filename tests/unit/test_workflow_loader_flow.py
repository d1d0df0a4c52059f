"""A workflow as a whole is checked too, and what its few abbreviations stand for."""

from __future__ import annotations

from tests.unit.workflow_builders import loaded, place, problems, small

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
