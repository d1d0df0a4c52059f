"""Which words fit the customer on the line: the script of a stage by motive, segment and emotion."""

from __future__ import annotations

from collections.abc import Iterable

from app.texts import Words
from app.workflow.definition import Situation, Stage


def say(stage: Stage, *, motives: Iterable[str] = (), segment: str | None = None, emotion: int | None = None) -> Words | None:
    """The words to say in `stage`: of the scripts that fit the one that says most about its case, the first of equals.

    What is unknown fits only scripts that do not ask for it. None when the stage has no scripts.
    """
    known = frozenset(motives)
    best: Words | None = None
    weight = -1
    for script in stage.scripts:
        asked = _weight(script.when)
        if asked > weight and _fits(script.when, known, segment, emotion):
            best, weight = script.say, asked
    return best


def _weight(when: Situation) -> int:
    return sum(bool(part) for part in (when.motives, when.segments, when.emotions))


def _fits(when: Situation, motives: frozenset[str], segment: str | None, emotion: int | None) -> bool:
    return (
        (not when.motives or bool(when.motives & motives))
        and (not when.segments or segment in when.segments)
        and (not when.emotions or emotion in when.emotions)
    )
