"""Authorities and the places of their trees."""

from uuid import UUID

from beffroi.kernel.register.actions.entries import record
from beffroi.kernel.territory.actions.organisations import create_organisation
from beffroi.kernel.territory.errors import SlugTaken
from beffroi.kernel.territory.models import Authority, OrganisationKind, Territory, TerritoryKind
from beffroi.persistence.acts import kernel_action


@kernel_action
def create_authority(
    *,
    slug: str,
    name: str,
    by: UUID | None,
    kind: OrganisationKind = OrganisationKind.TOWN_HALL,
    territory: TerritoryKind = TerritoryKind.COMMUNE,
    inside: UUID | None = None,
) -> Authority:
    """Begin an authority's part: its own organisation, the root of its tree, the first entry of its log; a commune's tree stands `inside`
    that of its département's authority, which gives neither any right over the other. Raises SlugTaken.
    """
    if Authority.objects.filter(slug=slug).exists():
        raise SlugTaken
    organisation = create_organisation(name=name, kind=kind, by=by)
    authority = Authority(slug=slug, name=name.strip(), organisation=organisation)
    authority.full_clean()
    authority.save()
    parent = Territory.objects.filter(authority=inside, kind=TerritoryKind.DEPARTEMENT, parent=None).first()
    Territory.objects.create(authority=authority, parent=parent, kind=territory, name=authority.name)
    record(kind="authority.created", authority=authority.id, by=by, fields={"authority": authority.id})
    return authority


@kernel_action
def create_territory(
    *, authority: Authority, parent: Territory, kind: TerritoryKind, name: str, by: UUID | None
) -> Territory:
    """Add a place to the tree: content, exempt from the register by its class."""
    territory = Territory(authority=authority, parent=parent, kind=kind, name=name.strip())
    territory.full_clean()
    territory.save()
    return territory


@kernel_action
def rename_territory(*, territory: Territory, name: str, by: UUID | None) -> Territory:
    """Its name, as people know it: content, exempt as above. Raises Django's ValidationError on a name taken there."""
    territory.name = name.strip()
    territory.full_clean()
    territory.save(update_fields=["name"])
    return territory
