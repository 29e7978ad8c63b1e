"""Fields and constraints of what gates trust: roots, key sets, lists, the keys that holders prove; no workflow.

Phones and browsers belong to the installation, as people do.
"""

import uuid
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from beffroi.kernel.grants.rules import BROWSER_KEY_LIFE, BROWSER_KEY_MOST, Carrier


class Root(models.Model):
    """The public half of one of an authority's two offline keys."""

    authority = models.ForeignKey("territory.Authority", on_delete=models.PROTECT, related_name="roots")
    position = models.PositiveSmallIntegerField()
    jwk = models.JSONField()

    objects: ClassVar[models.Manager["Root"]]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["authority", "position"], name="root_two_an_authority"),
            models.CheckConstraint(condition=Q(position__in=(1, 2)), name="root_first_or_second"),
        ]

    def __str__(self) -> str:
        return f"{self.authority_id} {self.position}"


class KeySet(models.Model):
    """A key set as a root signed it; insert only, the greatest number is in force."""

    authority = models.ForeignKey("territory.Authority", on_delete=models.PROTECT, related_name="key_sets")
    number = models.PositiveIntegerField()
    token = models.TextField()
    taken_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[models.Manager["KeySet"]]

    class Meta:
        constraints = [models.UniqueConstraint(fields=["authority", "number"], name="key_set_number")]

    def __str__(self) -> str:
        return f"{self.authority_id} {self.number}"


class RevocationList(models.Model):
    """A revocation list as the minter signed it; insert only, the greatest (set, number) is in force. `omitted`: how many rights and
    keys it had no room for; while there is one, no right is signed.
    """

    authority = models.ForeignKey("territory.Authority", on_delete=models.PROTECT, related_name="revocation_lists")
    key_set = models.PositiveIntegerField()
    number = models.PositiveIntegerField()
    issued_at = models.DateTimeField()
    grants = ArrayField(models.UUIDField(), default=list)
    keys = ArrayField(models.CharField(max_length=43), default=list)
    omitted = models.PositiveIntegerField(default=0, db_default=0)
    token = models.TextField()

    objects: ClassVar[models.Manager["RevocationList"]]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["authority", "key_set", "number"], name="revocation_list_number")
        ]

    def __str__(self) -> str:
        return f"{self.authority_id} {self.key_set}.{self.number}"


class HolderKey(models.Model):
    """The public key in one person's phone, or in a browser of theirs, which expires."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="holder_keys")
    jwk = models.JSONField()
    thumbprint = models.CharField(max_length=43)
    enrolled_at = models.DateTimeField()
    enrolled_by = models.CharField(
        max_length=20,
        choices=[("code", _("code")), ("passkey", _("passkey")), ("second-factor", _("second factor"))],
    )
    carrier = models.CharField(
        max_length=10,
        default=Carrier.PHONE.value,
        db_default=Carrier.PHONE.value,
        choices=[(Carrier.PHONE.value, _("phone")), (Carrier.BROWSER.value, _("browser"))],
    )
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager["HolderKey"]]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["thumbprint"], name="holder_key_once"),
            models.UniqueConstraint(
                fields=["person"],
                condition=Q(revoked_at__isnull=True, carrier=Carrier.PHONE.value),
                name="holder_key_one_live_phone",
            ),
            models.CheckConstraint(
                condition=Q(carrier=Carrier.PHONE.value, expires_at__isnull=True)
                | Q(
                    carrier=Carrier.BROWSER.value,
                    expires_at__gte=F("enrolled_at") + BROWSER_KEY_LIFE,
                    expires_at__lte=F("enrolled_at") + BROWSER_KEY_MOST,
                ),
                name="holder_key_browser_expires",
            ),
        ]

    def __str__(self) -> str:
        return self.thumbprint


class EnrolmentCode(models.Model):
    """A code that a firm handed to its technician; only a hash is kept, few tries, 48 hours, once."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="enrolment_codes")
    organisation = models.ForeignKey("territory.Organisation", on_delete=models.PROTECT, related_name="+")
    digest = models.CharField(max_length=64)
    expires_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    closed_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager["EnrolmentCode"]]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person"], condition=Q(closed_at__isnull=True), name="enrolment_code_one_open_a_person"
            ),
            models.CheckConstraint(condition=Q(tries__lte=5), name="enrolment_code_tries"),
        ]

    def __str__(self) -> str:
        return str(self.id)
