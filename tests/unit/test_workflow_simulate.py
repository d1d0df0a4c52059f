"""Walks over a definition find what a reader overlooks: stages nobody comes to, guards that stop everybody, dead ends."""

from __future__ import annotations

from app.workflow.simulate import simulate
from tests.unit.workflow_builders import DELIVERED, loaded, small

DEFINITION = loaded(DELIVERED.read_text("utf-8"))


def test_the_delivered_workflow_has_no_dead_ends_and_no_idle_guards():
    report = simulate(DEFINITION, walks=1_000, seed=7)
    assert report.not_reached == ()
    assert report.dead_ends == {}
    assert report.never_refused == ()
    assert report.always_refused == ()
    assert {"closed", "withdrawn", "merged", "no_agreement"} <= report.endings.keys()
    assert 3 < report.mean_steps < 40


def test_a_seed_gives_the_same_walks():
    first, again, other = (simulate(DEFINITION, walks=50, seed=seed) for seed in (3, 3, 4))
    assert first == again
    assert first.taken != other.taken


def test_a_guard_that_lets_nobody_pass_and_the_dead_end_it_makes_are_found():
    never = small(
        ("complaint.severity < 3", "complaint.severity < 0"),
        ("    from: work\n    to: done\n    roles: [system]", "    from: new\n    to: done\n    roles: [system]"),
        ("    in: work", "    in: new"),
    )
    report = simulate(loaded(never), walks=50)
    assert report.always_refused == ("finish.calm",)
    assert report.never_taken == ("finish",)
    assert report.dead_ends.keys() == {"work"}
    assert "finish.calm" in report.told("en")
    assert "死路：work" in report.told("zh")


def test_a_guard_that_lets_everybody_pass_is_found():
    always = small(("complaint.severity < 3", "complaint.opened_at <= now"))
    assert simulate(loaded(always), walks=200).never_refused == ("finish.calm",)


def test_walks_that_run_in_a_circle_end_at_the_limit():
    circle = small(
        ("    from: work\n    to: done\n    roles: [handler, system]", "    from: work\n    to: new\n    roles: [handler, system]")
    )
    report = simulate(loaded(circle), walks=20, limit=10)
    assert report.endings.get("limit", 0) > 0
    assert report.mean_steps <= 10


def test_walks_draw_money_texts_and_times_that_are_compared():
    text = small(
        ("complaint.severity < 3", "complaint.channel == 'shop' && 'vip' in complaint.tags && now - complaint.opened_at < days(1)"),
    )
    count = simulate(loaded(text), walks=400).guards["finish.calm"]
    assert 0 < count.refused < count.consulted
