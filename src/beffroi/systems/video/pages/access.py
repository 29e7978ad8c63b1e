"""Inhabitants' requests about their images, for whoever answers them."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from beffroi.lib.clock import utc_now
from beffroi.persistence.access import Hidden, viewer_of
from beffroi.persistence.listing import page_of
from beffroi.systems.video.actions.access import answer_access, extend_access
from beffroi.systems.video.actions.letters import post_letter
from beffroi.systems.video.forms.access import AnswerForm, LongerForm
from beffroi.systems.video.models import AccessRequest
from beffroi.systems.video.queries.access import access_requests, answers
from beffroi.systems.video.queries.letters import letters_of, paragraphs, subject_of, waiting_on_paper
from beffroi.systems.video.queries.letters import page_of as page_of_asker
from beffroi.systems.video.rules import Answer, LetterState, Told


@require_GET
def access_list(request: HttpRequest) -> HttpResponse:
    """What waits first, the soonest due foremost."""
    viewer = viewer_of(request)
    if not answers(viewer):
        raise Hidden
    return render(request, "video/access.html", {"page": page_of(request, access_requests(viewer))})


@require_GET
def access_page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One request, its clock, and the ways to answer."""
    return _page(request, _row(request, pk), AnswerForm(), LongerForm())


@require_POST
def access_answer(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Answer it."""
    row, form = _row(request, pk), AnswerForm(request.POST)
    if not form.is_valid():
        return _page(request, row, form, LongerForm(), status=422)
    data = form.cleaned_data
    by = viewer_of(request).known_person
    if answer_access(request=row, answer=Answer(data["answer"]), said=data["said"], by=by, now=utc_now()):
        messages.success(request, _("The answer is given: it stands on the page of whoever asked."))
    else:
        messages.error(request, _("Somebody has answered it already."))
    return redirect("video-access-request", pk=pk)


@require_GET
def access_letter(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The letter that waits to be printed and posted, or the last that was; on paper."""
    row = _row(request, pk)
    written = letters_of(row)
    if not written:
        raise Hidden
    letter = waiting_on_paper(row) or written[-1]
    told = Told(letter.told)
    context = {
        "row": row,
        "letter": letter,
        "subject": subject_of(told),
        "paragraphs": paragraphs(row, told),
        "page": page_of_asker(row),
        "waits": letter.state == LetterState.PAPER,
    }
    return render(request, "video/access_paper.html", context)


@require_POST
def access_posted(request: HttpRequest, pk: UUID) -> HttpResponse:
    """It is posted."""
    row = _row(request, pk)
    if post_letter(request=row, by=viewer_of(request).known_person, now=utc_now()):
        messages.success(request, _("The letter is posted: the register says so."))
    else:
        messages.error(request, _("No letter waits to be posted."))
    return redirect("video-access-request", pk=pk)


@require_POST
def access_longer(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Take two more months, for a reason that is said."""
    row, form = _row(request, pk), LongerForm(request.POST)
    if not form.is_valid():
        return _page(request, row, AnswerForm(), form, status=422)
    by = viewer_of(request).known_person
    if extend_access(request=row, why=form.cleaned_data["why"], by=by, now=utc_now()):
        messages.success(request, _("Two more months: the reason stands on the page of whoever asked."))
    else:
        messages.error(request, _("More time can be taken once, before the first month is over."))
    return redirect("video-access-request", pk=pk)


def _page(
    request: HttpRequest, row: AccessRequest, answer: AnswerForm, longer: LongerForm, *, status: int = 200
) -> HttpResponse:
    now = viewer_of(request).as_of
    context = {
        "row": row,
        "answer": answer,
        "longer": longer,
        "form": longer if longer.errors else answer,
        "letters": letters_of(row),
        "late": row.answered_at is None and row.due_at <= now,
        "may_extend": row.answered_at is None and row.extended_at is None and row.due_at > now,
    }
    return render(request, "video/access_request.html", context, status=status)


def _row(request: HttpRequest, pk: UUID) -> AccessRequest:
    row = access_requests(viewer_of(request)).filter(pk=pk).first()
    if row is None:
        raise Hidden
    return row
