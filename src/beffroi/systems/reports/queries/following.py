"""Who follows a report, and the link by which they do without an account: it is signed, opens one follower's page and shows no other."""

from typing import Final
from uuid import UUID

from django.core.signing import BadSignature, Signer
from django.db.models import Q
from django.urls import reverse

from beffroi.kernel.territory.queries.authorities import public_address
from beffroi.lib.viewer import Viewer
from beffroi.protocol.v1.members import decode_bytes, encode_bytes
from beffroi.systems.reports.models import Follower, Report
from beffroi.systems.reports.rules import Stage

_SALT: Final = "reports.follower"


def _signer() -> Signer:
    return Signer(salt=_SALT, sep=".")


def token_of(follower: Follower) -> str:
    """What opens this follower's page."""
    return _signer().sign(encode_bytes(follower.pk.bytes))


def address_of(follower: Follower) -> str:
    """Their page, as a letter bears it."""
    path = reverse("report-follow", kwargs={"token": token_of(follower)})
    return f"{public_address(follower.report.authority)}{path}"


def follower_of(token: str) -> Follower | None:
    """Whose page a link opens: of what it was joined to, where it was; None for a link that we didn't write, or whose follower is gone."""
    try:
        code = decode_bytes(_signer().unsign(token))
    except BadSignature:
        return None
    if code is None:
        return None
    of = ("report__authority", "report__category", "report__into", "person")
    rows = Follower.objects.select_related(*of)
    row = rows.filter(pk=UUID(bytes=code)).first()
    if row is None or row.report.into_id is None or row.stopped_at is not None:
        return row
    same = Q(person_id=row.person_id) if row.person_id else Q(email=row.email)
    return rows.filter(same, report_id=row.report.into_id).first() or row


def wrote(follower: Follower, report: Report) -> bool:
    """Whether they reported it themselves: by their account, or by the address that was given with it."""
    if follower.person_id is not None:
        return follower.person_id == report.author_id
    return report.author_id is None and not follower.too and follower.since == report.since


def may_answer(follower: Follower) -> bool:
    """Whether they may say if it is mended: once each time it was done."""
    report = follower.report
    if report.stage != Stage.DONE or report.closed_at is None or follower.stopped_at is not None:
        return False
    known = follower.person_id is not None or follower.confirmed_at is not None
    return known and (follower.answered_at is None or follower.answered_at < report.closed_at)


def seen_too(report: Report) -> int:
    """How many said that they see it as well; addresses that were not confirmed don't count."""
    rows = Follower.objects.filter(report=report, too=True)
    return rows.filter(Q(person__isnull=False) | Q(confirmed_at__isnull=False)).count()


def own_following(viewer: Viewer, report: Report) -> Follower | None:
    """The viewer's own line among those who follow it, stopped or not."""
    if viewer.person is None:
        return None
    return Follower.objects.filter(report=report, person_id=viewer.person).first()
