"""The drawings of a workflow: everything is in them, nothing breaks them, and the same file gives the same picture."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest

from app.texts import LANGS, Lang
from app.workflow.definition import Definition
from app.workflow.diagram import mermaid, svg
from app.workflow.layout import HEIGHT, WIDTH, Layout, layout
from app.workflow.picture import steps
from tests.unit.workflow_builders import DELIVERED, loaded, small

DEFINITION = loaded(DELIVERED.read_text("utf-8"))
HOSTILE = loaded(
    small(
        ("{zh: 开始, en: Begin}", "{zh: '开始: \"<b>&;{x}#</b>', en: 'a \"quoted\": <script>;{}%%#'}"),
        ("  work:", "  end:"),
        ("    to: work", "    to: end"),
        ("    from: work\n    to: done\n    roles: [handler", "    from: end\n    to: done\n    roles: [handler"),
        ("    from: work\n    to: done\n    roles: [system]", "    from: end\n    to: done\n    roles: [system]"),
        ("    in: work", "    in: end"),
    )
)
NAMESPACE = "{http://www.w3.org/2000/svg}"


def placed(definition: Definition) -> Layout:
    return layout(definition, steps(definition))


# ------------------------------------------------------------------------------------------------------------ Mermaid


def test_mermaid_of_the_small_workflow():
    assert mermaid(loaded(small()), "en").splitlines()[:12] == [
        "---",
        'title: "Small"',
        "---",
        "stateDiagram-v2",
        "  direction TB",
        '  state "New" as s_new',
        '  state "Work" as s_work',
        '  state "Done" as s_done',
        "  [*] --> s_new",
        "  s_new --> s_work : Begin",
        "  s_work --> s_done : Finish",
        "  s_work --> s_done : Expire",
    ]


@pytest.mark.parametrize("lang", LANGS)
def test_mermaid_names_every_stage_and_every_step(lang: Lang):
    text = mermaid(DEFINITION, lang)
    for stage in DEFINITION.stages.values():
        assert f'state "{stage.title.in_(lang)}" as s_{stage.name}' in text
    for transition in DEFINITION.transitions:
        assert transition.title.in_(lang).replace(":", "#58;") in text


def test_a_step_from_many_stages_is_one_arrow():
    text = mermaid(DEFINITION, "en")
    assert len(re.findall(r"--> s_escalated : Escalate$", text, re.MULTILINE)) == 1
    assert "any open stage but Escalated" in text


def test_hostile_titles_and_stage_names_do_not_break_mermaid():
    line = next(line for line in mermaid(HOSTILE, "en").splitlines() if line.startswith("  s_new -->"))
    label = line.split(" : ", 1)[1]
    assert not set(label) & set('"<>{}')
    assert re.fullmatch(r"(?:[^#;:]|#\w+;)*", label), label
    assert "s_end" in line


# ---------------------------------------------------------------------------------------------------------------- SVG


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("definition", [DEFINITION, HOSTILE], ids=["delivered", "hostile"])
def test_svg_is_well_formed_and_names_every_stage_and_step(definition: Definition, lang: Lang):
    root = ET.fromstring(svg(definition, lang))
    words = "\n".join("".join(text.itertext()) for text in root.iter(f"{NAMESPACE}text"))
    for stage in definition.stages.values():
        assert stage.title.in_(lang) in words
    for number, transition in enumerate(definition.transitions, 1):
        assert f"{number} {transition.title.in_(lang)}" in words
    assert not list(root.iter(f"{NAMESPACE}script"))
    assert not list(root.iter(f"{NAMESPACE}image"))


def test_the_same_workflow_gives_the_same_picture():
    again = loaded(DELIVERED.read_text("utf-8"))
    assert svg(again, "zh") == svg(DEFINITION, "zh")
    assert mermaid(again, "zh") == mermaid(DEFINITION, "zh")


def test_boxes_do_not_overlap_and_stand_within_the_picture():
    found = placed(DEFINITION)
    boxes = list(found.boxes.values())
    assert {b.name for b in boxes} == set(DEFINITION.stages)
    for i, a in enumerate(boxes):
        assert 0 < a.x < found.width - WIDTH
        assert 0 < a.y < found.height - HEIGHT
        for b in boxes[i + 1 :]:
            assert abs(a.x - b.x) >= WIDTH or abs(a.y - b.y) >= HEIGHT, (a.name, b.name)


def test_arrows_run_at_right_angles_from_box_to_box_and_through_none():
    found = placed(DEFINITION)
    for arrow in found.arrows:
        source, target = found.boxes[arrow.source], found.boxes[arrow.target]
        (x1, y1), (x2, y2) = arrow.points[0], arrow.points[-1]
        assert source.x < x1 < source.x + WIDTH
        assert y1 == source.y + HEIGHT
        assert target.x < x2 < target.x + WIDTH
        assert y2 == target.y
        for (ax, ay), (bx, by) in zip(arrow.points, arrow.points[1:], strict=False):
            assert ax == bx or ay == by
            for box in found.boxes.values():
                inside_x = max(min(ax, bx), box.x) < min(max(ax, bx), box.x + WIDTH) or (ax == bx and box.x < ax < box.x + WIDTH)
                inside_y = max(min(ay, by), box.y) < min(max(ay, by), box.y + HEIGHT) or (ay == by and box.y < ay < box.y + HEIGHT)
                assert not (inside_x and inside_y), (arrow.source, arrow.target, box.name)


def test_the_straight_way_runs_down():
    found = placed(DEFINITION).boxes
    way = ["intake", "vent", "apologize", "diagnose", "resolve", "care", "opportunity_offer", "follow_up", "closed"]
    layers = [found[name].layer for name in way]
    assert layers == sorted(set(layers))
    ends = {found[name].layer for name, stage in DEFINITION.stages.items() if stage.final}
    assert ends == {max(b.layer for b in found.values())}
