"""What an effect is: pure; the step under way and parameters in, a patch, rows and events out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.audit.events import Event
from app.db.statement import Insert
from app.desk.situation import Situation
from app.workflow.ports import EffectSpec


@dataclass(frozen=True, slots=True)
class Doing:
    """A step under way: the situation before it, its form data with personal values already replaced by references."""

    situation: Situation
    data: Mapping[str, Any]
    transition: str
    seq: int


@dataclass(frozen=True, slots=True)
class Change:
    """What an effect contributes to the step's one patch, its further rows and events."""

    patch: Mapping[str, Any] = field(default_factory=dict)
    inserts: tuple[Insert, ...] = ()
    events: tuple[Event, ...] = ()


Apply = Callable[[Doing, Mapping[str, Any]], Change]
"""An effect: never given a connection."""


@dataclass(frozen=True, slots=True)
class Effect:
    """One effect: how the loader sees it, and what it does."""

    spec: EffectSpec
    apply: Apply
