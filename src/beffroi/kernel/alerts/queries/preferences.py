"""How the viewer wants to be told, and the habits of the organisations whose desk they hold."""

from dataclasses import dataclass
from uuid import UUID

from beffroi.kernel.alerts.models import OrganisationQuiet, Preference
from beffroi.kernel.territory.models import Organisation
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
