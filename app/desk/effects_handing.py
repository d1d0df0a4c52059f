"""Handing a complaint over in a step: the work alone, or the responsibility with it. One person answers for it at any moment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from app.desk.doing import Change, Doing
from app.desk.situation import Receiver
from app.desk.telling import told
from app.errors import Refused
from app.people.notices import notice_row

HAND_OVER: Final = "hand_over"


def hand_over(doing: Doing, _params: Mapping[str, Any]) -> Change:
    """To a person, to a team, or back for whoever takes it; the owner changes only with the responsibility. Raises Refused."""
    s, to = doing.situation, doing.situation.receiver or Receiver()
    if to.strange is not None:
        raise Refused(to.strange)
    patch: dict[str, Any] = {"assignee_id": to.person}
    if to.team is not None:
        patch["team"] = to.team
    if to.owns:
        patch["owner_id"] = to.person
    data = {"from": {name: s.complaint[name] for name in patch}, "to": dict(patch), "owner_kept": not to.owns}
    events = (told("assigned", s, data),) if any(s.complaint[name] != value for name, value in patch.items()) else ()
    if to.person is None or to.person in (s.actor.id, s.complaint["assignee_id"]):
        return Change(patch, (), events)
    words = {"number": s.complaint["number"], "by": s.by.name}
    return Change(patch, (notice_row(s.at, "assigned", user=to.person, complaint_id=s.complaint["id"], data=words),), events)
