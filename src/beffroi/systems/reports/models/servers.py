"""Open311 servers of others, to which reports are handed, and the reports on their way there. Fields and constraints, no workflow."""

import uuid
from enum import StrEnum
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from beffroi.systems.reports.models.promises import Category
from beffroi.systems.reports.models.reports import Line, Photo, Report


class PushState(models.TextChoices):
    """How far a report is on its way to somebody else's server."""

    QUEUED = "queued", pgettext_lazy("a report to another server", "about to leave")
    NUMBERED_LATER = "token", pgettext_lazy("a report to another server", "taken, its number comes later")
    TAKEN = "taken", pgettext_lazy("a report to another server", "taken")
    BLIND = "blind", pgettext_lazy("a report to another server", "taken, without a number to follow it by")
    FAILED = "failed", pgettext_lazy("a report to another server", "could not be sent")
    DROPPED = "dropped", pgettext_lazy("a report to another server", "not sent: somebody else had it by then")


class NoticeState(StrEnum):
    """How far a word of ours is on its way to somebody else's server."""

    WAITING = "waiting"
    TAKEN = "taken"
    FAILED = "failed"


WAITING = [PushState.QUEUED.value, PushState.NUMBERED_LATER.value]


class Server(models.Model):
    """The Open311 server of an organisation: what it has in charge is posted there, and what it says is read back.

    `sealed_key` is our key there, sealed. `services` are what it said it takes, as pairs of a code and a name, at `services_at`;
    `read_until` is how far what it says of reports was read, and `due_at` when it is read next; `by_request` that it has no
    updates, so that each report is asked for. `fault` is why it couldn't be read last, `answered_at` when it could.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    authority = models.ForeignKey("territory.Authority", on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey(
        "territory.Organisation", on_delete=models.PROTECT, related_name="+", verbose_name=_("organisation")
    )
    name = models.CharField(_("name"), max_length=80)
    url = models.URLField(_("address"), max_length=500)
    jurisdiction = models.CharField(_("jurisdiction"), max_length=120, blank=True)
    form = models.CharField(max_length=4, choices=[("xml", "xml"), ("json", "json")], default="xml")
    sealed_key = models.BinaryField(default=bytes)
    services = models.JSONField(default=list, blank=True)
    services_at = models.DateTimeField(null=True, blank=True)
    made_at = models.DateTimeField()
    paused_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    by_request = models.BooleanField(default=False)
    read_until = models.DateTimeField()
    due_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    answered_at = models.DateTimeField(null=True, blank=True)
    fault = models.CharField(max_length=60, blank=True)

    objects: ClassVar[models.Manager["Server"]]

    class Meta:
        verbose_name = _("Open311 server of somebody else")
        constraints = [
            models.UniqueConstraint(
                fields=["authority", "organisation"],
                condition=Q(ended_at__isnull=True),
                name="report_server_one_lives",
                violation_error_message=_("This organisation has a server already: end that one first."),
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(due_at__isnull=True), name="report_server_ended_is_quiet"
            ),
        ]
        indexes = [
            models.Index(fields=["authority", "made_at"], name="report_servers"),
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="report_server_queue"),
        ]

    def __str__(self) -> str:
        return self.name


class ServerService(models.Model):
    """Which service of a server a kind of fault becomes; a kind without one isn't posted there."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    authority = models.ForeignKey("territory.Authority", on_delete=models.PROTECT, related_name="+")
    server = models.ForeignKey(Server, on_delete=models.CASCADE, related_name="mapped")
    category = models.ForeignKey(Category, on_delete=models.CASCADE, related_name="+")
    code = models.CharField(_("service"), max_length=120)

    objects: ClassVar[models.Manager["ServerService"]]

    class Meta:
        verbose_name = _("service that a category becomes")
        constraints = [models.UniqueConstraint(fields=["server", "category"], name="report_server_service_once")]

    def __str__(self) -> str:
        return f"{self.category_id} {self.code}"


class Push(models.Model):
    """A report on its way to a server, or there: posted at most as long as nobody knows it there. `first_at` is when it was first posted,
    so that one whose answer was lost is looked for; `remote` its number there, `token` what becomes one. `said` is what the
    server answered when it refused it. `status` is the last it said of it, where it has no updates. `joined` is the number there of what
    it was joined to, which goes on in its place.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    authority = models.ForeignKey("territory.Authority", on_delete=models.PROTECT, related_name="+")
    server = models.ForeignKey(Server, on_delete=models.PROTECT, related_name="pushes")
    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="pushes")
    state = models.CharField(max_length=10, choices=PushState.choices, default=PushState.QUEUED.value)
    made_at = models.DateTimeField()
    first_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    remote = models.CharField(max_length=120, blank=True)
    token = models.CharField(max_length=120, blank=True)
    status = models.CharField(max_length=60, blank=True)
    joined = models.CharField(max_length=120, blank=True)
    fault = models.CharField(max_length=60, blank=True)
    said = models.CharField(max_length=300, blank=True)

    objects: ClassVar[models.Manager["Push"]]

    class Meta:
        verbose_name = _("report sent to somebody else’s server")
        constraints = [
            models.UniqueConstraint(fields=["server", "report"], name="report_push_once"),
            models.CheckConstraint(
                condition=Q(state__in=WAITING, due_at__isnull=False) | (~Q(state__in=WAITING) & Q(due_at__isnull=True)),
                name="report_push_waits_for_a_time",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="report_push_queue"),
            models.Index(fields=["server", "remote"], condition=~Q(remote=""), name="report_push_number"),
            models.Index(fields=["report", "made_at"], name="report_pushes"),
        ]

    def __str__(self) -> str:
        return f"{self.report_id} {self.state}"


class Notice(models.Model):
    """What a server is told of a report that it has: a line of the thread, or a photo, in the `version` that was checked. `first_at` is
    when it was first posted, so that one whose answer was lost is looked for; `remote` its number there.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    authority = models.ForeignKey("territory.Authority", on_delete=models.PROTECT, related_name="+")
    push = models.ForeignKey(Push, on_delete=models.CASCADE, related_name="notices")
    line = models.ForeignKey(Line, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    photo = models.ForeignKey(Photo, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    version = models.PositiveSmallIntegerField(default=0)
    state = models.CharField(
        max_length=10, choices=[(each.value, each.value) for each in NoticeState], default=NoticeState.WAITING.value
    )
    made_at = models.DateTimeField()
    first_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    remote = models.CharField(max_length=120, blank=True)
    fault = models.CharField(max_length=60, blank=True)

    objects: ClassVar[models.Manager["Notice"]]

    class Meta:
        verbose_name = _("word to somebody else’s server")
        constraints = [
            models.UniqueConstraint(
                fields=["push", "line"], condition=Q(line__isnull=False), name="report_notice_line_once"
            ),
            models.UniqueConstraint(
                fields=["push", "photo", "version"], condition=Q(photo__isnull=False), name="report_notice_photo_once"
            ),
            models.CheckConstraint(
                condition=Q(line__isnull=False, photo__isnull=True) | Q(line__isnull=True, photo__isnull=False),
                name="report_notice_of_one_thing",
            ),
            models.CheckConstraint(
                condition=Q(state=NoticeState.WAITING.value, due_at__isnull=False)
                | (~Q(state=NoticeState.WAITING.value) & Q(due_at__isnull=True)),
                name="report_notice_waits_for_a_time",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="report_notice_queue"),
            models.Index(fields=["push", "made_at"], name="report_notices"),
        ]

    def __str__(self) -> str:
        return f"{self.push_id} {self.state}"
