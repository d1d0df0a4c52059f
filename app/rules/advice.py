"""Turns what the CEL library says into what an author of rules can use: the place of the name, its words, the nearest name."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from difflib import get_close_matches
from typing import Final

from app.rules.engine import FUNCTIONS, Complaint
from app.rules.facts import KNOWN
from app.rules.problems import Problem, problem
from app.texts import Words, words

_UNDECLARED: Final = re.compile(r"undeclared reference to '([^']*)'")
_OVERLOAD: Final = re.compile(r"found no matching overload for '([^']*)' applied to '(.*)'")
_SYNTAX: Final = re.compile(r"Syntax error: (.*)", re.DOTALL)
_RESERVED: Final = re.compile(r"reserved identifier: (\S+)")
_OPERATORS: Final = {"@in": "in", "_[_]": "[…]", "!_": "!", "-_": "-", "_?_:_": "? :"}
_TYPE_WORDS: Final = ("bool", "int", "double", "string", "timestamp", "duration", "null_type", "list", "map", "dyn")


def advise(complaint: Complaint, text: str, kinds: Mapping[str, str], optional: Collection[str]) -> Problem:
    """`complaint` about `text` as a problem; `kinds` are the facts by name, `optional` those with a companion."""
    line, column, said = complaint.line, complaint.column, complaint.text
    if found := _UNDECLARED.match(said):
        return _undeclared(found[1], text, complaint, kinds, optional)
    if found := _OVERLOAD.match(said):
        return _overload(found[1], found[2], line, column)
    if found := _RESERVED.match(said):
        return problem("reserved", line, column, name=found[1])
    if "unsupported syntax '.?'" in said or "unsupported syntax '[?'" in said:
        return problem("optional", line, column)
    if "recursion" in said:
        return problem("too_deep", line, column)
    if "invalid int literal" in said or "invalid uint literal" in said:
        return problem("number_too_large", line, column)
    if found := _SYNTAX.match(said):
        return _syntax(found[1], text, line, column)
    return problem("other", line, column, detail=said)


def nearest(name: str, known: Collection[str]) -> str | None:
    """The declared name most like `name`: the one with the same last part, a slip in the last part, else a close spelling."""
    group, _, last = name.rpartition(".")
    same_last = [candidate for candidate in known if candidate.endswith("." + last)]
    if len(same_last) == 1:
        return same_last[0]
    siblings = [each.removeprefix(group + ".") for each in sorted(known) if group and each.startswith(group + ".")]
    if close := get_close_matches(last, siblings, n=1, cutoff=0.5):
        return f"{group}.{close[0]}"
    if siblings:
        return None  # the group is right, and nothing in it is like it: a guess would mislead
    lower = {candidate.lower(): candidate for candidate in sorted(known, reverse=True)}
    close = get_close_matches(name.lower(), lower, n=1, cutoff=0.7)
    return lower[close[0]] if close else None


def _undeclared(name: str, text: str, at: Complaint, kinds: Mapping[str, str], optional: Collection[str]) -> Problem:
    name, line, column = name.removeprefix("."), at.line, at.column
    row = (text.split("\n")[line - 1 : line] or [""])[0]
    if row[column - 1 : column] == "(":  # the library points at the bracket of a call
        start = column - len(name)
        like = nearest(name, FUNCTIONS)
        return problem(
            "unknown_function" + ("_near" if like else ""), line, start, unknown=name, nearest=like, name=name, near=like
        )
    start = column - len(name.rpartition(".")[0])  # … and at the last dot of a name
    if not row.startswith(name, start - 1):
        start = column
    if name.startswith(KNOWN) and name.removeprefix(KNOWN) in kinds:
        return problem("always_known", line, start, unknown=name, name=name.removeprefix(KNOWN))
    like = nearest(name, {*kinds, *(KNOWN + each for each in optional)} if name.startswith(KNOWN) else kinds.keys())
    return problem("unknown_fact" + ("_near" if like else ""), line, start, unknown=name, nearest=like, name=name, near=like)


def _overload(operator: str, types: str, line: int, column: int) -> Problem:
    given = _split(types.removeprefix("(").removesuffix(")"))
    shown = _OPERATORS.get(operator, operator.strip("_"))
    if "null_type" in given:
        return problem("null", line, column)
    told = Words(_join(given, "zh", "、"), _join(given, "en", ", "))
    if sorted(given) == ["double", "int"]:
        return problem("mixed_numbers", line, column, operator=shown, types=told)
    return problem("wrong_types", line, column, operator=shown, types=told)


def _syntax(said: str, text: str, line: int, column: int) -> Problem:
    row = (text.split("\n")[line - 1 : line] or [""])[0]
    rest = row[column - 1 :]
    if "token recognition error" in said and rest[:1] in {"'", '"'}:
        return problem("quote", line, column)
    if "'<EOF>' expecting" in said:
        return problem("ends_early", line, column)
    if "missing ')'" in said or "missing ']'" in said or "missing '}'" in said:
        return problem("bracket", line, column)
    if rest.startswith("=") and not rest.startswith("=="):
        return problem("single_equals", line, column)
    for word, sign in (("and", "&&"), ("or", "||"), ("not", "!")):
        if re.match(rf"{word}\b", rest) or re.search(rf"\b{word}\s+$", row[: column - 1]):
            return problem("word_operator", line, column, word=word, sign=sign)
    return problem("syntax", line, column, token=rest.split(maxsplit=1)[0] if rest.strip() else "")


def _split(types: str) -> list[str]:
    """The types of `a, list(b, c)` at its top level."""
    out, depth = [""], 0
    for char in types:
        depth += (char in "(<") - (char in ")>")
        if char == "," and depth == 0:
            out.append("")
        else:
            out[-1] += char
    return [each.strip() for each in out if each.strip()]


def _join(types: list[str], lang: str, between: str) -> str:
    return between.join(_type_word(each).zh if lang == "zh" else _type_word(each).en for each in types)


def _type_word(name: str) -> Words:
    root = re.split(r"[(<]", name)[0]
    return words(f"rules.types.{root}") if root in _TYPE_WORDS else Words(name, name)
