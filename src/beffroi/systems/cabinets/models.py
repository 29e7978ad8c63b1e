"""Fields and constraints of cabinets and of their uses; no workflow."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from beffroi.systems.cabinets.rules import Door, Happening, Ladder, malicious

LADDER_LABELS = [
    (Ladder.OBSERVE.value, _("observe")),
    (Ladder.IDENTIFY.value, _("identify")),
    (Ladder.CONTROL.value, _("control")),
]
DOOR_LABELS = [
    (Door.UNKNOWN.value, _("unknown")),
    (Door.CLOSED.value, _("closed")),
    (Door.OPEN.value, _("open")),
    (Door.FORCED.value, _("forced")),
]

HAPPENING_LABELS = [
    (Happening.OPEN.value, _("open")),
    (Happening.FORCED.value, _("forced")),
    (Happening.UNIDENTIFIED.value, _("opened by nobody known")),
    (Happening.LATCH.value, _("does not lock")),
]


class Cabinet(models.Model):
    """A street cabinet of an operator, in an authority's territory."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    authority = models.ForeignKey(
        "territory.Authority", on_delete=models.PROTECT, related_name="+", verbose_name=_("authority")
    )
    operator = models.ForeignKey(
        "territory.Organisation", on_delete=models.PROTECT, related_name="+", verbose_name=_("operator")
    )
    reference = models.CharField(_("reference"), max_length=40)
    code = models.CharField(_("code on the sticker"), max_length=8)
    address = models.CharField(_("address"), max_length=160)
    latitude = models.FloatField(_("latitude"))
    longitude = models.FloatField(_("longitude"))
    ladder = models.CharField(_("ladder"), max_length=10, choices=LADDER_LABELS, default=Ladder.OBSERVE.value)
    lock = models.OneToOneField(
        "devices.Device", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("lock")
    )
    # A door contact that tells of this door while no lock does (kernel/contacts): unsigned, it opens nothing.
    contact = models.UUIDField(null=True, blank=True)
    door = models.CharField(_("door"), max_length=10, choices=DOOR_LABELS, default=Door.UNKNOWN.value)
    door_since = models.DateTimeField(null=True, blank=True)
    door_sequence = models.BigIntegerField(default=0)
    added_at = models.DateTimeField(auto_now_add=True)
    # The import that wrote it down, by which it can be taken back.
    imported = models.UUIDField(null=True, blank=True)

    objects: ClassVar[models.Manager["Cabinet"]]

    class Meta:
        verbose_name = _("cabinet")
        indexes = [
            models.Index(fields=["imported"], condition=Q(imported__isnull=False), name="cabinet_by_import"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["authority", "id"], name="cabinet_scoped"),
            models.UniqueConstraint(
                fields=["authority", "reference"],
                name="cabinet_reference_once",
                violation_error_message=_("Another cabinet already has this reference."),
            ),
            models.UniqueConstraint(fields=["code"], name="cabinet_code_once"),
            models.UniqueConstraint(
                fields=["contact"], condition=Q(contact__isnull=False), name="cabinet_contact_once"
            ),
            models.CheckConstraint(
                condition=Q(latitude__range=(-90, 90), longitude__range=(-180, 180)), name="cabinet_on_earth"
            ),
            models.CheckConstraint(
                condition=~Q(ladder=Ladder.CONTROL.value) | Q(lock__isnull=False),
                name="cabinet_control_needs_lock",
                violation_error_message=_("This cabinet's lock is not in service yet: it can't be put in control."),
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def covered_by(self) -> uuid.UUID | None:
        """What conventions cover it by: its lock, or the contact that observes it."""
        return self.lock_id or self.contact


class Use(models.Model):
    """An opening or a refusal that a lock decided; one a signed event. What the register keeps is its entry."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    authority = models.ForeignKey("territory.Authority", on_delete=models.PROTECT, related_name="+")
    cabinet = models.ForeignKey(Cabinet, on_delete=models.PROTECT, related_name="uses")
    device = models.UUIDField()
    sequence = models.BigIntegerField()
    admitted = models.BooleanField(_("admitted"))
    reason = models.SlugField(_("reason"), max_length=40, blank=True)
    marks = models.JSONField(default=list)
    transport = models.CharField(max_length=10, blank=True)
    nonce = models.CharField(max_length=22, blank=True)
    grant = models.UUIDField(null=True, blank=True)
    person = models.UUIDField(null=True, blank=True)
    organisation = models.ForeignKey(
        "territory.Organisation", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    at = models.DateTimeField(_("at"))
    clock_known = models.BooleanField(default=True)
    entry = models.UUIDField()

    objects: ClassVar[models.Manager["Use"]]

    class Meta:
        verbose_name = _("opening or refusal")
        constraints = [
            models.UniqueConstraint(fields=["authority", "device", "sequence"], name="use_one_an_event"),
            models.UniqueConstraint(fields=["entry"], name="use_one_an_entry"),
            models.CheckConstraint(
                condition=Q(admitted=True, reason="") | (Q(admitted=False) & ~Q(reason="")),
                name="use_refused_has_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["authority", "cabinet", "-at"], name="use_by_cabinet"),
            models.Index(fields=["device", "nonce"], name="use_by_nonce"),
            models.Index(fields=["grant"], condition=Q(grant__isnull=False), name="use_by_grant"),
        ]

    def __str__(self) -> str:
        return f"{self.cabinet_id} {self.at}"


class Occurrence(models.Model):
    """Something that its sensors told of a cabinet, from then to then: what its history and its alarms are made of.

    `due_at` is when a door that stands open is an alert. `times` counts the blows of one break-in, `last_at` is the latest.
    `lasting_sequence` is the last of its events that leaves the door open or unlocked: a closing before that ends nothing.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    authority = models.ForeignKey("territory.Authority", on_delete=models.PROTECT, related_name="+")
    cabinet = models.ForeignKey(Cabinet, on_delete=models.PROTECT, related_name="occurrences")
    kind = models.CharField(_("kind"), max_length=16, choices=HAPPENING_LABELS)
    cause = models.SlugField(max_length=20, blank=True)
    ladder = models.CharField(max_length=10, choices=LADDER_LABELS)
    device = models.UUIDField()
    sequence = models.BigIntegerField()
    lasting_sequence = models.BigIntegerField(default=0)
    since = models.DateTimeField(_("since"))
    due_at = models.DateTimeField(null=True, blank=True)
    last_at = models.DateTimeField()
    times = models.PositiveIntegerField(default=1)
    ended_at = models.DateTimeField(null=True, blank=True)
    organisation = models.ForeignKey(
        "territory.Organisation", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    grant = models.UUIDField(null=True, blank=True)
    # Told by a contact, which signs nothing; its `sequence` is within that contact.
    observed = models.BooleanField(default=False, db_default=False)

    objects: ClassVar[models.Manager["Occurrence"]]

    class Meta:
        verbose_name = _("occurrence")
        constraints = [
            models.UniqueConstraint(fields=["authority", "device", "sequence", "kind"], name="occurrence_once"),
            models.UniqueConstraint(
                fields=["cabinet", "kind"], condition=Q(ended_at__isnull=True), name="occurrence_one_under_way"
            ),
            models.CheckConstraint(
                condition=Q(last_at__gte=models.F("since"))
                & (Q(ended_at__isnull=True) | Q(ended_at__gte=models.F("since"))),
                name="occurrence_in_order",
            ),
            models.CheckConstraint(
                condition=Q(kind=Happening.OPEN.value, due_at__isnull=False)
                | (~Q(kind=Happening.OPEN.value) & Q(due_at__isnull=True)),
                name="occurrence_open_has_promise",
            ),
        ]
        indexes = [models.Index(fields=["authority", "cabinet", "-since"], name="occurrence_by_cabinet")]

    def __str__(self) -> str:
        return f"{self.kind} {self.cabinet_id}"

    @property
    def malicious(self) -> bool:
        """Whether it is a break-in."""
        return malicious(happening=Happening(self.kind), ladder=Ladder(self.ladder))

    @property
    def late(self) -> bool:
        """Whether a door stood open for longer than was promised, now that it is shut; one still open is the alert's affair."""
        return self.due_at is not None and self.ended_at is not None and self.ended_at >= self.due_at
