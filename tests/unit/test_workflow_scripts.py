"""The words to say: the script that knows most about the customer's case, and the default for everybody else."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from app.workflow.definition import Script, Situation, Stage
from app.workflow.scripts import say
from tests.unit.workflow_builders import words


def script(name: str, motives: str = "", segments: str = "", emotions: Sequence[int] = ()) -> Script:
    return Script(Situation(frozenset(motives.split()), frozenset(segments.split()), frozenset(emotions)), words(name))


STAGE = Stage(
    "vent",
    words("Vent"),
    "working",
    "acknowledged",
    None,
    (
        script("default"),
        script("angry", emotions=(4, 5)),
        script("motive", "respect wronged"),
        script("motive too", "respect"),
        script("both", "respect", emotions=(5,)),
        script("vip", segments="high_value"),
        script("all", "respect", "high_value", (5,)),
    ),
)


@pytest.mark.parametrize(
    ("motives", "segment", "emotion", "said"),
    [
        ([], None, None, "default"),
        (["vent"], "mass", 3, "default"),
        ([], None, 4, "angry"),
        (["wronged"], None, None, "motive"),
        (["respect"], None, 1, "motive"),
        (["vent", "respect"], None, 5, "both"),
        ([], "high_value", 1, "vip"),
        (["respect"], "high_value", 5, "all"),
        (["unknown"], "youth", 2, "default"),
    ],
)
def test_the_script_that_says_most_about_the_case(motives: list[str], segment: str | None, emotion: int | None, said: str):
    found = say(STAGE, motives=motives, segment=segment, emotion=emotion)
    assert found is not None
    assert found.en == said


def test_a_stage_without_scripts_has_nothing_to_say():
    assert say(Stage("x", words("x"), "final", "closed")) is None
