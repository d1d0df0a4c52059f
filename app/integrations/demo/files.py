"""The demo's files as frozen values: who is in the demo world, and what happens in each case, step by step."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from app.errors import AmendsError, Reason
from app.settings import Settings
from app.texts import Lang, words

_SPAN = re.compile(r"(\d{1,3}) (minute|hour|day)s?", re.ASCII)


class DemoFileInvalid(AmendsError):
    """A file of the demo world cannot be read; each reason names the file and the place in it."""

    code = "demo_file_invalid"


def span(text: str) -> timedelta:
    """`30 minutes`, `2 hours`, `1 day` as a stretch of time. ValueError for anything else."""
    found = _SPAN.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no stretch of time; write 30 minutes, 2 hours or 1 day")
    return timedelta(**{f"{found[2]}s": int(found[1])})


def _span(text: str) -> str:
    span(text)
    return text


Span = Annotated[str, AfterValidator(_span)]


class Part(BaseModel):
    """A piece of a file: unknown names are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Text(Part):
    """Words in both languages."""

    zh: str
    en: str

    def in_(self, lang: Lang) -> str:
        """The words in `lang`."""
        return self.zh if lang == "zh" else self.en


class DemoUser(Part):
    """A colleague: made without a token."""

    name: str
    display: str
    roles: tuple[str, ...]
    team: str


class DemoConsent(Part):
    """What a customer said about being told of offers, and how that is known."""

    purpose: str
    channel: str
    status: Literal["granted", "denied", "withdrawn"]
    evidence: dict[str, str]


class DemoCustomer(Part):
    """A customer; `attributes` are facts that name nobody."""

    external_id: str
    name: str
    phone: str
    segment: str
    plan: str
    place: str
    attributes: dict[str, Any]
    consents: tuple[DemoConsent, ...] = ()


class World(Part):
    """Everybody in the demo."""

    users: tuple[DemoUser, ...]
    customers: tuple[DemoCustomer, ...]


class Sought(Part):
    """What the customer wants."""

    kind: str
    text: Text


class Open(Part):
    """How the complaint is taken in."""

    channel: str
    text: Text
    severity: int = 2
    emotion: int | None = None
    tags: tuple[str, ...] = ()
    remedy_sought: Sought | None = None


class Take(Part):
    """A step of the workflow. A value of `data` may be {zh, en} or {in: 14 days} (a moment that far ahead)."""

    transition: str
    data: dict[str, Any] = {}
    note: Text | None = None


class Contact(Part):
    """A touch of the customer."""

    direction: Literal["in", "out"]
    channel: str
    verification: int = 0
    relation: str = "self"
    emotion_start: int | None = None
    emotion_end: int | None = None


class Order(Part):
    """Work for a department."""

    department: str
    request: Text
    due: Span | None = None


class OrderMoved(Part):
    """Where the case's work order goes next."""

    to: str
    answer: Text | None = None


class PromiseEnded(Part):
    """What became of the case's promise."""

    status: Literal["kept", "broken", "withdrawn"]
    evidence: Text


class Until(Part):
    """The moment at which one of the complaint's timers is due, or so long before it."""

    timer: str
    before: Span = "0 minutes"


DEEDS = ("take", "refused", "contact", "note", "assign", "work_order", "work_order_moved", "promise_ended", "consent", "wait")
"""What a step of a case may be: exactly one of these."""


class Act(Part):
    """A step of a case: who does what, and what a spectator is told. `take` of several steps is one request."""

    by: str | None = None
    tell: Text | None = None
    take: tuple[Take, ...] | None = None
    refused: Take | None = None
    contact: Contact | None = None
    note: Text | None = None
    assign: str | None = None
    work_order: Order | None = None
    work_order_moved: OrderMoved | None = None
    promise_ended: PromiseEnded | None = None
    consent: DemoConsent | None = None
    wait: Span | Until | None = None

    @model_validator(mode="after")
    def _one(self) -> Act:
        if sum(getattr(self, deed) is not None for deed in DEEDS) != 1:
            raise ValueError(f"a step holds exactly one of: {', '.join(DEEDS)}")
        return self

    @property
    def deed(self) -> str:
        """The one thing that is done, a name of DEEDS."""
        return next(deed for deed in DEEDS if getattr(self, deed) is not None)


class Case(Part):
    """A case from the first word to its end."""

    number: int = Field(alias="case")
    id: str
    title: Text
    story: Text
    customer: str
    by: str
    opened_by: str | None = None
    open: Open
    steps: tuple[Act, ...]


P = TypeVar("P", bound=Part)


def folder(settings: Settings) -> Path:
    """Where the demo's files are; it need not be there."""
    return Path(settings.workflows) / "demo"


def read_world(settings: Settings) -> World | None:
    """The demo world; None where the folder of definitions has none. Raises DemoFileInvalid."""
    path = folder(settings) / "world.yaml"
    return _read(path, World) if path.is_file() else None


def read_cases(settings: Settings) -> tuple[Case, ...]:
    """All cases by number. Raises DemoFileInvalid."""
    return tuple(sorted((_read(path, Case) for path in (folder(settings) / "cases").glob("*.yaml")), key=lambda case: case.number))


def _read(path: Path, model: type[P]) -> P:
    try:
        return model.model_validate(yaml.load(path.read_text("utf-8"), Loader=yaml.CSafeLoader))
    except yaml.YAMLError as error:
        raise DemoFileInvalid(_reason(path, "", str(error))) from error
    except ValidationError as error:
        found = [_reason(path, ".".join(map(str, e["loc"])), e["msg"]) for e in error.errors(include_url=False)]
        raise DemoFileInvalid(*found) from error


def _reason(path: Path, place: str, detail: str) -> Reason:
    where = f"{path.name}: {place}" if place else path.name
    return Reason("demo_value", where, words=words("demo.value", where=where, detail=detail))
