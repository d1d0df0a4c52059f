"""What a feed imports into: the fields a target takes, and the two steps of taking rows in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, Protocol, TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from app.integrations.feeds.problems import RowProblem
from app.texts import Words

FieldType = Literal["text", "id", "integer", "money", "boolean", "date", "datetime", "choice", "name", "tags"]
Value = str | int | bool | date | datetime | tuple[str, ...]
"""text, id, choice, name: str; integer: int; money: int fen; date: date; datetime: aware UTC; tags: names in order."""
Result = Literal["created", "updated", "unchanged", "rejected"]
P = TypeVar("P")
RESULTS: tuple[Result, ...] = ("created", "updated", "unchanged", "rejected")


@dataclass(frozen=True, slots=True)
class TargetField:
    """A field that a target takes. `personal` values are never repeated in a message; `low` and `high` bound numbers."""

    name: str
    type: FieldType
    title: Words
    required: bool = False
    personal: bool = False
    max_length: int | None = None
    choices: tuple[str, ...] = ()
    low: int | None = None
    high: int | None = None


@dataclass(frozen=True, slots=True)
class MappedRow:
    """A row as the target sees it: its number in the file, typed values by field, extra columns by attribute name.

    Blank fields are left out. Attribute values are JSON: money as decimal yuan, dates and times as ISO text.
    """

    number: int
    values: Mapping[str, Value]
    attributes: Mapping[str, str | int | bool]


@dataclass(frozen=True, slots=True)
class RowOutcome:
    """What became of a row."""

    number: int
    result: Result
    problems: tuple[RowProblem, ...] = ()


class Target(Protocol):
    """What a map may fill, and how."""

    @property
    def name(self) -> str:
        """What the map and the run call it."""
        ...

    @property
    def fields(self) -> Mapping[str, TargetField]:
        """The fields it takes, by name."""
        ...

    @property
    def key(self) -> tuple[str, ...]:
        """The fields that tell a row apart; rows that share them must be equal."""
        ...

    @property
    def attributes(self) -> bool:
        """Whether extra columns may be kept."""
        ...


class Importer(Target, Protocol[P]):
    """A target with the two steps of taking a batch in. No two rows of a run have the same key.

    What `apply` raises as Conflict or StaleVersion, or as a unique violation, says that the database has moved since
    `prepare`: the batch is then undone and prepared again. A dry run applies and undoes every batch.
    """

    async def prepare(self, rows: Sequence[MappedRow]) -> P:
        """Whatever needs no transaction: reading, sealing, deciding. `rows` are 200 at most."""
        ...

    async def apply(self, conn: AsyncConnection, prepared: P) -> Sequence[RowOutcome]:
        """Store them in the transaction that also records the progress; an outcome for each row."""
        ...
