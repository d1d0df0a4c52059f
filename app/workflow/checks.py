"""What must hold of a workflow as a whole: every stage can be reached and left, every name is used, timers lead on."""

from __future__ import annotations

from collections.abc import Iterable

from app.workflow.definition import MOTIVES, OWN_MESSAGES, REOPEN, SYSTEM, Definition, Transition
from app.workflow.problems import Problems
from app.workflow.reader import Places

# What may start from a final stage. Anything else would change a complaint that people take for ended.
AFTER_THE_END = frozenset({REOPEN})


def check(definition: Definition, places: Places, problems: Problems) -> None:
    """All checks, each of which notes its problems."""
    _one_step_per_trigger(definition, places, problems)
    _after_the_end(definition, places, problems)
    _used(definition, places, problems)
    _motives(definition, places, problems)
    _timers(definition, places, problems)
    _roles(definition, places, problems)
    if not places.flow_broken:  # a step that could not be read would make its target seem unreachable
        _reachable(definition, places, problems)
        _ways_out(definition, places, problems)


def _placed(definition: Definition, places: Places) -> Iterable[tuple[Transition, int]]:
    return zip(definition.transitions, range(len(places.transitions)), strict=True)


def _one_step_per_trigger(definition: Definition, places: Places, problems: Problems) -> None:
    first: dict[tuple[str, str], int] = {}
    for transition, index in _placed(definition, places):
        for stage in transition.sources:
            before = first.setdefault((stage, transition.name), index)
            if before != index:
                line = places.transitions[before].line
                problems.add(places.transitions[index], "same_step_twice", name=transition.name, stage=stage, first=line)


def _after_the_end(definition: Definition, places: Places, problems: Problems) -> None:
    for transition, index in _placed(definition, places):
        ended = [s for s in transition.sources if definition.stages[s].final]
        if ended and transition.means not in AFTER_THE_END:
            problems.add(places.transitions[index], "step_after_end", name=transition.name, stage=ended[0])


def _reachable(definition: Definition, places: Places, problems: Problems) -> None:
    for stage in definition.stages:
        if stage not in reached(definition):
            problems.add(places.stages[stage], "unreachable_stage", name=stage)


def reached(definition: Definition) -> set[str]:
    """The stages to which some chain of steps leads from the start."""
    seen, open_ = {definition.start}, [definition.start]
    while open_:
        state = open_.pop()
        for transition in definition.steps[state].values():
            target = transition.to(state)
            if target not in seen:
                seen.add(target)
                open_.append(target)
    return seen


def _ways_out(definition: Definition, places: Places, problems: Problems) -> None:
    """From each stage that is not final, a chain of steps leads to one that is."""
    ends = {name for name, stage in definition.stages.items() if stage.final}
    if not ends:
        problems.add(places.stages[definition.start], "no_final_stage")
        return
    leading = set(ends)
    grown = True
    while grown:
        grown = False
        for state, steps in definition.steps.items():
            if state not in leading and any(t.to(state) in leading for t in steps.values()):
                leading.add(state)
                grown = True
    for state, steps in definition.steps.items():
        if state in leading:
            continue
        code = "stage_without_end" if any(t.to(state) != state for t in steps.values()) else "stage_without_way_out"
        problems.add(places.stages[state], code, name=state)


def _used(definition: Definition, places: Places, problems: Problems) -> None:
    forms = {t.form.name for t in definition.transitions if t.form is not None}
    sent = {str(value) for t in definition.transitions for e in t.effects for value in e.params.values()}
    if places.flow_broken:
        return
    for name, mark in places.forms.items():
        if name not in forms:
            problems.add(mark, "unused_form", name=name)
    for name, mark in places.messages.items():
        if name not in sent | OWN_MESSAGES:
            problems.add(mark, "unused_message", name=name)


def _motives(definition: Definition, places: Places, problems: Problems) -> None:
    """Scripts name motives that a form offers; else nobody would ever see them."""
    field = definition.fields.get(MOTIVES)
    offered = {o.value for o in field.options} if field is not None else set()
    for named in places.motives:
        if named.text not in offered:
            problems.unknown(named.mark, "unknown_motive", named.text, offered)


def _timers(definition: Definition, places: Places, problems: Problems) -> None:
    for timer in definition.timers.values():
        mark = places.timers[timer.name]
        for stage in sorted(timer.stages):
            transition = definition.steps[stage].get(timer.trigger)
            if definition.stages[stage].final:
                problems.add(mark, "timer_in_final_stage", timer=timer.name, stage=stage)
            elif transition is None:
                problems.add(mark, "timer_to_nowhere", timer=timer.name, trigger=timer.trigger, stage=stage)
            elif SYSTEM not in transition.roles:
                problems.add(mark, "timer_not_permitted", timer=timer.name, trigger=timer.trigger)
            elif transition.note_required or _asks(transition):
                problems.add(mark, "timer_cannot_fill", timer=timer.name, trigger=timer.trigger)


def _asks(transition: Transition) -> bool:
    return transition.form is not None and any(f.required and f.when is None for f in transition.form.fields)


def _roles(definition: Definition, places: Places, problems: Problems) -> None:
    """A step that only the system may take needs a timer, or nothing ever takes it."""
    triggers = {timer.trigger for timer in definition.timers.values()}
    for transition, index in _placed(definition, places):
        if transition.roles == {SYSTEM} and transition.name not in triggers and transition.means is None:
            problems.add(places.transitions[index], "system_step_without_timer", name=transition.name)
