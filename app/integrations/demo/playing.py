"""A case under way: whose turn it is, the complaint as the last step left it, the words in the language of the play."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Any
from uuid import UUID

from app.access.answers import Answer
from app.access.users import User, find_user
from app.desk.desk import Desk
from app.desk.outcome import Reply, Result
from app.errors import NotFound, Reason
from app.integrations.demo.clock import DemoClock
from app.integrations.demo.files import Case, Take, Text, span
from app.integrations.demo.scene import Scene, consequences, role_of
from app.texts import Lang, Words
from app.workflow.definition import Definition
from app.workflow.machine import Command


@dataclass(slots=True)
class Play:
    """A case under way. `last` is the complaint as the last step left it; `order` and `promise` are the case's own."""

    desk: Desk
    clock: DemoClock
    case: Case
    lang: Lang
    users: dict[str, User] = field(default_factory=dict)
    last: Mapping[str, Any] = field(default_factory=dict)
    segment: str | None = None
    events: list[Mapping[str, Any]] = field(default_factory=list)
    item: Mapping[str, Any] | None = None
    order: UUID | None = None
    promise: UUID | None = None

    @property
    def id(self) -> UUID:
        """The complaint."""
        found: UUID = self.last["id"]
        return found

    def added(self) -> UUID:
        """The id of the row that the last step added."""
        return self.known((self.item or {}).get("id"))

    def known(self, found: UUID | None) -> UUID:
        """A row of this case that an earlier step made. NotFound when the case's steps stand in another order."""
        if found is None:
            raise NotFound(what=f"demo row ({self.case.id})")
        return found

    async def user(self, name: str) -> User:
        """A colleague of the demo world. NotFound."""
        if name not in self.users:
            async with self.desk.runtime.db.read() as conn:
                found = await find_user(conn, name)
            if found is None:
                raise NotFound(Reason("user_unknown", "by", {"name": name}), what="user")
            self.users[name] = found
        return self.users[name]

    def reply(self) -> Reply:
        """Takes in what a use case changed; nobody is answered."""

        def render(result: Result) -> Answer:
            self.last, self.events = result.complaint, list(result.events)
            self.segment = result.customer["segment"]
            self.item = (result.extra or {}).get("item")
            return Answer(200, {}, b"")

        return Reply(render)

    def told(self, text: Text | None) -> str | None:
        """A text of the case in the language of this play."""
        return text.in_(self.lang) if text is not None else None

    def filled(self, value: Any) -> Any:
        """A value of a form: {zh, en} in the language of this play, {in: 14 days} as a moment."""
        if isinstance(value, Mapping) and value.keys() == {"zh", "en"}:
            return value[self.lang]
        if isinstance(value, Mapping) and value.keys() == {"in"}:
            return (self.clock.now() + span(value["in"])).replace(microsecond=0).isoformat()
        return value

    def command(self, take: Take) -> Command:
        """A step as the door takes it."""
        return Command(take.transition, {n: self.filled(v) for n, v in take.data.items()}, self.told(take.note))

    def definition(self) -> Definition:
        """The workflow version that the complaint runs on."""
        return self.desk.workflows[self.last["workflow"], self.last["workflow_version"]]

    @property
    def zone(self) -> tzinfo:
        """In which times are told: that of the service calendar."""
        return self.desk.unpublished.service.zone

    def came(self, before: Mapping[str, Any]) -> tuple[Words, ...]:
        """What came of the last step, the complaint having been `before`."""
        return consequences(self.definition(), before, self.last, self.zone)

    def scene(self, who: User | None, did: Words, **more: Any) -> Scene:
        """A scene of this moment, in the stage in which the complaint stands; `who` None: nobody does anything."""
        stage = self.definition().stage(self.last["state"]).title
        told = {"who": who.display if who else "", "role": role_of(who) if who else None, "stage": stage, **more}
        return Scene(self.clock.now().astimezone(self.zone), did=did, **told)
