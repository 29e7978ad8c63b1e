"""What letters to those who asked about images of themselves say, on paper and by e-mail: never what they wrote, nor their name by e-mail,
as anybody may have typed the address.
"""

from datetime import datetime

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from beffroi.kernel.territory.queries.authorities import public_address
from beffroi.persistence.letters import Sealed
from beffroi.systems.video.models import AccessLetter, AccessRequest
from beffroi.systems.video.queries.access import token_of
from beffroi.systems.video.rules import LetterState, Told


def letters_of(request: AccessRequest) -> list[AccessLetter]:
    """Those of a request (callers scope it) that were sent, or wait to be; the latest last."""
    rows = AccessLetter.objects.filter(authority_id=request.authority_id, request=request)
    return list(rows.exclude(state=LetterState.DROPPED).order_by("written_at", "pk"))


def waiting_on_paper(request: AccessRequest) -> AccessLetter | None:
    """The one that somebody has to print and post."""
    return next((row for row in reversed(letters_of(request)) if row.state == LetterState.PAPER), None)


def page_of(request: AccessRequest) -> str:
    """Where whoever asked reads what became of it."""
    return f"{public_address(request.authority)}{reverse('video-asked', args=[token_of(request)])}"


def subject_of(told: Told) -> str:
    """What the letter is about."""
    return {
        Told.RECEIVED: _("Your request about images of you is received"),
        Told.LONGER: _("Your request about images of you takes longer"),
        Told.ANSWERED: _("Your request about images of you is answered"),
    }[told]


def paragraphs(request: AccessRequest, told: Told) -> list[str]:
    """What the letter says, in the language in force."""
    said = {
        "asked": _day(request.asked_at),
        "due": _day(request.due_at),
        "site": request.site.name,
        "right": str(request.get_right_display()),
        "answer": str(request.get_answer_display()),
    }
    if told is Told.RECEIVED:
        texts = [
            _("On %(asked)s you asked about images of you. Where: %(site)s. What you want: %(right)s."),
            _(
                "Your request is received. You are answered by %(due)s at the latest (RGPD, article 12); it costs nothing."
            ),
        ]
        return [text % said for text in texts]
    if told is Told.LONGER:
        text = _(
            "On %(asked)s you asked about images of you. It takes longer: you are answered by %(due)s at the latest."
        )
        return [text % said, *_lines(request.extended_why)]
    return [
        _("On %(asked)s you asked about images of you. The answer: %(answer)s.") % said,
        *_lines(request.said),
        _("If you don’t agree, you may turn to the data protection authority (CNIL), or to a judge."),
    ]


def sealed(letter: AccessLetter) -> Sealed:
    """The letter by e-mail, in its reader's language."""
    row, told = letter.request, Told(letter.told)
    with translation.override(row.language):
        context = {
            "paragraphs": paragraphs(row, told),
            "page": page_of(row),
            "authority": row.authority,
            "language": row.language,
            "subject": subject_of(told),
        }
        return Sealed(
            key=letter.pk,
            attempt=letter.attempts,
            to=row.contact,
            subject=f"{subject_of(told)} · {row.authority.name}",
            text=render_to_string("video/access_letter.txt", context).strip() + "\n",
            html=render_to_string("video/access_letter.html", context),
            language=row.language,
            identifier=str(letter.pk),
            address=public_address(row.authority),
        )


def _lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.strip()]


def _day(moment: datetime) -> str:
    return date_format(localtime(moment), "DATE_FORMAT")
