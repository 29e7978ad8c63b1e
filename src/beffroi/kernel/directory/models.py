"""Fields and constraints of what ties people and roles to a directory; no workflow."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from beffroi.kernel.directory.rules import LDAP, LONGEST_GROUP, OIDC
from beffroi.kernel.territory.models import ROLE_LABELS
from beffroi.lib.viewer import Role

SOURCES = ((LDAP, _("directory")), (OIDC, _("identity provider")))


class Identity(models.Model):
    """A person is this entry of the directory. `subject` is the source's own identifier, which never changes."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="identities")
    source = models.CharField(max_length=4, choices=SOURCES)
    subject = models.CharField(max_length=255)
    tied_at = models.DateTimeField()
    seen_at = models.DateTimeField()

    objects: ClassVar[models.Manager["Identity"]]

    class Meta:
        verbose_name = _("account of the directory")
        constraints = [
            models.UniqueConstraint(fields=["source", "subject"], name="identity_once"),
            models.UniqueConstraint(fields=["source", "person"], name="identity_one_each"),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.person_id}"


class GroupRule(models.Model):
    """Whoever is in the group has the role. `group` is a DN, or a value of the provider's claim; `label` is what people read."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    authority = models.ForeignKey(
        "territory.Authority", on_delete=models.PROTECT, related_name="+", verbose_name=_("authority")
    )
    source = models.CharField(max_length=4, choices=SOURCES)
    group = models.CharField(_("group"), max_length=LONGEST_GROUP)
    label = models.CharField(_("name"), max_length=120)
    organisation = models.ForeignKey(
        "territory.Organisation", on_delete=models.PROTECT, related_name="+", verbose_name=_("organisation")
    )
    role = models.CharField(
        _("role"), max_length=20, choices=[(role.value, label) for role, label in ROLE_LABELS.items()]
    )
    made_by = models.UUIDField()
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager["GroupRule"]]

    class Meta:
        verbose_name = _("rule of the directory")
        constraints = [
            models.UniqueConstraint(
                fields=["authority", "source", "group", "organisation", "role"],
                condition=Q(ended_at=None),
                name="group_rule_once",
                violation_error_message=_("There is such a rule already."),
            ),
            models.CheckConstraint(condition=~Q(role=Role.OFFICIAL.value), name="group_rule_no_mandate"),
            models.CheckConstraint(condition=~Q(group=""), name="group_rule_names_a_group"),
        ]

    def __str__(self) -> str:
        return f"{self.label}: {self.role} {self.organisation_id}"


class Held(models.Model):
    """A membership that a rule gave; `left_at`: the directory ended it (ended otherwise, somebody did by hand)."""

    membership = models.OneToOneField(
        "territory.Membership", on_delete=models.PROTECT, primary_key=True, related_name="held"
    )
    rule = models.ForeignKey(GroupRule, on_delete=models.PROTECT, related_name="held")
    left_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager["Held"]]

    class Meta:
        verbose_name = _("role held from the directory")

    def __str__(self) -> str:
        return str(self.membership_id)


class Try(models.Model):
    """A password of the directory that was, or may have been, wrong. `key` is a keyed hash of the name that was typed, or of the entry."""

    key = models.CharField(max_length=64)
    at = models.DateTimeField(db_index=True)

    objects: ClassVar[models.Manager["Try"]]

    class Meta:
        verbose_name = _("try of a password of the directory")
        indexes = [models.Index(fields=["key", "at"], name="try_key_at")]

    def __str__(self) -> str:
        return f"{self.key} {self.at}"


class Reading(models.Model):
    """How the last reading for an authority went. `fault` is why it didn't; `digest` names the roles that the brake keeps."""

    authority = models.OneToOneField(
        "territory.Authority", on_delete=models.PROTECT, primary_key=True, related_name="+", verbose_name=_("authority")
    )
    tried_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)
    fault = models.CharField(max_length=20, blank=True)
    people = models.PositiveIntegerField(default=0)
    missing = models.PositiveIntegerField(default=0)
    apart = models.PositiveIntegerField(default=0)
    kept = models.PositiveIntegerField(default=0)
    leaving = models.PositiveIntegerField(default=0)
    holding = models.PositiveIntegerField(default=0)
    digest = models.CharField(max_length=64, blank=True)
    braked_at = models.DateTimeField(null=True, blank=True)
    agreed = models.CharField(max_length=64, blank=True)

    objects: ClassVar[models.Manager["Reading"]]

    class Meta:
        verbose_name = _("reading of the directory")
        constraints = [
            models.CheckConstraint(
                condition=Q(digest="", braked_at=None, leaving=0)
                | (~Q(digest="") & Q(braked_at__isnull=False, leaving__gt=0)),
                name="reading_braked_or_not",
            )
        ]

    def __str__(self) -> str:
        return f"{self.authority_id} {self.tried_at}"
