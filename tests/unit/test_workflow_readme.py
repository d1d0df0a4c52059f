"""The page that tells business users the language names every word of it."""

from __future__ import annotations

import re

import pytest

from app.workflow import read_forms, read_stages, read_steps
from app.workflow.definition import MEANINGS
from app.workflow.loader import OPTIONAL, REQUIRED
from app.workflow.read_walks import REFUSED, STEP_OPTIONAL, WALK_KEYS, WALK_OPTIONAL, read_walks
from app.workflow.schema import DEFAULT_LENGTH, LARGEST_LENGTH
from app.workflow.walks import take
from tests.unit.workflow_builders import DELIVERED, VOCABULARY, loaded

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


def test_the_page_names_every_word_of_walks_and_its_examples_hold():
    for word in (*WALK_KEYS, *WALK_OPTIONAL, *STEP_OPTIONAL, "transition", REFUSED):
        assert f"`{word}`" in PAGE, word
    definition = loaded(DELIVERED.read_text("utf-8"))
    examples = [text for text in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL) if "walks:" in text]
    assert len(examples) == 2
    for text in examples:
        (script,) = read_walks(text, definition, VOCABULARY.roles)
        assert take(definition, script).met
