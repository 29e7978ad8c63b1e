"""The check of the brokers that BEFFROI_OBSERVE names: whether each is heard now, and why not."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from beffroi.kernel.contacts.models import Line
from beffroi.kernel.contacts.queries.lines import heard
from beffroi.kernel.contacts.queries.words import AWAY, FAULTS
from beffroi.kernel.contacts.registry import observed
from beffroi.kernel.territory.queries.authorities import authority_named
from beffroi.persistence.checkup import Check, Finding, State, register_check, said

OBSERVE: Final = "observe"
MORE: Final = "observe.md"
TODO: Final[Mapping[str, str | Promise]] = {
    "unreachable": _("See that the broker runs and that this machine reaches it: `beffroi bridge --check`."),
    "certificate": _(
        "Renew the broker’s certificate, or give the authority that signed it (`ca`) in the file of BEFFROI_OBSERVE, "
        "then start Beffroi again."
    ),
    "refused": _("Write the right user and password into the file of BEFFROI_OBSERVE, then start Beffroi again."),
    "subscription": _("Let this user read its topics in the broker’s list of access."),
    "gateway": _("Start Zigbee2MQTT again; its log says why it stopped."),
    AWAY: _("See that `beffroi bridge` runs: the log of `beffroi up` says why it doesn’t."),
}


def look(now: datetime) -> Iterator[Finding]:
    """One finding for each authority and each cause, so that a cause keeps its code for as long as it lasts. Nothing where nothing is
    observed.
    """
    silent: defaultdict[tuple[UUID, str], list[str]] = defaultdict(list)
    count: defaultdict[UUID, int] = defaultdict(int)
    homeless = []
    rows = {(row.authority_id, row.name): row for row in Line.objects.all()}
    for broker in observed().brokers:
        authority = authority_named(broker.authority)
        if authority is None:
            homeless.append(f"{broker.name} ({broker.authority})")
            continue
        count[authority] += 1
        row = rows.get((authority, broker.name))
        if row is None or not heard(row, now):
            # What it said of itself when it last spoke is old news once nobody listens.
            fault = row.fault if row is not None and row.fresh(now) else ""
            silent[authority, fault if fault in TODO else AWAY].append(broker.name)
    if homeless:
        yield Finding(
            f"{OBSERVE}.authority",
            State.WARNING,
            said(_("No authority here is called as the file says: %(names)s."), names=", ".join(homeless)),
            _(
                "Correct `authority` in the file of BEFFROI_OBSERVE: the short name that stands in the authority’s address."
            ),
            MORE,
        )
    for (authority, fault), names in sorted(silent.items(), key=str):
        yield Finding(
            f"{OBSERVE}.{fault}",
            State.WARNING,
            said(
                _("Door contacts through %(names)s aren’t heard: %(why)s."), names=", ".join(names), why=FAULTS[fault]
            ),
            TODO[fault],
            MORE,
            authority=authority,
        )
    for authority, many in count.items():
        if not any(authority == each for each, _fault in silent):
            yield Finding(
                OBSERVE,
                State.WELL,
                said(_("They are heard; how many there are: %(count)s."), count=many),
                authority=authority,
            )


def register() -> None:
    """The alert `contacts.line` tells people, after its ten minutes."""
    register_check(
        Check(OBSERVE, _("Brokers of door contacts"), look, order=43, needs_database=True, told_elsewhere=True)
    )
