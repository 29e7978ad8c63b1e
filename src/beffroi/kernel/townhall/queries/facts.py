"""What first steps look at: whether each thing that makes an installation a town's is there, as of now."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db.models import Q
from django.utils.formats import date_format, localize
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from beffroi.adapters.archive import noted
from beffroi.kernel.alerts.models import AudienceMember, Roster
from beffroi.kernel.alerts.queries.rosters import gaps_ahead
from beffroi.kernel.grants.models import Convention
from beffroi.kernel.grants.queries import in_force as conventions_in_force
from beffroi.kernel.grants.queries import read_keyset
from beffroi.kernel.territory.models import Authority, Membership, Organisation
from beffroi.kernel.territory.queries.posts import in_force
from beffroi.kernel.townhall.models import Thing
from beffroi.kernel.townhall.queries.backups import FRESH
from beffroi.kernel.townhall.queries.processing import switches
from beffroi.kernel.townhall.queries.publication import published
from beffroi.lib.viewer import Role
from beffroi.persistence.steps import Fact

ROOTS = ("root-1.jwk", "root-2.jwk")
ENOUGH_ADMINISTRATORS = 2


def inventory(authority: UUID, _now: datetime) -> Fact:
    """Whether anything was written down."""
    lines = Thing.objects.filter(authority=authority).count()
    words = ngettext("%(n)s line is written", "%(n)s lines are written", lines) % {"n": localize(lines)}
    return Fact(bool(lines), words if lines else _("nothing is written yet"))


def keys(authority: UUID, _now: datetime) -> Fact:
    """Whether a key set is in force."""
    keyset = read_keyset(authority)
    if keyset is None:
        return Fact(False, _("no key set is in force"))
    return Fact(True, _("key set %(number)s is in force") % {"number": keyset.number})


def roots_away(authority: UUID, _now: datetime) -> Fact:
    """Whether the roots' files are off this machine."""
    place = Path(settings.BEFFROI_HOME) / "keys" / str(authority) / "roots"
    here = sum((place / name).exists() for name in ROOTS)
    if here:
        words = ngettext("%(n)s root is still on this machine", "%(n)s roots are still on this machine", here)
        return Fact(False, words % {"n": localize(here)})
    return Fact(read_keyset(authority) is not None, _("neither root is on this machine"))


def https(_authority: UUID, _now: datetime) -> Fact:
    """Whether people come by HTTPS."""
    secure = str(settings.BEFFROI_PUBLIC_URL).startswith("https://")
    return Fact(secure, settings.BEFFROI_PUBLIC_URL)


def mail(_authority: UUID, _now: datetime) -> Fact:
    """Whether a mail server is set."""
    return Fact(
        bool(settings.BEFFROI_SMTP_URL),
        settings.BEFFROI_MAIL_FROM if settings.BEFFROI_SMTP_URL else _("no mail server is set"),
    )


def backup(_authority: UUID, now: datetime) -> Fact:
    """Whether there is a fresh backup, and one was restored on trial."""
    known = noted.read(Path(settings.BEFFROI_HOME))
    if known.made is None:
        return Fact(False, _("no backup was made yet"))
    last = {"date": date_format(localtime(known.made), "SHORT_DATETIME_FORMAT")}
    if now - known.made > FRESH:
        return Fact(False, _("the last good backup is of %(date)s") % last)
    if known.trial is None:
        return Fact(False, _("the last backup is of %(date)s; none was restored on trial yet") % last)
    told = last | {"trial": date_format(localtime(known.trial))}
    return Fact(True, _("the last backup is of %(date)s; one was restored on trial on %(trial)s") % told)


def identity(authority: UUID, _now: datetime) -> Fact:
    """Whether the town's own drawing is shown."""
    row = Authority.objects.get(pk=authority)
    return Fact(bool(row.logo), row.name if row.logo else _("no logo yet"))


def contact(authority: UUID, _now: datetime) -> Fact:
    """Whether one can reach the town hall without a screen."""
    row = Authority.objects.get(pk=authority)
    return Fact(bool(row.address and row.phone and row.email), row.phone or _("no telephone number yet"))


def notice(authority: UUID, _now: datetime) -> Fact:
    """Whether the legal notice is whole."""
    return _missing(published(Authority.objects.get(pk=authority)).missing_notice)


def officer(authority: UUID, _now: datetime) -> Fact:
    """Whether the data protection officer is named."""
    return _missing(published(Authority.objects.get(pk=authority)).missing_data)


def accessibility(authority: UUID, _now: datetime) -> Fact:
    """Whether an audit gave its rate."""
    found = published(Authority.objects.get(pk=authority))
    if found.notice.audit_rate is None or found.notice.audit_on is None:
        return Fact(False, _("no audit yet"))
    told = {"rate": found.notice.audit_rate, "date": date_format(found.notice.audit_on)}
    return Fact(True, _("%(rate)s %% of the criteria met, on %(date)s") % told)


def administrators(authority: UUID, now: datetime) -> Fact:
    """Whether two administrators have a passkey: one may lose theirs."""
    rows = in_force(Membership.objects.filter(organisation__authority=authority, role=Role.ADMINISTRATOR), now)
    people = set(rows.values_list("person", flat=True))
    passkeys = Authenticator.objects.filter(user__in=people, type=Authenticator.Type.WEBAUTHN)
    ready = passkeys.values("user").distinct().count()
    words = ngettext("%(n)s administrator has a passkey", "%(n)s administrators have a passkey", ready)
    return Fact(
        ready >= ENOUGH_ADMINISTRATORS, words % {"n": localize(ready)} if ready else _("no administrator has a passkey")
    )


def partner(authority: UUID, _now: datetime) -> Fact:
    """Whether another body is registered with which a convention can be signed."""
    others = Organisation.objects.filter(Q(steward=authority) | Q(conventions__authority=authority)).distinct().count()
    words = ngettext("%(n)s partner is registered", "%(n)s partners are registered", others)
    return Fact(bool(others), words % {"n": localize(others)} if others else _("no partner is registered"))


def convention(authority: UUID, now: datetime) -> Fact:
    """Whether a convention is in force."""
    count = Convention.objects.filter(conventions_in_force(now), authority=authority).count()
    words = ngettext("%(n)s convention is in force", "%(n)s conventions are in force", count)
    return Fact(bool(count), words % {"n": localize(count)} if count else _("no convention is in force"))


def assessed(authority: UUID, _now: datetime) -> Fact:
    """Whether a system's impact assessment is dated."""
    dated = [switch for switch in switches(authority) if switch.aipd_on]
    return Fact(bool(dated), ", ".join(str(switch.system.label) for switch in dated) or _("no assessment is dated"))


def switched_on(authority: UUID, _now: datetime) -> Fact:
    """Whether a system works."""
    working = [switch for switch in switches(authority) if switch.on]
    return Fact(bool(working), ", ".join(str(switch.system.label) for switch in working) or _("no system is on"))


def audience(authority: UUID, _now: datetime) -> Fact:
    """Whether an audience has somebody in it."""
    rows = AudienceMember.objects.filter(authority=authority, audience__retired_at=None)
    count = rows.values("audience").distinct().count()
    words = ngettext("%(n)s audience has somebody in it", "%(n)s audiences have somebody in them", count)
    return Fact(bool(count), words % {"n": localize(count)} if count else _("no audience has anybody in it"))


def roster(authority: UUID, now: datetime) -> Fact:
    """Whether a roster runs without a gap for the next 14 days."""
    rosters = list(Roster.objects.filter(authority=authority, retired_at=None).order_by("name"))
    holes = sum(len(gaps_ahead(row, now=now)) for row in rosters)
    if not rosters:
        return Fact(False, _("there is no roster"))
    words = ngettext("%(n)s gap in the next 14 days", "%(n)s gaps in the next 14 days", holes) % {"n": localize(holes)}
    return Fact(not holes, words if holes else _("no gap in the next 14 days"))


def _missing(words: Sequence[object]) -> Fact:
    if not words:
        return Fact(True, _("everything is published"))
    return Fact(False, _("missing: %(what)s") % {"what": ", ".join(str(word) for word in words)})
