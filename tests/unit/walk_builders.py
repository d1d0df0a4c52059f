"""Builders of the tests of scripted walks: a small script, changed and walked."""

from __future__ import annotations

import pytest

from app.workflow.read_walks import WalksInvalid, read_walks
from app.workflow.walks import Walk, take
from tests.unit.workflow_builders import VOCABULARY, loaded, small

SCRIPT = """\
facts: {complaint.severity: 1}
walks:
  good:
    title: {zh: 好, en: Good}
    roles: handler
    steps:
      - begin
      - {transition: finish, data: {result: good}}
    expect: done
  severe:
    roles: handler
    facts: {complaint.severity: 3}
    steps:
      - begin
      - {transition: finish, data: {result: bad, why: 没办法}}
    expect: refused
    reasons: calm
"""


def changed(*changes: tuple[str, str]) -> str:
    text = SCRIPT
    for old, new in changes:
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times"
        text = text.replace(old, new)
    return text


def walked(text: str, workflow: str | None = None) -> list[Walk]:
    definition = loaded(workflow or small())
    return [take(definition, script) for script in read_walks(text, definition, VOCABULARY.roles)]


def wrong(text: str, workflow: str | None = None) -> list[tuple[str, tuple[int, int], str | None]]:
    with pytest.raises(WalksInvalid) as caught:
        walked(text, workflow)
    return [(p.code, (p.line, p.column), p.nearest) for p in caught.value.problems]
