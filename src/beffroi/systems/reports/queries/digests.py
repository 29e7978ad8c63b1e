"""What a letter to a subscriber says: the question, or what was reported of what they want to know."""

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.formats import localize
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from beffroi.kernel.alerts.queries.preferences import Reached
from beffroi.kernel.territory.queries.authorities import public_address
from beffroi.persistence.letters import Ring, Sealed
from beffroi.systems.reports.models import Letter, Report, Subscription
from beffroi.systems.reports.queries.subscriptions import address_of, covered_words, news_of, path_of
from beffroi.systems.reports.rules import LetterKind

# More are counted, and read on the town's page.
SHOWN = 20


def sealed_digest(letter: Letter, row: Subscription, way: Reached | None) -> Sealed | None:
    """A claimed letter, in its reader's language; `way`: how they are told, where they have an account. None where all that it would have
    told was taken back while it waited.
    """
    page = address_of(row)
    language = row.person.language if row.person else row.language
    with translation.override(language):
        kind = LetterKind(letter.kind)
        digest = kind is LetterKind.DIGEST
        found = news_of(row, letter.since, letter.until) if digest and letter.until is not None else []
        if digest and not found:
            return None
        town = public_address(row.authority)
        told = {
            "authority": row.authority,
            "kind": letter.kind,
            "covered": covered_words(row),
            "reports": [(one, f"{town}{_page(one)}") for one in found[:SHOWN]],
            "left": max(0, len(found) - SHOWN),
            "all": f"{town}{reverse('reports-public', args=[row.authority.slug])}",
            "page": page,
            "stop": f"{page}?stop=1",
            "language": language,
        }
        subject = _subject(row, found, kind)
        mailbox = row.email if row.person is None else "" if way is not None and way.unwritten else row.person.email
        return Sealed(
            key=letter.pk,
            attempt=letter.attempts,
            to=mailbox,
            subject=subject,
            text=render_to_string("reports/digest.txt", told).strip() + "\n",
            html=render_to_string("reports/digest.html", told),
            language=language,
            identifier=str(letter.pk),
            address=f"{page}?stop=1",
            ring=_ring(row, way, subject, found),
        )


def _page(report: Report) -> str:
    return reverse("report-public", args=[report.authority.slug, report.reference])


def _subject(row: Subscription, found: list[Report], kind: LetterKind) -> str:
    if kind is LetterKind.RENEW:
        return _("Do you go on being told? %(what)s") % {"what": covered_words(row)}
    if kind is LetterKind.ENDED:
        return _("You are told no more: %(what)s") % {"what": covered_words(row)}
    if kind is LetterKind.CONFIRM:
        return _("Be told of reports by %(name)s? Confirm your address") % {"name": row.authority.name}
    words = ngettext("%(n)s new report: %(what)s", "%(n)s new reports: %(what)s", len(found))
    return words % {"n": localize(len(found)), "what": covered_words(row)}


def _ring(row: Subscription, way: Reached | None, subject: str, found: list[Report]) -> Ring | None:
    if row.person is None or way is None or not way.phone:
        return None
    lines = [" · ".join(part for part in (one.category.label, one.address) if part) for one in found[:3]]
    return Ring(row.person.pk, subject, "\n".join(lines), path_of(row), about=row.pk, besides=way.besides)
