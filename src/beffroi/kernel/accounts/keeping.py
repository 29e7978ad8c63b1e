"""What accounts keep: sessions for a short time. People go with their last membership: that rule is territory's, which knows them."""

from datetime import date
from uuid import UUID

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db.models import Exists, F, Model, OuterRef, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from beffroi.persistence.keeping import GDPR, Bounds, Kept, LegalSource, Unit, register_kept, register_reference


def sessions(_authority: UUID | None) -> QuerySet[Model]:
    """Sessions, by their end."""
    return Session.objects.annotate(kept_from=F("expire_date"))


def devices(_authority: UUID | None) -> QuerySet[Model]:
    """From which address and browser somebody logged in, once that session is over."""
    live = Session.objects.filter(pk=OuterRef("session_key"), expire_date__gt=Now())
    rows: QuerySet[Model] = UserSession.objects.filter(~Exists(live)).annotate(kept_from=F("last_seen_at"))
    return rows


def people_seen() -> QuerySet[Model, UUID | None]:
    """People who logged in lately keep their names: an inhabitant's account has no membership to say that it is in use."""
    rows: QuerySet[Model, UUID | None] = UserSession.objects.values_list("user", flat=True)
    return rows


def register() -> None:
    """Called once, when the application is ready."""
    register_reference("accounts.devices", people_seen)
    register_kept(
        Kept(
            code="accounts.sessions",
            title=_("Sessions of people who logged in"),
            since=_("the session’s end"),
            bounds=Bounds(usual=1, least=1, most=30, unit=Unit.DAYS),
            source=GDPR,
            models=("sessions.Session",),
            things=sessions,
            installation=True,
        )
    )
    register_kept(
        Kept(
            code="accounts.devices",
            title=_("Network addresses and browsers that people logged in from"),
            since=_("the last log-in"),
            bounds=Bounds(usual=6, least=1, most=12, unit=Unit.MONTHS),
            source=LegalSource("CNIL, délibération n° 2021-122", "", date(2021, 10, 14)),
            models=("usersessions.UserSession",),
            things=devices,
            installation=True,
        )
    )
