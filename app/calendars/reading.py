"""YAML as marked nodes, for files of calendars: nothing is constructed, so that `9:00` stays what was written."""

from __future__ import annotations

from collections.abc import Collection

import yaml

from app.calendars.problems import Problems
from app.texts import Words

MAX_TEXT = 200_000
MAX_DEPTH = 12


def compose(text: str, problems: Problems) -> yaml.Node | None:
    """The root node of `text`, or None, with the problem noted, when it is no YAML that can be read."""
    if len(text) > MAX_TEXT:
        problems.place(1, 1, "too_large", limit=MAX_TEXT)
        return None
    try:
        depth = 0
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            # libyaml composes by recursion, so that depth is measured on the flat events first.
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > MAX_DEPTH or isinstance(event, yaml.AliasEvent):
                code = "alias" if isinstance(event, yaml.AliasEvent) else "too_deep"
                mark = event.start_mark
                problems.place(mark.line + 1 if mark else 1, mark.column + 1 if mark else 1, code)
                return None
        root = yaml.compose(text, Loader=yaml.CSafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        problems.place(line, column, "not_yaml", detail=getattr(error, "problem", None) or "unreadable")
        return None
    if root is None:
        problems.place(1, 1, "empty")
    return root


def mapping(
    node: yaml.Node, field: str, problems: Problems, *, known: Collection[str] | None = None, required: Collection[str] = ()
) -> dict[str, tuple[yaml.Node, yaml.Node]]:
    """The entries of `node` as key -> (key node, value node); keys not `known`, missing or given twice are noted."""
    if not isinstance(node, yaml.MappingNode):
        problems.add(node, field, "not_a_mapping")
        return {}
    found: dict[str, tuple[yaml.Node, yaml.Node]] = {}
    for key_node, value_node in node.value:
        key = text_of(key_node)
        if key is None:
            problems.add(key_node, field, "key_not_a_name")
        elif key in found:
            problems.add(key_node, f"{field}.{key}".lstrip("."), "twice", name=key)
        elif known is not None and key not in known:
            problems.unknown(key_node, field, "unknown_key", key, known)
        else:
            found[key] = (key_node, value_node)
    for name in required:
        if name not in found:
            problems.add(node, field, "missing", name=name)
    return found


def text_of(node: yaml.Node) -> str | None:
    """The text of a scalar as written, without surrounding space; None for anything else and for nothing at all."""
    if not isinstance(node, yaml.ScalarNode):
        return None
    return str(node.value).strip() or None


def title(node: yaml.Node, field: str, problems: Problems) -> Words:
    """A title in both languages."""
    entries = mapping(node, field, problems, known=("zh", "en"), required=("zh", "en"))
    told: dict[str, str] = {}
    for lang, (_, value) in entries.items():
        text = text_of(value)
        if text is None:
            problems.add(value, f"{field}.{lang}", "not_a_text")
        told[lang] = text or ""
    return Words(told.get("zh", ""), told.get("en", ""))
