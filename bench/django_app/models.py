"""The ticket as a protected state machine, and the rows each move leaves behind."""

from __future__ import annotations

import secrets
import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone
from django_fsm import FSMField, transition

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def may_handle(_ticket: Ticket, user: object) -> bool:
    return bool(getattr(user, "is_staff", False))


def new_number() -> str:
    code = "".join(secrets.choice(ALPHABET) for _ in range(10))
    return timezone.now().strftime("%y%m%d") + code


class Customer(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    external_id = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=200)
    segment = models.CharField(max_length=32)


class Ticket(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.CharField(max_length=32, unique=True, default=new_number)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT)
    state = FSMField(default="vent", protected=True)
    version = models.PositiveIntegerField(default=1)
    channel = models.CharField(max_length=16)
    severity = models.PositiveSmallIntegerField()
    tags = models.JSONField(default=list)
    text = models.TextField()
    cause = models.CharField(max_length=64, blank=True, default="")
    motive = models.CharField(max_length=64, blank=True, default="")
    remedy = models.CharField(max_length=64, blank=True, default="")
    opened_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        indexes = (models.Index(fields=["state", "updated_at"]),)

    def not_sensitive(self) -> bool:
        return "sensitive" not in self.tags

    def has_cause(self) -> bool:
        return bool(self.cause)

    @transition(state, source="vent", target="apologize", permission=may_handle)
    def vented(self, data: dict[str, object]) -> None:
        pass

    @transition(state, source="apologize", target="diagnose", permission=may_handle)
    def apologized(self, data: dict[str, object]) -> None:
        pass

    @transition(
        state,
        source="diagnose",
        target="resolve",
        conditions=[not_sensitive],
        permission=may_handle,
    )
    def diagnosed(self, data: dict[str, object]) -> None:
        self.cause = str(data["cause"])
        self.motive = str(data["motive"])

    @transition(state, source="resolve", target="care", conditions=[has_cause], permission=may_handle)
    def resolved(self, data: dict[str, object]) -> None:
        self.remedy = str(data["remedy"])


class History(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="history")
    seq = models.PositiveIntegerField()
    type = models.CharField(max_length=32)
    transition = models.CharField(max_length=64, blank=True, default="")
    from_state = models.CharField(max_length=64, blank=True, default="")
    to_state = models.CharField(max_length=64)
    data = models.JSONField(default=dict)
    note = models.TextField(blank=True, default="")
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["ticket", "seq"], name="history_seq"),)


class Timer(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="timers")
    name = models.CharField(max_length=64)
    armed_by_seq = models.PositiveIntegerField()
    due_at = models.DateTimeField(db_index=True)
    ended_at = models.DateTimeField(null=True)


class Idempotency(models.Model):
    """The stored answer of a request that was carried out."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    key = models.CharField(max_length=128)
    body_hash = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    answer = models.JSONField()
    etag = models.CharField(max_length=32)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["user", "key"], name="idempotency_key"),)
