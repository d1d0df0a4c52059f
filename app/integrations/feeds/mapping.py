"""A map as frozen values: which column, table, constant or template gives which field of the target."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from zoneinfo import ZoneInfo

from app.integrations.feeds.dates import DateFormat
from app.integrations.feeds.reader import FileSpec
from app.integrations.feeds.targets import TargetField
from app.texts import Words


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands in the map; both count from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class ColumnRef:
    """A column of the file by its name, and where the map names it."""

    name: str
    place: Place


@dataclass(frozen=True, slots=True)
class Columns:
    """Columns put together with `join`; blank ones are left out."""

    columns: tuple[ColumnRef, ...]
    join: str = " "


@dataclass(frozen=True, slots=True)
class FirstOf:
    """The first of the columns that is not blank."""

    columns: tuple[ColumnRef, ...]


@dataclass(frozen=True, slots=True)
class Constant:
    """The same text for every row."""

    text: str
    columns: tuple[ColumnRef, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a template: texts and columns in order.

    An optional piece is left out when one of its columns is blank; any other makes the whole text blank.
    """

    pieces: tuple[str | ColumnRef, ...]
    optional: bool


@dataclass(frozen=True, slots=True)
class Template:
    """Text composed of columns: "{product}: {issue}[ ({sub_issue})]"."""

    parts: tuple[Part, ...]

    @property
    def columns(self) -> tuple[ColumnRef, ...]:
        """Every column it names."""
        return tuple(piece for part in self.parts for piece in part.pieces if isinstance(piece, ColumnRef))


Origin = Columns | FirstOf | Constant | Template


@dataclass(frozen=True, slots=True)
class FieldMap:
    """How one field (or kept attribute) is filled.

    `table` turns texts of the file into those of the target; a text that it does not know is refused unless
    `otherwise` says what to take. `time` is the time of day of a datetime that is read from a bare date.
    """

    field: TargetField
    attribute: bool
    origin: Origin
    place: Place
    table: Mapping[str, str] | None = None
    otherwise: str | None = None
    default: str | None = None
    format: DateFormat | None = None
    zone: ZoneInfo | None = None
    time: time | None = None

    @property
    def column(self) -> str | None:
        """The column it is read from, as a person would name it; None for a constant."""
        return " + ".join(c.name for c in self.origin.columns) or None

    @property
    def dated(self) -> bool:
        """Whether it is a date or a time that comes from the file."""
        return self.field.type in {"date", "datetime"} and bool(self.origin.columns)


@dataclass(frozen=True, slots=True)
class Map:
    """A whole map. `blank` are texts that count as no value; `sha256` is that of the YAML text."""

    target: str
    source: str
    title: Words | None
    file: FileSpec
    blank: frozenset[str]
    fields: tuple[FieldMap, ...]
    sha256: str
