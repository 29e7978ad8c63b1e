"""The page of somebody who follows a report by the link of a letter, without an account."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from beffroi.kernel.territory.queries.authorities import authority_at
from beffroi.lib.clock import utc_now
from beffroi.persistence.access import Hidden, for_another
from beffroi.systems.reports.actions.handling import answer_whether_mended, leave_report, take_up_report
from beffroi.systems.reports.errors import NotOpen
from beffroi.systems.reports.forms.public import AnswerForm
from beffroi.systems.reports.models import Follower
from beffroi.systems.reports.pages.public import said_publicly, steps_of
from beffroi.systems.reports.queries.following import follower_of, may_answer
from beffroi.systems.reports.queries.reports import published
from beffroi.systems.reports.queries.words import promise_words


@login_not_required
@for_another
@never_cache
@require_http_methods(["GET", "POST"])
def report_follow(request: HttpRequest, token: str) -> HttpResponse:
    """A link that is opened changes nothing: programs that look into mail open links too. Its buttons do."""
    follower = follower_of(token)
    if follower is None:
        raise Hidden
    form = AnswerForm(request.POST if request.POST.get("act") == "answer" else None, initial=_asked(request))
    if request.method == "POST" and (form.is_valid() or not form.is_bound):
        _done(request, follower, form)
        answer: HttpResponse = redirect("report-follow", token=token)
    else:
        answer = _page(request, follower, token, form)
    # The address is the key: no other site is told it, no search engine keeps it. Our own is, or it would take no form.
    answer["Referrer-Policy"] = "same-origin"
    answer["X-Robots-Tag"] = "noindex, nofollow"
    return answer


def _asked(request: HttpRequest) -> dict[str, str]:
    return {"mended": request.GET.get("mended", "")}


def _done(request: HttpRequest, follower: Follower, form: AnswerForm) -> None:
    act, now = request.POST.get("act"), utc_now()
    if act == "take-up":
        take_up_report(follower=follower, now=now)
        messages.success(request, _("You are told what becomes of it."))
    elif act == "stop":
        leave_report(follower=follower, now=now)
        messages.success(request, _("You are told no more of this report."))
    elif form.is_bound:
        said = form.cleaned_data
        try:
            report = answer_whether_mended(
                follower=follower, mended=said["mended"] == "yes", text=said["text"], now=now
            )
        except NotOpen as error:
            messages.warning(request, error.message)
            return
        opened = report.closed_at is None
        messages.success(
            request,
            _("Thank you. The report is open again.") if opened else _("Thank you. Whoever handles it is told."),
        )


def _page(request: HttpRequest, follower: Follower, token: str, form: AnswerForm) -> HttpResponse:
    report = follower.report
    lines = said_publicly(report)
    public = published(report.authority_id).filter(pk=report.pk).exists()
    context = {
        "authority": authority_at(report.authority.slug),
        "report": report,
        "follower": follower,
        "token": token,
        "waiting": follower.person_id is None and follower.confirmed_at is None and follower.stopped_at is None,
        "stopping": request.GET.get("stop") == "1" and follower.stopped_at is None,
        "may_answer": may_answer(follower),
        "form": form,
        "steps": steps_of(report, lines),
        "lines": lines,
        "promise": promise_words(report) if report.closed_at is None else "",
        "public": reverse("report-public", args=[report.authority.slug, report.reference]) if public else "",
    }
    return render(request, "reports/follow.html", context, status=422 if form.errors else 200)
