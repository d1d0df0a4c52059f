"""`workflows/complaint.yaml` as plain values, by PyYAML alone: the other reading of the file, against which the product is held."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

WORKFLOWS = Path(__file__).parents[2] / "workflows"
LONGEST = {"text": 4000, "string": 200}


@dataclass(frozen=True)
class Step:
    """One transition as the file has it; `target` "same" stays."""

    name: str
    sources: tuple[str, ...]
    target: str
    roles: frozenset[str]
    means: str | None
    guards: tuple[tuple[str, str], ...]
    form: Mapping[str, Mapping[str, Any]]
    effects: tuple[tuple[str, Mapping[str, Any]], ...]
    note_required: bool
    arms: frozenset[str]


@dataclass(frozen=True)
class Clock:
    """One timer as the file has it."""

    name: str
    stages: frozenset[str]
    trigger: str
    calendar: str
    amount: int
    unit: str
    at: str | None
    ended_by: frozenset[str]


@dataclass(frozen=True)
class Flow:
    """The whole file."""

    start: str
    stages: Mapping[str, Mapping[str, Any]]
    steps: tuple[Step, ...]
    clocks: tuple[Clock, ...]
    names: frozenset[str]
    service: tuple[int, int]  # hours of every day, Shanghai

    def step(self, name: str, state: str) -> Step | None:
        """The step of that name from that stage."""
        return next((s for s in self.steps if s.name == name and state in s.sources), None)

    def final(self, state: str) -> bool:
        """Whether the stage is an end."""
        return bool(self.stages[state]["kind"] == "final")


@cache
def delivered() -> Flow:
    """The delivered workflow and the hours of the service calendar."""
    tree = yaml.safe_load((WORKFLOWS / "complaint.yaml").read_text("utf-8"))
    stages: dict[str, Any] = tree["stages"]
    steps = tuple(_step(tree, node) for node in tree["transitions"])
    clocks = tuple(_clock(name, node) for name, node in tree["timers"].items())
    return Flow(tree["start"], stages, steps, clocks, frozenset(s.name for s in steps), _service())


def _step(tree: Mapping[str, Any], node: Mapping[str, Any]) -> Step:
    sources = _many(node["from"])
    if sources == ("any",):
        spared = _many(node.get("except", ()))
        sources = tuple(s for s, stage in tree["stages"].items() if stage["kind"] != "final" and s not in spared)
    groups = tree.get("role_groups", {})
    return Step(
        node["name"],
        sources,
        node["to"],
        frozenset(role for name in _many(node["roles"]) for role in groups.get(name, [name])),
        node.get("means"),
        tuple((g["name"], g["expr"]) for g in node.get("guards", ())),
        tree["forms"][node["form"]]["fields"] if "form" in node else {},
        tuple(_effect(entry) for entry in node.get("effects", ())),
        node.get("note") == "required",
        frozenset(_many(node.get("arms", ()))),
    )


def _effect(entry: Any) -> tuple[str, Mapping[str, Any]]:
    return (entry, {}) if isinstance(entry, str) else next(iter(entry.items()))


def _clock(name: str, node: Mapping[str, Any]) -> Clock:
    amount, unit = "0", ""
    if "after" in node:
        amount, unit = re.fullmatch(r"(\d+) (\w+?)s?", node["after"]).groups()  # type: ignore[union-attr]
    return Clock(
        name,
        frozenset(_many(node["in"])),
        node["trigger"],
        node.get("calendar", "always"),
        int(amount),
        unit,
        node.get("at"),
        frozenset(_many(node.get("ended_by", "leaving"))),
    )


def _many(value: str | Sequence[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def _service() -> tuple[int, int]:
    """The model knows one shape of calendar: the same hours on every day of the week, and no holidays."""
    calendar = yaml.safe_load((WORKFLOWS / "calendars.yaml").read_text("utf-8"))["calendars"]["service"]
    assert calendar["zone"] == "Asia/Shanghai"
    assert set(calendar) == {"title", "zone", "hours"}
    assert set(calendar["hours"]) == {"mon-sun"}, "teach the model the new hours"
    ((first, last),) = [hours.split("-") for hours in calendar["hours"]["mon-sun"]]
    return int(first[:2]), int(last[:2])
