"""A map laid on the header of a file: from cells to a row that the target understands, or to the reasons why not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from app.integrations.feeds.mapping import ColumnRef, Columns, Constant, FieldMap, FirstOf, Map, Template
from app.integrations.feeds.problems import MapError, Problem, RowProblem, listed, meant, nearest, tell
from app.integrations.feeds.reader import Row
from app.integrations.feeds.targets import MappedRow, Value
from app.integrations.feeds.values import Bad, bad, convert


@dataclass(frozen=True, slots=True)
class Bound:
    """A map whose columns were found in a header. `unused` are the columns that nothing reads."""

    map: Map
    index: Mapping[str, int]
    unused: tuple[str, ...]

    def text(self, how: FieldMap, cells: Sequence[str]) -> str:
        """The text of one field before its table and type; "" when it is blank."""
        origin = how.origin
        match origin:
            case Constant(text=text):
                return text
            case Template():
                return self._composed(origin, cells)
            case FirstOf(columns=columns):
                return next((cell for c in columns if (cell := self._cell(c, cells))), "")
            case Columns(columns=(only,)):
                return self._cell(only, cells)  # as it is: it may be more than its text, see `cells`
            case Columns(columns=columns, join=join):
                return join.join(filter(None, (self._cell(c, cells).strip() for c in columns)))

    def _cell(self, column: ColumnRef, cells: Sequence[str]) -> str:
        cell = cells[self.index[column.name]]
        plain = cell.strip()
        return "" if not plain or plain in self.map.blank else cell

    def _composed(self, template: Template, cells: Sequence[str]) -> str:
        if not any(self._cell(c, cells) for c in template.columns):
            return ""
        texts: list[str] = []
        for part in template.parts:
            filled = [p if isinstance(p, str) else self._cell(p, cells).strip() for p in part.pieces]
            if all(filled):
                texts += filled
            elif not part.optional:
                return ""
        return "".join(texts)

    def value(self, how: FieldMap, cells: Sequence[str]) -> Value | Bad | None:
        """The typed value of one field; None when it is blank."""
        text = self.text(how, cells)
        if not text.strip():
            if how.default is None:
                return Bad("required_blank", tell("required_blank")) if how.field.required else None
            text = how.default
        elif how.table is not None:
            known = how.table.get(text.strip(), how.otherwise)
            if known is None:
                near = None if how.field.personal else nearest(text, how.table)
                return bad("value_unknown", text, how, known=listed(how.table), meant=meant(near))
            text = known
            if not text:
                return Bad("required_blank", tell("required_blank")) if how.field.required else None
        return convert(text, how)

    def row(self, row: Row) -> MappedRow | tuple[RowProblem, ...]:
        """The row for the target, or everything that is wrong with it."""
        if row.problem is not None:
            code, words = row.problem
            return (RowProblem("", None, code, words),)
        values: dict[str, Value] = {}
        attributes: dict[str, str | int | bool] = {}
        problems: list[RowProblem] = []
        for how in self.map.fields:
            found = self.value(how, row.cells)
            if isinstance(found, Bad):
                problems.append(RowProblem(how.field.name, how.column, found.code, found.words))
            elif found is None:
                continue
            elif how.attribute:
                attributes[how.field.name] = _plain(found, how)
            else:
                values[how.field.name] = found
        return tuple(problems) or MappedRow(row.number, values, attributes)

    def key(self, names: Sequence[str], cells: Sequence[str]) -> tuple[Value, ...] | None:
        """The values of the fields `names`, or None when one is blank or bad (the row is then refused anyway)."""
        found = [self.value(how, cells) for how in self.map.fields if not how.attribute and how.field.name in names]
        if any(value is None or isinstance(value, Bad) for value in found):
            return None
        return tuple(value for value in found if value is not None and not isinstance(value, Bad))


def bind(made: Map, header: Sequence[str]) -> Bound:
    """`made` on a file with the columns `header`. Raises MapError naming every column that the file does not have."""
    count = Counter(header)
    problems: list[Problem] = []
    used = {column.name: column for how in made.fields for column in how.origin.columns}
    for how in made.fields:
        for column in how.origin.columns:
            if count[column.name] == 1:
                continue
            near = nearest(column.name, filter(None, count)) if column.name not in count else None
            code = "column_twice" if near is None and column.name in count else "column_unknown"
            words = tell(code, name=column.name, meant=meant(near), columns=listed(filter(None, header)))
            problems.append(Problem(column.place.line, column.place.column, code, words, near))
    if problems:
        raise MapError(problems, made.source)
    index = {name: header.index(name) for name in used}
    return Bound(made, index, tuple(name for name in header if name and name not in used))


def _plain(value: Value, how: FieldMap) -> str | int | bool:
    """An attribute as JSON: it has no type beside it, so money is decimal yuan and a date says what it is."""
    if how.field.type == "money" and isinstance(value, int):
        return f"{'-' if value < 0 else ''}{abs(value) // 100}.{abs(value) % 100:02}"
    if isinstance(value, date | datetime):
        return value.isoformat()
    return ", ".join(value) if isinstance(value, tuple) else value
