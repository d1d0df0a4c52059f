"""Small readers that the sections of this room share: a stretch of time, a number with bounds, names with their words."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import timedelta

from app.calendars.span import parse
from app.texts import Words
from app.workflow.reader import Section
from app.workflow.yaml_source import Items, Table


def stretch(section: Section, name: str, otherwise: timedelta) -> timedelta:
    """A stretch of plain time such as `15 minutes` or `2 hours`; `otherwise` where the key is absent."""
    node = section.get(name)
    scalar = None if node is None else section.reader.scalar(node)
    if scalar is None:
        return otherwise
    try:
        span = parse(scalar.text)
    except ValueError:
        span = None
    if span is None or span.working:
        section.reader.problems.add(scalar.mark, "not_a_stretch", name=name)
        return otherwise
    return timedelta(days=span.days, seconds=span.seconds)


def number(section: Section, name: str, low: int, high: int) -> int | None:
    """A whole number from `low` to `high`; None where the key is absent."""
    found = section.integer(name)
    if found is not None and not low <= found <= high:
        section.reader.problems.add(section.mark_of(name), "bound_out_of_range", low=low, high=high)
        return None
    return found


def titled(section: Section, name: str) -> Mapping[str, Words]:
    """Names of the author's choice, each with its words in both languages."""
    found: dict[str, Words] = {}
    for named, node in section.entries(name).items():
        words = section.reader.words(node)
        if words is not None:
            found[named.text] = words
    return found


def chosen(section: Section, name: str, known: Collection[str], code: str) -> tuple[str, ...]:
    """One name or a list of names, each of `known`."""
    found = []
    for named in section.names(name):
        if named.text in known:
            found.append(named.text)
        else:
            section.reader.problems.unknown(named.mark, code, named.text, known)
    return tuple(found)


def texts(section: Section, name: str) -> tuple[str, ...]:
    """One plain text or a list of them."""
    node = section.get(name)
    if node is None or isinstance(node, Table):
        if node is not None:
            section.reader.problems.add(node.mark, "not_a_list")
        return ()
    scalars = (section.reader.scalar(item) for item in (node.items if isinstance(node, Items) else (node,)))
    return tuple(scalar.text for scalar in scalars if scalar is not None)


def sentences(section: Section, name: str) -> tuple[Words, ...]:
    """A list of texts in both languages."""
    found = (section.reader.words(node) for node in section.items(name))
    return tuple(words for words in found if words is not None)
