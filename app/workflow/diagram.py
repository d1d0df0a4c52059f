"""A workflow as Mermaid text, in Chinese or English.

A step that starts from many stages would hide all others behind its arrows; it comes from one box that names them.
"""

from __future__ import annotations

from dataclasses import dataclass

from app.texts import Lang
from app.workflow.definition import Definition, Stage, Transition
from app.workflow.telling import tell

MANY = 4  # from so many stages on, a step is drawn once, from a box of its own
COLOURS = {
    "working": ("#dbeafe", "#1d4ed8"),
    "waiting_customer": ("#fef3c7", "#b45309"),
    "waiting_internal": ("#ede9fe", "#6d28d9"),
    "resolved": ("#dcfce7", "#15803d"),
    "final": ("#e5e7eb", "#374151"),
}
_ENTITIES = {"&": "#amp;", "<": "#lt;", ">": "#gt;", '"': "#quot;", ":": "#58;", ";": "#59;", "{": "#123;", "}": "#125;"}


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


def mermaid(definition: Definition, lang: Lang = "zh") -> str:
    """The definition as `stateDiagram-v2`, ready for any Mermaid renderer."""
    lines = ["---", f'title: "{_text(definition.title.in_(lang))}"', "---", "stateDiagram-v2", "  direction TB"]
    lines += [f'  state "{_text(stage.title.in_(lang))}" as {_id(stage)}' for stage in definition.stages.values()]
    lines.append(f"  [*] --> {_id(definition.stages[definition.start])}")
    for step in steps(definition):
        lines += _arrows(definition, step, lang)
    lines += [f"  {_id(stage)} --> [*]" for stage in definition.stages.values() if stage.final]
    for kind, (fill, stroke) in COLOURS.items():
        named = [_id(stage) for stage in definition.stages.values() if stage.kind == kind]
        if named:
            lines.append(f"  classDef {kind} fill:{fill},stroke:{stroke}")
            lines.append(f"  class {','.join(named)} {kind}")
    return "\n".join(lines) + "\n"


def _arrows(definition: Definition, step: Step, lang: Lang) -> list[str]:
    title = _text(step.title(lang))
    transition = step.transition
    if not step.wide:
        stages = definition.stages
        return [f"  {_id(stages[s])} --> {_id(stages[transition.to(s)])} : {title}" for s in transition.sources]
    box = f"from{step.number}"
    names = _text(sources(definition, transition, lang))
    if transition.target is None:
        return [f'  state "{title}#58; {names}" as {box}']
    return [f'  state "{names}" as {box}', f"  {box} --> {_id(definition.stages[transition.target])} : {title}"]


def _id(stage: Stage) -> str:
    """A name that Mermaid cannot take for one of its own words, such as `end`."""
    return f"s_{stage.name}"


def _text(words: str) -> str:
    return "".join(_ENTITIES.get(c, c) for c in " ".join(words.replace("#", "＃").split()))
