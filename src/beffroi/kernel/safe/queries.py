"""Whether there is a sheet in the safe, and how many of its codes are left."""

import textwrap
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import Model, QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.formats import date_format, localize
from django.utils.timezone import localtime
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from beffroi.kernel.safe.models import SealedCode, Sheet
from beffroi.kernel.safe.rules import CODES, LOCATOR, SECRET, TRIES, Sealed, written
from beffroi.kernel.territory.models import Authority, Membership
from beffroi.kernel.territory.queries.posts import in_force
from beffroi.lib.viewer import Role
from beffroi.persistence.papers import style
from beffroi.persistence.steps import Fact

WIDTH: Final = 92


def in_the_safe(authority: UUID) -> Sheet | None:
    """The sheet that opens something."""
    return Sheet.objects.filter(authority_id=authority, voided_at=None).first()


def accounts() -> QuerySet[Model, UUID]:
    """The accounts that sheets open: nobody's own."""
    rows: QuerySet[Model, UUID] = Sheet.objects.values_list("person", flat=True)
    return rows


def codes_left(sheet: Sheet) -> int:
    """How many of its codes were neither used nor locked."""
    return SealedCode.objects.filter(sheet=sheet, used_at=None, tries__lt=TRIES).count()


def codes_that_open(sheet: Sheet, as_of: datetime) -> int:
    """How many are left; none once its account administers no more."""
    roles = Membership.objects.filter(person=sheet.person_id, role=Role.ADMINISTRATOR.value)
    return codes_left(sheet) if in_force(roles, as_of).exists() else 0


def opens(authority: UUID, as_of: datetime) -> bool:
    """Whether a code is left that opens an administrator's account."""
    sheet = in_the_safe(authority)
    return sheet is not None and codes_that_open(sheet, as_of) > 0


def sealed(authority: UUID, now: datetime) -> Fact:
    """For first steps: a sheet, with codes left, whose account still administers."""
    sheet = in_the_safe(authority)
    if sheet is None:
        return Fact(False, _("no sheet is in the safe"))
    left = codes_that_open(sheet, now)
    told = {"n": localize(left), "day": date_format(localtime(sheet.sealed_at), "SHORT_DATE_FORMAT")}
    words = ngettext("%(n)s code is left, of %(day)s", "%(n)s codes are left, of %(day)s", left) % told
    return Fact(left > 1, words)


def specimen(authority: UUID, now: datetime) -> Sealed:
    """A sheet of codes that open nothing, to see that it can be printed."""
    town = Authority.objects.get(pk=authority)
    return Sealed(town.name, town.colour, (written("0" * LOCATOR, "0" * SECRET),) * CODES, now)


def as_text(sealed: Sealed, address: str) -> str:
    """The sheet for a terminal or a printer that takes plain text; `address` is the installation's."""
    line = "-" * WIDTH
    told = {"sealed": sealed, "address": f"{address}{reverse('safe-open')}"}
    parts = render_to_string("safe/sheet.txt", told).strip().split("\n\n")
    paragraphs = [part if part.startswith(" ") else textwrap.fill(" ".join(part.split()), WIDTH) for part in parts]
    return "\n\n".join((line, *paragraphs, line, ""))


def as_page(sealed: Sealed, address: str) -> str:
    """The sheet as a page to be printed."""
    told = {"sealed": sealed, "address": f"{address}{reverse('safe-open')}", "language": get_language()}
    return render_to_string("safe/sheet.html", told)


def paper_of(sealed: Sealed) -> str:
    """The style of its paper."""
    return style(sealed.authority, sealed.colour, sealed.at)


def help_page(_slug: str) -> str:
    """Where a code is typed."""
    return reverse("safe-open")
