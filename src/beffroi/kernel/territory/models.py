"""Fields and constraints of places, organisations and memberships; no workflow."""

import uuid
from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import Func, Q
from django.utils.translation import gettext_lazy as _

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


ROLE_LABELS = {
    Role.ADMINISTRATOR: _("administrator"),
    Role.AGENT: _("agent"),
    Role.OPERATOR: _("operator"),
    Role.DISPATCHER: _("dispatcher"),
    Role.TECHNICIAN: _("technician"),
    Role.MEMBER: _("member"),
}


class Organisation(models.Model):
    """A body that employs people and signs conventions; belongs to the installation. `serves`: the authority whose service it is
    (its municipal police, its supervision centre), so that those who keep watch there do it for that authority.
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
        ]

    def __str__(self) -> str:
        return self.name


class TerritoryKind(models.TextChoices):
    """Levels of the tree."""

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
