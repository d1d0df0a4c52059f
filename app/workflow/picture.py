"""What both drawings of a workflow share: numbered steps, the words for where they start, a colour per kind of stage.

A step that starts from many stages would hide all others behind its arrows; it is told in words instead.
"""

from __future__ import annotations

from dataclasses import dataclass

from app.texts import Lang
from app.workflow.definition import Definition, Transition
from app.workflow.telling import tell

MANY = 4  # from so many stages on, a step is not drawn arrow by arrow
COLOURS = {
    "working": ("#dbeafe", "#1d4ed8"),
    "waiting_customer": ("#fef3c7", "#b45309"),
    "waiting_internal": ("#ede9fe", "#6d28d9"),
    "resolved": ("#dcfce7", "#15803d"),
    "final": ("#e5e7eb", "#374151"),
}


@dataclass(frozen=True, slots=True)
class Step:
    """A transition as it is drawn: its number in the legend, and whether it starts from many stages."""

    number: int
    transition: Transition
    wide: bool

    def title(self, lang: Lang) -> str:
        """What stands at its arrow."""
        return self.transition.title.in_(lang)


def steps(definition: Definition) -> tuple[Step, ...]:
    """All transitions in the order of the YAML, numbered from 1."""
    return tuple(Step(n, t, len(t.sources) >= MANY) for n, t in enumerate(definition.transitions, 1))


def sources(definition: Definition, transition: Transition, lang: Lang) -> str:
    """The stages it starts from, in words: all but the final ones, or their titles."""
    open_ = {name for name, stage in definition.stages.items() if not stage.final}
    if set(transition.sources) == open_:
        return tell("diagram.any").in_(lang)
    left_out = open_ - set(transition.sources)
    if set(transition.sources) < open_ and len(left_out) <= 2:
        return tell("diagram.any_but", stages=_titles(definition, left_out, lang)).in_(lang)
    return _titles(definition, set(transition.sources), lang)


def _titles(definition: Definition, names: set[str], lang: Lang) -> str:
    titles = [stage.title.in_(lang) for name, stage in definition.stages.items() if name in names]
    return ("、" if lang == "zh" else ", ").join(titles)
