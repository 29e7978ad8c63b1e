"""Each night, roles that nobody confirms; and whether the provider answers at all."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from beffroi.adapters.oidc.errors import ProviderError
from beffroi.kernel.deadlines.registry import Fired
from beffroi.kernel.directory.queries.places import owner
from beffroi.kernel.provider.actions.parting import lapse
from beffroi.kernel.provider.queries.places import asker
from beffroi.kernel.provider.queries.words import FAULTS
from beffroi.persistence.checkup import Check, Finding, State, register_check

MORE = "oidc.md"
ASKED = "provider"


def on_night(fired: Fired) -> None:
    """Every night. Where the provider was taken away, what it gave ends so too."""
    lapse(authority=fired.authority, now=fired.fired_at)


def look(_now: datetime) -> list[Finding]:
    """Whether the provider answers, with what we can use; and whose it is."""
    asking = asker()
    if asking is None:
        return []
    if owner() is None:
        seen = _("Nobody logs in by the identity provider: there are several authorities, and none is named.")
        todo = _("Set BEFFROI_DIRECTORY_AUTHORITY to the short name of the authority whose provider it is.")
        return [Finding(f"{ASKED}.whose", State.WARNING, seen, todo, MORE)]
    try:
        asking.greet()
    except ProviderError as fault:
        told = FAULTS.get(fault.code, FAULTS[ProviderError.code])
        return [Finding(ASKED, State.WARNING, told[0], told[1], MORE)]
    return [Finding(ASKED, State.WELL, _("It answers."), more=MORE)]


def register_checks() -> None:
    """Called once, when the application is ready."""
    register_check(Check(ASKED, _("Identity provider"), look, order=42, good_for=60, needs_database=True))
