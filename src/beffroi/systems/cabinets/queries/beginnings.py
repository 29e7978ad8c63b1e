"""What first steps look at: whether an authority has cabinets, and locks in service."""

from datetime import datetime
from uuid import UUID

from django.urls import reverse
from django.utils.formats import localize
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from beffroi.persistence.steps import Fact, Step
from beffroi.systems.cabinets.models import Cabinet


def first_cabinet(authority: UUID, _now: datetime) -> Fact:
    """Whether a cabinet is known."""
    count = Cabinet.objects.filter(authority=authority).count()
    words = ngettext("%(n)s cabinet is known", "%(n)s cabinets are known", count) % {"n": localize(count)}
    return Fact(bool(count), words if count else gettext("no cabinet is known"))


def first_lock(authority: UUID, _now: datetime) -> Fact:
    """Whether a cabinet has a lock in service."""
    rows = Cabinet.objects.filter(authority=authority, lock__commissioned_at__isnull=False, lock__retired_at=None)
    count = rows.count()
    words = ngettext("%(n)s lock is in service", "%(n)s locks are in service", count) % {"n": localize(count)}
    return Fact(bool(count), words if count else gettext("no lock is in service"))


STEPS = (
    Step(
        "cabinets.first",
        _("A first cabinet"),
        _("Add one by its PM reference, or import the operator’s list."),
        "systems",
        30,
        look=first_cabinet,
        page=lambda _slug: reverse("cabinets"),
    ),
    Step(
        "cabinets.lock",
        _("A first lock in service"),
        _("Fit it to the cabinet and commission it from its page."),
        "systems",
        40,
        look=first_lock,
        page=lambda _slug: reverse("cabinets"),
    ),
)
