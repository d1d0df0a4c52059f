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


def calls() -> Iterator[tuple[str, ast.Call, str]]:
    """Place, node and name of each call by a plain name or by `texts.name`."""
    for path, tree in modules().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and (name := dotted(node.func).removeprefix("texts.")) and "." not in name:
                yield f"{path}:{node.lineno}", node, name


def literal(nodes: list[ast.expr], place: int) -> str | None:
    node = nodes[place] if place < len(nodes) else None
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def test_every_text_asked_for_by_name_exists():
    asked = [(where, literal(node.args, {"say": 1, "words": 0}[name])) for where, node, name in calls() if name in {"say", "words"}]
    assert not [(where, key) for where, key in asked if key and key not in catalogue("en")]


def test_every_reason_has_words():
    known = {key.split(".", 1)[1] for key in catalogue("en") if key.startswith(("reasons.", "problems."))}
    given = [
        (where, literal(node.args, 0))
        for where, node, name in calls()
        if name == "Reason" and not any(keyword.arg == "words" for keyword in node.keywords) and len(node.args) < 4
    ]
    assert not [(where, code) for where, code in given if code and code not in known]


def test_every_code_an_error_is_raised_with_has_words():
    kinds = {kind.__name__ for kind in subclasses(errors.AmendsError)}
    given = [
        (where, literal([keyword.value], 0))
        for where, node, name in calls()
        for keyword in node.keywords
        if name in kinds and keyword.arg == "code"
    ]
    assert not [(where, code) for where, code in given if code and f"problems.{code}" not in catalogue("en")]
