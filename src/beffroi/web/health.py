"""`GET /healthz`: 200 only when every part is well. Details go to this machine itself, or to an administrator."""

import ipaddress
import time
from dataclasses import asdict, dataclass
from typing import Final, cast

import psycopg
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from beffroi.adapters.mqtt.client import answers
from beffroi.adapters.mqtt.errors import BrokerUnusableError
from beffroi.adapters.process import status
from beffroi.adapters.process.status import Status
from beffroi.kernel.alerts.queries.watching import Standing, standing
from beffroi.kernel.devices.relay import broker_url
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role
from beffroi.persistence.access import ViewedRequest

SECONDS: Final = 3
NAMED: Final = "beffroi "
# A stranger's question is answered from memory for this long: asking often costs us nothing.
REMEMBERED: Final = 2.0
# What proxies add: with one of these the peer is not who asks, though it be this machine.
FORWARDED: Final = ("Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP")
STUCK: Final = {
    "silent": "messages wait and no alerter says that it lives: nobody is told",
    "left-lying": "messages wait though an alerter lives: nobody is told",
}
NEGLECTED: Final = {
    "silent": "the worker says nothing any more: deadlines pass and nothing is escalated",
    "left-lying": "the worker lives and leaves deadlines lying: they pass and nothing is escalated",
}
GATEWAY: Final = (
    "the gateway of text messages has not taken {count} of them after several tries ({fault}): "
    "look at its key, its credit, its address"
)
SAME_ROLE: Final = "the application owns its tables: only our own care protects the register"
DEMONSTRATION: Final = (
    "the demonstration broker runs: it loses messages, takes devices of this machine only, by password, "
    "and is not for a real town"
)


@dataclass(frozen=True, slots=True)
class Database:
    """What a real connection says: whether it answers, whether owner and application are "apart" or "one" role, which
    programs of ours are connected (on whatever machine), and which of them hold the locks of singletons.
    """

    answers: bool
    roles: str | None = None
    programs: tuple[str, ...] = ()
    singletons: tuple[str, ...] = ()

    @property
    def missing(self) -> tuple[str, ...]:
        """Programs that are not connected: without them promises pass unkept, whoever runs them."""
        return tuple(name for name in status.PROGRAMS if name not in self.programs)


@dataclass(frozen=True, slots=True)
class Health:
    """All that is known at a moment; `broker` is whether it took a connection, None when this installation has none yet;
    `status` is None when no supervisor runs us.
    """

    database: Database
    broker: bool | None
    status: Status | None
    alerts: Standing | None = None

    @property
    def well(self) -> bool:
        """Whether everything does its work."""
        parts = self.status.parts if self.status else ()
        reached = self.database.answers and self.broker is not False
        told = self.alerts is None or not (self.alerts.trouble or self.alerts.worker)
        return reached and told and not self.database.missing and all(part.well for part in parts)

    def brief(self) -> dict[str, object]:
        """For everybody."""
        return {"status": "well" if self.well else "unwell"}

    def details(self) -> dict[str, object]:
        """For those who may mend it."""
        supervised = self.status
        notes = [SAME_ROLE] if self.database.roles == "one" else []
        if supervised is not None and supervised.broker == "demonstration":
            notes.append(DEMONSTRATION)
        if self.alerts is not None and self.alerts.trouble:
            notes.append(STUCK[self.alerts.trouble])
        if self.alerts is not None and self.alerts.sms is not None and self.alerts.sms.failing:
            notes.append(GATEWAY.format(count=self.alerts.sms.failing, fault=self.alerts.sms.fault))
        if self.alerts is not None and self.alerts.worker:
            notes.append(NEGLECTED[self.alerts.worker])
        return {
            **self.brief(),
            "database": asdict(self.database) | {"missing": self.database.missing},
            "broker": {"answers": self.broker, "kind": supervised.broker if supervised else None},
            "alerts": asdict(self.alerts) if self.alerts else None,
            "supervised": supervised is not None,
            "parts": [asdict(part) | {"well": part.well} for part in supervised.parts] if supervised else [],
            "notes": notes,
        }


_last: tuple[float, Health] | None = None


@never_cache
@login_not_required
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """The installation's health."""
    detailed = from_this_machine(request) or by_administrator(request)
    health = examine() if detailed else remembered()
    return JsonResponse(health.details() if detailed else health.brief(), status=200 if health.well else 503)


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


def remembered() -> Health:
    """An answer at most a moment old."""
    global _last  # noqa: PLW0603 - one memory for the process
    now = time.monotonic()
    if _last is None or now - _last[0] > REMEMBERED:
        _last = (now, examine())
    return _last[1]


def examine() -> Health:
    """Looks at everything now."""
    told = status.read(settings.BEFFROI_HOME)
    supervised = None if told is None or told.stale(time.time()) else told
    database = ask_database()
    return Health(
        database=database,
        broker=ask_broker(),
        status=supervised,
        alerts=ask_alerts() if database.answers else None,
    )


def ask_alerts() -> Standing | None:
    """How messages leave; None when that can't be read."""
    try:
        return standing(utc_now())
    except DatabaseError:
        return None


def ask_broker() -> bool | None:
    """Makes a connection of its own to the broker, as the server."""
    try:
        url = broker_url()
    except BrokerUnusableError:
        return None
    return answers(url, seconds=SECONDS)


def ask_database() -> Database:
    """Makes a connection of its own (one that is kept says nothing of the next) and asks something."""
    at = connection.settings_dict
    try:
        with psycopg.connect(
            host=at["HOST"],
            port=at["PORT"] or None,
            user=at["USER"],
            password=at["PASSWORD"],
            dbname=at["NAME"],
            connect_timeout=SECONDS,
            options=f"-c statement_timeout={SECONDS * 1000}",
            application_name="health",
        ) as fresh:
            owns = fresh.execute(
                "SELECT EXISTS (SELECT FROM pg_tables WHERE schemaname = current_schema() AND tableowner = current_user)"
                " OR (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)"
            ).fetchone()
            sessions = fresh.execute(
                "SELECT DISTINCT application_name, EXISTS (SELECT FROM pg_locks"
                " WHERE pg_locks.pid = pg_stat_activity.pid AND locktype = 'advisory' AND granted)"
                " FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE %s ORDER BY 1",
                [f"{NAMED}%"],
            ).fetchall()
    except psycopg.Error:
        return Database(answers=False)
    names = [(name.removeprefix(NAMED), holds) for name, holds in sessions]
    return Database(
        answers=True,
        roles="one" if owns == (True,) else "apart",
        programs=tuple(dict.fromkeys(name for name, _ in names)),
        singletons=tuple(name for name, holds in names if holds),
    )


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
