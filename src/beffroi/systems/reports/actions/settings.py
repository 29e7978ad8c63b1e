"""What the authority takes reports of, what it promises, who receives them."""

from datetime import datetime
from uuid import UUID

from beffroi.kernel.register.actions import record
from beffroi.persistence.acts import system_action
from beffroi.systems.reports.actions.errands import close_links
from beffroi.systems.reports.models import Category, Promise, Team, Way
from beffroi.systems.reports.rules import Offered


@system_action
def begin_categories(*, authority: UUID, offered: list[Offered], by: UUID | None, now: datetime) -> list[Category]:
    """Write down those of a list that the authority hasn't: what a town begins with, and then changes."""
    there = set(Category.objects.filter(authority_id=authority).values_list("code", flat=True))
    rows = [
        Category(
            authority_id=authority,
            code=one.code,
            label=one.label,
            group=one.group,
            what_next=one.what_next,
            icon=one.icon,
            asset=one.asset,
            hours=one.hours,
            keywords=one.keywords,
            order=10 * (position + 1),
        )
        for position, one in enumerate(offered)
        if one.code not in there
    ]
    for row in rows:
        row.full_clean(exclude=["authority"])
        row.save()
        _note(authority, "category", row.pk, by, now)
    return rows


@system_action
def keep_category(*, category: Category, promises: dict[int, tuple[int, bool]], by: UUID | None, now: datetime) -> None:
    """A category as it was filled in, new or changed, with what it promises at some priorities: (hours, working hours only). Reports
    under way keep their clocks. Raises Django's ValidationError.
    """
    category.full_clean()
    category.save()
    Promise.objects.filter(category=category).exclude(priority__in=promises).delete()
    for priority, (hours, working) in promises.items():
        Promise.objects.update_or_create(
            category=category,
            priority=priority,
            defaults={"authority_id": category.authority_id, "hours": hours, "working": working},
        )
    _note(category.authority_id, "category", category.pk, by, now)


@system_action
def retire_category(*, category: Category, retired: bool, by: UUID | None, now: datetime) -> None:
    """It takes no new report, or does again; those there are stay as they are."""
    rows = Category.objects.filter(authority_id=category.authority_id, pk=category.pk, retired_at__isnull=retired)
    if rows.update(retired_at=now if retired else None):
        _note(category.authority_id, "category", category.pk, by, now)


@system_action
def keep_team(*, team: Team, by: UUID | None, now: datetime) -> None:
    """A team as it was filled in, new or changed; with another address, of another organisation, or given up, the links of its letters
    end. Raises Django's ValidationError.
    """
    was = Team.objects.filter(pk=team.pk).first()
    # What is given up receives nothing, and stands in no other's way.
    team.general = team.general and team.retired_at is None
    team.full_clean()
    team.save()
    elsewhere = was is not None and (was.email, was.organisation_id) != (team.email, team.organisation_id)
    if elsewhere or team.retired_at is not None:
        close_links(team=team, now=now)
    _note(team.authority_id, "team", team.pk, by, now)


@system_action
def keep_way(*, way: Way, by: UUID | None, now: datetime) -> None:
    """A line of the routing as it was filled in, new or changed: for reports to come. Raises Django's ValidationError."""
    way.full_clean()
    way.save()
    _note(way.authority_id, "way", way.pk, by, now)


@system_action
def drop_way(*, way: Way, by: UUID | None, now: datetime) -> None:
    """A line of the routing is given up."""
    _note(way.authority_id, "way", way.pk, by, now)
    Way.objects.filter(authority_id=way.authority_id, pk=way.pk).delete()


def _note(authority: UUID, part: str, subject: UUID, by: UUID | None, now: datetime) -> None:
    fields: dict[str, str | UUID] = {"part": part, "subject": subject}
    record(kind="report.rules-changed", authority=authority, by=by, fields=fields, now=now)
