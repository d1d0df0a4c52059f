"""From rows to bytes: the views of the desk as JSON, money as decimal yuan, the version as ETag."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson

from app.access.answers import Answer
from app.api.v1.operation import Sent
from app.desk.desk import Desk
from app.desk.outcome import Render, Result
from app.desk.pages import Page
from app.desk.terms import Terms
from app.desk.view import complaint_view, event_view
from app.texts import Lang
from app.workflow.definition import Definition, Field

Row = Mapping[str, Any]


def dumps(value: Any) -> bytes:
    """JSON; times in UTC with Z."""
    return orjson.dumps(value, _plain, orjson.OPT_UTC_Z)


def _plain(value: Any) -> str:
    """The ids of asyncpg are a class of their own, which orjson does not know."""
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def ok(value: Any, *, version: int | None = None, status: int = 200) -> Sent:
    """An answer that nobody keeps; `version` as its ETag."""
    return Answer(status, {} if version is None else {"ETag": etag(version)}, dumps(value)), False


def etag(version: int) -> str:
    """A strong ETag of a version."""
    return f'"{version}"'


def yuan(fen: int) -> str:
    """1250 fen as "12.50"."""
    return str((Decimal(fen) / 100).quantize(Decimal("0.01")))


def complaint_json(
    row: Row,
    customer: Row | None,
    key: Any,
    texts: Mapping[str, str | None] | None,
    lang: Lang,
    definition: Definition | None,
    terms: Terms,
    at: datetime,
) -> dict[str, Any]:
    """The complaint; its amounts in yuan."""
    view = complaint_view(row, customer, key, texts, lang, terms, at)
    if texts is not None:
        view["remedy_sought"] = _amount(view["remedy_sought"])
        view["remedy"] = _amount(view["remedy"])
        view["recorded"] = in_yuan(view["recorded"], definition.fields if definition else {})
    return view


def event_json(row: Row, texts: Mapping[str, str | None] | None, lang: Lang, definition: Definition | None) -> dict[str, Any]:
    """An event; the amounts in its form in yuan, by the version of the workflow that it was written under."""
    view = event_view(row, texts, lang)
    data = view["data"]
    if "form" in data and definition is not None:
        view["data"] = {**data, "form": in_yuan(data["form"], definition.fields)}
    elif view["type"] == "changed":
        view["data"] = {**data, **{side: _sought(data[side]) for side in ("from", "to")}}
    return view


def in_yuan(values: Mapping[str, Any], fields: Mapping[str, Field]) -> dict[str, Any]:
    """Form values with the money fields as decimal yuan."""
    return {n: yuan(v) if isinstance(v, int) and n in fields and fields[n].type == "money" else v for n, v in values.items()}


def _amount(value: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if value is None or not isinstance(value.get("amount"), int):
        return None if value is None else dict(value)
    return {**value, "amount": yuan(value["amount"])}


def _sought(values: Mapping[str, Any]) -> dict[str, Any]:
    return {n: _amount(v) if n == "remedy_sought" else v for n, v in values.items()}


def loaded(desk: Desk, row: Row) -> Definition | None:
    """The workflow version of a complaint or event row, if this process has loaded it: the read before a write always has."""
    return desk.workflows.get((row["workflow"], row["workflow_version"]))


def changed(desk: Desk, lang: Lang, item: Callable[[Row], Row] | None = None, *, status: int = 200) -> Render:
    """{complaint, events[, item]} after a change: how most operations on a complaint answer."""

    def render(result: Result) -> Answer:
        row = result.complaint
        body = moved_json(desk, result, lang)
        if item is not None:
            body["item"] = item((result.extra or {})["item"])
        return Answer(status, {"ETag": etag(row["version"])}, dumps(body))

    return render


def result_json(result: Result, lang: Lang) -> dict[str, Any]:
    """The complaint after a change, without its words."""
    return complaint_view(result.complaint, result.customer, result.key, None, lang, result.terms, result.at, result.clocks)


def page_json(page: Page, lang: Lang) -> dict[str, Any]:
    """A page of complaints, without their words."""
    items = [complaint_view(own, person, key, None, lang, page.terms, page.at) for own, person, key in page.rows]
    return {"items": items, "next_cursor": page.next_cursor}


def moved_json(desk: Desk, result: Result, lang: Lang) -> dict[str, Any]:
    """{complaint, events}."""
    return {"complaint": result_json(result, lang), "events": events_json(desk, result.events, lang)}


def events_json(desk: Desk, rows: Sequence[Row], lang: Lang) -> list[dict[str, Any]]:
    """Events just written, without their words."""
    return [event_json(row, None, lang, loaded(desk, row)) for row in rows]


def picked(model: type[Any]) -> Callable[[Row], Row]:
    """A row as the fields of `model`."""
    names = tuple(model.model_fields)
    return lambda row: {name: row[name] for name in names}
