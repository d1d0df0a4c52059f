"""Names of stages and transitions are the user's: code asks for `kind`, `tmf`, `gate` and `means`, never for a name."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import yaml

from tests.house.source import APP, ROOT, dotted, modules

NAMED = {
    "state",
    "stage",
    "from_",
    "to",
    "transition",
    "trigger",
    "from_state",
    "to_state",
    "stage_name",
    "transition_name",
}

LISTS = {"in_", "not_in"}  # column.in_(…)


def names() -> set[str]:
    """Every stage and transition of the delivered workflow."""
    tree = yaml.safe_load((ROOT / "workflows" / "complaint.yaml").read_text("utf-8"))
    found = {name for part in ("stages", "transitions") for name in each_name(tree[part])}
    assert len(found) > 10
    return found


def each_name(part: object) -> Iterator[str]:
    if isinstance(part, dict):
        yield from part
    elif isinstance(part, list):
        yield from (entry["name"] for entry in part)


def constants(node: ast.AST) -> set[str]:
    return {leaf.value for leaf in ast.walk(node) if isinstance(leaf, ast.Constant) and isinstance(leaf.value, str)}


def is_a_name(node: ast.AST) -> bool:
    """Whether `node` reads a stage or a transition: complaint.state, row["state"], c.state, transition.name."""
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        return node.slice.value in NAMED
    parts = dotted(node).split(".")
    return parts[-1] in NAMED or (parts[-1] == "name" and len(parts) > 1 and parts[-2] in NAMED)


def comparisons(tree: ast.Module) -> Iterator[tuple[int, set[str]]]:
    """Line and strings of each comparison of a stage or transition with constants."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            if any(is_a_name(side) for side in sides):
                yield node.lineno, {text for side in sides if not is_a_name(side) for text in constants(side)}
        elif isinstance(node, ast.Match) and is_a_name(node.subject):
            yield node.lineno, {text for case in node.cases for text in constants(case.pattern)}
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in LISTS
            and is_a_name(node.func.value)
        ):
            yield node.lineno, {text for argument in node.args for text in constants(argument)}


def test_no_stage_or_transition_is_named_in_a_decision():
    known = names()
    strays = [
        f"{path}:{line} {sorted(known & texts)}"
        for path, tree in modules().items()
        for line, texts in comparisons(tree)
        if known & texts
    ]
    assert not strays


def test_offers_are_care_not_selling():
    word = "up" + "sell"
    files = [*APP.rglob("*.*"), *(ROOT / "workflows").rglob("*.*"), *(ROOT / "migrations").rglob("*.py")]
    texts = {file: file.read_bytes().lower() for file in files if file.suffix in {".py", ".yaml", ".html", ".md", ".sql"}}
    assert not [file for file, text in texts.items() if word.encode() in text]
