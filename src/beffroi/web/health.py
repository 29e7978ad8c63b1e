"""`GET /healthz`: 503 when something is bad. Details go to this machine itself, or to an administrator."""

import ipaddress
from dataclasses import asdict, dataclass
from typing import Final, cast

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError
from django.http import HttpRequest, JsonResponse
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from beffroi.adapters.process.status import Status
from beffroi.kernel.alerts.queries.watching import Standing, standing
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role
from beffroi.persistence.access import ViewedRequest
from beffroi.persistence.checkup import HERE, QUICK, Finding, State, worst
from beffroi.persistence.servers import Database, ask_database, supervised

# What proxies add: with one of these the peer is not who asks, though it be this machine.
FORWARDED: Final = ("Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP")


@dataclass(frozen=True, slots=True)
class Health:
    """All that is known at a moment; `status` is None when no supervisor runs us."""

    findings: tuple[Finding, ...]
    database: Database
    status: Status | None
    alerts: Standing | None = None

    def details(self) -> dict[str, object]:
        """For those who may mend it, in English: programs read it."""
        with translation.override("en"):
            findings = [shown(finding) for finding in self.findings]
        known = self.status
        return {
            **brief(self.findings),
            "findings": findings,
            "database": asdict(self.database) | {"missing": self.database.missing},
            "broker": {"answers": _broker_answers(self.findings), "kind": known.broker if known else None},
            "alerts": asdict(self.alerts) if self.alerts else None,
            "supervised": known is not None,
            "parts": [asdict(part) | {"well": part.well} for part in known.parts] if known else [],
        }


def brief(findings: tuple[Finding, ...]) -> dict[str, object]:
    """For everybody."""
    return {"status": "unwell" if worst(findings) is State.BAD else "well"}


def shown(finding: Finding) -> dict[str, object]:
    """A finding, for a program: texts in the language that is spoken now."""
    return {
        "code": finding.code,
        "state": str(finding.state),
        "seen": str(finding.seen),
        "todo": str(finding.todo),
        "more": finding.more,
        "values": dict(finding.values),
        "authority": str(finding.authority) if finding.authority else None,
        "chosen": finding.chosen,
    }


@never_cache
@login_not_required
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """The installation's health. A stranger's question is answered from memory: asking often costs us nothing."""
    if from_this_machine(request) or by_administrator(request):
        health = examine()
        return _answer(health.findings, health.details())
    findings = HERE.examine(utc_now())
    return _answer(findings, brief(findings))


def _answer(findings: tuple[Finding, ...], said: dict[str, object]) -> JsonResponse:
    return JsonResponse(said, status=503 if worst(findings) is State.BAD else 200)


def from_this_machine(request: HttpRequest) -> bool:
    """Whether the asker sits at this machine: a loopback peer, no trace of a proxy, and our own name in the address.

    A proxy on this machine that says neither whom it asks for nor by what name can't be told from a local asker; ours
    are configured to (log-in limits need it too: docs/operators).
    """
    if any(name in request.headers for name in FORWARDED):
        return False
    name = request.get_host().rpartition(":")[0] or request.get_host()
    return _is_loopback(request.META.get("REMOTE_ADDR", "")) and (name == "localhost" or _is_loopback(name.strip("[]")))


def by_administrator(request: HttpRequest) -> bool:
    """Whether an administrator of an authority asks; nobody is when the database doesn't answer."""
    try:
        return bool(cast("ViewedRequest", request).viewer.authorities(Role.ADMINISTRATOR))
    except DatabaseError:
        return False


def examine() -> Health:
    """Looks at everything now, but for what strangers' servers answered a moment ago."""
    now = utc_now()
    database = ask_database()
    return Health(
        findings=HERE.examine(now, fresh=QUICK),
        database=database,
        status=supervised(now),
        alerts=ask_alerts() if database.answers else None,
    )


def ask_alerts() -> Standing | None:
    """How messages leave; None when that can't be read."""
    try:
        return standing(utc_now())
    except DatabaseError:
        return None


def _broker_answers(findings: tuple[Finding, ...]) -> bool | None:
    """Whether it took a connection, None when this installation has none yet."""
    states = [finding.state for finding in findings if finding.code.startswith("broker")]
    return State.BAD not in states if states else None


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
