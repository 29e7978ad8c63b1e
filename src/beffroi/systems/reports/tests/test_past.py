"""Reports that were over before they were written down: they tell nobody, and count as what was promised then."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from beffroi.kernel.alerts.models import Alert
from beffroi.kernel.deadlines.models import Deadline
from beffroi.kernel.register.models import Entry
from beffroi.kernel.territory.factories import make_authority
from beffroi.systems.reports.actions.making import Coming, Step, Told, write_down_past
from beffroi.systems.reports.errors import CategoryClosed, NotOpen
from beffroi.systems.reports.factories import HERE, make_category, reported
from beffroi.systems.reports.models import Category, Line, Report
from beffroi.systems.reports.rules import Decline, Priority, Source, Stage

pytestmark = pytest.mark.usefixtures("own_database")
NOW = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)
CAME = NOW - timedelta(days=20)
DONE = Step(Stage.DONE, CAME + timedelta(hours=30), "Rebouché.")


def past(category: Category, *steps: Step, submission: UUID | None = None, into: Report | None = None) -> Report | None:
    return write_down_past(
        coming=Coming(category.authority_id, submission or uuid4(), Source.IMPORT, None, CAME),
        told=Told(category=category.pk, position=HERE, text="Un trou", priority=Priority.DANGER),
        steps=steps,
        into=into,
        by=None,
        now=NOW,
    )


def test_it_is_over_tells_nobody_and_runs_no_clock(settings: object) -> None:
    settings.BEFFROI_PACE = 60  # type: ignore[attr-defined]  # pytest-django's own
    hole, submission = make_category(make_authority().id), uuid4()
    row = past(hole, Step(Stage.PLANNED, CAME + timedelta(hours=2)), DONE, submission=submission)
    assert row is not None
    assert (row.stage, row.since, row.closed_at) == (Stage.DONE, CAME, DONE.at)
    assert row.due_at == CAME + timedelta(hours=48), "it was lived at the pace of the calendar"
    assert list(Line.objects.filter(report=row).order_by("at").values_list("kind", "stage")) == [
        ("made", "received"),
        ("staged", "planned"),
        ("closed", "done"),
    ]
    assert not Alert.objects.exists()
    assert not Deadline.objects.filter(subject=row.pk).exists()
    kinds = Entry.objects.filter(kind__in=("report.made", "report.closed")).values_list("kind", flat=True)
    assert sorted(kinds) == ["report.closed", "report.made"]
    assert past(hole, DONE, submission=submission) is None, "the same submission is one report"


def test_what_is_not_over_is_refused() -> None:
    hole = make_category(make_authority().id)
    elsewhere = make_category(make_authority(slug="provins").id)
    other = reported(hole, now=NOW)
    for steps, into in (
        ((Step(Stage.PLANNED, CAME),), None),
        ((Step(Stage.DONE, NOW + timedelta(hours=1)),), None),
        ((Step(Stage.MERGED, CAME),), None),
        ((DONE,), other),
    ):
        with pytest.raises(NotOpen):
            past(hole, *steps, into=into)
    elsewhere.authority_id = hole.authority_id
    with pytest.raises(CategoryClosed):
        past(elsewhere, DONE)


def test_it_was_declined_or_joined() -> None:
    hole = make_category(make_authority().id)
    other = reported(hole, now=NOW)
    declined = past(hole, Step(Stage.DECLINED, CAME + timedelta(hours=1), "À la région.", Decline.NOT_OURS.value))
    joined = past(hole, Step(Stage.MERGED, CAME + timedelta(hours=1), other.reference), into=other)
    assert declined is not None
    assert joined is not None
    assert declined.reason == Decline.NOT_OURS
    assert joined.into_id == other.pk
