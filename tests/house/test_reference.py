"""The reference says what the code says: made parts are as made, tables of words lack nothing, snippets work."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.outbox.signing import Signer
from app.worker.jobs import JOBS
from app.workflow.definition import MEANINGS
from docs.reference.make_reference import DOCS, PARTS, made, pages
from docs.reference.words import JOBS_WORDS, LABELS, MEANINGS_WORDS
from tests.house.source import ROOT

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(DOCS)))
def test_making_a_page_again_changes_nothing(page):
    text = page.read_text("utf-8")
    assert made(text) == text, "the code says something else now: python -m docs.reference.make_reference"


def test_every_part_stands_on_a_page():
    text = "".join(page.read_text("utf-8") for page in pages())
    assert set(re.findall(r"<!-- made: (\w+) -->", text)) == PARTS.keys()


def test_the_tables_of_words_name_nothing_that_is_gone():
    assert MEANINGS_WORDS.keys() == MEANINGS
    assert JOBS_WORDS.keys() >= {job.name for job in JOBS}
    metrics = (DOCS / "reference" / "metrics.md").read_text("utf-8")
    assert not [pair for pair in LABELS if f"`{pair[0]}`" not in metrics]


def test_the_receiver_of_the_outbox_page_knows_our_messages_from_others():
    page = (ROOT / "docs" / "reference" / "outbox.md").read_text("utf-8")
    (snippet,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    names: dict[str, Any] = {}
    exec(snippet, names)
    is_genuine, body, now = names["is_genuine"], b'{"topic":"sms"}', datetime.now(UTC)
    headers = Signer(f"whsec_AAAA {SECRET}").headers("01a20044-43b6-7112-94a3-c5fce2af96d7", body, now)
    assert is_genuine(SECRET, headers, body)
    assert not is_genuine(SECRET, headers, body + b" ")
    assert not is_genuine("whsec_BBBB", headers, body)
    late = Signer(SECRET).headers("01a20044-43b6-7112-94a3-c5fce2af96d7", body, now - timedelta(minutes=6))
    assert not is_genuine(SECRET, late, body)


def test_the_settings_stand_in_both_languages():
    row = re.compile(r"^\| (`AMENDS_\w+`) \| (.*?) \|", re.MULTILINE)
    english, chinese = (
        row.findall((DOCS / "reference" / name).read_text("utf-8")) for name in ("settings.md", "settings.zh-CN.md")
    )
    assert english == chinese
