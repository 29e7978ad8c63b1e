"""Fields and constraints of places, organisations and memberships; no workflow."""

import uuid
from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import Func, Q
from django.db.models.functions import Cast, Lower
from django.db.models.lookups import LessThanOrEqual
from django.utils.translation import gettext_lazy as _

from beffroi.lib.outlines import MOST_POINTS
from beffroi.lib.viewer import Role


class OrganisationKind(models.TextChoices):
    """What an organisation is, as the sources name it."""

    TOWN_HALL = "town-hall", _("town hall")
    DEPARTMENT = "department", _("department council")
    MUNICIPAL_POLICE = "municipal-police", _("municipal police")
    INFRASTRUCTURE_OPERATOR = "infrastructure-operator", _("infrastructure operator (OI)")
    COMMERCIAL_OPERATOR = "commercial-operator", _("commercial operator (OC)")
    SUBCONTRACTOR_1 = "subcontractor-1", _("subcontractor, first rank")
    SUBCONTRACTOR_2 = "subcontractor-2", _("subcontractor, second rank")
    LANDLORD = "landlord", _("landlord or owner")
    PREFECTURE = "prefecture", _("prefecture")
    GENDARMERIE = "gendarmerie", _("gendarmerie")
    NATIONAL_POLICE = "national-police", _("national police")


ROLE_LABELS = {
    Role.ADMINISTRATOR: _("administrator"),
    Role.AGENT: _("agent"),
    Role.OFFICIAL: _("elected official"),
    Role.OPERATOR: _("operator"),
    Role.DISPATCHER: _("dispatcher"),
    Role.TECHNICIAN: _("technician"),
    Role.MEMBER: _("member"),
}


# A host name with a dot in it, in small letters, or nothing: what a browser says in `Host` (IDNA is written xn--).
DOMAIN = r"^(([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9])?$"
LOGO_BYTES = 400_000
OUTLINE_BYTES = 300_000  # 5,000 points, as PostgreSQL writes them


class Organisation(models.Model):
    """A body that employs people and signs conventions; belongs to the installation. `serves`: the authority whose service it is
    (its municipal police, its supervision centre), so that those who keep watch there do it for that authority. `steward`: the
    authority that registered a partner and opens its desk.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=160)
    kind = models.CharField(_("kind"), max_length=40, choices=OrganisationKind.choices)
    serves = models.ForeignKey(
        "territory.Authority",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="services",
        verbose_name=_("service of"),
    )
    steward = models.ForeignKey(
        "territory.Authority",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="partners",
        verbose_name=_("registered by"),
    )
    phone = models.CharField(_("telephone"), max_length=30, blank=True, db_default="", default="")
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[models.Manager["Organisation"]]

    class Meta:
        verbose_name = _("organisation")
        constraints = [
            models.UniqueConstraint(
                "name", name="organisation_name_unique", violation_error_message=_("This name is taken.")
            )
        ]

    def __str__(self) -> str:
        return self.name


class Authority(models.Model):
    """A local authority that runs its part of the installation; `organisation` is its own (the town hall)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    slug = models.SlugField(_("short name"), max_length=40)
    name = models.CharField(_("name"), max_length=160)
    organisation = models.OneToOneField(
        Organisation, on_delete=models.PROTECT, related_name="authority", verbose_name=_("organisation")
    )
    colour = models.CharField(_("colour"), max_length=7, default="#1f5f8b")
    short_name = models.CharField(_("name where room is short"), max_length=24, blank=True, db_default="", default="")
    logo = models.CharField(_("logo"), max_length=16, blank=True, db_default="", default="", editable=False)
    domain = models.CharField(_("domain"), max_length=253, blank=True, db_default="", default="")
    address = models.TextField(_("postal address"), max_length=400, blank=True, db_default="", default="")
    phone = models.CharField(_("telephone"), max_length=30, blank=True, db_default="", default="")
    email = models.EmailField(_("e-mail"), blank=True, db_default="", default="")
    opening = models.TextField(_("opening hours, in words"), max_length=400, blank=True, db_default="", default="")
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[models.Manager["Authority"]]

    class Meta:
        verbose_name = _("authority")
        verbose_name_plural = _("authorities")
        constraints = [
            models.UniqueConstraint(
                "slug", name="authority_slug_unique", violation_error_message=_("This short name is taken.")
            ),
            models.CheckConstraint(
                condition=Q(colour__regex=r"^#[0-9a-f]{6}$"),
                name="authority_colour_hex",
                violation_error_message=_("A colour is #rrggbb."),
            ),
            models.CheckConstraint(condition=Q(logo__regex=r"^([0-9a-f]{16})?$"), name="authority_logo_digest"),
            models.UniqueConstraint(
                fields=["domain"],
                condition=~Q(domain=""),
                name="authority_domain_unique",
                violation_error_message=_("Another authority has this domain."),
            ),
            models.CheckConstraint(
                condition=Q(domain__regex=DOMAIN),
                name="authority_domain_shape",
                violation_error_message=_(
                    "A domain looks like beffroi.town.example, in small letters, with nothing before or after."
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Logo(models.Model):
    """An authority's drawing, as we re-encoded it (PNG): `wide` as it was given, `square` on a phone's home screen."""

    authority = models.OneToOneField(
        Authority, on_delete=models.PROTECT, primary_key=True, related_name="drawing", verbose_name=_("authority")
    )
    digest = models.CharField(max_length=16)
    wide = models.BinaryField(max_length=LOGO_BYTES)
    square = models.BinaryField(max_length=LOGO_BYTES)
    width = models.PositiveSmallIntegerField()
    height = models.PositiveSmallIntegerField()

    objects: ClassVar[models.Manager["Logo"]]

    class Meta:
        verbose_name = _("logo")
        constraints = [
            models.CheckConstraint(condition=Q(digest__regex=r"^[0-9a-f]{16}$"), name="logo_digest"),
            *(
                models.CheckConstraint(
                    condition=LessThanOrEqual(
                        Func(field, function="octet_length", output_field=models.IntegerField()), LOGO_BYTES
                    ),
                    name=f"logo_{field}_small",
                )
                for field in ("wide", "square")
            ),
        ]

    def __str__(self) -> str:
        return self.digest


class LegalNotice(models.Model):
    """Who answers in law for an authority's pages: their publisher and host (LCEN), its data protection officer, its accessibility."""

    authority = models.OneToOneField(
        Authority, on_delete=models.PROTECT, primary_key=True, related_name="legal", verbose_name=_("authority")
    )
    siren = models.CharField("SIREN", max_length=9, blank=True)
    director = models.CharField(_("publication director"), max_length=160, blank=True)
    host_name = models.CharField(_("host’s name"), max_length=160, blank=True)
    host_address = models.TextField(_("host’s address"), max_length=400, blank=True)
    host_phone = models.CharField(_("host’s telephone"), max_length=30, blank=True)
    dpo_name = models.CharField(_("data protection officer"), max_length=160, blank=True)
    dpo_email = models.EmailField(_("data protection officer’s e-mail"), blank=True)
    dpo_address = models.TextField(_("data protection officer’s postal address"), max_length=400, blank=True)
    audit_rate = models.PositiveSmallIntegerField(_("criteria met, in per cent"), null=True, blank=True)
    audit_on = models.DateField(_("audited on"), null=True, blank=True)
    auditor = models.CharField(_("audited by"), max_length=160, blank=True)
    gaps = models.TextField(_("what isn’t accessible yet"), max_length=4000, blank=True)
    plan = models.URLField(_("address of the accessibility plan"), blank=True)
    help_email = models.EmailField(_("whom to write to about accessibility"), blank=True)

    objects: ClassVar[models.Manager["LegalNotice"]]

    class Meta:
        verbose_name = _("legal notice")
        constraints = [
            models.CheckConstraint(
                condition=Q(siren__regex=r"^([0-9]{9})?$"),
                name="legal_siren_shape",
                violation_error_message=_("A SIREN has nine figures."),
            ),
            models.CheckConstraint(
                condition=Q(audit_rate__isnull=True) | Q(audit_rate__lte=100),
                name="legal_rate_is_a_share",
                violation_error_message=_("A rate lies between 0 and 100."),
            ),
            models.CheckConstraint(
                condition=Q(audit_rate__isnull=True, audit_on__isnull=True)
                | Q(audit_rate__isnull=False, audit_on__isnull=False),
                name="legal_rate_has_a_date",
                violation_error_message=_("A rate goes with the date of its audit."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.authority_id)


class TerritoryKind(models.TextChoices):
    """Levels of the tree, from the largest: a place lies in one of a level before its own."""

    DEPARTEMENT = "departement", _("département")
    COMMUNE = "commune", _("commune")
    QUARTIER = "quartier", _("district")
    SITE = "site", _("site")


class Territory(models.Model):
    """A place of an authority, in a tree."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    authority = models.ForeignKey(
        Authority, on_delete=models.PROTECT, related_name="territories", verbose_name=_("authority")
    )
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("inside")
    )
    kind = models.CharField(_("kind"), max_length=20, choices=TerritoryKind.choices)
    name = models.CharField(_("name"), max_length=160)

    objects: ClassVar[models.Manager["Territory"]]

    class Meta:
        verbose_name = _("territory")
        verbose_name_plural = _("territories")
        constraints = [
            models.UniqueConstraint(
                fields=["authority", "parent", "name"], name="territory_name_unique", nulls_distinct=False
            ),
            models.CheckConstraint(condition=~Q(parent=models.F("id")), name="territory_not_its_own_parent"),
        ]

    def __str__(self) -> str:
        return self.name


def _degrees(low: str, high: str, most: int) -> Q:
    return Q(**{f"{low}__gte": -most, f"{low}__lte": models.F(high), f"{high}__lte": most})


class Outline(models.Model):
    """Where a territory ends: a MultiPolygon's coordinates (RFC 7946), sound and on a grid (lib.outlines), and the box around it.

    One per territory is in force; those it took the place of stay for a while, so that an act (`set_in`, `ended_in`) can be undone.
    `founded`: the act that drew it added the territory.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    authority = models.ForeignKey(Authority, on_delete=models.PROTECT, related_name="+", verbose_name=_("authority"))
    territory = models.ForeignKey(
        Territory, on_delete=models.PROTECT, related_name="outlines", verbose_name=_("territory")
    )
    coordinates = models.JSONField()
    west = models.FloatField()
    south = models.FloatField()
    east = models.FloatField()
    north = models.FloatField()
    points = models.PositiveIntegerField(_("points"))
    area = models.FloatField(_("surface, in km²"))
    digest = models.CharField(max_length=64)
    founded = models.BooleanField(default=False)
    set_at = models.DateTimeField()
    set_in = models.UUIDField()
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_in = models.UUIDField(null=True, blank=True)

    objects: ClassVar[models.Manager["Outline"]]

    class Meta:
        verbose_name = _("outline")
        constraints = [
            models.UniqueConstraint(fields=["territory"], condition=Q(ended_at=None), name="outline_one_in_force"),
            models.CheckConstraint(condition=Q(points__gte=4, points__lte=MOST_POINTS), name="outline_points"),
            models.CheckConstraint(
                condition=LessThanOrEqual(
                    Func(
                        Cast("coordinates", models.TextField()),
                        function="octet_length",
                        output_field=models.IntegerField(),
                    ),
                    OUTLINE_BYTES,
                ),
                name="outline_small",
            ),
            models.CheckConstraint(condition=_degrees("west", "east", 180), name="outline_longitudes"),
            models.CheckConstraint(condition=_degrees("south", "north", 90), name="outline_latitudes"),
            models.CheckConstraint(condition=Q(area__gte=0), name="outline_area"),
            models.CheckConstraint(condition=Q(digest__regex=r"^[0-9a-f]{64}$"), name="outline_digest"),
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_in=None) | Q(ended_at__isnull=False, ended_in__isnull=False),
                name="outline_ended_by_an_act",
            ),
        ]
        indexes = [
            models.Index(
                fields=["authority", "west", "east", "south", "north"],
                condition=Q(ended_at=None),
                name="outline_box",
            )
        ]

    def __str__(self) -> str:
        return self.digest[:16]


class OutlineFile(models.Model):
    """Surfaces of a file that were read and wait for their sender to say that they are right; one a sender and authority."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    authority = models.ForeignKey(Authority, on_delete=models.PROTECT, related_name="+", verbose_name=_("authority"))
    sent_by = models.UUIDField()
    sent_at = models.DateTimeField()
    surfaces = models.JSONField()

    objects: ClassVar[models.Manager["OutlineFile"]]

    class Meta:
        verbose_name = _("file of outlines")
        constraints = [models.UniqueConstraint(fields=["authority", "sent_by"], name="outline_file_one_waiting")]

    def __str__(self) -> str:
        return str(self.pk)


class Membership(models.Model):
    """A person's role in an organisation, from then to then (no end: until said)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(
        "accounts.Person", on_delete=models.PROTECT, related_name="memberships", verbose_name=_("person")
    )
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="memberships", verbose_name=_("organisation")
    )
    role = models.CharField(
        _("role"), max_length=20, choices=[(role.value, label) for role, label in ROLE_LABELS.items()]
    )
    valid_from = models.DateTimeField(_("from"))
    valid_until = models.DateTimeField(_("until"), null=True, blank=True)

    objects: ClassVar[models.Manager["Membership"]]

    class Meta:
        verbose_name = _("membership")
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=models.F("valid_from")),
                name="membership_ends_after_start",
                violation_error_message=_("The end comes before the beginning."),
            ),
            models.CheckConstraint(
                condition=~Q(role=Role.OFFICIAL.value) | Q(valid_until__isnull=False),
                name="membership_official_ends",
                violation_error_message=_("An elected official’s role ends with their mandate: give the day."),
            ),
            ExclusionConstraint(
                name="membership_no_overlap",
                expressions=[
                    ("person", RangeOperators.EQUAL),
                    ("organisation", RangeOperators.EQUAL),
                    ("role", RangeOperators.EQUAL),
                    (
                        Func("valid_from", "valid_until", function="tstzrange", output_field=DateTimeRangeField()),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                violation_error_message=_("This person already has this role there at that time."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.role} {self.organisation_id}"


class LetterState(models.TextChoices):
    """How far an invitation's letter is."""

    NONE = "none", _("no letter")
    QUEUED = "queued", _("waits to leave")
    HANDED_OVER = "handed-over", _("handed over")
    FAILED = "failed", _("could not be sent")


class Invitation(models.Model):
    """A role that waits for its person to take it with a code; or, where `person` is named, a way into the account that they have and
    never logged in to. The code is never stored: its first half finds the row, the second is derived from the row, its round and the
    installation's secret.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="invitations", verbose_name=_("organisation")
    )
    person = models.ForeignKey(
        "accounts.Person",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="ways_in",
        verbose_name=_("person"),
    )
    name = models.CharField(_("name"), max_length=120)
    email = models.EmailField(_("e-mail address"), blank=True)
    language = models.CharField(_("language"), max_length=5, default="fr")
    role = models.CharField(
        _("role"), max_length=20, blank=True, choices=[(role.value, label) for role, label in ROLE_LABELS.items()]
    )
    valid_until = models.DateTimeField(_("until"), null=True, blank=True)
    locator = models.CharField(max_length=6, unique=True)
    round = models.PositiveSmallIntegerField(default=1)
    tries = models.PositiveSmallIntegerField(default=0)
    made_by = models.UUIDField(null=True)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.UUIDField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    letter = models.CharField(max_length=12, choices=LetterState.choices, default=LetterState.NONE)
    due_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    fault = models.CharField(max_length=60, blank=True, default="")

    objects: ClassVar[models.Manager["Invitation"]]

    class Meta:
        verbose_name = _("invitation")
        constraints = [
            models.CheckConstraint(
                condition=Q(accepted_at=None, accepted_by=None)
                | Q(accepted_at__isnull=False, accepted_by__isnull=False),
                name="invitation_accepted_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(accepted_at=None) | Q(withdrawn_at=None), name="invitation_accepted_or_withdrawn"
            ),
            models.CheckConstraint(condition=Q(tries__lte=5), name="invitation_five_tries"),
            models.CheckConstraint(
                condition=Q(letter="queued", due_at__isnull=False) | (~Q(letter="queued") & Q(due_at=None)),
                name="invitation_letter_due",
            ),
            models.CheckConstraint(condition=Q(letter="none") | ~Q(email=""), name="invitation_letter_has_an_address"),
            models.CheckConstraint(
                condition=~Q(role=Role.OFFICIAL.value) | Q(valid_until__isnull=False), name="invitation_official_ends"
            ),
            models.CheckConstraint(
                condition=(Q(person=None) & ~Q(role="")) | Q(person__isnull=False, role="", valid_until=None),
                name="invitation_to_a_role_or_an_account",
            ),
            models.UniqueConstraint(
                fields=["person"],
                condition=Q(person__isnull=False, accepted_at=None, withdrawn_at=None),
                name="invitation_one_way_in",
            ),
            models.UniqueConstraint(
                Lower("email"),
                "organisation",
                "role",
                condition=Q(accepted_at=None, withdrawn_at=None) & ~Q(email=""),
                name="invitation_once_each",
            ),
        ]
        indexes = [models.Index(fields=["due_at"], condition=Q(letter="queued"), name="invitation_queued")]

    def __str__(self) -> str:
        return f"{self.name} {self.role or 'account'} {self.organisation_id}"
