"""A workflow as a drawing, in Chinese or English: Mermaid text, or SVG.

In Mermaid a step that starts from many stages comes from one box that names them.
"""

from __future__ import annotations

from app.texts import Lang
from app.workflow.definition import Definition, Stage
from app.workflow.picture import COLOURS, Step, sources, steps
from app.workflow.svg import svg

__all__ = ["mermaid", "svg"]

_ENTITIES = {"&": "#amp;", "<": "#lt;", ">": "#gt;", '"': "#quot;", ":": "#58;", ";": "#59;", "{": "#123;", "}": "#125;"}


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
