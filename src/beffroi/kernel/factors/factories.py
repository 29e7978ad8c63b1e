"""People with a second factor, and what is demanded of others, for tests."""

from datetime import datetime

from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)

from beffroi.kernel.accounts.factories import PASSWORD
from beffroi.kernel.accounts.models import Person
from beffroi.kernel.factors.actions import demand_factor
from beffroi.kernel.factors.rules import Scope
from beffroi.kernel.territory.factories import make_member
from beffroi.kernel.territory.models import Authority
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role


def make_app(person: Person) -> str:
    """An app that gives this person's codes; returns its key."""
    secret: str = generate_totp_secret()
    TOTP.activate(person, secret)
    return secret


def code_of(secret: str) -> str:
    """What the app shows now."""
    code: str = format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))
    return code


def make_demand(authority: Authority, *, begins: datetime | None = None, scope: Scope = Scope.OTHERS) -> Person:
    """A demand, at once unless said otherwise; returns the administrator who made it, and who has an app."""
    boss = make_member("Maud Ferrand", authority.organisation, Role.ADMINISTRATOR, password=PASSWORD)
    make_app(boss)
    now = utc_now()
    if demand_factor(authority=authority.pk, scope=scope, begins=begins or now, by=boss.pk, now=now) is not None:
        raise ValueError("the demand was refused")
    return boss
