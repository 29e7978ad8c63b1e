"""A person: a name to be called by and, for whoever logs in, an address. Rights come from memberships, never from here."""

import uuid
from typing import ClassVar

from django.contrib.auth.hashers import check_password
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _


class PersonManager(BaseUserManager["Person"]):
    """Finds people by their address, whatever its case."""

    def get_by_natural_key(self, username: str | None) -> "Person":
        """The person with this e-mail address; raises Person.DoesNotExist, for an empty one too: it is nobody's."""
        return self.exclude(email="").get(email__iexact=username or "")


class Person(AbstractBaseUser):
    """Somebody who can log in, or who has no e-mail address and is served at the counter. `last_login` is not kept: sessions say what is
    open, the register what was done.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(_("e-mail address"), blank=True)
    name = models.CharField(_("name"), max_length=120)
    language = models.CharField(
        _("language"), max_length=5, default="fr", choices=[("fr", "Français"), ("en", "English")]
    )
    # Until its person says so, an account's language is a guess: a device keeps its own.
    language_chosen = models.BooleanField(default=False, db_default=False, editable=False)
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    forgotten_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_login = None  # Django leaves the field, and its write at each log-in, out when this is None

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    objects: ClassVar[PersonManager] = PersonManager()

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                condition=~models.Q(email=""),
                name="person_address_unique",
                violation_error_message=_("This address already has an account."),
            ),
            models.CheckConstraint(
                condition=models.Q(forgotten_at=None) | models.Q(name="", is_active=False),
                name="person_forgotten_whole",
            ),
        ]

    def __str__(self) -> str:
        return self.name or gettext("somebody whose name was erased")

    def check_password(self, raw_password: str | None) -> bool:
        """Compare only: Django's own would also rewrite the hash here, outside any action."""
        return check_password(raw_password, self.password)
