"""Whoever mends without an account: which team is written to, the signed link that opens one report for it, and as long as when."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from django.core.signing import BadSignature, Signer
from django.db.models import QuerySet
from django.urls import reverse

from beffroi.kernel.grants.queries import is_switched_on
from beffroi.kernel.grants.queries.conventions import partners_covering
from beffroi.kernel.territory.queries.authorities import public_address
from beffroi.kernel.territory.queries.organisations import concerned_organisations
from beffroi.protocol.v1.members import decode_bytes, encode_bytes
from beffroi.systems.reports.models import Errand, Letter, Line, Photo, Report, Team
from beffroi.systems.reports.queries.reports import shown_photos
from beffroi.systems.reports.rules import SYSTEM, LetterState, PhotoState, Stage

_SALT: Final = "reports.errand"
# What was done is looked at again for so long: whether it holds, what was asked about it.
OPEN_AFTER: Final = timedelta(days=30)


class Over(StrEnum):
    """Why a link opens nothing any more."""

    ELSEWHERE = "elsewhere"  # somebody else has it in charge
    ENDED = "ended"  # the link was ended, or the right behind it
    LONG_CLOSED = "long-closed"


def mender_of(report: Report, at: datetime) -> Team | None:
    """The team that is written of a report: its own, else the one that receives what comes to its organisation without a team. None where
    there is no address, or the organisation may not have such a report.
    """
    teams = Team.objects.filter(
        authority_id=report.authority_id, organisation_id=report.organisation_id, retired_at__isnull=True
    ).exclude(email="")
    row = teams.filter(pk=report.team_id).first() if report.team_id else None
    row = row or teams.filter(general=True).first()
    return row if row is not None and may_have(report, row.organisation_id, at) else None


def may_have(report: Report, organisation: UUID, at: datetime) -> bool:
    """The authority's own organisation and services, and partners whose convention in force covers its kind."""
    covering = partners_covering(authority=report.authority_id, resource=report.category_id, as_of=at)
    return organisation in {row.pk for row in concerned_organisations(report.authority_id, covering)}


def _signer() -> Signer:
    return Signer(salt=_SALT, sep=".")


def errand_token(errand: Errand) -> str:
    """What opens the page of this team and report."""
    return _signer().sign(encode_bytes(errand.pk.bytes))


def errand_address(errand: Errand) -> str:
    """That page, as a letter bears it."""
    path = reverse("report-desk", kwargs={"token": errand_token(errand)})
    return f"{public_address(errand.report.authority)}{path}"


def errand_of(token: str) -> Errand | None:
    """What a link opens, ended or not; None for one that we didn't write, or whose authority takes reports no more."""
    try:
        code = decode_bytes(_signer().unsign(token))
    except BadSignature:
        return None
    if code is None:
        return None
    of = ("report__authority", "report__category", "report__organisation", "report__into", "team__organisation")
    row = Errand.objects.select_related(*of).filter(pk=UUID(bytes=code)).first()
    if row is None or not is_switched_on(authority=row.authority_id, system=SYSTEM):
        return None
    return row


def over(errand: Errand, at: datetime) -> Over | None:
    """Why it opens nothing any more; None while it does."""
    report, team = errand.report, errand.team
    others = report.team_id not in (None, team.pk) and not team.general
    if report.organisation_id != team.organisation_id or others:
        return Over.ELSEWHERE
    if errand.ended_at is not None or team.retired_at is not None:
        return Over.ENDED
    if not may_have(report, team.organisation_id, at):
        return Over.ENDED
    if report.closed_at is not None and at >= report.closed_at + OPEN_AFTER:
        return Over.LONG_CLOSED
    return None


def mender_photos(errand: Errand) -> QuerySet[Photo]:
    """Its photos for whoever mends: before they are checked for others, never what was refused."""
    return shown_photos([errand.report_id], whole=True).exclude(state=PhotoState.REFUSED.value)


def mender_photo(errand: Errand, photo: UUID, version: int) -> Photo | None:
    """One of them, at this version."""
    return mender_photos(errand).filter(pk=photo, version=version).first()


def for_mender(kind: str, stage: str, text: str, *, public: bool) -> bool:
    """Whether a line is something that whoever mends it is told: an answer, another day or urgency, its end, that it isn't mended."""
    if kind == "staged":
        return stage == Stage.PLANNED or (public and bool(text))
    return kind in ("rated", "seen-broken") or (public and kind in ("closed", "merged", "parted", "reopened", "said"))


def news_of(errand: Errand, since: datetime, until: datetime | None) -> list[Line]:
    """What others than this team did and said of it meanwhile; with what words it was given to them."""
    rows = Line.objects.filter(report_id=errand.report_id).select_related("organisation")
    rows = rows.exclude(team_id=errand.team_id).order_by("at", "id")
    found = [(line.shown_at or line.at, line) for line in rows]
    within = [line for at, line in found if at >= since and (until is None or at < until)]
    return [line for line in within if not line.held and _told(line)]


def _told(line: Line) -> bool:
    given = line.kind == "handed" and line.public and bool(line.text)
    return given or for_mender(line.kind, line.stage, line.text, public=line.public)


@dataclass(frozen=True, slots=True)
class Written:
    """Where whoever mends a report is written to; `failed`: the last letter could not leave."""

    email: str
    failed: bool


def written_of(report: Report) -> Written | None:
    """For those who gave it: None where nobody is written to."""
    errand = Errand.objects.filter(report=report, ended_at__isnull=True).first()
    if errand is None:
        return None
    last = Letter.objects.filter(errand=errand).order_by("-since", "-id").first()
    return Written(errand.email, failed=last is not None and last.state == LetterState.FAILED)
