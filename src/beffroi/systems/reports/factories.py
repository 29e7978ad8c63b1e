"""Builders for tests, which call actions: a town that takes reports, and reports in it."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from beffroi.kernel.grants.actions.conventions import Purpose, cover_resource, date_aipd, sign_convention, switch_system
from beffroi.kernel.grants.models import Convention
from beffroi.kernel.grants.rules import Kind, surely
from beffroi.lib.clock import utc_now
from beffroi.lib.positions import Position
from beffroi.systems.reports.actions.making import Told, make_report
from beffroi.systems.reports.actions.settings import begin_categories, keep_category
from beffroi.systems.reports.models import Category, Report
from beffroi.systems.reports.rules import SYSTEM, Offered, Priority, Source

HERE = Position(48.9601, 2.8788)


def switched_on(authority: UUID, *, by: UUID | None = None, now: datetime | None = None) -> None:
    """Its impact assessment is dated, its switch is on."""
    at = now or utc_now()
    date_aipd(authority=authority, system=SYSTEM, on=at.date(), by=by, now=at)
    switch_system(authority=authority, system=SYSTEM, on=True, by=by, now=at)


def make_category(authority: UUID, label: str = "Nid-de-poule", *, hours: int = 48, public: bool = True) -> Category:
    """A kind of fault that anybody may report."""
    code = f"c-{uuid4().hex[:8]}"
    offered = Offered(code=code, label=label, group="Voirie", what_next="La voirie passe voir.", hours=hours)
    (row,) = begin_categories(authority=authority, offered=[offered], by=None, now=utc_now())
    if not public:
        row.public = False
        keep_category(category=row, promises={}, by=None, now=utc_now())
    return row


def reported(
    category: Category,
    *,
    position: Position = HERE,
    text: str = "Un trou dans la chaussée",
    priority: Priority | None = None,
    author: UUID | None = None,
    email: str = "",
    submission: UUID | None = None,
    now: datetime | None = None,
) -> Report:
    """A report of it, without a photo."""
    report, _new = make_report(
        authority=category.authority_id,
        submission=submission or uuid4(),
        told=Told(category=category.pk, position=position, text=text, priority=priority, email=email),
        photos=(),
        source=Source.POCKET,
        author=author,
        by=author,
        now=now or utc_now(),
    )
    return report


def make_convention(authority: UUID, partner: UUID, categories: Iterable[Category], *, until: datetime) -> Convention:
    """A convention of twenty days by which a partner handles reports of these kinds."""
    now = until - timedelta(days=20)
    mending = Purpose(
        code="mending",
        label="Réparation",
        kind=Kind.WORK_ORDER,
        legal_text="CPCE",
        legal_article="L34-8-3",
        legal_version_on=now.date(),
        least=timedelta(minutes=15),
        most=timedelta(hours=12),
    )
    row = surely(
        sign_convention(
            authority=authority,
            partner=partner,
            system=SYSTEM,
            title="Pannes du réseau",
            valid_from=now,
            valid_until=until,
            purposes=[mending],
            transports=("local",),
            list_age=timedelta(hours=72),
            list_old="refuse",
            time_unknown="refuse",
            by=None,
            now=now,
        )
    )
    for category in categories:
        cover_resource(convention=row, resource=category.pk, by=None, now=now)
    return row
