"""The one table of who may ask for what: (method, route) → roles. Which *step* a role may take stands in the workflow.

A house test holds it to the routes: none is open by accident, and no row is left over.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from app.access.roles import ASSIGNABLE, Role

Roles = frozenset[str]


def _roles(*roles: Role) -> Roles:
    return frozenset(role.value for role in roles)


EVERYBODY: Final[Roles] = ASSIGNABLE
FRONT: Final = _roles(Role.FIRST_LINE, Role.HANDLER, Role.SHOP, Role.ACCOUNT_MANAGER, Role.SUPERVISOR)
"""Those who speak with customers."""
WORKING: Final = FRONT | _roles(Role.BACK_OFFICE, Role.INTEGRATION)
"""Those who work on complaints, by hand or by program."""
READING: Final = WORKING | _roles(Role.AUDITOR, Role.ADMIN)
LEADING: Final = _roles(Role.SUPERVISOR, Role.ADMIN)
FEEDING: Final = _roles(Role.INTEGRATION, Role.ADMIN)
CHECKING: Final = _roles(Role.AUDITOR, Role.ADMIN)
EXPORTING: Final = _roles(Role.SUPERVISOR, Role.AUDITOR, Role.ADMIN, Role.INTEGRATION)
LEARNING: Final = READING | _roles(Role.MARKETER)
"""Those who work on complaints and those who make what is complained about."""
MAKING: Final = _roles(Role.MARKETER, Role.SUPERVISOR, Role.ADMIN)
"""Those who answer for products and for what is said of them."""
ANSWERING: Final = WORKING | MAKING
REPORTING: Final = MAKING | _roles(Role.AUDITOR)
METERING: Final = _roles(Role.AUDITOR, Role.ADMIN, Role.INTEGRATION)

PUBLIC: Final[frozenset[tuple[str, str]]] = frozenset(
    {
        ("GET", "/"),
        ("GET", "/docs"),
        ("GET", "/openapi.json"),
        ("GET", "/health/live"),
        ("GET", "/health/ready"),
        ("GET", "/metrics"),  # to programs of this machine; others show a token, see metrics.py
    }
)
"""What is answered without a token: nothing of it tells of a complaint or a person."""

PERMISSIONS: Final[Mapping[tuple[str, str], Roles]] = {
    ("POST", "/v1/complaints"): WORKING,
    ("GET", "/v1/complaints"): READING,
    ("POST", "/v1/complaints:transition"): LEADING | FEEDING,
    ("GET", "/v1/complaints/{id}"): READING,
    ("PATCH", "/v1/complaints/{id}"): WORKING,
    ("GET", "/v1/complaints/{id}/actions"): READING,
    ("GET", "/v1/complaints/{id}/clocks"): READING,
    ("POST", "/v1/complaints/{id}/transitions"): WORKING,
    ("GET", "/v1/complaints/{id}/events"): READING,
    ("POST", "/v1/complaints/{id}/notes"): WORKING,
    ("POST", "/v1/complaints/{id}/contacts"): WORKING,
    ("POST", "/v1/complaints/{id}/promises"): WORKING,
    ("POST", "/v1/complaints/{id}/promises/{promise_id}/outcome"): WORKING,
    ("POST", "/v1/complaints/{id}/promises/{promise_id}/told"): WORKING,
    ("GET", "/v1/promises"): READING,
    ("GET", "/v1/reports/promises"): LEADING | CHECKING,
    ("POST", "/v1/complaints/{id}/work-orders"): WORKING,
    ("POST", "/v1/complaints/{id}/work-orders/{work_order_id}/moves"): WORKING,
    ("GET", "/v1/work-orders"): READING,
    ("POST", "/v1/complaints/{id}/consults"): WORKING,
    ("POST", "/v1/complaints/{id}/consults/{consult_id}/answer"): WORKING,
    ("GET", "/v1/consults"): READING,
    ("GET", "/v1/complaints/{id}/compensation"): READING,
    ("POST", "/v1/complaints/{id}/grants"): WORKING,
    ("GET", "/v1/complaints/{id}/grants"): READING,
    ("POST", "/v1/complaints/{id}/grants/{grant_id}/approval"): WORKING | _roles(Role.ADMIN),  # who may: the policy says
    ("POST", "/v1/complaints/{id}/grants/{grant_id}/withdrawal"): WORKING | _roles(Role.ADMIN),
    ("POST", "/v1/complaints/{id}/grants/{grant_id}/reversal"): WORKING | _roles(Role.ADMIN),
    ("POST", "/v1/complaints/{id}/grants/{grant_id}/billing"): _roles(Role.INTEGRATION),
    ("GET", "/v1/grants"): READING | _roles(Role.MARKETER),
    ("GET", "/v1/reports/grants"): _roles(Role.SUPERVISOR, Role.AUDITOR, Role.MARKETER),
    ("POST", "/v1/complaints/{id}/assignment"): FRONT,
    ("POST", "/v1/complaints/{id}/merge"): FRONT,
    ("POST", "/v1/complaints/{id}/merge/undo"): FRONT,
    ("POST", "/v1/complaints/{id}/repeat"): WORKING,
    ("POST", "/v1/complaints:check"): WORKING,
    ("POST", "/v1/bulk"): LEADING | FEEDING,
    ("GET", "/v1/bulk"): LEADING | FEEDING,
    ("GET", "/v1/bulk/{id}"): LEADING | FEEDING,
    ("POST", "/v1/bulk/{id}/begin"): LEADING | FEEDING,
    ("POST", "/v1/bulk/{id}/stop"): LEADING | FEEDING,
    ("GET", "/v1/bulk/{id}/results"): LEADING | FEEDING,
    ("GET", "/v1/bulk/{id}/results/file"): LEADING | FEEDING,
    ("POST", "/v1/incidents"): LEADING | _roles(Role.BACK_OFFICE, Role.INTEGRATION),
    ("GET", "/v1/incidents"): READING,
    ("GET", "/v1/incidents/{id}"): READING,
    ("PATCH", "/v1/incidents/{id}"): LEADING | _roles(Role.BACK_OFFICE, Role.INTEGRATION),
    ("POST", "/v1/incidents/{id}/moves"): LEADING | _roles(Role.BACK_OFFICE, Role.INTEGRATION),
    ("POST", "/v1/incidents/{id}/closing"): LEADING,
    ("POST", "/v1/complaints/{id}/incident"): WORKING,
    ("POST", "/v1/complaints/{id}/incident/check"): WORKING,
    ("POST", "/v1/complaints/{id}/appeals"): FRONT | FEEDING,
    ("GET", "/v1/complaints/{id}/appeals"): READING,
    ("POST", "/v1/complaints/{id}/appeals/{appeal_id}/steps"): FRONT | FEEDING,
    ("GET", "/v1/complaints/{id}/evidence"): _roles(Role.SUPERVISOR, Role.AUDITOR),
    ("GET", "/v1/appeals"): LEADING | _roles(Role.AUDITOR),
    ("POST", "/v1/complaints/{id}/suggestions"): WORKING,
    ("POST", "/v1/suggestions"): ANSWERING,
    ("GET", "/v1/suggestions"): LEARNING,
    ("POST", "/v1/suggestions/{id}/answer"): ANSWERING,
    ("POST", "/v1/suggestions/{id}/told"): ANSWERING,
    ("POST", "/v1/complaints/{id}/cause"): WORKING,
    ("GET", "/v1/complaints/{id}/causes"): READING,
    ("POST", "/v1/feedback"): MAKING,
    ("GET", "/v1/feedback"): LEARNING,
    ("GET", "/v1/feedback/{id}"): LEARNING,
    ("POST", "/v1/feedback/{id}/decision"): ANSWERING,
    ("POST", "/v1/panels"): MAKING,
    ("GET", "/v1/panels"): LEARNING,
    ("POST", "/v1/panels/{id}/members"): ANSWERING,
    ("GET", "/v1/panels/{id}/members"): MAKING,
    ("POST", "/v1/panels/{id}/members/{member_id}/leave"): ANSWERING,
    ("POST", "/v1/panels/{id}/trials"): MAKING,
    ("GET", "/v1/panels/{id}/trials"): LEARNING,
    ("POST", "/v1/panels/{id}/trials/{trial_id}/verdicts"): ANSWERING,
    ("GET", "/v1/reports/causes"): REPORTING,
    ("GET", "/v1/reports/launch"): REPORTING,
    ("POST", "/v1/complaints/{id}/model"): FRONT,
    ("POST", "/v1/complaints/{id}/model/withdrawal"): FRONT,
    ("GET", "/v1/complaints/{id}/similar"): READING,
    ("GET", "/v1/cases"): EVERYBODY,
    ("POST", "/v1/answers"): ANSWERING,
    ("POST", "/v1/answers/{id}/versions"): ANSWERING,
    ("POST", "/v1/answers/{id}/publish"): MAKING,
    ("POST", "/v1/answers/{id}/withdraw"): MAKING,
    ("GET", "/v1/answers"): EVERYBODY,
    ("GET", "/v1/answers/{id}"): EVERYBODY,
    ("GET", "/v1/complaints/{id}/answers"): READING,
    ("POST", "/v1/answers/{id}/read"): EVERYBODY,
    ("POST", "/v1/answers/{id}/wrong"): EVERYBODY,
    ("GET", "/v1/me/briefings"): EVERYBODY,
    ("POST", "/v1/briefings/{id}/pass"): EVERYBODY,
    ("GET", "/v1/me/products"): EVERYBODY,
    ("GET", "/v1/customers/{customer}"): READING,
    ("PUT", "/v1/customers/{customer}"): FEEDING,
    ("POST", "/v1/customers/{id}/consents"): FRONT | FEEDING,
    ("GET", "/v1/customers/{id}/history"): READING,
    ("POST", "/v1/customers/{id}/block"): LEADING,
    ("POST", "/v1/customers/{id}/unblock"): LEADING,
    ("GET", "/v1/queue/next"): FRONT,
    ("GET", "/v1/queue"): FRONT | CHECKING,
    ("POST", "/v1/queue/{id}/skip"): FRONT,
    ("POST", "/v1/queue/{id}/release"): FRONT,
    ("POST", "/v1/queue/{id}/extend"): FRONT,
    ("GET", "/v1/people"): READING,
    ("GET", "/v1/people/{name}"): READING,
    ("PUT", "/v1/people/{name}"): LEADING,
    ("GET", "/v1/teams"): READING,
    ("GET", "/v1/teams/{name}"): READING,
    ("PUT", "/v1/teams/{name}"): LEADING,
    ("PUT", "/v1/me/presence"): EVERYBODY,
    ("POST", "/v1/imports/customers"): FEEDING,
    ("POST", "/v1/imports/complaints"): FEEDING,
    ("GET", "/v1/imports/{id}"): FEEDING,
    ("GET", "/v1/imports/{id}/rejects"): FEEDING,
    ("GET", "/v1/exports/complaints"): EXPORTING,
    ("GET", "/v1/workflows"): EVERYBODY,
    ("POST", "/v1/workflows"): _roles(Role.ADMIN),
    ("POST", "/v1/workflows:validate"): LEADING,
    ("POST", "/v1/workflows/{name}:migrate"): _roles(Role.ADMIN),
    ("GET", "/v1/workflows/{name}"): EVERYBODY,
    ("GET", "/v1/workflows/{name}/versions/{version}"): EVERYBODY,
    ("GET", "/v1/workflows/{name}/versions/{version}/diagram"): EVERYBODY,
    ("GET", "/v1/tags"): EVERYBODY,
    ("GET", "/v1/segments"): EVERYBODY,
    ("GET", "/v1/plans"): EVERYBODY,
    ("GET", "/v1/severity"): EVERYBODY,
    ("GET", "/v1/audit"): CHECKING,
    ("GET", "/v1/notices"): EVERYBODY,
    ("POST", "/v1/notices/{id}/read"): EVERYBODY,
    ("GET", "/v1/me"): EVERYBODY,
}


def allowed(method: str, template: str) -> Roles:
    """The roles that may use the operation; nobody where the table has no row."""
    return PERMISSIONS.get((method, template), frozenset())
