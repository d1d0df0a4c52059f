"""The list of all operations: what this API is, at one look."""

from __future__ import annotations

from typing import Final

from starlette.convertors import Convertor, register_url_convertor

from app.api.v1.actions import actions
from app.api.v1.adding import adding
from app.api.v1.answers import answers
from app.api.v1.appeals import appeals
from app.api.v1.assignment import assignment
from app.api.v1.audit import audit
from app.api.v1.briefings import briefings
from app.api.v1.bulk import bulk
from app.api.v1.callers import callers
from app.api.v1.cases import cases
from app.api.v1.clocks import clocks
from app.api.v1.complaints import complaints
from app.api.v1.customers import customers
from app.api.v1.events import events
from app.api.v1.evidence import evidence
from app.api.v1.exports import exports
from app.api.v1.feedback import feedback
from app.api.v1.grants import grants
from app.api.v1.health import health
from app.api.v1.imports import imports
from app.api.v1.incidents import incidents
from app.api.v1.me import me
from app.api.v1.merging import merging
from app.api.v1.metrics import metrics
from app.api.v1.notices import notices
from app.api.v1.operation import Operation
from app.api.v1.panels import panels
from app.api.v1.people import people
from app.api.v1.promises import promises
from app.api.v1.queue import queue
from app.api.v1.reference import reference
from app.api.v1.severity import severity
from app.api.v1.suggestions import suggestions
from app.api.v1.transitions import transitions
from app.api.v1.work_orders import work_orders
from app.api.v1.workflows import workflows


class _Name(Convertor[str]):
    """A name of the configuration in an address; anything else is no such address."""

    regex = "[a-z][a-z0-9_]{0,47}"

    def convert(self, value: str) -> str:
        """As it is."""
        return value

    def to_string(self, value: str) -> str:
        """As it is."""
        return value


register_url_convertor("name", _Name())

OPERATIONS: Final[tuple[Operation, ...]] = (
    *transitions.all,
    *complaints.all,
    *actions.all,
    *events.all,
    *clocks.all,
    *adding.all,
    *promises.all,
    *work_orders.all,
    *grants.all,
    *assignment.all,
    *merging.all,
    *bulk.all,
    *incidents.all,
    *appeals.all,
    *evidence.all,
    *customers.all,
    *callers.all,
    *queue.all,
    *people.all,
    *suggestions.all,
    *feedback.all,
    *panels.all,
    *cases.all,
    *answers.all,
    *briefings.all,
    *imports.all,
    *exports.all,
    *workflows.all,
    *reference.all,
    *severity.all,
    *audit.all,
    *notices.all,
    *me.all,
    *health.all,
    *metrics.all,
)
"""In the order in which addresses are tried: the step of a complaint, asked for most, first."""
