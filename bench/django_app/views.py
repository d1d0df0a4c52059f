"""Two endpoints; each is one transaction, as Django teams write it."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django_fsm import can_proceed, has_transition_perm
from rest_framework.exceptions import APIException, PermissionDenied, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from bench.django_app.models import Customer, History, Idempotency, Ticket, Timer
from bench.django_app.serializers import OpenRequest, StepRequest, TicketOut

ANSWER_WITHIN = timedelta(hours=48)


class Stale(APIException):
    status_code = 412
    default_detail = "The ticket has changed."


class Refused(APIException):
    status_code = 409
    default_detail = "This transition is not possible now."


def stored_answer(request: Request, body_hash: str) -> Response | None:
    found = Idempotency.objects.filter(user=request.user, key=_key(request)).first()
    if found is None:
        return None
    if found.body_hash != body_hash:
        raise ValidationError("This key was used for another request.")
    return Response(found.answer, status=found.status, headers={"ETag": found.etag})


def keep_answer(request: Request, body_hash: str, ticket: Ticket, status: int) -> Response:
    answer = TicketOut(ticket).data
    etag = f'"{ticket.version}"'
    Idempotency.objects.create(
        user=request.user,
        key=_key(request),
        body_hash=body_hash,
        status=status,
        answer=answer,
        etag=etag,
    )
    headers = {"ETag": etag, "Location": f"/v1/complaints/{ticket.pk}"}
    return Response(answer, status=status, headers=headers)


def _key(request: Request) -> str:
    key = request.headers.get("Idempotency-Key")
    if not key:
        raise ValidationError("Idempotency-Key is missing.")
    return key


def _body_hash(request: Request) -> str:
    return hashlib.sha256(request.body).hexdigest()


def _arm(ticket: Ticket) -> None:
    Timer.objects.create(
        ticket=ticket,
        name="answer",
        armed_by_seq=ticket.version,
        due_at=timezone.now() + ANSWER_WITHIN,
    )


class OpenView(APIView):
    def post(self, request: Request) -> Response:
        body_hash = _body_hash(request)
        form = OpenRequest(data=request.data)
        form.is_valid(raise_exception=True)
        data: dict[str, Any] = form.validated_data
        with transaction.atomic():
            if (answer := stored_answer(request, body_hash)) is not None:
                return answer
            customer = get_object_or_404(Customer, pk=data["customer"]["id"])
            ticket = Ticket.objects.create(
                customer=customer,
                channel=data["channel"],
                severity=data["severity"],
                tags=data["tags"],
                text=data["text"],
            )
            History.objects.create(ticket=ticket, seq=1, type="opened", to_state=ticket.state, actor=request.user)
            _arm(ticket)
            return keep_answer(request, body_hash, ticket, 201)


class TransitionView(APIView):
    def post(self, request: Request, pk: str) -> Response:
        body_hash = _body_hash(request)
        form = StepRequest(data=request.data)
        form.is_valid(raise_exception=True)
        name, data = form.validated_data["transition"], form.validated_data["data"]
        with transaction.atomic():
            if (answer := stored_answer(request, body_hash)) is not None:
                return answer
            ticket = get_object_or_404(Ticket.objects.select_for_update(of=("self",)).select_related("customer"), pk=pk)
            if request.headers.get("If-Match") != f'"{ticket.version}"':
                raise Stale
            move = getattr(ticket, name)
            if not has_transition_perm(move, request.user):
                raise PermissionDenied
            if not can_proceed(move):
                raise Refused
            from_state = ticket.state
            move(data)
            ticket.version += 1
            ticket.save(update_fields=["state", "version", "cause", "motive", "remedy", "updated_at"])
            History.objects.create(
                ticket=ticket,
                seq=ticket.version,
                type="transitioned",
                transition=name,
                from_state=from_state,
                to_state=ticket.state,
                data=data,
                note=form.validated_data.get("note") or "",
                actor=request.user,
            )
            Timer.objects.filter(ticket=ticket, ended_at=None).update(ended_at=timezone.now())
            _arm(ticket)
            return keep_answer(request, body_hash, ticket, 200)
