"""What is promised: kinds of faults, who mends, who receives what. Fields and constraints, no workflow."""

import uuid
from typing import ClassVar, Final

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from beffroi.systems.reports.models.labels import (
    OPEN_TO_LABELS,
    PRIORITY_LABELS,
)
from beffroi.systems.reports.rules import (
    OpenTo,
    Priority,
)

ONE_GENERAL: Final = _("Another team of this organisation receives what comes without a team.")


class Category(models.Model):
    """A kind of fault. `what_next` is what happens after it is reported, in the town's words; `asset` the kind of thing it is about
    ("lamp", "cabinet", "pole", "cable"), picked from the map.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    authority = models.ForeignKey(
        "territory.Authority", on_delete=models.PROTECT, related_name="+", verbose_name=_("authority")
    )
    code = models.SlugField(_("code"), max_length=40)
    label = models.CharField(_("name"), max_length=80)
    group = models.CharField(_("group"), max_length=60, blank=True)
    what_next = models.TextField(_("what happens next"), max_length=400, blank=True)
    keywords = models.CharField(_("other words for it"), max_length=200, blank=True)
    icon = models.SlugField(_("drawing"), max_length=30, default="report")
    asset = models.SlugField(_("kind of thing it is about"), max_length=30, blank=True)
    open_to = models.CharField(
        _("who may report it"), max_length=10, choices=OPEN_TO_LABELS, default=OpenTo.ANYBODY.value
    )
    public = models.BooleanField(_("reports are public"), default=True)
    priority = models.PositiveSmallIntegerField(_("priority"), choices=PRIORITY_LABELS, default=Priority.ORDINARY.value)
    hours = models.PositiveIntegerField(_("promised within, in hours"), default=48)
    working = models.BooleanField(_("working hours only"), default=False)
    order = models.PositiveSmallIntegerField(_("order"), default=50)
    retired_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager["Category"]]

    class Meta:
        verbose_name = _("category of reports")
        constraints = [
            models.UniqueConstraint(fields=["authority", "id"], name="report_category_scoped"),
            models.UniqueConstraint(
                fields=["authority", "code"],
                name="report_category_once",
                violation_error_message=_("Another category has this code."),
            ),
            models.CheckConstraint(condition=Q(hours__range=(1, 8760)), name="report_category_hours"),
            models.CheckConstraint(condition=Q(priority__range=(1, 4)), name="report_category_priority"),
        ]

    def __str__(self) -> str:
        return self.label


class Promise(models.Model):
    """What a category promises at one priority, where that differs from the category's own."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    authority = models.ForeignKey("territory.Authority", on_delete=models.PROTECT, related_name="+")
    category = models.ForeignKey(Category, on_delete=models.CASCADE, related_name="promises")
    priority = models.PositiveSmallIntegerField(_("priority"), choices=PRIORITY_LABELS)
    hours = models.PositiveIntegerField(_("promised within, in hours"))
    working = models.BooleanField(_("working hours only"), default=False)

    objects: ClassVar[models.Manager["Promise"]]

    class Meta:
        verbose_name = _("promise of a category")
        constraints = [
            models.UniqueConstraint(fields=["category", "priority"], name="report_promise_once"),
            models.CheckConstraint(condition=Q(hours__range=(1, 8760)), name="report_promise_hours"),
            models.CheckConstraint(condition=Q(priority__range=(1, 4)), name="report_promise_priority"),
        ]

    def __str__(self) -> str:
        return f"{self.category_id} {self.priority}"


class Team(models.Model):
    """Who mends, inside an organisation; `email` where it is told of what it receives. A `general` one receives what comes to the
    organisation without a team: its desk, where nobody logs in.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    authority = models.ForeignKey("territory.Authority", on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey("territory.Organisation", on_delete=models.PROTECT, related_name="+")
    name = models.CharField(_("name"), max_length=80)
    email = models.EmailField(_("e-mail"), blank=True)
    general = models.BooleanField(_("receives what comes without a team"), default=False, db_default=False)
    retired_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager["Team"]]

    class Meta:
        verbose_name = _("team")
        constraints = [
            models.UniqueConstraint(fields=["authority", "organisation", "name"], name="report_team_once"),
            models.UniqueConstraint(
                fields=["authority", "organisation"],
                condition=Q(general=True, retired_at__isnull=True),
                name="report_team_one_general",
                violation_error_message=ONE_GENERAL,
            ),
        ]

    def __str__(self) -> str:
        return self.name


class TeamMember(models.Model):
    """Somebody of a team; they count as long as they serve in its organisation."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    authority = models.ForeignKey("territory.Authority", on_delete=models.PROTECT, related_name="+")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="members")
    person = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="+", verbose_name=_("person"))
    since = models.DateTimeField()

    objects: ClassVar[models.Manager["TeamMember"]]

    class Meta:
        verbose_name = _("member of a team")
        constraints = [
            models.UniqueConstraint(fields=["team", "person"], name="report_team_member_once"),
        ]
        indexes = [models.Index(fields=["person"], name="report_teams_of")]

    def __str__(self) -> str:
        return f"{self.team_id} {self.person_id}"


class Way(models.Model):
    """One line of the routing: what is empty matches anything. `days`: figures of the week, Monday is 0."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    authority = models.ForeignKey("territory.Authority", on_delete=models.PROTECT, related_name="+")
    category = models.ForeignKey(
        Category, on_delete=models.CASCADE, null=True, blank=True, related_name="ways", verbose_name=_("category")
    )
    territory = models.ForeignKey(
        "territory.Territory",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("place"),
    )
    days = models.CharField(_("days"), max_length=7, blank=True)
    starts = models.TimeField(_("from"), null=True, blank=True)
    ends = models.TimeField(_("until"), null=True, blank=True)
    organisation = models.ForeignKey(
        "territory.Organisation", on_delete=models.PROTECT, related_name="+", verbose_name=_("organisation")
    )
    team = models.ForeignKey(
        Team, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("team")
    )
    order = models.PositiveSmallIntegerField(_("order"), default=50)

    objects: ClassVar[models.Manager["Way"]]

    class Meta:
        verbose_name = _("way of reports")
        constraints = [
            models.CheckConstraint(condition=Q(days__regex=r"^[0-6]*$"), name="report_way_days"),
            models.CheckConstraint(
                condition=Q(starts__isnull=True, ends__isnull=True) | Q(starts__isnull=False, ends__isnull=False),
                name="report_way_hours_both",
                violation_error_message=_("Give both hours, or neither."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)
