"""Files made to hurt, and files of the wrong shape: refused with a place, never a crash, never a long wait."""

from __future__ import annotations

import contextlib
import re

import pytest

from app.workflow.problems import DefinitionError
from tests.unit.workflow_builders import DELIVERED, SMALL, loaded, problems


def bomb() -> str:
    lines = ["a: &a [x, x, x, x, x, x, x, x, x, x]"]
    for before, name in zip("abcdefgh", "bcdefghi", strict=True):
        lines.append(f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]")
    return "\n".join(lines) + "\n"


HOSTILE = {
    "a billion laughs": (bomb(), "alias_bomb"),
    "a snake that eats its tail": ("a: &a [*a]\n", "alias_cycle"),
    "a deep nest": ("[" * 5_000 + "]" * 5_000, "too_deep"),
    "deep by aliases": ("a: &a " + "[" * 30 + "]" * 30 + "\nb: " + "[" * 30 + "*a" + "]" * 30, "too_deep"),
    "too many nodes": ("[" + "x," * 60_000 + "]", "alias_bomb"),
    "too large": ("#" * 600_000, "file_too_large"),
    "nothing": ("", "empty_file"),
    "a comment alone": ("# nothing here\n", "empty_file"),
    "a lone surrogate": ("workflow: \ud800", "not_yaml_character"),
    "NUL": ("workflow: a\x00b", "not_yaml_character"),
    "a list": ("- a\n- b\n", "not_a_mapping"),
    "a scalar": ("complaint", "not_a_mapping"),
    "two documents": ("a: 1\n---\nb: 2\n", "not_yaml"),
    "an unclosed quote": ('workflow: "complaint\n', "not_yaml"),
    "a key that is a list": ("? [a, b]\n: c\n", "key_not_a_name"),
    "an object": ("!!python/object/apply:os.system [id]\n", "explicit_tag"),
}


@pytest.mark.parametrize(("text", "code"), HOSTILE.values(), ids=HOSTILE)
def test_hostile_files_are_refused(text: str, code: str):
    assert code in [p.code for p in problems(text)]


def test_a_file_full_of_mistakes_is_not_read_to_its_end():
    found = problems("\n".join(f"key_{n}: 1" for n in range(20_000)))
    assert len(found) == 501
    assert "too_many_problems" in [p.code for p in found[-2:]]


WRONG_SHAPES = ["x", "[]", "{}", "[a, b]", "{a: b}", "null", "5", "true", "[[a]]", '""', "{a: {b: [c]}}"]
KEYS = re.findall(r"(?m)^ *(?:- )?([a-z_]+):", SMALL)


@pytest.mark.parametrize("shape", WRONG_SHAPES)
def test_a_value_of_the_wrong_shape_is_a_problem_and_never_a_crash(shape: str):
    lines = SMALL.splitlines()
    for index, line in enumerate(lines):
        match = re.match(r"^( *(?:- )?[a-z_]+):", line)
        if match is None:
            continue
        below = index + 1
        while below < len(lines) and len(lines[below]) - len(lines[below].lstrip(" -")) > len(line) - len(line.lstrip(" -")):
            below += 1
        text = "\n".join([*lines[:index], f"{match[1]}: {shape}", *lines[below:]]) + "\n"
        with contextlib.suppress(DefinitionError):
            loaded(text)


def test_a_byte_order_mark_and_windows_line_ends_are_taken():
    definition = loaded("\ufeff" + DELIVERED.read_text("utf-8").replace("\n", "\r\n"))
    assert definition.name == "complaint"
