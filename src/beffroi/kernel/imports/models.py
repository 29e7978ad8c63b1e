"""Fields and constraints of files that wait, and of what headings mean; no workflow."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class ImportState(models.TextChoices):
    """A file is read, waits, is committed, may be undone."""

    READING = "reading", _("being read")
    REFUSED = "refused", _("can’t be read")
    DRAFT = "draft", _("waits")
    WRITING = "writing", _("being written")
    DONE = "done", _("imported")
    UNDONE = "undone", _("undone")


# Not committed yet; what a worker is at, or will be.
OPEN = (ImportState.READING, ImportState.DRAFT, ImportState.WRITING)
AT_WORK = (ImportState.READING, ImportState.WRITING)


class Import(models.Model):
    """One file that somebody sent. `sheet` holds its headings and rows until it is committed; `before` what was there before it.

    A large one is read and written by a worker, from `file`; `stage`, `rows_done` and `rows_total` say how far that is, `fault` what
    stopped it, `doubtful` whether rows with a doubt are written too.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    authority = models.ForeignKey("territory.Authority", on_delete=models.PROTECT, related_name="+")
    importer = models.CharField(max_length=40)
    person = models.UUIDField()
    filename = models.CharField(max_length=120)
    state = models.CharField(_("state"), max_length=10, choices=ImportState.choices, default=ImportState.DRAFT)
    sheet = models.JSONField(default=dict)
    columns = models.JSONField(default=dict)
    change = models.BooleanField(default=False)
    sent_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)
    added = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    left = models.PositiveIntegerField(default=0)
    before = models.JSONField(default=list)
    file = models.BinaryField(null=True, blank=True)
    doubtful = models.BooleanField(default=False)
    stage = models.CharField(max_length=10, blank=True, default="")
    rows_done = models.PositiveIntegerField(default=0)
    rows_total = models.PositiveIntegerField(default=0)
    fault = models.CharField(max_length=20, blank=True, default="")

    objects: ClassVar[models.Manager["Import"]]

    class Meta:
        verbose_name = _("import")
        constraints = [
            models.UniqueConstraint(
                fields=["authority", "importer", "person"],
                condition=Q(state__in=OPEN),
                name="import_one_draft",
            ),
            models.CheckConstraint(
                condition=Q(state__in=OPEN, done_at__isnull=True)
                | (~Q(state__in=OPEN) & Q(done_at__isnull=False, sheet={})),
                name="import_done_keeps_no_file",
            ),
            models.CheckConstraint(
                condition=Q(state=ImportState.READING, file__isnull=False)
                | (~Q(state=ImportState.READING) & Q(file__isnull=True)),
                name="import_file_while_read",
            ),
        ]
        indexes = [models.Index(fields=["sent_at"], condition=Q(state__in=AT_WORK), name="import_at_work")]

    def __str__(self) -> str:
        return self.filename


class Heading(models.Model):
    """What an authority means by a heading of a kind of list: chosen once."""

    id = models.BigAutoField(primary_key=True)
    authority = models.ForeignKey("territory.Authority", on_delete=models.PROTECT, related_name="+")
    importer = models.CharField(max_length=40)
    heading = models.CharField(max_length=80)
    column = models.CharField(max_length=40)

    objects: ClassVar[models.Manager["Heading"]]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["authority", "importer", "heading"], name="heading_means_one_thing")
        ]

    def __str__(self) -> str:
        return f"{self.heading}: {self.column}"
