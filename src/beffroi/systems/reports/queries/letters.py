"""What a letter to somebody who follows a report says: what was done, in their language, with the link to follow it and to stop."""

from django.db.models import Q
from django.db.models.functions import Coalesce
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from beffroi.kernel.alerts.queries.preferences import Reached
from beffroi.persistence.letters import Ring, Sealed
from beffroi.systems.reports.models import Follower, Letter, Line
from beffroi.systems.reports.queries.following import address_of, token_of, wrote
from beffroi.systems.reports.queries.words import line_words
from beffroi.systems.reports.rules import REFERRING, LetterKind, Stage, is_outcome


def outcomes_of(letter: Letter, follower: Follower) -> list[Line]:
    """What it tells: the outcomes since the first one, until it first left; one that was held, at the moment it was shown."""
    rows = Line.objects.filter(report=follower.report, public=True, held=False)
    rows = rows.annotate(told=Coalesce("shown_at", "at")).filter(told__gte=letter.since)
    if letter.until is not None:
        rows = rows.filter(told__lt=letter.until)
    lines = rows.select_related("organisation").order_by("told", "id")
    # What others than staff say is read on the page; no letter leaves for it.
    staffed = lines.filter(Q(organisation__isnull=False) | ~Q(kind="said"))
    return [line for line in staffed if is_outcome(line.kind, line.stage, line.text, public=True)]


def sealed(letter: Letter, follower: Follower, way: Reached | None) -> Sealed:
    """A claimed letter, in its reader's language; `way`: how they are told, where they have an account."""
    report, page = follower.report, address_of(follower)
    language = follower.person.language if follower.person else follower.language
    with translation.override(language):
        lines = outcomes_of(letter, follower) if letter.kind == LetterKind.OUTCOME.value else []
        told = {
            "report": report,
            "place": report.address or f"{report.latitude:.5f}, {report.longitude:.5f}",
            "authority": report.authority,
            "kind": letter.kind,
            "lines": [(line_words(line), line) for line in lines],
            "joined": report.into if report.stage == Stage.MERGED else None,
            "planned_for": report.planned_for if report.stage == Stage.PLANNED else None,
            "mine": wrote(follower, report),
            "page": page,
            "yes": f"{page}?mended=yes",
            "no": f"{page}?mended=no",
            "stop": f"{page}?stop=1",
            "language": language,
        }
        subject = _subject(letter, follower, lines)
        return Sealed(
            key=letter.pk,
            attempt=letter.attempts,
            to=_mailbox(follower, way),
            subject=subject,
            text=render_to_string("reports/letter.txt", told).strip() + "\n",
            html=render_to_string("reports/letter.html", told),
            language=language,
            identifier=str(letter.pk),
            address=f"{page}?stop=1",
            ring=_ring(follower, way, subject, lines),
        )


def _mailbox(follower: Follower, way: Reached | None) -> str:
    if follower.person is None:
        return follower.email
    return "" if way is not None and way.unwritten else follower.person.email


def _ring(follower: Follower, way: Reached | None, subject: str, lines: list[Line]) -> Ring | None:
    """What their phone shows: the last of what was said, and the page that the letter's link opens."""
    if follower.person is None or way is None or not way.phone:
        return None
    said = next((line.text for line in reversed(lines) if line.text and line.kind not in REFERRING), "")
    path = reverse("report-follow", kwargs={"token": token_of(follower)})
    report = follower.report
    return Ring(follower.person.pk, subject, said or report.address, path, about=report.pk, besides=way.besides)


def _subject(letter: Letter, follower: Follower, lines: list[Line]) -> str:
    report = follower.report
    said = {"reference": report.reference, "category": report.category.label}
    if letter.kind == LetterKind.CONFIRM.value:
        return translation.gettext("Follow report %(reference)s? Confirm your address") % said
    if letter.kind == LetterKind.ASKED.value:
        return translation.gettext("Report %(reference)s, %(category)s: is it mended?") % said
    words = next((found for line in reversed(lines) if (found := line_words(line))), "")
    if not words:
        return translation.gettext("Report %(reference)s, %(category)s: an answer") % said
    return translation.gettext("Report %(reference)s, %(category)s: %(done)s") % {**said, "done": words}
