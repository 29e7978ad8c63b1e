"""What the console shows of cameras: sites on the map, with how many of their cameras are looked at and why, and the latest looks."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from uuid import UUID

from django.db.models import Model, QuerySet
from django.urls import reverse
from django.utils.formats import localize
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from beffroi.lib.viewer import Viewer
from beffroi.persistence.feeds import Happening
from beffroi.persistence.layers import Feature, Severity
from beffroi.systems.video.models import Viewing
from beffroi.systems.video.queries.cameras import counted_sites, so_many
from beffroi.systems.video.queries.viewings import Line, lines, visible_viewings
from beffroi.systems.video.queries.words import lasting, reason_words


def under_way(viewer: Viewer) -> QuerySet[Viewing]:
    """Looks that the viewer may know of, which nobody has said the end of."""
    return visible_viewings(viewer).filter(admitted=True, ended__isnull=True)


def on_the_map(viewer: Viewer, only: frozenset[UUID] | None) -> Iterator[Feature]:
    """Visible sites as points of the map, all of them or those named; what asks for somebody first."""
    rows = counted_sites(viewer)
    sites = list(rows if only is None else rows.filter(pk__in=only))
    looks = _by_site(viewer, sites)
    for row in sites:
        many, out = row.many, row.out  # type: ignore[attr-defined]  # annotated
        told = [*([_looked_at(looks[row.pk])] if row.pk in looks else []), *([_out_words(out)] if out else [])]
        yield Feature(
            id=row.pk,
            longitude=row.longitude,
            latitude=row.latitude,
            label=f"{row.name} {row.address}",
            severity=Severity.NOTICE if told else Severity.CALM,
            state=" · ".join(told) or so_many(many),
            href=reverse("video-site", args=[row.pk]),
        )


def _by_site(viewer: Viewer, sites: Iterable[Model]) -> dict[UUID, list[Line]]:
    found: dict[UUID, list[Line]] = defaultdict(list)
    rows = list(under_way(viewer).filter(camera__site__in=[row.pk for row in sites]))
    for line in lines(viewer, rows):
        found[line.row.camera.site_id].append(line)
    return found


def _looked_at(looks: Sequence[Line]) -> str:
    """Several looks at one camera are one camera; each reason is said once."""
    count = len({line.row.camera_id for line in looks})
    words = ngettext("%(count)s camera is looked at: %(why)s", "%(count)s cameras are looked at: %(why)s", count)
    return words % {"count": localize(count), "why": ", ".join(sorted({line.reason for line in looks}))}


def _out_words(count: int) -> str:
    words = ngettext("%(count)s camera out of service", "%(count)s cameras out of service", count)
    return words % {"count": localize(count)}


def lately(viewer: Viewer, only: frozenset[UUID] | None, count: int) -> list[Happening]:
    """The latest looks that the viewer may know of, or those named; for which service, never by whom."""
    rows = visible_viewings(viewer)
    if only is not None:
        rows = rows.filter(pk__in=only)
    return [_happening(line) for line in lines(viewer, list(rows[:count]))]


def _happening(line: Line) -> Happening:
    row = line.row
    said = {
        "camera": _("%(site)s, camera %(number)s") % {"site": row.camera.site.name, "number": row.camera.number},
        "organisation": row.organisation.name if row.organisation else _("nobody known"),
        "why": line.reason if row.admitted else reason_words(row.reason),
        "lasted": lasting(line.lasted) if line.lasted is not None else "",
    }
    if not row.admitted:
        words = _("%(camera)s: a look was refused: %(why)s")
    elif row.ended is None:
        words = _("%(camera)s is looked at (%(organisation)s): %(why)s")
    else:
        words = _("%(camera)s was looked at for %(lasted)s (%(organisation)s): %(why)s")
    severity = Severity.CALM if row.admitted else Severity.NOTICE
    page = reverse("video-viewings", query={"camera": str(row.camera_id)})
    return Happening(row.pk, row.ended or row.started, words % said, severity, page)
