"""What first steps look at: whether an authority takes reports of anything, and whether somebody was named to receive them."""

from datetime import datetime
from uuid import UUID

from django.urls import reverse
from django.utils.formats import localize
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from beffroi.persistence.steps import Fact, Step
from beffroi.systems.reports.models import Way
from beffroi.systems.reports.queries.reports import categories_of


def first_category(authority: UUID, _now: datetime) -> Fact:
    """Whether a kind of fault can be reported."""
    count = categories_of(authority).count()
    words = ngettext("%(n)s kind of fault can be reported", "%(n)s kinds of faults can be reported", count)
    return Fact(bool(count), words % {"n": localize(count)} if count else gettext("nothing can be reported"))


def first_way(authority: UUID, _now: datetime) -> Fact:
    """Whether a line says who receives what."""
    count = Way.objects.filter(authority_id=authority).count()
    words = ngettext("%(n)s line says who receives what", "%(n)s lines say who receives what", count)
    said = words % {"n": localize(count)} if count else gettext("everything stays with the authority")
    return Fact(bool(count), said)


STEPS = (
    Step(
        "reports.categories",
        _("What can be reported"),
        _("Begin with the kinds of faults of a French town, then change what they promise."),
        "systems",
        50,
        look=first_category,
        page=lambda slug: reverse("report-settings", kwargs={"slug": slug}),
    ),
    Step(
        "reports.ways",
        _("Who receives reports"),
        _("By kind of fault, place and hour: a service, a team, a partner under a convention."),
        "systems",
        60,
        look=first_way,
        page=lambda slug: reverse("report-ways", kwargs={"slug": slug}),
    ),
)
