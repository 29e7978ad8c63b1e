"""What first steps look at: whether an authority has sites, and cameras with a relay."""

from datetime import datetime
from uuid import UUID

from django.urls import reverse
from django.utils.formats import localize
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from beffroi.persistence.steps import Fact, Step
from beffroi.systems.video.models import Camera, Site


def first_site(authority: UUID, _now: datetime) -> Fact:
    """Whether a site is known."""
    count = Site.objects.filter(authority=authority).count()
    words = ngettext("%(n)s site is known", "%(n)s sites are known", count) % {"n": localize(count)}
    return Fact(bool(count), words if count else gettext("no site is known"))


def first_relayed(authority: UUID, _now: datetime) -> Fact:
    """Whether a camera has a relay."""
    count = Camera.objects.filter(authority=authority, relay__device__commissioned_at__isnull=False).count()
    words = ngettext("%(n)s camera has its relay", "%(n)s cameras have their relay", count) % {"n": localize(count)}
    return Fact(bool(count), words if count else gettext("no camera has a relay"))


STEPS = (
    Step(
        "video.site",
        _("A first site with cameras"),
        _("Write it down with its entrances and cameras, and the law that each camera is under."),
        "systems",
        60,
        look=first_site,
        page=lambda _slug: reverse("video"),
    ),
    Step(
        "video.relay",
        _("A first camera with its relay"),
        _("Register the relay, then give each camera the address of its images."),
        "systems",
        70,
        look=first_relayed,
        page=lambda _slug: reverse("video"),
    ),
)
