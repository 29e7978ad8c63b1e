"""How the viewer wants to be told, and the habits of the organisations whose desk they hold."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from beffroi.kernel.alerts.models import OrganisationQuiet, Preference, PushSubscription
from beffroi.kernel.alerts.queries.recipients import quiet_now
from beffroi.kernel.territory.models import Membership, Organisation
from beffroi.kernel.territory.queries.posts import in_force
from beffroi.lib.viewer import Role, Viewer


@dataclass(frozen=True, slots=True)
class Habit:
    """An organisation and its quiet hours, if it has some."""

    organisation: Organisation
    quiet: OrganisationQuiet | None


def own_preference(viewer: Viewer) -> Preference | None:
    """What the viewer chose, if they chose."""
    return Preference.objects.filter(person_id=viewer.known_person).first()


def habits_of_own(viewer: Viewer) -> list[Habit]:
    """Quiet hours of the viewer's organisations: what holds for whoever chose none."""
    rows = {row.organisation_id: row for row in OrganisationQuiet.objects.filter(organisation__in=viewer.organisations)}
    organisations = Organisation.objects.filter(pk__in=viewer.organisations).order_by("name")
    return [Habit(organisation, rows.get(organisation.pk)) for organisation in organisations]


def may_set_habits(viewer: Viewer) -> frozenset[UUID]:
    """Organisations whose quiet hours the viewer sets."""
    return viewer.organisations_as(Role.ADMINISTRATOR, Role.DISPATCHER)


@dataclass(frozen=True, slots=True)
class Reached:
    """How somebody is told of what can wait. `phone`: by notification; `letter`: by e-mail, which they may want `besides`, or not at all
    (`unwritten`); not before `quiet_until`.
    """

    phone: bool
    besides: bool
    unwritten: bool
    quiet_until: datetime | None

    @property
    def silent(self) -> bool:
        """Whether there is no way at all."""
        return self.unwritten and not self.phone


def reached(people: Collection[UUID], now: datetime) -> dict[UUID, Reached]:
    """How each of them is told at this moment, by their own choices; quiet hours are their own, else their organisation's."""
    chosen = {row.person_id: row for row in Preference.objects.filter(person_id__in=people)}
    live = PushSubscription.objects.filter(person_id__in=people, gone_at=None)
    phones = set(live.values_list("person_id", flat=True))
    quiet = _quiet(people, chosen, now)
    found = {}
    for person in people:
        own = chosen.get(person) or Preference()
        phone = own.push and person in phones
        found[person] = Reached(phone, own.mail == "always", own.mail == "never", quiet.get(person))
    return found


def _quiet(people: Collection[UUID], chosen: Mapping[UUID, Preference], now: datetime) -> dict[UUID, datetime]:
    """Until when it is quiet for those of them for whom it is."""
    ends = {(one.starts, one.ends, one.days_off): one.until for one in quiet_now(now)}
    if not ends:
        return {}
    hours: list[tuple[UUID, Preference | OrganisationQuiet]] = list(chosen.items())
    rest = [person for person in people if person not in chosen]
    posts = in_force(Membership.objects.filter(person_id__in=rest), now).values_list("person_id", "organisation_id")
    habits = {
        row.organisation_id: row for row in OrganisationQuiet.objects.filter(organisation__in=[one for _, one in posts])
    }
    hours += [(person, habits[organisation]) for person, organisation in posts if organisation in habits]
    found: dict[UUID, datetime] = {}
    for person, row in hours:
        until = ends.get((row.quiet_starts, row.quiet_ends, row.days_off))
        if until is not None:
            found[person] = max(until, found.get(person, until))
    return found


def browsers_of(person: UUID) -> list[PushSubscription]:
    """Where a person's notifications go."""
    return list(PushSubscription.objects.filter(person_id=person, gone_at=None).order_by("made_at", "id"))
