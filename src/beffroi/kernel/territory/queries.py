"""Reads of places and organisations, by viewer."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from beffroi.kernel.territory.models import Authority, Membership, Organisation
from beffroi.lib.viewer import Post, Role, Viewer


def live_posts(*, person: UUID, as_of: datetime) -> tuple[Post, ...]:
    """The person's memberships in force at that moment: what a viewer is built from."""
    rows = (
        _live(Membership.objects.filter(person_id=person), as_of)
        .select_related("organisation__authority")
        .order_by("valid_from", "id")
    )
    return tuple(
        Post(
            organisation=row.organisation_id,
            role=Role(row.role),
            authority=_authority_served(row),
        )
        for row in rows
    )


def _authority_served(row: Membership) -> UUID | None:
    """An authority's own people serve it in every role that gives a right; those of its services only to keep watch: they don't
    administer it.
    """
    if row.role == Role.MEMBER:
        return None
    if hasattr(row.organisation, "authority"):
        return row.organisation.authority.id
    return row.organisation.serves_id if row.role == Role.OPERATOR else None


def authority_colour(slug: str) -> str | None:
    """The colour of the authority with this short name: what anybody sees at the head of its pages."""
    return Authority.objects.filter(slug=slug).values_list("colour", flat=True).first()


def only_authority() -> Authority | None:
    """The authority of an installation that serves one, whose name and colour a visitor sees; none when there are several."""
    rows = list(Authority.objects.order_by("created_at", "id")[:2])
    return rows[0] if len(rows) == 1 else None


def visible_authorities(viewer: Viewer) -> QuerySet[Authority]:
    """Authorities that the viewer serves."""
    return Authority.objects.filter(pk__in=viewer.authorities()).order_by("name")


def visible_organisations(viewer: Viewer) -> QuerySet[Organisation]:
    """An authority's administrators see every registered organisation; others their own."""
    rows = Organisation.objects.order_by("name")
    return rows if viewer.authorities(Role.ADMINISTRATOR) else rows.filter(pk__in=viewer.organisations)


def members(viewer: Viewer, organisation: UUID) -> QuerySet[Membership]:
    """Live members of one of the viewer's organisations, or of any for an authority's administrator."""
    rows = _live(Membership.objects.filter(organisation_id=organisation), viewer.as_of).select_related(
        "person", "organisation"
    )
    if not (
        viewer.authorities(Role.ADMINISTRATOR)
        or organisation in viewer.organisations_as(Role.ADMINISTRATOR, Role.DISPATCHER)
    ):
        return rows.none()
    return rows.order_by("person__name", "id")


def _live(rows: QuerySet[Membership], as_of: datetime) -> QuerySet[Membership]:
    """A membership lasts up to, and not at, its end."""
    return rows.filter(
        Q(valid_until__isnull=True) | Q(valid_until__gt=as_of), valid_from__lte=as_of, person__is_active=True
    )


def technicians(viewer: Viewer, organisation: UUID) -> QuerySet[Membership]:
    """Live technicians of an organisation, for those who may see its members."""
    return members(viewer, organisation).filter(role=Role.TECHNICIAN.value)


def people_of(organisations: Iterable[UUID]) -> set[UUID]:
    """Everybody who ever was a member of these organisations (callers scope the organisations)."""
    return set(Membership.objects.filter(organisation_id__in=list(organisations)).values_list("person_id", flat=True))


def authority_named(slug: str | None) -> UUID | None:
    """The authority of that short name, or the only one there is: for commands of whoever keeps the installation."""
    rows = Authority.objects.filter(slug=slug) if slug else Authority.objects.all()
    found = list(rows.order_by("created_at", "id").values_list("id", flat=True)[:2])
    return found[0] if len(found) == 1 else None


def authority_organisation(authority: UUID) -> Organisation:
    """An authority's own organisation, for commands of whoever keeps the installation."""
    return Organisation.objects.get(authority__pk=authority)


def organisation_named(name: str) -> Organisation | None:
    """An organisation by its name, for the same commands."""
    return Organisation.objects.filter(name=name).first()


def all_organisations() -> QuerySet[Organisation]:
    """Every organisation, for the same commands."""
    return Organisation.objects.order_by("name", "id")
