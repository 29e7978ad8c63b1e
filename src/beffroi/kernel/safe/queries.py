"""Whether there is a sheet in the safe, and how many of its codes are left."""

from datetime import datetime
from uuid import UUID

from django.urls import reverse
from django.utils.formats import date_format, localize
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from beffroi.kernel.safe.models import SealedCode, Sheet
from beffroi.kernel.safe.rules import TRIES
from beffroi.kernel.territory.models import Membership
from beffroi.kernel.territory.queries.posts import in_force
from beffroi.lib.viewer import Role
from beffroi.persistence.steps import Fact


def in_the_safe(authority: UUID) -> Sheet | None:
    """The sheet that opens something."""
    return Sheet.objects.filter(authority_id=authority, voided_at=None).first()


def codes_left(sheet: Sheet) -> int:
    """How many of its codes were neither used nor locked."""
    return SealedCode.objects.filter(sheet=sheet, used_at=None, tries__lt=TRIES).count()


def sealed(authority: UUID, now: datetime) -> Fact:
    """For first steps: a sheet, with codes left, whose account still administers."""
    sheet = in_the_safe(authority)
    if sheet is None:
        return Fact(False, _("no sheet is in the safe"))
    roles = Membership.objects.filter(person=sheet.person_id, role=Role.ADMINISTRATOR.value)
    left = codes_left(sheet) if in_force(roles, now).exists() else 0
    told = {"n": localize(left), "day": date_format(localtime(sheet.sealed_at), "SHORT_DATE_FORMAT")}
    words = ngettext("%(n)s code is left, of %(day)s", "%(n)s codes are left, of %(day)s", left) % told
    return Fact(left > 1, words)


def help_page(_slug: str) -> str:
    """Where a code is typed."""
    return reverse("safe-open")
