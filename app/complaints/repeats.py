"""Complaints about the same thing: the business's rules, and why one is taken to be like another. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from app.workflow.reader import Reader
from app.workflow.reading import Names, number
from app.workflow.yaml_source import Node

_BOUNDS: Final = {"within_days": (1, 3650), "words_percent": (1, 100), "merge_undo_hours": (0, 8760)}
TOLD: Final = 12
"""Pieces that are told of those that two texts share."""
FEWEST: Final = 3
"""Rare pieces that two texts share at least before they are said to be alike."""


@dataclass(frozen=True, slots=True)
class RepeatRules:
    """How long an ended complaint is still looked at, how much of the words must be shared, how long a merge may be undone."""

    within: timedelta = timedelta(days=90)
    words_percent: int = 30
    merge_undo: timedelta = timedelta(hours=24)


def read_repeats(reader: Reader, node: Node | None, _names: Names) -> RepeatRules | None:
    """The section `repeats`."""
    section = None if node is None else reader.section(node, required=tuple(_BOUNDS))
    if section is None:
        return None
    found = {name: number(section, name, low, high) or low for name, (low, high) in _BOUNDS.items()}
    return RepeatRules(timedelta(days=found["within_days"]), found["words_percent"], timedelta(hours=found["merge_undo_hours"]))


def why_alike(
    tags: Sequence[str],
    pieces: Mapping[int, str],
    other_tags: Sequence[str],
    other_grams: Collection[int] | None,
    words_percent: int,
) -> list[dict[str, Any]]:
    """Why the other is likely about the same thing, [] where it is not: the same cause, or enough of the same rare words.

    The words told are those of the text asked about, never the other's.
    """
    why: list[dict[str, Any]] = []
    if same := [tag for tag in tags if tag in other_tags]:
        why.append({"code": "same_cause", "values": same})
    shared = pieces.keys() & (other_grams or ())
    if len(shared) >= FEWEST and len(shared) * 100 >= words_percent * len(pieces):
        why.append({"code": "same_words", "values": [piece for number, piece in pieces.items() if number in shared][:TOLD]})
    return why
