"""Authorities: whose pages these are, and whom the viewer serves."""

from collections.abc import Collection
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.db.models import F, QuerySet

from beffroi.kernel.territory.models import Authority, LegalNotice, Logo, Organisation, OrganisationKind
from beffroi.lib.viewer import Role, Viewer


def authority_colour(slug: str) -> str | None:
    """The colour of the authority with this short name: what anybody sees at the head of its pages."""
    return Authority.objects.filter(slug=slug).values_list("colour", flat=True).first()


def _displayed() -> QuerySet[Authority]:
    """With the size of its drawing, for the place it takes before it is there, and what its footer says of accessibility."""
    rows = Authority.objects.select_related("drawing").defer("drawing__wide", "drawing__square")
    return rows.annotate(audit_rate=F("legal__audit_rate"))


def only_authority() -> Authority | None:
    """The authority of an installation that serves one, whose name and colour a visitor sees; none when there are several."""
    rows = list(_displayed().order_by("created_at", "id")[:2])
    return rows[0] if len(rows) == 1 else None


def every_authority() -> QuerySet[Authority]:
    """All of an installation, by name: who is served here is no secret."""
    return _displayed().order_by("name")


def visible_authorities(viewer: Viewer) -> QuerySet[Authority]:
    """Authorities that the viewer serves."""
    return _displayed().filter(pk__in=viewer.authorities()).order_by("name")


def administered_authorities(viewer: Viewer) -> QuerySet[Authority]:
    """Authorities that the viewer administers."""
    return _displayed().filter(pk__in=viewer.authorities(Role.ADMINISTRATOR)).order_by("name")


def administered_names(viewer: Viewer) -> list[tuple[UUID, str]]:
    """Those that the viewer administers, for a form that adds something to one."""
    return list(administered_authorities(viewer).values_list("pk", "name"))


def authorities_among(authorities: Collection[UUID]) -> QuerySet[Authority]:
    """These authorities, by name: callers say by which right they are the viewer's to see."""
    return _displayed().filter(pk__in=authorities).order_by("name")


def authority_at(slug: str) -> Authority | None:
    """The authority of that short name, for its public pages."""
    return _displayed().filter(slug=slug).first()


def authority_of_host(host: str) -> Authority | None:
    """The authority whose domain that is."""
    return _displayed().filter(domain=host.lower()).first() if host else None


def domains() -> frozenset[str]:
    """Every host name that an authority answers to."""
    return frozenset(Authority.objects.exclude(domain="").values_list("domain", flat=True))


def authority_behind(organisation: Organisation) -> Authority | None:
    """Whoever answers for the log-ins of an organisation's people: the authority whose house it is, which it serves, or which registered
    it; None for a partner that nobody registered.
    """
    own = organisation.authority if hasattr(organisation, "authority") else None
    return own or organisation.serves or organisation.steward


def public_address(authority: Authority | None) -> str:
    """Where people find an authority's pages: its own domain, else (and where there is no authority) the installation's address. Every
    address that leaves by letter, text message or paper begins with it. No slash at the end.
    """
    if authority is None or not authority.domain:
        return str(settings.BEFFROI_PUBLIC_URL)
    parts = urlsplit(settings.BEFFROI_PUBLIC_URL)
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{authority.domain}{port}"


def legal_notice(authority: Authority) -> LegalNotice:
    """What it publishes in law: public; empty before anything was written."""
    return LegalNotice.objects.filter(authority=authority).first() or LegalNotice(authority=authority)


def logo(slug: str, digest: str) -> Logo | None:
    """The drawing that an authority shows now: public."""
    return Logo.objects.filter(authority__slug=slug, digest=digest).first()


def authority_named(slug: str | None) -> UUID | None:
    """The authority of that short name, or the only one there is: for commands of whoever keeps the installation."""
    rows = Authority.objects.filter(slug=slug) if slug else Authority.objects.all()
    found = list(rows.order_by("created_at", "id").values_list("id", flat=True)[:2])
    return found[0] if len(found) == 1 else None


def departement_named(slug: str) -> UUID | None:
    """The authority of that short name when it is a département's, for the same commands."""
    rows = Authority.objects.filter(slug=slug, organisation__kind=OrganisationKind.DEPARTMENT)
    return rows.values_list("id", flat=True).first()


def authority_organisation(authority: UUID) -> Organisation:
    """An authority's own organisation, for commands of whoever keeps the installation."""
    return Organisation.objects.get(authority__pk=authority)
