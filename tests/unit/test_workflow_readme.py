"""The page that tells business users the language names every word of it."""

from __future__ import annotations

import pytest

from app.workflow import read_forms, read_stages, read_steps
from app.workflow.definition import MEANINGS
from app.workflow.loader import OPTIONAL, REQUIRED
from app.workflow.schema import DEFAULT_LENGTH, LARGEST_LENGTH
from tests.unit.workflow_builders import DELIVERED, VOCABULARY

PAGE = (DELIVERED.parent / "README.md").read_text("utf-8")

WORDS = {
    *REQUIRED,
    *OPTIONAL,
    *read_forms.TYPES,
    *read_forms.OPTIONAL,
    *read_stages.KINDS,
    *read_stages.TMF,
    *read_stages.UNITS,
    *read_stages.TIMER_KEYS,
    *read_steps.REQUIRED,
    *read_steps.OPTIONAL,
    *read_steps.NOTES,
    read_steps.ANY,
    read_steps.SAME,
    read_stages.LEAVING,
    *MEANINGS,
    *VOCABULARY.placeholders,
}


@pytest.mark.parametrize("word", sorted(WORDS))
def test_the_page_names_every_word_of_the_language(word: str):
    assert f"`{word}`" in PAGE or f"`{word}:" in PAGE or f"{{{word}}}" in PAGE


def test_the_page_names_the_lengths():
    for number in (*DEFAULT_LENGTH.values(), *LARGEST_LENGTH.values()):
        assert str(number) in PAGE
