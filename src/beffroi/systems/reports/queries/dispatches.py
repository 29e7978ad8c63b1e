"""What a letter to whoever mends says: which report, where, until when, what happened; never who reported it. Its link opens it."""

from typing import Final

from django.template.loader import render_to_string
from django.utils import translation

from beffroi.persistence.letters import Sealed
from beffroi.systems.reports.models import Errand, Letter
from beffroi.systems.reports.queries.errands import errand_address, mender_photos, news_of
from beffroi.systems.reports.queries.words import line_words, promise_words
from beffroi.systems.reports.rules import REFERRING, LetterKind, Priority

# Of a shared address nobody said another one.
LANGUAGE: Final = "fr"


def sealed_errand(letter: Letter, errand: Errand) -> Sealed:
    """A claimed letter, in the town's language: it goes to an address that several read."""
    report, page = errand.report, errand_address(errand)
    with translation.override(LANGUAGE):
        telling = letter.kind in (LetterKind.NEWS, LetterKind.GIVEN)
        lines = news_of(errand, letter.since, letter.until) if telling else []
        told = {
            "report": report,
            "team": errand.team,
            "authority": report.authority,
            "kind": letter.kind,
            "place": report.address or f"{report.latitude:.5f}, {report.longitude:.5f}",
            "promise": promise_words(report),
            "pressing": report.priority <= Priority.URGENT,
            "photos": mender_photos(errand).count(),
            "lines": [(line_words(line), line, _words(line.kind, line.text, public=line.public)) for line in lines],
            "page": page,
            "language": LANGUAGE,
        }
        return Sealed(
            key=letter.pk,
            attempt=letter.attempts,
            to=errand.email,
            subject=_subject(letter, errand),
            text=render_to_string("reports/dispatch.txt", told).strip() + "\n",
            html=render_to_string("reports/dispatch.html", told),
            language=LANGUAGE,
            identifier=str(letter.pk),
            address=page,
        )


def _words(kind: str, text: str, *, public: bool) -> str:
    """What was said, where everybody may read it and it isn't a reference."""
    return text if public and kind not in REFERRING else ""


def _subject(letter: Letter, errand: Errand) -> str:
    report = errand.report
    said = {"reference": report.reference, "category": report.category.label}
    if letter.kind == LetterKind.OVERDUE:
        return translation.gettext("Report %(reference)s is late: %(category)s") % said
    if letter.kind == LetterKind.SLIPPING:
        return translation.gettext("Report %(reference)s: its time is passing (%(category)s)") % said
    if letter.kind == LetterKind.NEWS:
        return translation.gettext("Report %(reference)s, %(category)s: there is news") % said
    if report.priority == Priority.DANGER:
        return translation.gettext("Danger, report %(reference)s to mend: %(category)s") % said
    return translation.gettext("Report %(reference)s to mend: %(category)s") % said
