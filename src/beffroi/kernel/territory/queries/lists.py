"""A list of people, row by row: to whom a role would be offered, who has it already, what can't be right."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import Q, QuerySet
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from beffroi.kernel.territory.models import ROLE_LABELS, Invitation, LetterState, Membership, Organisation
from beffroi.kernel.territory.queries.stewardship import gifts
from beffroi.kernel.territory.rules import end_of, last_day, read_day
from beffroi.lib.spelling import normalised
from beffroi.lib.viewer import Role, Viewer
from beffroi.persistence.imports import Before, Column, Fate, Fault, Given, Report, Verdict

NAMED: Final = 5  # organisations or roles that an error names
LANGUAGES: Final = ("fr", "en")

COLUMNS: Final = (
    Column(
        "name",
        gettext_lazy("Name"),
        ("prenom et nom", "nom et prenom", "nom complet", "prenom nom", "nom prenom", "nom", "name", "agent", "technicien"),
        longest=120,
        hint=gettext_lazy("With the first name, unless that has a column of its own"),
        example="Martin",
    ),
    Column(
        "first",
        gettext_lazy("First name"),
        ("prenom", "prenoms", "first name", "given name"),
        required=False,
        longest=60,
        example="Jeanne",
    ),
    Column(
        "email",
        gettext_lazy("E-mail address"),
        ("adresse e mail", "adresse electronique", "e mail", "email", "mail", "courriel", "mel"),
        required=False,
        longest=254,
        hint=gettext_lazy("Nothing, for somebody without one: you print their code"),
        example="jeanne.martin@example.org",
    ),
    Column(
        "organisation",
        gettext_lazy("Organisation"),
        ("organisme", "organisation", "service", "entreprise", "societe", "employeur"),
        required=False,
        hint=gettext_lazy("Its name as it is registered; nothing: your own"),
        example="Police municipale",
    ),
    Column(
        "role",
        gettext_lazy("Role"),
        ("role", "fonction", "profil", "droits"),
        required=False,
        longest=60,
        hint=gettext_lazy("Nothing, where there is one only"),
        example="agent",
    ),
    Column(
        "until",
        gettext_lazy("Last day"),
        ("dernier jour", "date de fin", "fin", "jusqu au", "jusqu a", "echeance", "last day", "until", "end"),
        required=False,
        longest=40,
        hint=gettext_lazy("That day included. Nothing: until somebody ends it."),
        example="31/12/2027",
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Place:
    """An organisation, and the roles that may be given there."""

    pk: UUID
    name: str
    roles: tuple[Role, ...]


Key = tuple[str, UUID, str]


@dataclass
class _Known:
    """What a list is compared with: places by name, roles by their words, who holds or is offered what."""

    places: dict[str, _Place]
    usual: _Place | None
    roles: dict[str, Role]
    held: Mapping[Key, tuple[UUID, datetime | None]]
    offered: frozenset[Key]
    today: date
    zone: ZoneInfo
    seen: dict[Key, int] = field(default_factory=dict)


def towns_to_fill(viewer: Viewer) -> frozenset[UUID]:
    """For which authorities the viewer may import people: those they administer, those that registered the firm whose desk they hold."""
    firms = viewer.organisations_as(Role.ADMINISTRATOR, Role.DISPATCHER)
    towns = viewer.authorities(Role.ADMINISTRATOR)
    if not firms:
        return towns
    stewards = Organisation.objects.filter(pk__in=firms, steward__isnull=False)
    return towns.union(stewards.values_list("steward__pk", flat=True))


def check_people(*, viewer: Viewer, authority: UUID, rows: Sequence[Given], report: Report) -> list[Verdict]:
    """What would become of each row; a few queries, however many they are."""
    known = _known(viewer, authority, {row.text("email").lower() for row in rows})
    verdicts = []
    for number, row in enumerate(rows, start=1):
        verdicts.append(_judged(row, known))
        report(number)
    return verdicts


def unsent(before: Before) -> int:
    """How many invitations of a list have an address and no letter yet."""
    wanted = [str(each["invitation"]) for each in before if "invitation" in each]
    return without_letter(wanted).count()


def without_letter(wanted: Collection[str]) -> QuerySet[Invitation]:
    """Those of these invitations that wait, have an address, and for which no letter ever left (callers scope them)."""
    rows = Invitation.objects.filter(
        pk__in=wanted, letter=LetterState.NONE, round=1, accepted_at=None, withdrawn_at=None
    )
    return rows.exclude(email="")


def _known(viewer: Viewer, authority: UUID, addresses: set[str]) -> _Known:
    given = gifts(viewer, authority)
    places = {normalised(row.name): _Place(row.pk, row.name, roles) for row, roles in given}
    own = [_Place(row.pk, row.name, roles) for row, roles in given if row.pk in viewer.organisations]
    zone = timezone.get_current_timezone()
    if not isinstance(zone, ZoneInfo):
        raise TypeError("the installation's time zone is one of the IANA's")
    wheres = [place.pk for place in places.values()]
    staying = Q(valid_until=None) | Q(valid_until__gt=viewer.as_of)
    held = (
        Membership.objects.filter(staying, organisation__in=wheres)
        .annotate(address=Lower("person__email"))
        .filter(address__in=addresses - {""})
    )
    waiting = Invitation.objects.filter(organisation__in=wheres, accepted_at=None, withdrawn_at=None, person=None)
    return _Known(
        places=places,
        usual=own[0] if len(own) == 1 else None,
        roles=_words_of_roles(),
        held={
            (address, where, role): (pk, until)
            for address, where, role, pk, until in held.order_by("-valid_from").values_list(  # the one in force stays
                "address", "organisation_id", "role", "pk", "valid_until"
            )
        },
        offered=frozenset(
            (email.lower() or normalised(name, 120), where, role)
            for email, name, where, role in waiting.values_list("email", "name", "organisation_id", "role")
        ),
        today=timezone.localdate(viewer.as_of),
        zone=zone,
    )


def _words_of_roles() -> dict[str, Role]:
    found: dict[str, Role] = {role.value: role for role in Role}
    for language in LANGUAGES:
        with override(language):
            found |= {normalised(str(label)): role for role, label in ROLE_LABELS.items()}
    return found


def _judged(row: Given, known: _Known) -> Verdict:
    faults: list[Fault] = []
    email = row.text("email").lower()
    if email and not _is_address(email):
        faults.append(Fault("email", _("This is no e-mail address.")))
    place = _place(row.text("organisation"), known, faults)
    role = _role(row.text("role"), place, known, faults) if place else None
    until = _until(row.text("until"), role, known, faults)
    if faults or place is None or role is None:
        return Verdict(row.number, Fate.WRONG, tuple(faults))
    name = f"{row.text('first')} {row.text('name')}".strip()[:120]
    key = (email or normalised(name, 120), place.pk, role.value)
    first = known.seen.setdefault(key, row.number)
    if first != row.number:
        words = _("Row %(number)s offers the same role to the same person: keep one of them.") % {"number": first}
        return Verdict(row.number, Fate.WRONG, (Fault("email" if email else "name", words),))
    values = {
        "name": name,
        "email": email,
        "organisation": str(place.pk),
        "role": role.value,
        "until": until.isoformat() if until else None,
    }
    return _compared(Verdict(row.number, Fate.NEW, values=values), key, until, known)


def _compared(verdict: Verdict, key: Key, until: datetime | None, known: _Known) -> Verdict:
    """With what is there: the role, which may have another last day, or an invitation to it."""
    number = verdict.number
    if key in known.held:
        membership, ends = known.held[key]
        if until is None or until == ends:
            return Verdict(number, Fate.SAME, doubt=_("This address has this role there already: nothing is written."))
        if key[2] == Role.ADMINISTRATOR.value:
            words = _("This address has this role there already; an administrator’s last day is changed on their page.")
            return Verdict(number, Fate.WRONG, (Fault("until", words),))
        day = date_format(last_day(ends, known.zone), "SHORT_DATE_FORMAT") if ends else _("none")
        doubt = _("This address has this role there already; its last day would change (now: %(day)s).") % {"day": day}
        return Verdict(number, Fate.CHANGED, doubt=doubt, subject=membership, values=verdict.values)
    if key in known.offered:
        return Verdict(number, Fate.SAME, doubt=_("An invitation to this role waits already: nothing is written."))
    return verdict


def _place(name: str, known: _Known, faults: list[Fault]) -> _Place | None:
    place = known.places.get(normalised(name)) if name else known.usual
    if place is None:
        names = sorted(each.name for each in known.places.values())
        some = ", ".join(names[:NAMED]) + ("…" if len(names) > NAMED else "")
        words = (
            _("There is no organisation “%(name)s” whose people you manage. Those you do: %(names)s.")
            if name
            else _("Say in which organisation. Those whose people you manage: %(names)s.")
        )
        faults.append(Fault("organisation", words % {"name": name, "names": some}))
    return place


def _role(text: str, place: _Place, known: _Known, faults: list[Fault]) -> Role | None:
    role = known.roles.get(normalised(text)) if text else place.roles[0] if len(place.roles) == 1 else None
    if role in place.roles:
        return role
    said = ", ".join(str(ROLE_LABELS[each]) for each in place.roles)
    faults.append(Fault("role", _("Write one of the roles that you may give there: %(roles)s.") % {"roles": said}))
    return None


def _until(text: str, role: Role | None, known: _Known, faults: list[Fault]) -> datetime | None:
    day = read_day(text)
    if text and day is None:
        faults.append(Fault("until", _("This is no day: write 31/12/2027.")))
    elif day is not None and day < known.today:
        faults.append(Fault("until", _("This day is past.")))
    elif day is None and role is Role.OFFICIAL:
        faults.append(Fault("until", _("An elected official’s role ends with their mandate: give the day.")))
    return end_of(day, known.zone) if day is not None else None


def _is_address(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True
