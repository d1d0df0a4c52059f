"""The record as a page to read, Chinese and English side by side: one HTML file that needs nothing else. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from html import escape
from typing import Any, Final
from uuid import UUID

from app.calendars.definition import Calendar
from app.desk.facts import BY_NAME
from app.texts import has, say
from app.workflow.definition import Definition

_STYLE: Final = (
    "body{font:15px/1.5 sans-serif;margin:2em;max-width:70em}table{border-collapse:collapse;width:100%}"
    "td,th{border:1px solid #ccc;padding:.3em .5em;text-align:left;vertical-align:top}th{background:#f3f3f3}"
    "pre{white-space:pre-wrap;margin:0;font:inherit}h2{margin-top:2em}"
)
_TOLD: Final = ("complaint", "events", "taken")
_QUIET: Final = (
    *("id", "complaint_id", "customer_id", "patch", "by_id", "read_by"),
    *("armed_at", "armed_by_seq", "leased_until", "next_at", "levels", "level"),
)
"""Columns that are bookkeeping; `record.json` has them."""


def page(whole: Mapping[str, Any], definition: Definition, calendar: Calendar) -> str:
    """The page of what `evidence` gathered; times as the service's wall clock shows them."""
    own = whole["complaint"]
    parts = [f"<h1>{_both('evidence.title')} {escape(own['number'])}</h1>", _table([whole["taken"]], calendar)]
    parts += [f"<h2>{_both('evidence.complaint')}</h2>", _facts(own, calendar)]
    parts += [f"<h2>{_both('evidence.events')}</h2>", _history(whole["events"], definition, calendar)]
    for name, rows in whole.items():
        if name not in _TOLD and rows:
            listed = rows if isinstance(rows, list) else [rows]
            parts += [f"<h2>{_named('evidence.tables', name)}</h2>", _table(listed, calendar)]
    body = "\n".join(parts)
    head = f'<meta charset="utf-8"><title>{escape(own["number"])}</title><style>{_STYLE}</style>'
    return f'<!doctype html>\n<html lang="zh">{head}\n{body}\n</html>\n'


def _both(key: str) -> str:
    return f"{escape(say('zh', key))} · {escape(say('en', key))}"


def _named(where: str, name: str) -> str:
    """A name of ours in both languages, where the texts know it."""
    return _both(f"{where}.{name}") if has(f"{where}.{name}") else escape(name)


def _label(name: str) -> str:
    """A field of the record, by the words that the facts have for it."""
    fact = BY_NAME.get(f"complaint.{name}")
    return f"{escape(fact.title.zh)} · {escape(fact.title.en)}" if fact is not None else _named("evidence.fields", name)


def _facts(row: Mapping[str, Any], calendar: Calendar) -> str:
    lines = (f"<tr><th>{_label(name)}</th><td>{_value(value, calendar)}</td></tr>" for name, value in row.items())
    return f"<table>{''.join(lines)}</table>"


def _table(rows: Sequence[Mapping[str, Any]], calendar: Calendar) -> str:
    names = [name for name in rows[0] if name not in _QUIET]
    head = "".join(f"<th>{_label(name)}</th>" for name in names)
    body = "".join("<tr>" + "".join(f"<td>{_value(row.get(n), calendar)}</td>" for n in names) + "</tr>" for row in rows)
    return f"<table><tr>{head}</tr>{body}</table>"


def _history(events: Sequence[Mapping[str, Any]], definition: Definition, calendar: Calendar) -> str:
    titles = {t.name: f"{t.title.zh} · {t.title.en}" for t in definition.transitions}
    stages = {stage.name: f"{stage.title.zh} · {stage.title.en}" for stage in definition.stages.values()}
    head = "".join(f"<th>{_both(f'evidence.{name}')}</th>" for name in ("at", "actor", "what", "stage", "data"))
    lines = []
    for one in events:
        what = titles.get(one["transition"] or "")
        way = " → ".join(stages.get(name, name) for name in (one["from"], one["to"]) if name)
        cells = (
            _value(one["at"], calendar),
            escape(f"{one['actor']} ({one['role']})"),
            escape(what) if what else _named("evidence.types", one["type"]),
            escape(way),
        )
        lines.append("<tr>" + "".join(f"<td>{cell}</td>" for cell in (*cells, _value(one["data"], calendar))) + "</tr>")
    return f"<table><tr>{head}</tr>{''.join(lines)}</table>"


def _value(value: Any, calendar: Calendar) -> str:
    """A value for people: times on the wall clock, words as they were written, lists and objects line by line."""
    match value:
        case None:
            return ""
        case bool():
            return _both("evidence.yes" if value else "evidence.no")
        case datetime():
            return calendar.local(value).strftime("%Y-%m-%d %H:%M:%S")
        case Mapping():
            inner = "\n".join(f"{escape(str(name))}: {_value(each, calendar)}" for name, each in value.items() if each is not None)
            return f"<pre>{inner}</pre>"
        case list() | tuple():
            return "\n".join(_value(each, calendar) for each in value)
        case UUID():
            return str(value)
        case _:
            return f"<pre>{escape(str(value))}</pre>" if isinstance(value, str) and "\n" in value else escape(str(value))
