"""Which sessions began by the provider."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final
from uuid import UUID

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db.models import Model, QuerySet

from beffroi.kernel.directory.models import Identity
from beffroi.kernel.directory.rules import OIDC
from beffroi.kernel.provider.queries.places import provider

# In a session: the proof of its log-in, and the provider's own name of the session.
KEPT: Final = "provider"


def people_tied(subject: str | None) -> list[UUID]:
    """Whoever is tied to this identity; to any, when none is named."""
    rows = Identity.objects.filter(source=OIDC)
    return list((rows.filter(subject=subject) if subject else rows).order_by("pk").values_list("person", flat=True))


def strongly_tied() -> QuerySet[Model, UUID]:
    """Whoever shows two factors each time that they log in by the provider; nobody, where it lets in with less."""
    found = provider()
    rows = (
        Identity.objects.filter(source=OIDC) if found is not None and found.always_strong else Identity.objects.none()
    )
    people: QuerySet[Model, UUID] = rows.values_list("person", flat=True)
    return people


def sessions_named(people: list[UUID], sid: str) -> Iterator[tuple[UUID, int]]:
    """Of these people's sessions, those that the provider calls so: (person, row)."""
    for row in UserSession.objects.filter(user__in=people).order_by("pk"):
        kept = Session.objects.filter(pk=row.session_key).first()
        told = kept.get_decoded().get(KEPT) if kept is not None else None
        if isinstance(told, dict) and told.get("sid") == sid:
            yield row.user_id, row.pk


def seen_before(moment: datetime) -> frozenset[UUID]:
    """People whose values the provider hasn't said since."""
    rows = Identity.objects.filter(source=OIDC, seen_at__lt=moment).order_by("pk")
    return frozenset(rows.values_list("person", flat=True))
