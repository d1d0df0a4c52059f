"""The channels by which customers reach the house and it reaches them: one list, in the policy. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.errors import Reason
from app.texts import Words
from app.workflow.reader import Reader, Section
from app.workflow.telling import unknown
from app.workflow.yaml_source import Node

Channels = Mapping[str, Words]
"""Name → title."""


def read_channels(reader: Reader, node: Node | None, _names: object) -> Channels | None:
    """The section `channels`; None where the file has none, and then any name is one."""
    if node is None:
        return None
    found: dict[str, Words] = {}
    for named, value in reader.entries(node).items():
        words = reader.words(value)
        if words is not None:
            found[named.text] = words
    return found


def channels_known(reader: Reader, sections: Mapping[str, Any], root: Section) -> None:
    """The targets of clocks ask for channels that there are; noted where the clocks stand."""
    channels: Channels | None = sections.get("channels")
    if channels is None:
        return
    asked = (name for rule in sections["clocks"].values() for target in rule.targets for name in sorted(target.channels))
    for name in dict.fromkeys(asked):
        if name not in channels:
            reader.problems.unknown(root.mark_of("clocks"), "unknown_channel", name, channels)


def refused(channels: Channels | None, name: str, where: str = "channel") -> Reason | None:
    """The reason why `name` is no channel, None when it is one."""
    return None if channels is None or name in channels else unknown("channel_unknown", where, name, channels)
