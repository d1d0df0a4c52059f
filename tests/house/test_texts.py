"""Every word shown to people stands in both languages, with the same blanks to fill."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from app import errors
from app.texts import catalogue
from tests.house.source import dotted, modules

BLANK = re.compile(r"\{([a-z_]+)")


def subclasses(base: type[errors.AmendsError]) -> set[type[errors.AmendsError]]:
    found = {base}
    for child in base.__subclasses__():
        found |= subclasses(child)
    return found


def test_both_languages_have_the_same_keys():
    assert set(catalogue("zh")) == set(catalogue("en"))


def test_both_languages_fill_the_same_blanks():
    pairs = {key: (set(BLANK.findall(catalogue("zh")[key])), set(BLANK.findall(text))) for key, text in catalogue("en").items()}
    assert not {key: pair for key, pair in pairs.items() if pair[0] != pair[1]}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_no_text_is_empty(lang):
    assert not [key for key, text in catalogue(lang).items() if not text.strip()]


def test_chinese_is_chinese():
    han = re.compile(r"[\u4e00-\u9fff]")
    letters = re.compile(r"[A-Za-z]{4,}")
    assert not [key for key, text in catalogue("zh").items() if letters.search(BLANK.sub("", text)) and not han.search(text)]


def test_every_error_has_words():
    missing = {kind.__name__ for kind in subclasses(errors.AmendsError) if f"problems.{kind.code}" not in catalogue("en")}
    assert not missing


def asked() -> Iterator[tuple[str, str]]:
    """Where, and which, for each text asked for by a literal key: say(lang, "key"), words("key")."""
    for path, tree in modules().items():
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call):
                continue
            place = {"say": 1, "words": 0}.get(dotted(node.func).split(".")[-1], len(node.args))
            if place >= len(node.args):
                continue
            key = node.args[place]
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                yield f"{path}:{node.lineno}", key.value


def test_every_text_asked_for_by_name_exists():
    assert not [(where, key) for where, key in asked() if key not in catalogue("en")]
