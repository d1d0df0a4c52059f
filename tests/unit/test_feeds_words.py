"""Every refusal of a feed has its words, in both languages."""

from __future__ import annotations

import ast

from app.texts import catalogue
from tests.house.source import dotted, modules

TELLERS = {"tell": 0, "refused": 1, "notes.add": 1, "self.notes.add": 1, "bad": 0, "Bad": 0, "TemplateError": 0}
"""Functions that look a text up, and which of their arguments is its key."""


def texts(node: ast.AST) -> set[str]:
    return {node.value} if isinstance(node, ast.Constant) and isinstance(node.value, str) else set()


def keys() -> set[str]:
    found: set[str] = set()
    for path, tree in modules().items():
        if not path.startswith("app/integrations/feeds/"):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and (at := TELLERS.get(dotted(node.func))) is not None and len(node.args) > at:
                key = node.args[at]
                found |= texts(key)
            elif isinstance(node, ast.Assign) and dotted(node.targets[0]) == "code" and isinstance(node.value, ast.IfExp):
                found |= texts(node.value.body) | texts(node.value.orelse)
    return found


def test_every_code_is_told_in_words():
    assert len(keys()) > 60
    assert not sorted(key for key in keys() if f"feeds.{key}" not in catalogue("en"))


def test_no_words_are_left_over():
    by_variable = {"zone_needed", "time_twice", "time_skipped", "file_old_excel", "file_pdf", "file_gzip"}
    by_variable |= {"date_question", "date_question_open", "time_wrong"}
    told = {key.removeprefix("feeds.") for key in catalogue("en") if key.startswith("feeds.")}
    assert told - keys() == by_variable
