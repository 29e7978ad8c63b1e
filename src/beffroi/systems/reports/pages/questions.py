"""What is asked of a kind of fault: for the administrators of an authority."""

from uuid import UUID, uuid4

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from beffroi.kernel.territory.pages.desks import administered
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Viewer
from beffroi.persistence.access import Hidden, viewer_of
from beffroi.persistence.listing import page_of
from beffroi.systems.reports.actions.questions import keep_question, order_questions, retire_question
from beffroi.systems.reports.forms.questions import QuestionForm, question_values
from beffroi.systems.reports.forms.settings import explain
from beffroi.systems.reports.models import Question
from beffroi.systems.reports.queries.questions import (
    asked_of,
    code_of_question,
    moved,
    next_order,
    question_of,
    questions_of,
)
from beffroi.systems.reports.queries.settings import category_of


@require_http_methods(["GET", "POST"])
def question_list(request: HttpRequest, slug: str, pk: UUID) -> HttpResponse:
    """What is asked, and a form for another question."""
    viewer = viewer_of(request)
    authority = administered(viewer, slug)
    category = category_of(authority.pk, pk)
    if category is None:
        raise Hidden
    form = QuestionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        code = form.cleaned_data["code"] or code_of_question(category, form.cleaned_data["label"])
        row = Question(pk=uuid4(), authority_id=authority.pk, category=category, code=code, order=next_order(category))
        if _kept(viewer, form, row):
            messages.success(request, _("It is asked from now on."))
            return redirect("report-questions", slug=slug, pk=pk)
    page = page_of(request, questions_of(category))
    asked = asked_of([category.pk]).get(category.pk, [])
    context = {
        "desk": authority,
        "category": category,
        "page": page,
        "form": form,
        "first": asked[0].pk if asked else None,
        "last": asked[-1].pk if asked else None,
    }
    return render(request, "reports/settings_questions.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def question_page(request: HttpRequest, slug: str, pk: UUID) -> HttpResponse:
    """One question."""
    viewer = viewer_of(request)
    row = _question(viewer, slug, pk)
    form = QuestionForm(request.POST or None, row=row, initial=question_values(row))
    if request.method == "POST" and form.is_valid() and _kept(viewer, form, row):
        messages.success(request, _("Saved. The answers there are stay as they were given."))
        return redirect("report-questions", slug=slug, pk=row.category_id)
    row = _question(viewer, slug, pk)
    context = {"desk": administered(viewer, slug), "category": row.category, "question": row, "form": form}
    return render(request, "reports/settings_question.html", context, status=422 if form.errors else 200)


@require_POST
def question_retire(request: HttpRequest, slug: str, pk: UUID) -> HttpResponse:
    """Ask it no more, or again."""
    viewer = viewer_of(request)
    row = _question(viewer, slug, pk)
    retired = "again" not in request.POST
    retire_question(question=row, retired=retired, by=viewer.known_person, now=utc_now())
    messages.success(request, _("It is asked no more; its answers stay.") if retired else _("It is asked again."))
    return redirect("report-questions", slug=slug, pk=row.category_id)


@require_POST
def question_move(request: HttpRequest, slug: str, pk: UUID) -> HttpResponse:
    """Ask it before the one above it, or after the one below."""
    viewer = viewer_of(request)
    row = _question(viewer, slug, pk)
    keys = moved(row, up=request.POST.get("way") == "up")
    order_questions(category=row.category, questions=keys, by=viewer.known_person, now=utc_now())
    return redirect(f"{reverse('report-questions', args=[slug, row.category_id])}#question-{row.pk}")


def _question(viewer: Viewer, slug: str, pk: UUID) -> Question:
    row = question_of(administered(viewer, slug).pk, pk)
    if row is None:
        raise Hidden
    return row


def _kept(viewer: Viewer, form: QuestionForm, row: Question) -> bool:
    try:
        keep_question(question=form.written(row), by=viewer.known_person, now=utc_now())
    except ValidationError as error:
        explain(error, form)
        return False
    return True
