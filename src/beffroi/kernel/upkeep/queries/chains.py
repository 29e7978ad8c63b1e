"""Who telephones whom when no alert leaves: the steps of what can't wait, as posts and their numbers."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.utils.translation import gettext as _

from beffroi.kernel.alerts.models import TARGET_LABELS, AudienceMember, MemberKind
from beffroi.kernel.alerts.queries.audiences import conventions_of, people_to_choose
from beffroi.kernel.alerts.queries.contacts import printed_numbers
from beffroi.kernel.alerts.queries.recipients import Rung, rungs
from beffroi.kernel.alerts.queries.rosters import with_turns
from beffroi.kernel.alerts.registry import ALERT_KINDS, AlertKind
from beffroi.kernel.alerts.rules import Target, Urgency
from beffroi.kernel.territory.models import ROLE_LABELS, Authority, Membership, Organisation
from beffroi.kernel.territory.queries.posts import in_force
from beffroi.lib.viewer import Role

# Which of the partner's people an alert tells isn't known before there is one: on paper it is their desk.
OF_PARTNERS: Final = frozenset({Target.CONVENTION, Target.PARTNERS, Target.DESKS, Target.FIRM})
KEEPING: Final = {
    Target.OPERATORS: Role.OPERATOR,
    Target.AGENTS: Role.AGENT,
    Target.ADMINISTRATORS: Role.ADMINISTRATOR,
}
OF_A_PERSON: Final = "person:"
ADMINISTRATORS: Final = f"target:{Target.ADMINISTRATORS}"


@dataclass(frozen=True, slots=True)
class Call:
    """A post, by the words that people know it by; `phone` is "" where nobody wrote one down. `code` says the same in no language."""

    code: str
    who: str
    phone: str


@dataclass(frozen=True, slots=True)
class Chain:
    """What `what` (labels of kinds) has in common: whom one calls, and whom next if nobody answers. `codes` are those of the kinds."""

    codes: tuple[str, ...]
    what: tuple[str, ...]
    links: tuple[tuple[Call, ...], ...]


def chains(authority: Authority, systems: Iterable[str], now: datetime) -> list[Chain]:
    """Of immediate alerts of these systems, by the steps in force; kinds that call the same posts in the same order are one. What is
    for the administrators alone is left out: whoever reads the sheet tells them first of all.
    """
    wanted, found = set(systems), dict[tuple[tuple[Call, ...], ...], list[AlertKind]]()
    for code in sorted(ALERT_KINDS):
        kind = ALERT_KINDS[code]
        if kind.urgency is Urgency.IMMEDIATE and system_of(kind) in wanted:
            found.setdefault(tuple(_links(authority, kind, now)), []).append(kind)
    return [
        Chain(tuple(kind.code for kind in kinds), tuple(str(kind.label) for kind in kinds), links)
        for links, kinds in found.items()
        if {call.code for link in links for call in link} - {ADMINISTRATORS}
    ]


def system_of(kind: AlertKind) -> str:
    """The code of the system whose alert it is."""
    return kind.code.partition(".")[0]


def _links(authority: Authority, kind: AlertKind, now: datetime) -> Iterator[tuple[Call, ...]]:
    """As `escalate` goes: a step that reaches nobody is passed, one without a time of its own is the last, else the administrators are."""
    before: tuple[Call, ...] = ()
    steps = rungs(authority=authority.pk, kind=kind.code, convention=None)
    for rung in [*steps, Rung(None, Target.ADMINISTRATORS.value, None)]:
        calls = tuple(_calls(authority, rung, system_of(kind), now))
        if calls and calls != before:
            yield calls
            before = calls
        if calls and rung.wait is None:
            return


def _calls(authority: Authority, rung: Rung, system: str, now: datetime) -> Iterator[Call]:
    seen: set[str] = set()
    for call in _whole(authority, rung, system, now):
        if call.code not in seen:
            seen.add(call.code)
            yield call


def _whole(authority: Authority, rung: Rung, system: str, now: datetime) -> Iterator[Call]:
    if rung.audience is None:
        yield from _target(authority, Target(rung.target), system, now)
        return
    lines = AudienceMember.objects.filter(authority=authority, audience=rung.audience)
    rows = list(lines.select_related("person", "organisation", "roster").order_by("kind", "id"))
    here = people_to_choose(authority.pk, now).filter(pk__in=[row.person_id for row in rows if row.person_id])
    present = set(here.values_list("pk", flat=True))
    # They let it stand where they have turns: an audience that names somebody prints no number of a person who has none here.
    numbers = printed_numbers(present & with_turns(authority.pk, now)) if present else {}
    for row in rows:
        if row.kind == MemberKind.TARGET:
            yield from _target(authority, Target(row.target), system, now)
        elif row.roster is not None and row.roster.retired_at is None:
            yield Call(f"roster:{row.roster_id}", row.roster.name, row.roster.phone)
        elif row.organisation is not None:
            yield _desk(row.organisation, authority, row.role)
        elif row.person is not None and row.person.pk in present:
            yield Call(f"{OF_A_PERSON}{row.person.pk}", row.person.name, numbers.get(row.person.pk, ""))


def _target(authority: Authority, target: Target, system: str, now: datetime) -> Iterator[Call]:
    if target in OF_PARTNERS:
        bound = conventions_of(authority.pk, now).filter(system=system).values("partner_id")
        for partner in Organisation.objects.filter(pk__in=bound).order_by("name", "id"):
            yield _desk(partner, authority, "")
        return
    posts = in_force(Membership.objects.filter(role=KEEPING[target].value), now)
    own = Organisation.objects.filter(authority=authority)
    houses = own | Organisation.objects.filter(serves=authority) if target is Target.OPERATORS else own
    for house in houses.filter(pk__in=posts.values("organisation_id")).order_by("name", "id"):
        if house.pk == authority.organisation_id:
            yield Call(f"target:{target}", str(TARGET_LABELS[target]), house.phone or authority.phone)
        else:
            yield _desk(house, authority, "")


def _desk(row: Organisation, authority: Authority, role: str) -> Call:
    who = (
        _("%(organisation)s: %(role)s") % {"organisation": row.name, "role": ROLE_LABELS[Role(role)]}
        if role
        else row.name
    )
    phone = row.phone or (authority.phone if row.pk == authority.organisation_id else "")
    return Call(f"organisation:{row.pk}:{role}", who, phone)


def content(found: Sequence[Chain]) -> list[object]:
    """What makes the paper wrong when it changes, in no language; of a person's own number only whether it stands there, since a digest
    of this is in the register.
    """
    return [[*chain.codes, [[_unnamed(call) for call in link] for link in chain.links]] for chain in found]


def _unnamed(call: Call) -> tuple[str, str | bool]:
    return call.code, bool(call.phone) if call.code.startswith(OF_A_PERSON) else call.phone
