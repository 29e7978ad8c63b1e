"""Fields and constraints of alerts, those they reach and by which way; no workflow.

`authority` leads every key. A notice is what people receive: alerts of one kind that came close together. A delivery is one notice
on its way to one person (or webhook) by one channel; the one by screen is made for everybody who is told, so it counts them.
"""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from beffroi.kernel.alerts.rules import HOLIDAY, TRIES, Channel, Target, Texts, Urgency
from beffroi.kernel.territory.models import ROLE_LABELS

URGENCY_LABELS = {
    Urgency.ROUTINE: _("routine"),
    Urgency.PROMPT: _("soon"),
    Urgency.IMMEDIATE: _("immediate"),
}
CHANNEL_LABELS = {
    Channel.SCREEN: _("screen"),
    Channel.PUSH: _("phone notification"),
    Channel.MAIL: _("e-mail"),
    Channel.SMS: _("SMS"),
    Channel.WEBHOOK: _("webhook"),
}
TARGET_LABELS = {
    Target.CONVENTION: _("the audience of the alert’s convention, else its partner’s desk"),
    Target.PARTNERS: _("everybody of the convention’s partner"),
    Target.DESKS: _("the desk of the convention’s partner"),
    Target.FIRM: _("the desk of the organisation concerned"),
    Target.OPERATORS: _("operators who watch for the authority"),
    Target.AGENTS: _("agents of the authority"),
    Target.ADMINISTRATORS: _("administrators of the authority"),
}
NUMBER = r"^\+[1-9][0-9]{7,14}$"
ROLES = [(role.value, label) for role, label in ROLE_LABELS.items()]
URGENCIES = [(urgency.value, label) for urgency, label in URGENCY_LABELS.items()]


class Closing(models.TextChoices):
    """Why somebody says that an alert is over."""

    DEALT_WITH = "dealt-with", _("dealt with")
    FALSE_ALARM = "false-alarm", _("false alarm")
    HANDED_OVER = "handed-over", _("another service has it")
    OTHER = "closed-by-person", _("another reason")


class MemberKind(models.TextChoices):
    """What a line of an audience names."""

    PERSON = "person", _("a person")
    ORGANISATION = "organisation", _("people of an organisation")
    ROSTER = "roster", _("whoever is on duty")
    TARGET = "target", _("people named by what they do")


class Roster(models.Model):
    """Who is on duty or on call, when: a weekly pattern in local time, and dated exceptions."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    authority = models.ForeignKey("territory.Authority", on_delete=models.PROTECT, related_name="rosters")
    name = models.CharField(_("name"), max_length=120)
    continuous = models.BooleanField(_("somebody at every hour"), default=True)
    holidays_apart = models.BooleanField(_("public holidays have hours of their own"), default=False)
    phone = models.CharField(_("telephone"), max_length=30, blank=True, db_default="", default="")
    retired_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager["Roster"]]

    class Meta:
        verbose_name = _("roster")
        constraints = [
            models.UniqueConstraint(fields=["authority", "id"], name="roster_scoped"),
            models.UniqueConstraint(
                "authority",
                "name",
                condition=Q(retired_at__isnull=True),
                name="roster_name_once",
                violation_error_message=_("Another roster bears this name."),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class RosterSlot(models.Model):
    """Somebody's hours of one day of the week; the end is the next day's when it isn't later than the start."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    authority = models.ForeignKey("territory.Authority", on_delete=models.PROTECT, related_name="+")
    roster = models.ForeignKey(Roster, on_delete=models.PROTECT, related_name="slots")
    person = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="+", verbose_name=_("person"))
    day = models.PositiveSmallIntegerField(_("day"))
    starts = models.TimeField(_("from"))
    ends = models.TimeField(_("until"))
    first = models.DateField(_("first day"))
    last = models.DateField(_("last day"), null=True, blank=True)

    objects: ClassVar[models.Manager["RosterSlot"]]

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(day__lte=HOLIDAY), name="roster_slot_day"),
            models.CheckConstraint(
                condition=Q(last__isnull=True) | Q(last__gte=F("first")),
                name="roster_slot_ends_after_start",
                violation_error_message=_("The end comes before the beginning."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.roster_id} {self.day} {self.starts}"


class RosterSwap(models.Model):
    """A dated exception: one leaves, another takes; either may be nobody. Undone, it stays written and no longer counts."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    authority = models.ForeignKey("territory.Authority", on_delete=models.PROTECT, related_name="+")
    roster = models.ForeignKey(Roster, on_delete=models.PROTECT, related_name="swaps")
    starts = models.DateTimeField(_("from"))
    ends = models.DateTimeField(_("until"))
    leaves = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    takes = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    made_at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager["RosterSwap"]]

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ends__gt=F("starts")),
                name="roster_swap_ends_after_start",
                violation_error_message=_("The end comes before the beginning."),
            ),
            models.CheckConstraint(
                condition=Q(leaves__isnull=False) | Q(takes__isnull=False), name="roster_swap_names_somebody"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.roster_id} {self.starts:%Y-%m-%d}"


class Audience(models.Model):
    """People whom an alert must reach, by a name; one that belongs to a convention is told of that convention's alerts only."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    authority = models.ForeignKey("territory.Authority", on_delete=models.PROTECT, related_name="audiences")
    name = models.CharField(_("name"), max_length=120)
    convention = models.ForeignKey(
        "grants.Convention", on_delete=models.PROTECT, null=True, blank=True, related_name="audiences"
    )
    retired_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager["Audience"]]

    class Meta:
        verbose_name = _("audience")
        constraints = [
            models.UniqueConstraint(fields=["authority", "id"], name="audience_scoped"),
            models.UniqueConstraint(
                "authority",
                "name",
                condition=Q(retired_at__isnull=True),
                name="audience_name_once",
                violation_error_message=_("Another audience bears this name."),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class AudienceMember(models.Model):
    """A line of an audience: a person, an organisation's people (in a role, or all), a roster, or people named by what they do."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    authority = models.ForeignKey("territory.Authority", on_delete=models.PROTECT, related_name="+")
    audience = models.ForeignKey(Audience, on_delete=models.CASCADE, related_name="members")
    kind = models.CharField(_("kind"), max_length=12, choices=MemberKind.choices)
    person = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    organisation = models.ForeignKey(
        "territory.Organisation", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    role = models.CharField(_("role"), max_length=20, choices=ROLES, blank=True)
    roster = models.ForeignKey(Roster, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    target = models.CharField(
        max_length=20, blank=True, choices=[(t.value, words) for t, words in TARGET_LABELS.items()]
    )

    objects: ClassVar[models.Manager["AudienceMember"]]

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="audience_member_names_one_thing",
                condition=Q(kind="person", person__isnull=False, organisation=None, roster=None, role="", target="")
                | Q(kind="organisation", organisation__isnull=False, person=None, roster=None, target="")
                | Q(kind="roster", roster__isnull=False, person=None, organisation=None, role="", target="")
                | (Q(kind="target", person=None, organisation=None, roster=None, role="") & ~Q(target="")),
            ),
            models.UniqueConstraint(
                fields=["audience", "kind", "person", "organisation", "role", "roster", "target"],
                name="audience_member_once",
                nulls_distinct=False,
                violation_error_message=_("This is in the audience already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.audience_id} {self.kind}"


class Policy(models.Model):
    """Who is told of a kind of alert, one step after the other; without it the kind's own defaults hold."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    authority = models.ForeignKey("territory.Authority", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=64)
    convention = models.ForeignKey(
        "grants.Convention", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects: ClassVar[models.Manager["Policy"]]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["authority", "kind", "convention"], name="policy_one_a_kind", nulls_distinct=False
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.authority_id}"


class PolicyStep(models.Model):
    """One step: an audience or a target, and how long it has to acknowledge before the next is told (no time: it stops there)."""

    authority = models.ForeignKey("territory.Authority", on_delete=models.PROTECT, related_name="+")
    policy = models.ForeignKey(Policy, on_delete=models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField()
    audience = models.ForeignKey(Audience, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    target = models.CharField(
        max_length=20, blank=True, choices=[(t.value, words) for t, words in TARGET_LABELS.items()]
    )
    wait = models.DurationField(null=True, blank=True)

    objects: ClassVar[models.Manager["PolicyStep"]]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["policy", "position"], name="policy_step_once"),
            models.CheckConstraint(
                condition=(Q(audience=None) & ~Q(target="")) | Q(audience__isnull=False, target=""),
                name="policy_step_tells_one",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.policy_id} {self.position}"


class Notice(models.Model):
    """What people receive: alerts of one kind (and convention) that came within its window. One clock: it stops when answered.

    `apart`: of one `organisation` only (or of none), since a step tells the desk of the organisation concerned.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    authority = models.ForeignKey("territory.Authority", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=64)
    convention = models.ForeignKey(
        "grants.Convention", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    apart = models.BooleanField(default=False, db_default=False)
    organisation = models.ForeignKey(
        "territory.Organisation", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    urgency = models.CharField(max_length=10, choices=URGENCIES)
    opened_at = models.DateTimeField()
    window_ends = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)
    step = models.PositiveSmallIntegerField(default=0)
    merging = models.BooleanField(default=False)
    answered_at = models.DateTimeField(null=True, blank=True)
    exhausted_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager["Notice"]]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["authority", "id"], name="notice_scoped"),
            models.CheckConstraint(condition=Q(window_ends__gte=F("opened_at")), name="notice_window"),
            models.CheckConstraint(condition=Q(apart=True) | Q(organisation=None), name="notice_of_one_is_apart"),
        ]
        indexes = [models.Index(fields=["authority", "kind", "convention", "-opened_at"], name="notice_latest")]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"


class NoticeStep(models.Model):
    """Who was told at a step, and how many that were: none is a fact that people see."""

    authority = models.ForeignKey("territory.Authority", on_delete=models.PROTECT, related_name="+")
    notice = models.ForeignKey(Notice, on_delete=models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField()
    audience = models.ForeignKey(Audience, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    target = models.CharField(
        max_length=20, blank=True, choices=[(t.value, words) for t, words in TARGET_LABELS.items()]
    )
    wait = models.DurationField(null=True, blank=True)
    told = models.PositiveIntegerField()
    at = models.DateTimeField()

    objects: ClassVar[models.Manager["NoticeStep"]]

    class Meta:
        constraints = [models.UniqueConstraint(fields=["notice", "position"], name="notice_step_once")]

    def __str__(self) -> str:
        return f"{self.notice_id} {self.position}"


class Alert(models.Model):
    """Something that must be known: where, since when, which organisation; never a worker's name."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    authority = models.ForeignKey("territory.Authority", on_delete=models.PROTECT, related_name="+")
    notice = models.ForeignKey(Notice, on_delete=models.PROTECT, related_name="alerts")
    kind = models.CharField(_("kind"), max_length=64)
    urgency = models.CharField(_("urgency"), max_length=10, choices=URGENCIES)
    subject = models.UUIDField()
    resource = models.UUIDField(null=True, blank=True)
    label = models.CharField(_("where"), max_length=200, blank=True)
    latitude = models.FloatField(null=True, blank=True)
    longitude = models.FloatField(null=True, blank=True)
    since = models.DateTimeField(_("since"))
    organisation = models.ForeignKey(
        "territory.Organisation", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    convention = models.ForeignKey(
        "grants.Convention", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    facts = models.JSONField(default=dict)
    raised_at = models.DateTimeField()
    taken_by = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    taken_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    reason = models.SlugField(max_length=40, blank=True)

    objects: ClassVar[models.Manager["Alert"]]

    class Meta:
        verbose_name = _("alert")
        constraints = [
            models.UniqueConstraint(
                fields=["authority", "kind", "subject"], condition=Q(ended_at__isnull=True), name="alert_one_live"
            ),
            models.CheckConstraint(
                condition=Q(taken_by=None, taken_at=None) | Q(taken_by__isnull=False, taken_at__isnull=False),
                name="alert_taken_has_time",
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, reason="") | (Q(ended_at__isnull=False) & ~Q(reason="")),
                name="alert_ended_has_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["authority", "-raised_at", "id"], name="alert_by_time"),
            models.Index(fields=["authority", "resource", "-raised_at"], name="alert_by_resource"),
            models.Index(fields=["authority", "urgency"], condition=Q(ended_at__isnull=True), name="alert_live"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"


class PushSubscription(models.Model):
    """Where a browser of somebody's receives notifications (RFC 8030), and the keys they are encrypted for."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey("accounts.Person", on_delete=models.CASCADE, related_name="push_subscriptions")
    endpoint = models.URLField(max_length=1000)
    p256dh = models.CharField(max_length=100)
    auth = models.CharField(max_length=40)
    label = models.CharField(max_length=120)
    made_at = models.DateTimeField()
    gone_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager["PushSubscription"]]

    class Meta:
        constraints = [models.UniqueConstraint(fields=["endpoint"], name="push_endpoint_once")]

    def __str__(self) -> str:
        return f"{self.person_id} {self.label}"


class Mobile(models.Model):
    """Somebody's number for text messages, once they typed the code sent to it; until then `wanted` and the code's digest.

    `printed`: they let it stand beside their turns on the sheet of the degraded mode.
    """

    person = models.OneToOneField("accounts.Person", on_delete=models.CASCADE, primary_key=True, related_name="+")
    number = models.CharField(max_length=16, blank=True)
    proven_at = models.DateTimeField(null=True, blank=True)
    lost_at = models.DateTimeField(null=True, blank=True)
    wanted = models.CharField(max_length=16, blank=True)
    digest = models.CharField(max_length=64, blank=True)
    asked_at = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    codes = models.PositiveSmallIntegerField(default=0)
    printed = models.BooleanField(default=False, db_default=False)

    objects: ClassVar[models.Manager["Mobile"]]

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(number="") | Q(number__regex=NUMBER, proven_at__isnull=False, lost_at=None),
                name="mobile_number_is_proven",
            ),
            models.CheckConstraint(
                condition=Q(wanted="", digest="") | (Q(wanted__regex=NUMBER, asked_at__isnull=False) & ~Q(digest="")),
                name="mobile_wanted_has_a_code",
            ),
            models.CheckConstraint(condition=Q(tries__lte=TRIES), name="mobile_few_tries"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id}"


class TextDay(models.Model):
    """How many text messages an authority sent on a day; without an authority, the installation's codes."""

    authority = models.ForeignKey(
        "territory.Authority", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    day = models.DateField()
    sent = models.PositiveIntegerField(default=0)

    objects: ClassVar[models.Manager["TextDay"]]

    class Meta:
        constraints = [models.UniqueConstraint(fields=["authority", "day"], name="text_day_once", nulls_distinct=False)]

    def __str__(self) -> str:
        return f"{self.authority_id} {self.day}"


class Webhook(models.Model):
    """A program of the authority's that is told of every notice."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    authority = models.ForeignKey("territory.Authority", on_delete=models.PROTECT, related_name="webhooks")
    name = models.CharField(_("name"), max_length=120)
    url = models.URLField(_("address"), max_length=500)
    secret = models.CharField(max_length=100)
    made_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager["Webhook"]]

    class Meta:
        constraints = [models.UniqueConstraint(fields=["authority", "id"], name="webhook_scoped")]

    def __str__(self) -> str:
        return self.name


class DeliveryState(models.TextChoices):
    """How far a message is on its way; what the person did with it (shown, acknowledged) are moments beside it."""

    QUEUED = "queued", _("queued")
    HANDED_OVER = "handed-over", _("handed over")
    FAILED = "failed", _("failed")
    GONE = "gone", _("address gone")
    WITHDRAWN = "withdrawn", _("over before it was sent")


class Delivery(models.Model):
    """A notice on its way to one contact. An update raises `version` and queues the same row again: never a second one.

    Thousands are made and marked at once, so that each index and each foreign key is felt: what a composite key checks already
    (notice and webhook, of this authority) isn't checked twice, and no index begins as another does.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    authority = models.ForeignKey(
        "territory.Authority", on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    notice = models.ForeignKey(
        Notice, on_delete=models.PROTECT, related_name="deliveries", db_constraint=False, db_index=False
    )
    person = models.ForeignKey(
        "accounts.Person", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    organisation = models.ForeignKey(
        "territory.Organisation", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    webhook = models.ForeignKey(
        Webhook, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_constraint=False, db_index=False
    )
    channel = models.CharField(max_length=8, choices=[(c.value, words) for c, words in CHANNEL_LABELS.items()])
    contact = models.CharField(max_length=36, blank=True)
    step = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=12, choices=DeliveryState.choices)
    version = models.PositiveIntegerField()
    silent = models.BooleanField(default=False)
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    fault = models.CharField(max_length=120, blank=True)
    made_at = models.DateTimeField()
    handed_at = models.DateTimeField(null=True, blank=True)
    shown_at = models.DateTimeField(null=True, blank=True)
    acknowledged_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager["Delivery"]]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["notice", "person", "webhook", "channel", "contact"],
                name="delivery_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(channel="webhook", webhook__isnull=False, person=None)
                | (~Q(channel="webhook") & Q(webhook=None, person__isnull=False)),
                name="delivery_to_one",
            ),
        ]
        indexes = [
            models.Index(fields=["channel", "due_at", "id"], condition=Q(state="queued"), name="delivery_due"),
            models.Index(fields=["person", "notice"], name="delivery_by_person"),
            models.Index(fields=["webhook", "made_at"], condition=Q(webhook__isnull=False), name="delivery_by_webhook"),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.id}"


class Preference(models.Model):
    """How somebody wants to be reached, and when not; the screen always."""

    person = models.OneToOneField("accounts.Person", on_delete=models.CASCADE, primary_key=True, related_name="+")
    push = models.BooleanField(default=True)
    mail = models.CharField(
        max_length=8,
        default="instead",
        choices=[("instead", _("when no phone is told")), ("always", _("always")), ("never", _("never"))],
    )
    sms = models.CharField(
        max_length=10,
        default=Texts.IMMEDIATE.value,
        db_default=Texts.IMMEDIATE.value,
        choices=[
            (Texts.IMMEDIATE.value, _("for immediate alerts")),
            (Texts.PROMPT.value, _("for immediate alerts, and those that must be known soon")),
            (Texts.NEVER.value, _("never")),
        ],
    )
    quiet_starts = models.TimeField(null=True, blank=True)
    quiet_ends = models.TimeField(null=True, blank=True)
    days_off = models.BooleanField(default=False)

    objects: ClassVar[models.Manager["Preference"]]

    def __str__(self) -> str:
        return f"{self.person_id}"


class OrganisationQuiet(models.Model):
    """Quiet hours of an organisation's people who chose none."""

    organisation = models.OneToOneField(
        "territory.Organisation", on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    quiet_starts = models.TimeField(null=True, blank=True)
    quiet_ends = models.TimeField(null=True, blank=True)
    days_off = models.BooleanField(default=False)

    objects: ClassVar[models.Manager["OrganisationQuiet"]]

    def __str__(self) -> str:
        return f"{self.organisation_id}"


class Heartbeat(models.Model):
    """A process says that it lives, so that another notices when it doesn't."""

    part = models.CharField(max_length=20, primary_key=True)
    at = models.DateTimeField()

    objects: ClassVar[models.Manager["Heartbeat"]]

    def __str__(self) -> str:
        return self.part
