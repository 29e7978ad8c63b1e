"""When somebody's log-in ends: with the last of their roles, for whoever had one. Who never had a role keeps their account."""

from datetime import datetime
from uuid import UUID

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from beffroi.kernel.accounts.registry import Closed
from beffroi.kernel.territory.models import ROLE_LABELS, Authority, Organisation
from beffroi.kernel.territory.queries.authorities import authority_behind
from beffroi.kernel.territory.queries.people import last_end
from beffroi.kernel.territory.rules import last_day
from beffroi.lib.viewer import Role


def closed_by_roles(person: UUID, as_of: datetime) -> Closed | None:
    """Why, in words; None for somebody who has a role, or one to come, or never had any."""
    row = last_end(person, as_of)
    if row is None or row.valid_until is None:
        return None
    told = {
        "role": ROLE_LABELS[Role(row.role)],
        "organisation": row.organisation.name,
        "day": date_format(last_day(row.valid_until, timezone.get_current_timezone()), "DATE_FORMAT"),
    }
    reason = _("Your role ended on %(day)s: %(role)s, %(organisation)s.") % told
    return Closed(reason, _whom_to_ask(row.organisation))


def _whom_to_ask(organisation: Organisation) -> str:
    """Who gives roles there: the authority itself, the one it serves, or the one that registered it."""
    authority = authority_behind(organisation)
    if authority is None:
        return _("If you still work there, ask an administrator of %(name)s.") % {"name": organisation.name}
    ways = ", ".join(way for way in _ways(authority) if way)
    if ways:
        return _("If it should go on, ask %(name)s: %(ways)s.") % {"name": authority.name, "ways": ways}
    return _("If it should go on, ask %(name)s.") % {"name": authority.name}


def _ways(authority: Authority) -> tuple[str, str]:
    return authority.phone, authority.email
