"""What every page's frame needs: whose installation this is, where the viewer may go, whether this is a demonstration."""

from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from beffroi.kernel.factors.queries import Standing
from beffroi.kernel.grants.queries.sight import concerned_authorities
from beffroi.kernel.territory.queries.authorities import (
    authorities_among,
    authority_at,
    authority_of_host,
    only_authority,
    visible_authorities,
)
from beffroi.kernel.townhall.rules import conformity
from beffroi.lib.viewer import Viewer
from beffroi.web.hosts import host_of
from beffroi.web.https.inclear import told_in_clear
from beffroi.web.mandates import in_hand
from beffroi.web.menu import account_entry, home_entry, placed, sections_of
from beffroi.web.offline import draft_reader, in_pocket, keeps

if TYPE_CHECKING:
    from beffroi.kernel.territory.models import Authority

HALF_HOUR = 1_800  # seconds: what the demonstration says its pace with


def shell(request: HttpRequest) -> dict[str, object]:
    """Template context of the frame."""
    viewer: Viewer | None = getattr(request, "viewer", None)
    authority = shown_authority(request)
    factor: Standing | None = getattr(request, "factor", None)  # which a demand asks for
    return {
        "authority": authority,
        "installation_address": settings.BEFFROI_PUBLIC_URL
        if authority and authority.domain == host_of(request)
        else "",
        "others": _others(request, viewer, authority),
        "conformity": conformity(getattr(authority, "audit_rate", None)),
        "demonstration": settings.BEFFROI_DEMO,
        "staff_directory": settings.BEFFROI_DIRECTORY is not None,
        "identity_provider": settings.BEFFROI_PROVIDER,
        "half_hour": HALF_HOUR // settings.BEFFROI_PACE if settings.BEFFROI_PACE > 1 else None,
        "factor": factor,
        "frame": "base.html" if factor is not None and factor.barred else _frame(viewer),
        "reader": draft_reader(request),
        "keeps": keeps(request),
        "mandate": in_hand(request),
        "in_clear": told_in_clear(request),
        **_menu(request, None if factor is not None and factor.barred else viewer),
    }


def shown_authority(request: HttpRequest) -> "Authority | None":
    """The authority whose name, logo and colours this answer shows: the one that its address is about; of those that the viewer serves,
    that of the host name, else the first; for anybody else that of the host name, else the only one there is, else the only one whose
    convention in force binds them.
    """
    mandate = in_hand(request)
    if mandate is not None:
        return mandate.authority
    match = request.resolver_match
    slug = match.kwargs.get("slug") if match else None
    about = authority_at(slug) if slug else None
    if about is not None:
        return about
    viewer: Viewer | None = getattr(request, "viewer", None)
    own = [] if viewer is None or viewer.anonymous else list(visible_authorities(viewer))
    host = host_of(request)
    by_host = next((row for row in own if row.domain == host), None) if own else authority_of_host(host)
    return by_host or next(iter(own), None) or only_authority() or _bound(viewer)


def _bound(viewer: Viewer | None) -> "Authority | None":
    """Whose partner the viewer is, when that is one authority: a technician's phone shows the town that they open for."""
    if viewer is None or not viewer.conventions:
        return None
    found = list(authorities_among(concerned_authorities(viewer))[:2])
    return found[0] if len(found) == 1 else None


def _others(request: HttpRequest, viewer: Viewer | None, shown: "Authority | None") -> list[tuple["Authority", str]]:
    """The other authorities that the viewer serves, each with where it is found: the same page of its own, where they hold there the
    roles they hold here and the page is about no one thing; else what anybody finds of it.
    """
    if viewer is None or viewer.agent is not None or len(viewer.authorities()) < 2:  # noqa: PLR2004 - there is another one
        return []
    match, held = request.resolver_match, {post.role for post in viewer.posts if shown and post.authority == shown.pk}
    of_one = (
        match is not None
        and "slug" in match.kwargs
        and not any(isinstance(value, UUID) for value in match.kwargs.values())
    )
    found = []
    for row in visible_authorities(viewer):
        if shown is not None and row.pk == shown.pk:
            continue
        there = {post.role for post in viewer.posts if post.authority == row.pk}
        if match is not None and match.view_name and of_one and held and held <= there:
            url = reverse(match.view_name, kwargs={**match.kwargs, "slug": row.slug})
        else:
            url = reverse("town", kwargs={"slug": row.slug})
        found.append((row, url))
    return found


def _frame(viewer: Viewer | None) -> str:
    """The template that pages everybody has (home, account) extend: a phone's for those who open doors or are told, a desk's for staff."""
    if viewer is None or viewer.anonymous:
        return "base.html"
    if viewer.agent is not None:
        return "pocket.html"
    return "pocket.html" if in_pocket(viewer) else "office.html"


def _menu(request: HttpRequest, viewer: Viewer | None) -> dict[str, object]:
    """The menu by groups beside a desk's pages (`menu`), and as one row under a thumb (`navigation`)."""
    if viewer is None or viewer.anonymous:
        return {"home_entry": None, "menu": [], "navigation": []}
    home, entries = home_entry(request.path), placed(viewer, request.path)
    if viewer.agent is None:
        entries.append(account_entry(request.path))
    return {"home_entry": home, "menu": sections_of(entries), "navigation": [home, *entries]}
