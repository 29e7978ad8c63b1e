"""Who is told of new public reports, of which ones, and the signed link by which somebody without an account ends it."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from django.core.signing import BadSignature, Signer
from django.db.models import F, QuerySet
from django.urls import reverse
from django.utils.formats import localize
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from beffroi.kernel.territory.queries.authorities import public_address
from beffroi.kernel.territory.queries.outlines import places_within
from beffroi.lib.positions import Position
from beffroi.lib.viewer import Viewer
from beffroi.protocol.v1.members import decode_bytes, encode_bytes
from beffroi.systems.reports.models import Follower, Report, Subscription
from beffroi.systems.reports.queries.reports import published
from beffroi.systems.reports.rules import Source

_SALT: Final = "reports.subscription"
A_KILOMETRE: Final = 1_000


@dataclass(frozen=True, slots=True)
class Area:
    """What a subscription covers; what is None covers anything. `whose`: who is told of it, by account and by address."""

    category: UUID | None
    places: frozenset[UUID] | None
    point: Position | None
    radius: int
    whose: frozenset[object]

    def covers(self, report: Report, authors: Collection[object]) -> bool:
        """Whether a report lies in it that somebody else wrote."""
        if not self.whose.isdisjoint(authors):
            return False
        if self.category is not None and report.category_id != self.category:
            return False
        if self.places is not None and report.territory_id not in self.places:
            return False
        here = Position(report.latitude, report.longitude)
        return self.point is None or self.point.metres_to(here) <= self.radius


def _signer() -> Signer:
    return Signer(salt=_SALT, sep=".")


def token_of(row: Subscription) -> str:
    """What opens its page."""
    return _signer().sign(encode_bytes(row.pk.bytes))


def path_of(row: Subscription) -> str:
    """Its page."""
    return reverse("report-subscription", kwargs={"token": token_of(row)})


def address_of(row: Subscription) -> str:
    """Its page, as a letter bears it."""
    return f"{public_address(row.authority)}{path_of(row)}"


def feed_of(row: Subscription) -> str:
    """The same reports as an Atom feed, for whoever reads those rather than letters."""
    asked: dict[str, object] = {}
    if row.category:
        asked["category"] = row.category.code
    if row.territory_id:
        asked["territory"] = row.territory_id
    if row.radius:
        asked |= {"lat": row.latitude, "long": row.longitude, "radius": row.radius}
    feed = reverse("reports-feed", args=[row.authority.slug])
    return f"{feed}?{urlencode(asked)}" if asked else feed


def subscription_of(token: str) -> Subscription | None:
    """Which one a link opens; None for a link that we didn't write, or one that is gone."""
    try:
        code = decode_bytes(_signer().unsign(token))
    except BadSignature:
        return None
    if code is None:
        return None
    return _rows().filter(pk=UUID(bytes=code)).first()


def own_subscriptions(viewer: Viewer) -> QuerySet[Subscription]:
    """The viewer's own that live, the latest first."""
    if viewer.person is None:
        return Subscription.objects.none()
    return _rows().filter(person_id=viewer.person, stopped_at__isnull=True).order_by("-since", "id")


def living(authority: UUID) -> QuerySet[Subscription]:
    """Those that are told: neither ended, nor to an address that nobody confirmed."""
    rows = Subscription.objects.filter(authority_id=authority, stopped_at__isnull=True)
    return rows.exclude(person__isnull=True, confirmed_at__isnull=True)


def _rows() -> QuerySet[Subscription]:
    return Subscription.objects.select_related("authority", "category", "territory", "person")


def areas_told(rows: Iterable[Subscription]) -> dict[UUID, Area]:
    """What each of an authority's covers; a district is looked up once."""
    within: dict[UUID, frozenset[UUID]] = {}
    found = {}
    for row in rows:
        if row.territory_id is not None and row.territory_id not in within:
            within[row.territory_id] = frozenset(places_within(row.authority_id, row.territory_id))
        found[row.pk] = _area(row, within)
    return found


def _area(row: Subscription, within: Mapping[UUID, frozenset[UUID]]) -> Area:
    point = Position(row.latitude, row.longitude) if row.latitude is not None and row.longitude is not None else None
    places = within[row.territory_id] if row.territory_id is not None else None
    mailbox = row.person.email.lower() if row.person else row.email
    whose: frozenset[object] = frozenset(one for one in (row.person_id, mailbox) if one)
    return Area(row.category_id, places, point, row.radius or 0, whose)


def written(reports: Collection[Report]) -> dict[UUID, frozenset[object]]:
    """Who wrote each of these: their account and its address, or the address that was given with it and that they confirmed."""
    found: dict[UUID, set[object]] = {}
    for one in reports:
        author = one.author
        found[one.pk] = {author.pk, author.email.lower()} - {""} if author else set()
    rows = Follower.objects.filter(report_id__in=list(found), report__author__isnull=True, too=False)
    rows = rows.filter(since=F("report__since"), confirmed_at__isnull=False).exclude(email="")
    for report, email in rows.values_list("report", "email"):
        found[report].add(email)
    return {key: frozenset(authors) for key, authors in found.items()}


def news(authority: UUID, since: datetime, until: datetime) -> QuerySet[Report]:
    """Public reports that were made in between, by moment. What an earlier list told of is no news."""
    rows = published(authority).filter(since__gt=since, since__lte=until)
    return rows.exclude(source=Source.IMPORT.value).select_related("author").order_by("since", "id")


def news_of(row: Subscription, since: datetime, until: datetime) -> list[Report]:
    """Those that it covers."""
    area, found = areas_told([row])[row.pk], list(news(row.authority_id, since, until))
    theirs = written(found)
    return [one for one in found if area.covers(one, theirs[one.pk])]


def covered_words(row: Subscription) -> str:
    """What it covers: "Pothole, within 500 metres of rue Neuve"."""
    what = row.category.label if row.category else _("All kinds of faults")
    if row.radius:
        # Anybody may type an address and a name: what is sent before its holder said yes bears nobody's words.
        place = row.place if row.person_id or row.confirmed_at else ""
        place = place or f"{row.latitude:.5f}, {row.longitude:.5f}"
        return _("%(what)s, within %(far)s of %(place)s") % {"what": what, "far": far_words(row.radius), "place": place}
    if row.territory:
        return _("%(what)s, %(place)s") % {"what": what, "place": row.territory.name}
    return _("%(what)s, all of %(place)s") % {"what": what, "place": row.authority.name}


def far_words(metres: int) -> str:
    """A distance."""
    if metres >= A_KILOMETRE:
        count = metres // A_KILOMETRE
        return ngettext("%(n)s kilometre", "%(n)s kilometres", count) % {"n": localize(count)}
    return ngettext("%(n)s metre", "%(n)s metres", metres) % {"n": localize(metres)}
